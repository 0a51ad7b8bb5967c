#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""What Python adds to one call: execute_async_v3(0) and set_tensor_address, in nanoseconds.

The network is one identity of one element, on one thread and the NULL stream, so that next to
nothing is computed. Each round times many calls in a loop; what an empty loop takes at best is
taken off. What the C side takes is measured by `tern bench` on the same plan (two clock
reads included); the rest of execute_async_v3 is Python's. Run it on an idle machine.
"""

import argparse
import itertools
import json
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

import numpy as np
import ternrt as trt


def build_plan(logger):
    builder = trt.Builder(logger)
    builder.max_threads = 1
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH))
    y = network.add_identity(network.add_input("x", trt.float32, (1,))).get_output(0)
    y.name = "y"
    network.mark_output(y)
    plan = builder.build_serialized_network(network, builder.create_builder_config())
    if plan is None:
        raise SystemExit("overhead: no plan was built; the log says why")
    return plan


def make_context(plan, logger):
    runtime = trt.Runtime(logger)
    runtime.max_threads = 1
    return runtime.deserialize_cuda_engine(plan).create_execution_context()


# Each function makes count calls and gives the nanoseconds of one.


def time_nothing(count):
    start = time.perf_counter_ns()
    for _ in itertools.repeat(None, count):
        pass
    return (time.perf_counter_ns() - start) / count


def time_execute(context, count):
    call = context.execute_async_v3
    start = time.perf_counter_ns()
    for _ in itertools.repeat(None, count):
        call(0)
    return (time.perf_counter_ns() - start) / count


def time_execute_by_keyword(context, count):
    start = time.perf_counter_ns()
    for _ in itertools.repeat(None, count):
        context.execute_async_v3(stream_handle=0)
    return (time.perf_counter_ns() - start) / count


def time_execute_v2(context, bindings, count):
    start = time.perf_counter_ns()
    for _ in itertools.repeat(None, count):
        context.execute_v2(bindings)
    return (time.perf_counter_ns() - start) / count


def time_same_address(context, addresses, count):
    call, address = context.set_tensor_address, addresses[0]
    start = time.perf_counter_ns()
    for _ in itertools.repeat(None, count):
        call("x", address)
    return (time.perf_counter_ns() - start) / count


def time_new_address(context, addresses, count):
    """Two addresses in turn; the loop is unrolled, so a turn makes two calls."""
    call, (one, two) = context.set_tensor_address, addresses
    start = time.perf_counter_ns()
    for _ in itertools.repeat(None, count // 2):
        call("x", one)
        call("x", two)
    return (time.perf_counter_ns() - start) / (count // 2 * 2)


def time_in_c(tern, plan):
    """(minimum, median) nanoseconds of a run without Python, by the command tern."""
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "identity.plan"
        path.write_bytes(plan)
        command = [tern, "bench", str(path), "--threads", "1", "--iterations", "100000"]
        result = subprocess.run(command + ["--json"], capture_output=True, text=True)
    if result.returncode != 0:
        raise SystemExit("overhead: tern bench: %s" % result.stderr.strip())
    report = json.loads(result.stdout)
    return report["min_ms"] * 1e6, report["median_ms"] * 1e6


def measure(context, rounds, calls):
    """{name: nanoseconds per call in every round}, all names in each round."""
    x, x2, y = (np.zeros(1, np.float32) for _ in range(3))
    addresses = (x.ctypes.data, x2.ctypes.data)
    bindings = [x.ctypes.data, y.ctypes.data]
    context.set_tensor_address("x", addresses[0])
    context.set_tensor_address("y", y.ctypes.data)
    if context.execute_async_v3(0) is not True:
        raise SystemExit("overhead: execute_async_v3 gave False")
    works = {
        "execute_async_v3(0)": lambda: time_execute(context, calls),
        "execute_async_v3(stream_handle=0)": lambda: time_execute_by_keyword(context, calls),
        "execute_v2(bindings)": lambda: time_execute_v2(context, bindings, calls),
        "set_tensor_address, same": lambda: time_same_address(context, addresses, calls),
        "set_tensor_address, other": lambda: time_new_address(context, addresses, calls),
    }
    times = {name: [] for name in works}
    empty = min(time_nothing(calls) for _ in range(rounds + 1))
    for index in range(rounds + 1):
        for name, work in works.items():
            elapsed = work() - empty
            if index > 0:  # the first round warms up
                times[name].append(elapsed)
    return times


def summarise(times, in_c):
    calls = {
        name: {"min_ns": min(values), "median_ns": statistics.median(values)}
        for name, values in times.items()
    }
    result = {"version": trt.__version__, "python": sys.version.split()[0], "calls": calls}
    if in_c is not None:
        whole = calls["execute_async_v3(0)"]
        result["c"] = {"min_ns": in_c[0], "median_ns": in_c[1]}
        result["overhead"] = {
            key: whole[key] - result["c"][key] for key in ("min_ns", "median_ns")
        }
    return result


def show(result):
    line = "%-36s min %8.1f ns   median %8.1f ns"
    for name, call in result["calls"].items():
        print(line % (name, call["min_ns"], call["median_ns"]))
    if "c" in result:
        print(line % ("the run itself, by tern bench", *result["c"].values()))
        print(line % ("Python overhead of execute_async_v3", *result["overhead"].values()))
    else:
        print("no command tern: the overhead is below what execute_async_v3 takes (see --tern)")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=31)
    parser.add_argument("--calls", type=int, default=20000, help="per round (default 20000)")
    parser.add_argument("--tern", default=shutil.which("tern"), help="path of the command tern")
    parser.add_argument("--max-ns", type=float, help="exit with 1 if the median is above this")
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    options = parser.parse_args()

    logger = trt.Logger(trt.Logger.WARNING)
    plan = bytes(build_plan(logger))
    times = measure(make_context(plan, logger), options.rounds, options.calls)
    result = summarise(times, time_in_c(options.tern, plan) if options.tern else None)
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        show(result)
    if options.max_ns is None:
        return 0
    overhead = result.get("overhead", result["calls"]["execute_async_v3(0)"])
    return int(overhead["median_ns"] > options.max_ns)


if __name__ == "__main__":
    sys.exit(main())
