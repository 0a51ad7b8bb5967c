# SPDX-License-Identifier: Apache-2.0
"""TensorRT 10: build_engine_with_config, a progress monitor, detailed inspection as JSON, an
output allocator, top-k with int32 indices, common.do_inference with addresses."""

import json

import numpy as np
import tensorrt as trt
from cuda.bindings import runtime as cudart

import common_cudart as common
import reference

TRT_LOGGER = trt.Logger(trt.Logger.WARNING)
CLASSES, TOP = 100, 5


class Progress(trt.IProgressMonitor):
    def __init__(self, stop=False):
        trt.IProgressMonitor.__init__(self)
        self.open, self.steps, self.stop = [], 0, stop

    def phase_start(self, phase_name, parent_phase, num_steps):
        self.open.append(phase_name)

    def step_complete(self, phase_name, step):
        assert phase_name in self.open
        self.steps += 1
        return not self.stop

    def phase_finish(self, phase_name):
        self.open.remove(phase_name)


class OutputAllocator(trt.IOutputAllocator):
    def __init__(self):
        trt.IOutputAllocator.__init__(self)
        self.address, self.size, self.shape, self.calls = 0, 0, None, 0

    def reallocate_output(self, tensor_name, memory, size, alignment):
        self.calls += 1
        if size > self.size:
            if self.address:
                common.cuda_call(cudart.cudaFree(self.address))
            self.address, self.size = common.cuda_call(cudart.cudaMalloc(size)), size
        return self.address

    def notify_shape(self, tensor_name, shape):
        self.shape = tuple(shape)


def define(network, weights):
    x = network.add_input("features", trt.float32, (-1, 64))
    w = network.add_constant(weights.shape, weights).get_output(0)
    logits = network.add_matrix_multiply(x, trt.MatrixOperation.NONE, w, trt.MatrixOperation.NONE)
    logits.name = "head"
    prob = network.add_softmax(logits.get_output(0))
    prob.axes = 1 << 1
    top = network.add_topk(prob.get_output(0), trt.TopKOperation.MAX, TOP, 1 << 1)
    top.name = "top"
    for i, name in enumerate(("values", "indices")):
        top.get_output(i).name = name
        network.mark_output(top.get_output(i))


def build(weights):
    builder = trt.Builder(TRT_LOGGER)
    network = builder.create_network(0)
    define(network, weights)
    config = builder.create_builder_config()
    profile = builder.create_optimization_profile()
    profile.set_shape("features", [1, 64], [8, 64], [32, 64])
    config.add_optimization_profile(profile)
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    config.builder_optimization_level = 3

    config.progress_monitor = Progress(stop=True)
    assert builder.build_engine_with_config(network, config) is None, "the build was not cancelled"
    assert config.progress_monitor.open == []
    config.progress_monitor = progress = Progress()
    engine = builder.build_engine_with_config(network, config)
    assert progress.steps > 0 and progress.open == []
    return engine


def inspect(engine):
    inspector = engine.create_engine_inspector()
    report = json.loads(inspector.get_engine_information(trt.LayerInformationFormat.JSON))
    assert isinstance(report, dict), type(report)
    for i in range(engine.num_layers):
        json.loads(inspector.get_layer_information(i, trt.LayerInformationFormat.JSON))
        assert inspector.get_layer_information(i, trt.LayerInformationFormat.ONELINE)
    return report


def main():
    rng = np.random.default_rng(4)
    weights = rng.standard_normal((64, CLASSES)).astype(np.float32) / 4
    engine = build(weights)
    assert isinstance(engine, trt.ICudaEngine)
    report = inspect(engine)
    assert "Layers" in report, list(report)

    names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
    assert names == ["features", "values", "indices"]
    context = engine.create_execution_context()
    stream = common.cuda_call(cudart.cudaStreamCreate())

    def check(name, x, values, indices):
        prob = reference.softmax(x @ weights.astype(np.float64))
        order = np.argsort(-prob, axis=1)[:, :TOP]
        reference.check(name, values, np.take_along_axis(prob, order, 1))
        assert (indices == order).all(), name

    allocators = {name: OutputAllocator() for name in ("values", "indices")}
    d_x = common.cuda_call(cudart.cudaMalloc(32 * 64 * 4))
    context.set_tensor_address("features", d_x)
    for name, allocator in allocators.items():
        assert context.set_output_allocator(name, allocator)
        assert context.get_output_allocator(name) is allocator
    for batch in (3, 32, 1):
        x = rng.standard_normal((batch, 64)).astype(np.float32)
        context.set_input_shape("features", x.shape)
        common.memcpy_host_to_device(d_x, x)
        assert context.execute_async_v3(stream_handle=stream)
        common.cuda_call(cudart.cudaStreamSynchronize(stream))
        found = []
        for (name, allocator), dtype in zip(allocators.items(), (np.float32, np.int32)):
            assert allocator.shape == (batch, TOP), (name, allocator.shape)
            host = np.empty(allocator.shape, dtype)
            common.memcpy_device_to_host(host, allocator.address)
            found.append(host)
        check("allocator, batch %d" % batch, x, *found)
    for name in allocators:
        assert context.set_output_allocator(name, None)
        assert context.get_output_allocator(name) is None

    inputs, outputs, bindings, stream2 = common.allocate_buffers(engine, 0)
    x = rng.standard_normal((32, 64)).astype(np.float32)
    inputs[0].host = x
    context.set_input_shape("features", x.shape)
    values, indices = common.do_inference(context, engine, bindings, inputs, outputs, stream2)
    check("buffers", x, values.reshape(32, TOP), indices.reshape(32, TOP))

    context.set_tensor_address("features", 0)
    common.free_buffers(inputs, outputs, stream2)
    common.cuda_call(cudart.cudaFree(d_x))
    common.cuda_call(cudart.cudaStreamDestroy(stream))
    try:
        common.cuda_call(cudart.cudaStreamSynchronize(stream))
    except RuntimeError:
        return
    raise SystemExit("a destroyed stream was accepted")


if __name__ == "__main__":
    main()
