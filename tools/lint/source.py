# SPDX-License-Identifier: Apache-2.0
"""What the lints share: which files there are, and C text without comments and strings."""

import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]

TOKEN = re.compile(
    r"""(?P<comment>/\*.*?\*/|//[^\n]*)|(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')""", re.S
)


def files(*patterns):
    """Project files (git's view, untracked included) that match one of the patterns."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode == 0:
        paths = [ROOT / line for line in listed.stdout.splitlines()]
    else:
        paths = [p for p in ROOT.rglob("*") if "build" not in p.relative_to(ROOT).parts[:1]]
    found = {p for p in paths for pattern in patterns if p.relative_to(ROOT).match(pattern)}
    return sorted(p for p in found if p.is_file())


def under(*folders):
    """C files of some folders, such as under("src", "include/tern")."""
    heads = tuple(f + "/" for f in folders)
    return [p for p in files("*.c", "*.h") if name(p).startswith(heads)]


def name(path):
    return path.relative_to(ROOT).as_posix()


def code_of(text):
    """The text with comments blanked and strings emptied; line numbers stay."""

    def blank(match):
        if match["comment"]:
            return re.sub(r"[^\n]", " ", match["comment"])
        quote = match["string"][0]
        return quote + " " * (len(match["string"]) - 2) + quote

    return TOKEN.sub(blank, text)


class Function:
    """A function definition as the project's format writes it: brace alone in column one."""

    def __init__(self, path, line, lines, head):
        self.path, self.line, self.lines, self.head = path, line, lines, head
        match = re.search(r"(\w+)\s*\((?=[^()]*(?:\([^()]*\)[^()]*)*\)\s*$)", head)
        self.name = match[1] if match else ""
        self.parameters = head[match.end() :].rsplit(")", 1)[0] if match else ""
        self.is_static = bool(re.search(r"\bstatic\b", head))


def functions(path):
    """Every function definition of a C file."""
    lines = code_of(path.read_text(encoding="utf-8")).split("\n")
    for start, line in enumerate(lines):
        if line.rstrip() != "{":
            continue
        first = start
        while first > 0 and lines[first - 1].strip() and lines[first - 1][0] not in "}#":
            if lines[first - 1].rstrip().endswith((";", "\\")):
                break
            first -= 1
        head = " ".join(lines[first:start])
        end = next((i for i in range(start, len(lines)) if lines[i].startswith("}")), start)
        if "(" in head:
            yield Function(path, start + 1, lines[start + 1 : end], head)


def report(what, problems):
    """Print the problems and leave with the right status."""
    for problem in problems:
        print(problem)
    print(f"{what}: {len(problems)} problems" if problems else f"{what}: ok")
    sys.exit(1 if problems else 0)
