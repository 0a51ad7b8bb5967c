#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sizes: files up to 1,000 lines, functions up to 100, 6 parameters, nesting 4, lines of 100 columns.
A function whose opening comment says "lint: long" may be longer (unrolled kernels).  Tests and tables
may be longer files."""

from source import ROOT, functions, name, report, under

FILE_LINES, FUNCTION_LINES, PARAMETERS, NESTING, COLUMNS = 1000, 100, 6, 4, 100


def parameter_count(text):
    depth, count = 0, 1
    for c in text:
        depth += (c == "(") - (c == ")")
        count += c == "," and depth == 0
    return 0 if text.strip() in ("", "void") else count


def nesting(lines):
    depth = deepest = 0
    for line in lines:
        if line.lstrip().startswith("#"):
            continue
        for c in line:
            depth += (c == "{") - (c == "}")
            deepest = max(deepest, depth)
    return deepest


def function_problems(path, text):
    lines = text.split("\n")
    for f in functions(path):
        where = f"{name(path)}:{f.line}: {f.name}"
        is_long = "lint: long" in "\n".join(lines[max(0, f.line - 12) : f.line])
        if len(f.lines) > FUNCTION_LINES and not is_long:
            yield f"{where}: {len(f.lines)} lines, at most {FUNCTION_LINES}"
        if parameter_count(f.parameters) > PARAMETERS:
            yield f"{where}: {parameter_count(f.parameters)} parameters, at most {PARAMETERS}"
        if nesting(f.lines) > NESTING:
            yield f"{where}: blocks nested {nesting(f.lines)} deep, at most {NESTING}"


def problems_of(path):
    text = path.read_text(encoding="utf-8")
    lines = text.split("\n")
    if len(lines) > FILE_LINES + 1 and not name(path).startswith("tests/"):
        yield f"{name(path)}: {len(lines) - 1} lines, at most {FILE_LINES}"
    for number, line in enumerate(lines, 1):
        if len(line) > COLUMNS:
            yield f"{name(path)}:{number}: {len(line)} columns, at most {COLUMNS}"
        if line != line.rstrip() or "\t" in line:
            yield f"{name(path)}:{number}: blank at the end of the line, or a tab"
    if "SPDX-License-Identifier: Apache-2.0" not in lines[0]:
        yield f"{name(path)}:1: the first line is not the licence line"
    if path.suffix == ".c":
        yield from function_problems(path, text)


paths = under("src", "include", "tests", "tools", "examples", "python", "bench")
report("sizes", [p for path in paths for p in problems_of(path)])
