#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every C file is as clang-format 14 would write it (make format).  Another version: skipped."""

import collections
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

paths = under("src", "include", "tests", "tools", "examples", "python", "bench")
tried = subprocess.run(
    [tool, "--dry-run", "-Werror", *map(name, paths)], cwd=ROOT, capture_output=True, text=True
)
places = collections.Counter(re.findall(r"^(\S+?):\d+:\d+: (?:error|warning):", tried.stderr, re.M))
problems = [f"{where}: {count} places" for where, count in sorted(places.items())]
if tried.returncode != 0 and not problems:
    problems = [tried.stderr]
report("format", problems)
