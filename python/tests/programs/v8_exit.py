# SPDX-License-Identifier: Apache-2.0
"""TensorRT 8: the interpreter ends while everything is alive: work queued on streams, a daemon
thread in the middle of runs, callbacks set, objects in globals and in cycles."""

import threading

import numpy as np
import pycuda.autoinit  # noqa: F401
import pycuda.driver as cuda
import tensorrt as trt


class Logger(trt.ILogger):
    def __init__(self):
        trt.ILogger.__init__(self)
        self.things = [self]

    def log(self, severity, msg):
        self.things.append(msg)


class Times(trt.IProfiler):
    def __init__(self):
        trt.IProfiler.__init__(self)
        self.count = 0

    def report_layer_time(self, layer_name, ms):
        self.count += 1


SIZE = 128
logger = Logger()
builder = trt.Builder(logger)
network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH))
x = network.add_input("x", trt.float32, (SIZE, SIZE))
y = x
for _ in range(4):
    w = network.add_constant((SIZE, SIZE), np.eye(SIZE, dtype=np.float32)).get_output(0)
    none = trt.MatrixOperation.NONE
    y = network.add_matrix_multiply(y, none, w, none).get_output(0)
    y = network.add_activation(y, trt.ActivationType.TANH).get_output(0)
network.mark_output(y)
config = builder.create_builder_config()
engine = builder.build_engine(network, config)
contexts = [engine.create_execution_context() for _ in range(3)]
streams = [cuda.Stream() for _ in range(2)]
buffers = [cuda.mem_alloc(4 * SIZE * SIZE) for _ in range(6)]
contexts[0].profiler = Times()
logger.things += [contexts, streams, buffers, engine]


def forever():
    while True:
        contexts[2].execute_v2([int(buffers[4]), int(buffers[5])])


threading.Thread(target=forever, daemon=True).start()
for _ in range(100):
    for i, stream in enumerate(streams):
        contexts[i].execute_async_v2([int(buffers[2 * i]), int(buffers[2 * i + 1])], stream.handle)
