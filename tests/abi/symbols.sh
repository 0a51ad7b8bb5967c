#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Compare what a library exports with a list: symbols.sh [--update] <library> <list>.
# Every exported name must be declared in a public header, too.
set -eu
LC_ALL=C
export LC_ALL

is_update=no
if [ "$1" = --update ]; then
    is_update=yes
    shift
fi
library=$1
list=$2
include=$(CDPATH='' cd -- "$(dirname -- "$0")/../../include/tern" && pwd)

if ! command -v nm >/dev/null 2>&1; then
    echo "abi: no nm on this machine"
    exit 77
fi
exported=$(nm -D --defined-only "$library" | awk '{ print $3 }' | sort)
if [ $is_update = yes ]; then
    printf '%s\n' "$exported" >"$list"
fi
failed=0
if ! printf '%s\n' "$exported" | diff -u "$list" -; then
    echo "abi: $(basename "$library") exports other symbols than $(basename "$list") lists;" \
        "if that is meant: tests/abi/symbols.sh --update $library $list"
    failed=1
fi
for symbol in $exported; do
    if ! grep -q "[ *]$symbol(" "$include"/*.h; then
        echo "abi: $symbol is exported, but no public header declares it"
        failed=1
    fi
done
[ $failed = 0 ] && echo "$(printf '%s\n' "$exported" | wc -l) symbols"
echo "$((1 - failed)) passed, $failed failed, 0 skipped"
exit $failed
