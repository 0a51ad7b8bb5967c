#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every public header compiles alone, as C11 and as C++11, without a warning."""

import os
import shutil
import subprocess

from source import ROOT, files, name, report

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wundef", "-Werror"]
LANGUAGES = [("c", "c11", "CC", "cc"), ("c++", "c++11", "CXX", "c++")]

problems = []
for language, standard, variable, default in LANGUAGES:
    compiler = os.environ.get(variable, default)
    if not shutil.which(compiler):
        print(f"headers: no {compiler}, {standard} not tried")
        continue
    for path in files("include/tern/*.h"):
        flags = ["-x", language, f"-std={standard}", *WARNINGS, "-I", str(ROOT / "include")]
        tried = subprocess.run(
            [compiler, *flags, "-fsyntax-only", "-"],
            input=f'#include "tern/{path.name}"\n',
            capture_output=True,
            text=True,
        )
        if tried.returncode != 0:
            problems.append(f"{name(path)} as {standard}:\n{tried.stderr}")
report("headers", problems)
