#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""LeNet on one thread: Tern against ONNX Runtime, same weights, in one interleaved run.

Each side runs from buffers that are bound once (Tern: addresses and the NULL stream; ONNX Runtime:
IO binding), so no call copies or allocates in Python. Rounds alternate which side goes first; the
ratio is taken within each round, so that a slow moment of the machine hits both sides of the same
quotient. Run it on an idle machine.
"""

import argparse
import json
import pathlib
import statistics
import sys
import time

import numpy as np

LENET = pathlib.Path(__file__).resolve().parent.parent / "examples" / "lenet"
sys.path.insert(0, str(LENET))
import weights as safetensors

INPUT_NAME, OUTPUT_NAME = "image", "logits"
TOLERANCE = 1e-4  # of logits up to 40: float32 sums of 800 terms in another order


def onnx_model(weights, batch):
    """The network as ONNX bytes."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    nodes = [
        helper.make_node(
            "Conv", [INPUT_NAME, "conv1.weight", "conv1.bias"], ["c1"], kernel_shape=[5, 5]
        ),
        helper.make_node("MaxPool", ["c1"], ["p1"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Conv", ["p1", "conv2.weight", "conv2.bias"], ["c2"], kernel_shape=[5, 5]),
        helper.make_node("MaxPool", ["c2"], ["p2"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Flatten", ["p2"], ["flat"]),
        helper.make_node("Gemm", ["flat", "fc1.weight", "fc1.bias"], ["f1"], transB=1),
        helper.make_node("Relu", ["f1"], ["r1"]),
        helper.make_node("Gemm", ["r1", "fc2.weight", "fc2.bias"], [OUTPUT_NAME], transB=1),
    ]
    graph = helper.make_graph(
        nodes,
        "lenet",
        [helper.make_tensor_value_info(INPUT_NAME, TensorProto.FLOAT, [batch, 1, 28, 28])],
        [helper.make_tensor_value_info(OUTPUT_NAME, TensorProto.FLOAT, [batch, 10])],
        [numpy_helper.from_array(array, name) for name, array in weights.items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


class OnnxRuntime:
    """ONNX Runtime with its default optimizations, on one thread, input and output bound once."""

    name = "onnxruntime"

    def __init__(self, weights, images):
        import onnxruntime

        self.version = onnxruntime.__version__
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.inter_op_num_threads = 1
        options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        self.session = onnxruntime.InferenceSession(
            onnx_model(weights, len(images)), options, providers=["CPUExecutionProvider"]
        )
        self.images = onnxruntime.OrtValue.ortvalue_from_numpy(images)
        self.logits = onnxruntime.OrtValue.ortvalue_from_shape_and_type(
            [len(images), 10], np.float32
        )
        self.binding = self.session.io_binding()
        self.binding.bind_ortvalue_input(INPUT_NAME, self.images)
        self.binding.bind_ortvalue_output(OUTPUT_NAME, self.logits)

    def run(self):
        self.session.run_with_iobinding(self.binding)

    def answers(self):
        return self.logits.numpy().reshape(-1, 10)


class Tern:
    """Tern through the TensorRT API: the example's network with an explicit batch of this size."""

    name = "tern"

    def __init__(self, weights, images):
        import build_lenet
        import ternrt as trt

        self.version = trt.__version__
        logger = trt.Logger(trt.Logger.WARNING)
        builder = trt.Builder(logger)
        builder.max_threads = 1
        network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH))
        build_lenet.define(network, weights, images.shape)
        plan = builder.build_serialized_network(network, builder.create_builder_config())
        if plan is None:
            raise SystemExit("lenet_vs_onnxruntime: Tern built no plan; the log says why")
        runtime = trt.Runtime(logger)
        runtime.max_threads = 1
        engine = runtime.deserialize_cuda_engine(plan)
        self.context = engine.create_execution_context()
        self.images = images
        self.logits = np.empty((len(images), 10), np.float32)
        self.context.set_tensor_address(INPUT_NAME, self.images.ctypes.data)
        self.context.set_tensor_address(OUTPUT_NAME, self.logits.ctypes.data)

    def run(self):
        if not self.context.execute_async_v3(0):
            raise SystemExit("lenet_vs_onnxruntime: execute_async_v3 gave False")

    def answers(self):
        return self.logits


SIDES = {side.name: side for side in (Tern, OnnxRuntime)}


def time_calls(side, count):
    """Microseconds of each of count calls."""
    times = []
    for _ in range(count):
        start = time.perf_counter_ns()
        side.run()
        times.append((time.perf_counter_ns() - start) / 1e3)
    return times


def compare(weights, batch, options):
    """Time the chosen sides at one batch size: {side: times}, ratios, largest difference."""
    images = np.random.default_rng(batch).random((batch, 1, 28, 28), dtype=np.float32)
    sides = [SIDES[name](weights, images) for name in options.sides]
    for side in sides:
        time_calls(side, options.calls)  # warm-up, not counted
    difference = max(float(np.abs(side.answers() - sides[0].answers()).max()) for side in sides)
    if not difference <= TOLERANCE:
        raise SystemExit(
            "lenet_vs_onnxruntime: batch %d: answers differ by %g" % (batch, difference)
        )

    times, ratios = {side.name: [] for side in sides}, []
    for index in range(options.rounds):
        medians = {}
        for side in sides if index % 2 == 0 else sides[::-1]:
            calls = time_calls(side, options.calls)
            times[side.name] += calls
            medians[side.name] = statistics.median(calls)
        if len(sides) == 2:
            ratios.append(medians["tern"] / medians["onnxruntime"])
    return {side.name: (side.version, times[side.name]) for side in sides}, ratios, difference


def summarise(batch, sides, ratios, difference):
    """The figures of one batch size, ready for print and JSON."""
    result = {"batch": batch, "max_difference": difference}
    for name, (version, times) in sides.items():
        result[name] = {
            "version": version,
            "min_us": min(times),
            "median_us": statistics.median(times),
        }
    if ratios:
        ranked = sorted(ratios)
        result["ratio"] = {
            "median": statistics.median(ranked),
            "low": ranked[0],
            "high": ranked[-1],
            "of_minima": result["tern"]["min_us"] / result["onnxruntime"]["min_us"],
        }
    return result


def show(result):
    for name in SIDES:
        if name in result:
            side = result[name]
            print(
                "batch %-3d %-12s %-8s min %9.1f us   median %9.1f us"
                % (result["batch"], name, side["version"], side["min_us"], side["median_us"])
            )
    if "ratio" in result:
        ratio = result["ratio"]
        print(
            "batch %-3d ratio %.3f (rounds %.3f to %.3f, of minima %.3f), answers differ by %.1e"
            % (
                result["batch"],
                ratio["median"],
                ratio["low"],
                ratio["high"],
                ratio["of_minima"],
                result["max_difference"],
            )
        )


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, nargs="+", default=[1, 64])
    parser.add_argument("--rounds", type=int, default=21)
    parser.add_argument(
        "--calls",
        type=int,
        default=0,
        help="per round and side; 0: 1,000 images, at least 20 calls",
    )
    parser.add_argument("--sides", nargs="+", choices=list(SIDES), default=list(SIDES))
    parser.add_argument("--max-ratio", type=float, help="exit with 1 if a ratio is above this")
    parser.add_argument(
        "--json", action="store_true", help="print one JSON object and nothing else"
    )
    options = parser.parse_args()

    weights = safetensors.load(LENET / "lenet.safetensors")
    results, calls = [], options.calls
    for batch in options.batch:
        options.calls = calls or max(20, 1000 // batch)
        results.append(summarise(batch, *compare(weights, batch, options)))
        if not options.json:
            show(results[-1])
    if options.json:
        print(json.dumps({"threads": 1, "rounds": options.rounds, "results": results}, indent=2))
    ratios = [result["ratio"]["median"] for result in results if "ratio" in result]
    return int(
        options.max_ratio is not None and max(ratios, default=float("inf")) > options.max_ratio
    )


if __name__ == "__main__":
    sys.exit(main())
