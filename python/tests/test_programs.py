# SPDX-License-Identifier: Apache-2.0
"""Whole programs as TensorRT's users write them, run as they stand with the shim directory on the path.

The name of a program says its era (`v8_residual.py`); it checks its answers itself and ends with 0. A program that does
not depend on the era runs with none chosen, too.
"""
import os
import pathlib
import subprocess
import sys

import pytest

import ternrt

PROGRAMS = pathlib.Path(__file__).parent / "programs"
SHIMS = pathlib.Path(ternrt.__file__).parent / "shims"
# What the era decides in these: create_network() without a flag, or an integer of a member.
NEEDS_ERA = {"v11_strong.py"}
TIMEOUT_S = 120


def cases():
    found = []
    for path in sorted(PROGRAMS.glob("v*_*.py")):
        era = path.name[1 : path.name.index("_")]
        found.append(pytest.param(path.name, era, id="%s-%s" % (path.stem, era)))
        if path.name not in NEEDS_ERA:
            found.append(pytest.param(path.name, "", id="%s-unset" % path.stem))
    return found


def run_program(name, era, folder, *args):
    path = [str(SHIMS), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path), "TERNRT_COMPAT": era, "PYTHONFAULTHANDLER": "1",
                   "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run([sys.executable, "-W", "error::ResourceWarning", str(PROGRAMS / name), *args], cwd=folder,
                          env=environment, capture_output=True, text=True, timeout=TIMEOUT_S)


@pytest.mark.parametrize("name, era", cases())
def test_a_program_runs(name, era, tmp_path):
    result = run_program(name, era, tmp_path)
    assert result.returncode == 0, "rc %d\n%s%s" % (result.returncode, result.stdout, result.stderr)
    assert "Exception ignored" not in result.stderr, result.stderr
