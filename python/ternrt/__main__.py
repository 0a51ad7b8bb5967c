# SPDX-License-Identifier: Apache-2.0
"""python -m ternrt shims: print the folder with Tern's `tensorrt`, `pycuda` and `cuda`, to be put on PYTHONPATH."""
import pathlib
import sys


def main():
    if sys.argv[1:] != ["shims"]:
        print("usage: python -m ternrt shims", file=sys.stderr)
        return 2
    print(pathlib.Path(__file__).resolve().parent / "shims")
    return 0


if __name__ == "__main__":
    sys.exit(main())
