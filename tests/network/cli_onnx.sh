#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The tern command on ONNX models: cli_onnx.sh <tern> <make_onnx>.
set -u
tern=$1
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
"$2" "$dir" || exit 1
cd "$dir" || exit 1
passed=0 failed=0

fail()
{
    echo "    $*"
    sed 's/^/        /' out err | head -20
    failed=$((failed + 1))
}

# expect <exit code> <pattern in stdout or stderr, "" for none> tern's arguments...
expect()
{
    code=$1
    says=$2
    shift 2
    "$tern" "$@" >out 2>err
    got=$?
    if [ $got != "$code" ]; then
        fail "tern $*: exit code $got, want $code"
    elif [ -n "$says" ] && ! grep -q -e "$says" out err; then
        fail "tern $*: does not say \"$says\""
    elif [ "$code" != 0 ] && { [ ! -s err ] || [ -s out ]; }; then
        fail "tern $*: a failure goes to stderr alone"
    elif [ "$code" = 0 ] && [ -s err ]; then
        fail "tern $*: success is silent on stderr"
    else
        passed=$((passed + 1))
    fi
}

says()
{
    if grep -q -e "$1" out err; then
        passed=$((passed + 1))
    else
        fail "does not say \"$1\""
    fi
}

# x = 1..6, so y = relu(x * {1,-1,2}) is 1 0 6 4 0 12
printf '\000\000\200\077\000\000\000\100\000\000\100\100\000\000\200\100\000\000\240\100\000\000\300\100' >x.raw
for model in small external; do
    expect 0 "^$model.plan: [0-9]* bytes" build $model.onnx
    expect 0 "y \[2, 3\]: 1 0 6 4 0 12" run $model.plan --input x=x.raw
done
mkdir elsewhere
expect 0 "" build "$dir/external.onnx" --output elsewhere/e.plan
mv w.bin elsewhere
expect 1 '"w.bin"' build external.onnx --output no.plan

# every problem, one a line
expect 1 'not supported: Nonsense "first": ' build broken.onnx
says 'not supported: Other (node 2): '
[ "$(wc -l <err)" = 2 ] || fail "not one line for each problem"
head -c 60 small.onnx >cut.onnx
expect 1 "bad model: cut.onnx" build cut.onnx
: >empty.onnx
expect 1 "bad model: empty.onnx" build empty.onnx
expect 1 "missing.onnx" build missing.onnx
expect 1 "" build . # a folder
[ -e no.plan ] && fail "a failed build left a plan behind"
[ -e broken.plan ] && fail "a failed build left a plan behind"

# ranges: usual ones, and those of extents that have a name in common
expect 0 "^x:1x3x1x1,1x3x224x224,8x3x512x512 is taken" build varying.onnx
says "^mask:1x1x1x1,1x1x224x224,8x1x512x512 is taken"
expect 0 "z \[2, 1, 5, 5\]: " run varying.plan --shape x:2x3x5x7 --shape mask:2x1x5x5
expect 0 "^mask:1x1x5x5,2x1x6x6,4x1x7x7 is taken" build varying.onnx --profile x:1x3x5x5,2x3x6x6,4x3x7x7
expect 0 "^varying.plan" build varying.onnx --profile x:1x3x5x5,2x3x6x6,4x3x7x7 \
    --profile mask:1x1x5x5,2x1x6x6,4x1x7x7
if grep -q "is taken" out; then
    fail "a range is taken where all are given"
else
    passed=$((passed + 1))
fi
expect 1 '"nobody"' build varying.onnx --profile nobody:1,2,3

expect 0 '%y = relu %x : f32\[batch,3,h,w\]' opt varying.onnx
expect 1 '"first"' opt broken.onnx

echo "$passed passed, $failed failed, 0 skipped"
[ $failed = 0 ]
