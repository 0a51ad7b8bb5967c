#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Functions with external linkage that no other file mentions must be static.  Kernels are exempt:
their names are put together by the rows of the tables.  So are the names of the ONNX importer's
translations, but there the rows say which: TERN_ONNX(domain, name, opset, function)."""

import collections
import re

from source import code_of, files, functions, name, report, under


def words_of(path):
    code = code_of(path.read_text(encoding="utf-8"))
    rows = re.findall(r"\bTERN_ONNX\([^()]*,\s*(\w+)\)", code) if path.suffix == ".def" else []
    return {*re.findall(r"\btern_\w+", code), *(f"tern_onnx_do_{row}" for row in rows)}


users = collections.defaultdict(set)
for path in files("*.c", "*.h", "*.def"):
    for word in words_of(path):
        users[word].add(path)
exported = set()
for path in files("include/tern/*.h"):
    exported |= words_of(path)

problems = []
for path in under("src"):
    if path.suffix != ".c" or name(path).startswith("src/kernel/"):
        continue
    for f in functions(path):
        if f.is_static or not f.name.startswith("tern_") or f.name in exported:
            continue
        others = {p for p in users[f.name] if p != path and p.suffix != ".h"}
        inline_users = {p for p in users[f.name] if p.suffix == ".h" and p.stem != path.stem}
        in_own_header = [p for p in users[f.name] if p.suffix == ".h" and p.stem == path.stem]
        text = in_own_header[0].read_text(encoding="utf-8") if in_own_header else ""
        is_in_macro = len(re.findall(rf"\b{f.name}\b", text)) > 1
        if not others and not inline_users and not is_in_macro:
            problems.append(f"{name(path)}:{f.line}: {f.name} is used nowhere else: make it static")
report("single-use", problems)
