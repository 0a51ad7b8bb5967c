#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Every public header alone, and all of them together, as C11 and as C++11 without a warning:
# headers.sh <C compiler>.  Without a C++ compiler that half is skipped.
set -u
cc=$1
cxx=${CXX:-c++}
include=$(CDPATH='' cd -- "$(dirname -- "$0")/../../include" && pwd)
flags="-fsyntax-only -Wall -Wextra -Wpedantic -Wshadow -Wundef -Wstrict-aliasing -Werror"
passed=0 failed=0 skipped=0

# try <language> <standard> <compiler>
try()
{
    for header in "$include"/tern/*.h; do
        name=$(basename "$header")
        # twice: it guards itself
        # shellcheck disable=SC2086  # a list of flags
        if printf '#include "tern/%s"\n#include "tern/%s"\nint main(void) { return 0; }\n' \
            "$name" "$name" | $3 -x "$1" -std="$2" $flags -I "$include" -; then
            passed=$((passed + 1))
        else
            echo "headers: tern/$name is no $2"
            failed=$((failed + 1))
        fi
    done
}

try c c11 "$cc"
if command -v "$cxx" >/dev/null 2>&1; then
    try c++ c++11 "$cxx"
else
    skipped=1
fi
echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
