# SPDX-License-Identifier: Apache-2.0
"""TensorRT 8: Ctrl-C while building, running and waiting: the interrupt is raised, nothing hangs
or breaks, and the next build and run are right."""

import os
import signal
import threading
import time

import numpy as np
import pycuda.autoinit  # noqa: F401
import pycuda.driver as cuda
import tensorrt as trt

LOGGER = trt.Logger(trt.Logger.ERROR)
SIZE, LAYERS = 256, 12


def build():
    rng = np.random.default_rng(0)
    builder = trt.Builder(LOGGER)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH))
    x = network.add_input("x", trt.float32, (SIZE, SIZE))
    none = trt.MatrixOperation.NONE
    for _ in range(LAYERS):
        w = rng.standard_normal((SIZE, SIZE)).astype(np.float32) / 16
        w = network.add_constant((SIZE, SIZE), w).get_output(0)
        x = network.add_matrix_multiply(x, none, w, none).get_output(0)
        x = network.add_activation(x, trt.ActivationType.RELU).get_output(0)
    network.mark_output(x)
    return builder.build_engine(network, builder.create_builder_config())


def interrupt_after(seconds):
    timer = threading.Timer(seconds, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    return timer


def interrupted(work, seconds):
    """Whether Ctrl-C came out of a loop around work."""
    timer = interrupt_after(seconds)
    until = time.monotonic() + 30
    try:
        while time.monotonic() < until:
            work()
    except KeyboardInterrupt:
        return True
    finally:
        timer.cancel()
    return False


def main():
    engine = build()
    context, stream = engine.create_execution_context(), cuda.Stream()
    x = np.ones((SIZE, SIZE), np.float32)
    y, right = np.empty_like(x), np.empty_like(x)
    assert context.execute_v2([x.ctypes.data, right.ctypes.data])

    def queue():
        for _ in range(20):
            assert context.execute_async_v2([x.ctypes.data, y.ctypes.data], stream.handle)
        stream.synchronize()

    works = {
        "build": build,
        "execute": lambda: context.execute_v2([x.ctypes.data, y.ctypes.data]),
        "stream": queue,
    }
    for name, work in works.items():
        assert interrupted(work, 0.2), "%s swallowed Ctrl-C" % name
        stream.synchronize()
        y.fill(0)
        assert context.execute_v2([x.ctypes.data, y.ctypes.data])
        assert (y == right).all(), name
    assert build() is not None


if __name__ == "__main__":
    main()
