#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The tern command from outside: cli.sh <tern> <text IR with an input that varies>.  Exit codes, where messages go, what
# they say, and JSON that parses.
set -u
tern=$1
model=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
passed=0 failed=0 skipped=0
plan=$dir/model.plan
ranges=image:1x1x12x12,4x1x12x12,8x1x12x12

fail()
{
    echo "    $*"
    sed 's/^/        /' "$dir/out" "$dir/err" | head -20
    failed=$((failed + 1))
}

# expect <exit code> <text in stdout or stderr, "" for none> tern's arguments...
expect()
{
    code=$1
    says=$2
    shift 2
    "$tern" "$@" >"$dir/out" 2>"$dir/err"
    got=$?
    if [ $got != "$code" ]; then
        fail "tern $*: exit code $got, want $code"
    elif [ -n "$says" ] && ! grep -q -e "$says" "$dir/out" "$dir/err"; then
        fail "tern $*: does not say \"$says\""
    elif [ "$code" != 0 ] && { [ ! -s "$dir/err" ] || [ -s "$dir/out" ]; }; then
        fail "tern $*: a failure goes to stderr alone"
    elif [ "$code" = 0 ] && [ -s "$dir/err" ]; then
        fail "tern $*: success is silent on stderr"
    else
        passed=$((passed + 1))
    fi
}

# expect_json tern's arguments...: stdout is JSON
expect_json()
{
    if ! python3 -c 'import json' >/dev/null 2>&1; then
        skipped=$((skipped + 1))
        return
    fi
    expect 0 "" "$@"
    if python3 -m json.tool "$dir/out" >/dev/null 2>"$dir/err"; then
        passed=$((passed + 1))
    else
        fail "tern $*: no JSON"
    fi
}

# --- the command itself

expect 0 "usage: tern" --help
expect 0 "usage: tern" help
expect 0 "^tern [0-9]" --version
expect 2 "usage: tern"
expect 2 '"nonsense"' nonsense
for command in build run bench inspect opt ops; do
    expect 0 "usage: tern $command" $command --help
    expect 2 '"--nonsense"' $command --nonsense
    expect 2 "arguments given" $command a b c
done
for command in build run bench inspect opt; do
    expect 2 "arguments given" $command
    expect 1 "$dir/missing" $command "$dir/missing"
    expect 1 "" $command "$dir" # a folder
done
for command in run bench inspect; do
    : >"$dir/empty"
    expect 1 "plan" $command "$dir/empty"
    expect 1 "plan" $command "$model" # text is no plan
done

# --- build

expect 0 "$plan: [0-9]* bytes" build "$model" --output "$plan" --profile "$ranges"
expect 0 "" build "$model" --output="$dir/again.plan" --profile "$ranges" --quiet
if cmp -s "$plan" "$dir/again.plan"; then
    passed=$((passed + 1))
else
    fail "two builds give other bytes"
fi
cp "$model" "$dir/here.tern"
expect 0 "$dir/here.plan" build "$dir/here.tern" --profile "$ranges"
expect 1 '"image"' build "$model" --output "$dir/x.plan"
expect 1 '"nobody"' build "$model" --output "$dir/x.plan" --profile "nobody:1,2,3"
expect 1 "order" build "$model" --output "$dir/x.plan" --profile "image:2x1x12x12,1x1x12x12,3x1x12x12"
expect 2 "form" build "$model" --output "$dir/x.plan" --profile "image"
expect 2 "form" build "$model" --output "$dir/x.plan" --profile "image:1x1,2"
expect 2 "form" build "$model" --output "$dir/x.plan" --profile "image:ax1,2x1,3x1"
expect 2 "0..5" build "$model" --level 6
expect 2 "1..256" build "$model" --threads 0
expect 2 "number" build "$model" --threads many
expect 2 "needs a value" build "$model" --threads
expect 2 '"mmx"' build "$model" --isa mmx
expect 2 '"all"' build "$model" --verbosity all
expect 1 "$dir/none/x.plan" build "$model" --output "$dir/none/x.plan" --profile "$ranges"
[ -e "$dir/x.plan" ] && fail "a failed build left a plan behind"
printf 'graph "broken" explicit {\n  %%x = input "x" : f32[2\n}\n' >"$dir/broken.tern"
expect 1 "line 2" build "$dir/broken.tern"
expect 1 "line 2" opt "$dir/broken.tern"
for level in 0 1 2 3 4 5; do
    expect 0 "" build "$model" --output "$dir/l.plan" --profile "$ranges" --level $level --isa ref \
        --threads 1
    expect 0 "prob \[4, 10" run "$dir/l.plan" --threads 1
done
expect 0 "" build "$model" --output "$dir/l.plan" --profile "$ranges" --verbosity detailed --timing \
    --workspace 100000 --max-batch 4

# --- run

expect 0 "prob \[4, 10, 1, 1\]: " run "$plan"
expect 0 "prob \[2, 10, 1, 1\]: " run "$plan" --shape image:2x1x12x12 --threads 1
expect 1 '"image"' run "$plan" --shape image:9x1x12x12
expect 1 '"image"' run "$plan" --shape image:2x12x12
expect 2 "form" run "$plan" --shape image:2y12
expect 0 "prob \[1, 10, 1, 1\]: " run "$plan" --shape image:1x1x12x12 --input image=zeros
cp "$dir/out" "$dir/zeros"
head -c 576 /dev/zero >"$dir/zeros.raw"
expect 0 "" run "$plan" --shape image:1x1x12x12 --input "image=$dir/zeros.raw"
if cmp -s "$dir/out" "$dir/zeros"; then
    passed=$((passed + 1))
else
    fail "a file of zeros is not zeros"
fi
expect 1 "576 bytes" run "$plan" --shape image:1x1x12x12 --input "image=$plan"
expect 1 "$dir/missing" run "$plan" --input "image=$dir/missing"
expect 0 "" run "$plan" --shape image:1x1x12x12 --output "prob=$dir/prob.npy"
if [ "$(head -c 6 "$dir/prob.npy" | tail -c 5)" = NUMPY ] && [ "$(wc -c <"$dir/prob.npy")" = 168 ]; then
    passed=$((passed + 1))
else
    fail "no .npy file of ten floats"
fi
expect 1 "$dir/none" run "$plan" --output "prob=$dir/none/prob.npy"
expect_json run "$plan" --json

# --- shape inputs

printf 'graph "r" explicit {\n  %%x = input "x" : f32[4,3]\n  %%n = input "n" shape : i32[2]\n' \
    >"$dir/r.tern"
printf '  %%y = shuffle %%x, %%n\n  output "y" = %%y\n}\n' >>"$dir/r.tern"
printf '\006\000\000\000\002\000\000\000' >"$dir/six_two.raw"
expect 1 '"n"' build "$dir/r.tern" --output "$dir/r.plan"
expect 2 "form" build "$dir/r.tern" --output "$dir/r.plan" --values "n:1,2"
expect 0 "" build "$dir/r.tern" --output "$dir/r.plan" --values "n:1x1,3x4,12x12"
expect 0 "y \[3, 4\]: " run "$dir/r.plan"
expect 0 "y \[6, 2\]: " run "$dir/r.plan" --input "n=$dir/six_two.raw"
expect 1 '"n"' run "$dir/r.plan" --input n=zeros

# --- bench, inspect, ops, opt

expect 0 "median" bench "$plan" --warm-up 0 --duration 1
expect 0 "conv1" bench "$plan" --warm-up 0 --duration 1 --layers --threads 1
expect 2 "number" bench "$plan" --duration -1
expect_json bench "$plan" --warm-up 0 --duration 0 --iterations 5 --json
expect 0 "" bench "$plan" --warm-up 0 --duration 0 --iterations 5 --json
if grep -q '"times_ms": \[[0-9.]*, [0-9.]*, [0-9.]*, [0-9.]*, [0-9.]*\]' "$dir/out"; then
    passed=$((passed + 1))
else
    fail "no five times"
fi
expect 0 "conv1" inspect "$plan"
expect 0 "conv1" inspect "$plan" --layer 0
expect 1 "layer" inspect "$plan" --layer 1000
expect_json inspect "$plan" --json
expect_json inspect "$plan" --json --layer 0
expect 0 "^softmax" ops
expect 0 "## softmax" ops --markdown
expect_json ops --json
expect 0 "softmax" opt "$model"
expect 0 "relu2" opt "$model" --passes fold-constants,sweep
expect 1 '"nothing"' opt "$model" --passes nothing
expect 1 '"nothing"' opt "$model" --stop-after nothing
expect 0 "%r2 = relu" opt "$model" --stop-after fold-constants
expect 0 "%r2 = relu" opt "$model" --rewrites 0
expect 0 "| relu(acc)" opt "$model" --rewrites 1
TERN_LOG=tactic:detail "$tern" build "$model" --output "$dir/l.plan" --profile "$ranges" \
    >"$dir/out" 2>"$dir/err"
if grep -q '^tern: tactic: conv "conv1": .* taken$' "$dir/err"; then
    passed=$((passed + 1))
else
    fail "TERN_LOG=tactic:detail tells no tactics"
fi
expect 0 "" opt "$model" --passes sweep

# A constant of more than 64 elements prints without its bytes: read and optimised, not built.
cat >"$dir/large.tern" <<'END'
graph "large" explicit {
  %x = input "x" : f32[65]
  %w = constant "w" : f32[65] @blob 0
  %y = add %x, %w ; sum
  output "y" = %y
}
END
cp "$dir/large.tern" "$dir/whole.tern"
{ echo "blob 0 = 260" && head -c 260 /dev/zero | base64; } >>"$dir/whole.tern"
expect 0 "" build "$dir/whole.tern" --output "$plan"
expect 0 "@blob 0" opt "$dir/whole.tern"
cp "$dir/out" "$dir/printed.tern"
for text in printed large; do
    expect 0 "@blob 0" opt "$dir/$text.tern"
    expect 1 'constant "w": has no data; .* can be optimised, not built' build "$dir/$text.tern" --output "$plan"
done

echo "$passed passed, $failed failed, $skipped skipped"
[ $failed = 0 ]
