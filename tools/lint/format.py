#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every C file is as clang-format 14 would write it (make format).  Another version: skipped."""

import os
import re
import shutil
import subprocess
import sys

from source import ROOT, name, report, under

SKIPPED = 77  # what CTest and run.sh take for skipped
tool = next(filter(shutil.which, [os.environ.get("CLANG_FORMAT", ""), "clang-format-14", "clang-format"]), None)
version = subprocess.run([tool, "--version"], capture_output=True, text=True).stdout if tool else ""
if not re.search(r"version 14\.", version):
    print(f"format: skipped, needs clang-format 14, found {version.strip() or 'none'}")
    sys.exit(SKIPPED)

problems = []
for path in under("src", "include", "tests", "tools", "examples", "python", "bench"):
    tried = subprocess.run([tool, "--dry-run", "-Werror", str(path)], cwd=ROOT, capture_output=True)
    if tried.returncode != 0:
        places = len(re.findall(rb"warning:|error:", tried.stderr))
        problems.append(f"{name(path)}: {places} places")
report("format", problems)
