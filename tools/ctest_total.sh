#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Run CTest in a build folder and end with one line for all suites: "N passed, N failed, N skipped".
# tools/ctest_total.sh <build folder> [ctest options...]
# A suite tells its own numbers in such a line; a test without one (a lint, a crash) counts as one.
set -u

build=$1
shift
case $build in
/*) ;;
*) build=$PWD/$build ;;
esac
results=$build/Testing/results.xml
rm -f "$results"
ctest --test-dir "$build" --output-on-failure --timeout 900 --output-junit "$results" \
    --test-output-size-passed 10000000 --test-output-size-failed 10000000 "$@"
status=$?
if [ ! -f "$results" ]; then
    echo "0 passed, 1 failed, 0 skipped"
    exit 1
fi
awk -v status="$status" '
    /<testcase / { has_line = 0; is_ok = /status="run"/; is_skipped = 0 }
    /<skipped message="SKIP/ || /<testcase .*status="disabled"/ { is_skipped = 1 }
    # the line may stand behind the tag that opens the output
    match($0, /[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/) {
        split(substr($0, RSTART), number, " ")
        has_line = 1
    }
    /<\/testcase>/ {
        if (has_line) {
            passed += number[1]; failed += number[3]; skipped += number[5]
            if (!is_ok && number[3] == 0) { failed++ }
        } else if (is_skipped) { skipped++ }
        else if (is_ok) { passed++ }
        else { failed++ }
    }
    END {
        if (status != 0 && failed == 0) { failed = 1 }
        printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
    }' "$results"
exit "$status"
