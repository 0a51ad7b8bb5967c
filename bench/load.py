#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""How long it takes to get ready: deserialize the LeNet plan and create an execution context.

The plan comes from a file read to bytes (as the notes do) or mapped, from bytes in memory, or from
the IHostMemory that the builder gave; `new runtime` counts a Runtime, too. Each call ends with a
context that could run; letting go of it is not timed. The file is in the page cache. Run it on an
idle machine.
"""

import argparse
import json
import mmap
import pathlib
import statistics
import sys
import tempfile
import time

import numpy as np
import ternrt as trt

LENET = pathlib.Path(__file__).resolve().parent.parent / "examples" / "lenet"
sys.path.insert(0, str(LENET))
import build_lenet
import weights as safetensors

LOGGER = trt.Logger(trt.Logger.WARNING)


def build_plan():
    """The example's plan as the builder gives it."""
    builder = trt.Builder(LOGGER)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH))
    build_lenet.define(network, safetensors.load(LENET / "lenet.safetensors"), (1, 1, 28, 28))
    plan = builder.build_serialized_network(network, builder.create_builder_config())
    if plan is None:
        raise SystemExit("load: no plan was built; the log says why")
    return plan


def context_of(runtime, plan):
    return runtime.deserialize_cuda_engine(plan).create_execution_context()


def from_file(runtime, path):
    with open(path, "rb") as file:
        return context_of(runtime, file.read())


def from_map(runtime, path):
    with open(path, "rb") as file:
        return context_of(runtime, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))


def ways(plan, path):
    """{name: function that gives a context}; each may borrow what the closure holds."""
    runtime, data = trt.Runtime(LOGGER), bytes(plan)
    return {
        "file": lambda: from_file(runtime, path),
        "map": lambda: from_map(runtime, path),
        "bytes": lambda: context_of(runtime, data),
        "host memory": lambda: context_of(runtime, plan),
        "new runtime, bytes": lambda: context_of(trt.Runtime(LOGGER), data),
    }


def time_call(load):
    start = time.perf_counter_ns()
    context = load()
    elapsed = (time.perf_counter_ns() - start) / 1e3
    return elapsed, context


def time_first_run(context):
    """Microseconds of the first run, which pays for what loading put off."""
    engine = context.engine
    for i in range(engine.num_io_tensors):
        name = engine.get_tensor_name(i)
        array = np.zeros(tuple(engine.get_tensor_shape(name)), np.float32)
        context.set_tensor_address(name, array)
    start = time.perf_counter_ns()
    if not context.execute_async_v3(0):
        raise SystemExit("load: execute_async_v3 gave False")
    return (time.perf_counter_ns() - start) / 1e3


def measure(works, rounds):
    """{name: microseconds of every round}, and those of the first runs."""
    times, first_runs = {name: [] for name in works}, []
    for index in range(rounds + 1):
        for name, load in works.items():
            elapsed, context = time_call(load)
            first_run = time_first_run(context)
            if index > 0:  # the first round warms up
                times[name].append(elapsed)
                first_runs.append(first_run)
            del context
    return times, first_runs


def summarise(values):
    return {"min_us": min(values), "median_us": statistics.median(values)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=200)
    parser.add_argument("--max-us", type=float, help="exit with 1 if a median is above this")
    parser.add_argument("--json", action="store_true", help="print one JSON object, nothing else")
    options = parser.parse_args()

    plan = build_plan()
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "lenet.engine"
        path.write_bytes(plan)
        times, first_runs = measure(ways(plan, path), options.rounds)
    result = {
        "version": trt.__version__,
        "plan_bytes": plan.nbytes,
        "rounds": options.rounds,
        "load": {name: summarise(values) for name, values in times.items()},
        "first_run": summarise(first_runs),
    }
    if options.json:
        print(json.dumps(result, indent=2))
    else:
        line = "%-28s min %9.1f us   median %9.1f us"
        for name, summary in result["load"].items():
            print(line % ("load and context, " + name, *summary.values()))
        print(line % ("first run", *result["first_run"].values()))
        print("plan: %d bytes" % plan.nbytes)
    slowest = max(summary["median_us"] for summary in result["load"].values())
    return int(options.max_us is not None and slowest > options.max_us)


if __name__ == "__main__":
    sys.exit(main())
