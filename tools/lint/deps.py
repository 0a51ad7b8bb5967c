#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Module arrows: who may include whom.  An arrow upwards is an error."""

import fnmatch
import re

from source import ROOT, code_of, name, report, under

# Per module: the modules whose headers it may include, besides its own and tern/*.h.
MAY = {
    "base": [],
    "kernel": [],
    "device": ["base"],
    "op": ["base"],
    "ir": ["base", "op"],
    "network": ["base", "op", "ir"],
    "pass": ["base", "op", "ir"],
    "import": ["base", "op", "ir"],
    "plan": ["base"],
    "build": ["base", "kernel", "op", "ir", "network", "pass", "import", "device", "plan"],
    "runtime": ["base", "op", "device", "plan"],
    "api": ["base", "op", "ir", "network", "pass", "import", "device", "plan", "build", "runtime"],
}

# Finer: files that may include more.  Rows of kernel/*.def are data, and kernel.h has the types of
# what is handed to a kernel.
EXTRA = [
    ("src/op/*", "kernel/*.def"),
    ("src/op/*", "kernel/kernel.h"),
    ("src/op/*_cpu.[ch]", "kernel/*"),
    ("src/op/tile.*", "kernel/*"),
    ("src/op/isa.c", "kernel/*"),
    ("src/op/*_cuda.c", "device/*"),
    ("src/ir/*", "kernel/kernel.h"),
    ("src/network/*", "kernel/*.def"),
    ("src/runtime/*", "kernel/kernel.h"),
]

OS_HEADERS = re.compile(r"(sys|linux|net|netinet|arpa)/.*|(unistd|pthread|fcntl|sched|dlfcn|signal)\.h")
KERNEL_HEADERS = {"stdbool.h", "stddef.h", "stdint.h", "float.h", "limits.h", "immintrin.h", "arm_neon.h"}
CLIENTS = ("tools/", "python/", "examples/", "compat/")


def allowed(path, header):
    module = path.split("/")[1]
    target = header.split("/")[0] if "/" in header else module
    if target == "tern":
        return module != "kernel"
    if target == module or target in MAY.get(module, []) or target not in MAY:
        return True
    return any(fnmatch.fnmatch(path, p) and fnmatch.fnmatch(header, h) for p, h in EXTRA)


def system_problem(path, header):
    if path.startswith("src/kernel/"):
        is_math = header == "math.h" and ("/ref/" in path or "prelude" in path)
        return None if header in KERNEL_HEADERS or is_math else "kernels are freestanding"
    if path.startswith("src/") and not path.startswith("src/base/") and OS_HEADERS.fullmatch(header):
        return "only src/base talks to the operating system"
    return None


def problems_of(path):
    where = name(path)
    text = path.read_text(encoding="utf-8")
    code = code_of(text).split("\n")
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'\s*#\s*include\s+([<"])([^">]+)', line)
        if not match or "include" not in code[number - 1]:
            continue
        header = match[2]
        problem = None
        if match[1] == "<":
            problem = system_problem(where, header)
        elif where.startswith("src/"):
            if not allowed(where, header):
                problem = f"module {where.split('/')[1]} may not include it"
        elif where.startswith("include/") and not header.startswith("tern/"):
            problem = "public headers include only tern/ and the C library"
        elif where.startswith(CLIENTS) and header.split("/")[0] in MAY and (ROOT / "src" / header).exists():
            problem = "clients include only tern/*.h"
        if problem:
            yield f"{where}:{number}: {header}: {problem}"


paths = under("src", "include", "tools", "python", "examples", "compat")
report("deps", [p for path in paths for p in problems_of(path)])
