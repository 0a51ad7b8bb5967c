#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Cards of the public headers: every exported function has a comment that opens with /** and one
sentence and says who owns memory, which threads may call and what can fail.  Functions declared
directly one below the other share the card above the first."""

import re

from source import files, name, report

FIELDS = ("Memory:", "Threads:", "Errors:")


def problems_of(path):
    lines = path.read_text(encoding="utf-8").split("\n")
    comment, is_card, shares = "", False, False
    number = 0
    while number < len(lines):
        line = lines[number].strip()
        if line.startswith("/*"):
            first = number
            while "*/" not in lines[number]:
                number += 1
            comment = "\n".join(lines[first : number + 1])
            is_card, shares = line.startswith("/**"), True
        elif line.startswith("TERN_API"):
            first = number
            while ";" not in lines[number]:
                number += 1
            head = " ".join(lines[first : number + 1])
            called = re.search(r"(\w+)\s*\(", head.replace("TERN_API", ""))
            where = f"{name(path)}:{first + 1}: {called[1] if called else line}"
            if not shares or not is_card:
                yield f"{where}: no card (/** ... */) directly above"
            else:
                yield from (f"{where}: the card has no {f}" for f in FIELDS if f not in comment)
        elif not line:
            shares = False
        number += 1


report("cards", [p for path in files("include/tern/*.h") for p in problems_of(path)])
