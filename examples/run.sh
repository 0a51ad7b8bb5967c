#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# The examples against an installed copy: run.sh <build folder of the library> <folder for results>.
# consumer/ by pkg-config and by CMake, then lenet/lenet.c on real digits.  PYTHON reads the digits
# (default: the project's virtual environment); without them LeNet is built and not run.
set -eu

here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
root=$(CDPATH='' cd -- "$here/.." && pwd)
library=$1
mkdir -p "$2"
out=$(CDPATH='' cd -- "$2" && pwd)
python=${PYTHON:-$root/.venv/bin/python}
prefix=$out/prefix

say()
{
    echo "== $*"
}

rm -rf "$prefix" "$out/pkg-config" "$out/cmake"
cmake --install "$library" --prefix "$prefix" >"$out/install.log"
package=$(find "$prefix" -name tern.pc)
[ -n "$package" ]
PKG_CONFIG_PATH=$(dirname "$package")
LD_LIBRARY_PATH=$(dirname "$PKG_CONFIG_PATH")
export PKG_CONFIG_PATH LD_LIBRARY_PATH

say "consumer, by pkg-config"
cp -r "$here/consumer" "$out/pkg-config"
make -s -C "$out/pkg-config"
"$out/pkg-config/build_plan" "$out/pkg-config/two.plan"
"$out/pkg-config/run_plan" "$out/pkg-config/two.plan"

say "consumer, by CMake"
cmake -S "$here/consumer" -B "$out/cmake" -DCMAKE_PREFIX_PATH="$prefix" >"$out/cmake.log"
cmake --build "$out/cmake" >>"$out/cmake.log"
"$out/cmake/build_plan" "$out/cmake/two.plan"
"$out/cmake/run_plan" "$out/cmake/two.plan"
cmp "$out/pkg-config/two.plan" "$out/cmake/two.plan"

say "the installed command"
"$prefix/bin/tern" --version
"$prefix/bin/tern" run "$out/cmake/two.plan" --input x=zeros

say "LeNet in C"
# shellcheck disable=SC2046  # a list of flags
${CC:-cc} -std=c11 -O2 "$here/lenet/lenet.c" -o "$out/lenet" \
    $(pkg-config --cflags --libs tern) -lpthread
if "$python" "$here/lenet/digits.py" "$out/digits.raw" 2>"$out/digits.log"; then
    "$out/lenet" "$here/lenet/lenet.safetensors" "$out/digits.raw" "$out/lenet.tern"
else
    say "no digits on this machine (see $out/digits.log): LeNet was built, not run"
fi
say "examples: all good"
