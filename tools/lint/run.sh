#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# All lints, one after another; ends with "N passed, N failed, N skipped".
set -u
cd "$(dirname -- "$0")" || exit 1
passed=0 failed=0 skipped=0
for lint in deps sizes cards banned single_use headers format; do
    "${PYTHON3:-python3}" $lint.py
    case $? in
    0) passed=$((passed + 1)) ;;
    77) skipped=$((skipped + 1)) ;;
    *) failed=$((failed + 1)) ;;
    esac
done
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
