# SPDX-License-Identifier: Apache-2.0
"""What the tests share: a logger that remembers, and ways to build a network and run it once."""
import subprocess
import sys
import textwrap

import numpy as np

import ternrt as trt


class Memory(trt.ILogger):
    """A logger that keeps its lines; `errors` are what a test that expects a refusal looks at."""

    def __init__(self):
        trt.ILogger.__init__(self)
        self.lines = []

    def log(self, severity, msg):
        self.lines.append((severity, msg))

    @property
    def errors(self):
        return [text for severity, text in self.lines if severity <= trt.Logger.ERROR]


class Bench:
    """A builder with an explicit-batch network under construction."""

    def __init__(self, flags=None):
        self.logger = Memory()
        self.builder = trt.Builder(self.logger)
        explicit = 1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH)
        self.network = self.builder.create_network(explicit if flags is None else flags)
        self.config = self.builder.create_builder_config()

    def input(self, name, array_or_shape, dtype=trt.float32):
        if isinstance(array_or_shape, np.ndarray):
            dtype = dtype_of(array_or_shape)
            array_or_shape = array_or_shape.shape
        return self.network.add_input(name, dtype, array_or_shape)

    def constant(self, array):
        array = np.asarray(array)
        return self.network.add_constant(array.shape, np.ascontiguousarray(array)).get_output(0)

    def output(self, *tensors):
        for i, tensor in enumerate(tensors):
            tensor.name = "y%d" % i
            self.network.mark_output(tensor)

    def profile(self, **ranges):
        profile = self.builder.create_optimization_profile()
        for name, (low, usual, high) in ranges.items():
            profile.set_shape(name, low, usual, high)
        assert self.config.add_optimization_profile(profile) >= 0
        return profile

    def plan(self):
        return self.builder.build_serialized_network(self.network, self.config)

    def engine(self):
        plan = self.plan()
        assert plan is not None, self.logger.errors
        engine = trt.Runtime(self.logger).deserialize_cuda_engine(plan)
        assert engine is not None, self.logger.errors
        return engine


def dtype_of(array):
    return {"float32": trt.float32, "float16": trt.float16, "int8": trt.int8, "int32": trt.int32, "int64": trt.int64,
            "bool": trt.bool, "uint8": trt.uint8}[array.dtype.name]


class Room(trt.IOutputAllocator):
    """Memory for an output whose shape is known when it is computed."""

    def __init__(self):
        trt.IOutputAllocator.__init__(self)
        self.memory, self.shape = np.empty(1, np.uint8), None

    def reallocate_output(self, tensor_name, memory, size, alignment):
        if size > self.memory.size:
            self.memory = np.empty(size, np.uint8)
        return self.memory.ctypes.data

    def reallocate_output_async(self, tensor_name, memory, size, alignment, stream):
        return self.reallocate_output(tensor_name, memory, size, alignment)

    def notify_shape(self, tensor_name, shape):
        self.shape = tuple(shape)

    def array(self, dtype):
        size = int(np.prod(self.shape)) * np.dtype(dtype).itemsize
        return self.memory[:size].view(dtype).reshape(self.shape)


def run(engine, context=None, stream=0, **feeds):
    """The outputs of one run by tensor names, in the engine's order."""
    context = context or engine.create_execution_context()
    arrays = []
    for i in range(engine.num_io_tensors):
        name = engine.get_tensor_name(i)
        if engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT:
            array = np.ascontiguousarray(feeds[name])
            if any(extent < 0 for extent in engine.get_tensor_shape(name)):
                assert context.set_input_shape(name, array.shape)
            assert context.set_tensor_address(name, array.ctypes.data)
            arrays.append(array)
    assert context.infer_shapes() == []
    outputs, rooms = [], {}
    for i in range(engine.num_io_tensors):
        name = engine.get_tensor_name(i)
        if engine.get_tensor_mode(name) == trt.TensorIOMode.OUTPUT:
            shape = tuple(context.get_tensor_shape(name))
            if min(shape, default=0) < 0:  # the data decides
                rooms[len(outputs)] = Room(), trt.nptype(engine.get_tensor_dtype(name))
                outputs.append(None)
                assert context.set_output_allocator(name, rooms[len(outputs) - 1][0])
                continue
            outputs.append(np.zeros(shape, trt.nptype(engine.get_tensor_dtype(name))))
            assert context.set_tensor_address(name, outputs[-1].ctypes.data)
    assert context.execute_async_v3(stream)
    if stream:
        trt._ternrt._stream_synchronize(stream)
    for i, (room, dtype) in rooms.items():
        outputs[i] = room.array(dtype)
    return outputs


def python(code, *args, **environment):
    """The output of a program in a fresh interpreter with this one's path; fails when it does."""
    import os
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), **environment}
    result = subprocess.run([sys.executable, "-c", textwrap.dedent(code), *args], env=env, capture_output=True,
                            text=True, timeout=120)
    assert result.returncode == 0, result.stdout + result.stderr
    return result.stdout.strip()
