#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Functions that only src/base may call, and words that only compiler.h may use."""

import re

from source import code_of, name, report, under

CALLS = (
    "malloc calloc realloc free aligned_alloc posix_memalign alloca "
    "printf fprintf vprintf vfprintf sprintf vsprintf snprintf vsnprintf puts putchar fputs "
    "abort exit _exit atexit assert strcpy strcat strncpy strncat strtok atoi atol atof "
    "gmtime localtime time rand srand getenv setjmp longjmp system "
    "open close read write mmap munmap fopen fclose fread fwrite"
).split()
CALL = re.compile(r"(?<![\w.>])(" + "|".join(CALLS) + r")\s*\(")
# GNU C outside compiler.h; asking the processor what it can has no other spelling.
DIALECT = re.compile(r"__attribute__|__builtin_(?!cpu_)\w+|\btypeof\b|__extension__")
NOWHERE = re.compile(r"(?<![\w.>])(gets|strcpy|strcat|sprintf|vsprintf|strtok|atoi|rand|alloca)\s*\(")


def problems_of(path):
    where = name(path)
    in_base, in_kernel = where.startswith("src/base/"), where.startswith("src/kernel/")
    for number, line in enumerate(code_of(path.read_text(encoding="utf-8")).split("\n"), 1):
        rule = NOWHERE if in_base else CALL
        # a declaration of a struct field or function of that name ends up here too: rename it
        yield from (f"{where}:{number}: {m[1]}() is not for this module" for m in rule.finditer(line))
        if not in_base and not in_kernel:
            yield from (
                f"{where}:{number}: {m[0]} belongs into base/compiler.h" for m in DIALECT.finditer(line)
            )


report("banned", [p for path in under("src") for p in problems_of(path)])
