# SPDX-License-Identifier: Apache-2.0
"""TensorRT 10: exceptions in what the program implements: logger, profiler, output allocator,
progress monitor. They come out where the call was made (or go to sys.unraisablehook on a stream's
worker), and everything stays usable."""

import sys

import numpy as np
import tensorrt as trt
from cuda.bindings import runtime as cudart

import common_cudart as common


class Oops(Exception):
    pass


class Logger(trt.ILogger):
    broken = False

    def __init__(self):
        trt.ILogger.__init__(self)

    def log(self, severity, msg):
        if self.broken:
            raise Oops("logger: " + msg)


class Profiler(trt.IProfiler):
    def __init__(self):
        trt.IProfiler.__init__(self)

    def report_layer_time(self, layer_name, ms):
        raise Oops("profiler: " + layer_name)


class Allocator(trt.IOutputAllocator):
    def __init__(self, answer):
        trt.IOutputAllocator.__init__(self)
        self.answer = answer

    def reallocate_output(self, tensor_name, memory, size, alignment):
        if self.answer == "raise":
            raise Oops("allocator")
        return self.answer

    def notify_shape(self, tensor_name, shape):
        pass


class Progress(trt.IProgressMonitor):
    def __init__(self, where):
        trt.IProgressMonitor.__init__(self)
        self.where = where

    def phase_start(self, phase_name, parent_phase, num_steps):
        if self.where == "start":
            raise Oops("progress start")

    def step_complete(self, phase_name, step):
        if self.where == "step":
            raise KeyboardInterrupt
        return True

    def phase_finish(self, phase_name):
        if self.where == "finish":
            raise Oops("progress finish")


def raises(kind, function, *args):
    try:
        answer = function(*args)
    except kind:
        return
    raise SystemExit("%s gave %r and did not raise" % (function, answer))


def quiet(function, *args):
    """The answer of a call that may only fail by its answer."""
    try:
        return function(*args)
    except Oops:
        return "raised"


def main():
    # Where several lines of one call fail, the first is raised and the hook gets the others; and on
    # a stream's worker nobody waits for an exception: the hook gets it, the stream an error.
    seen = []
    sys.unraisablehook = lambda unraisable: seen.append(unraisable.exc_type)
    logger = Logger()
    builder = trt.Builder(logger)
    network = builder.create_network(0)
    x = network.add_input("x", trt.float32, (4,))
    y = network.add_activation(x, trt.ActivationType.RELU).get_output(0)
    y.name = "y"
    config = builder.create_builder_config()

    logger.broken = True  # the build has no output, so it logs
    raises(Oops, builder.build_serialized_network, network, config)
    logger.broken = False
    network.mark_output(y)

    for where, kind in (("start", Oops), ("step", KeyboardInterrupt), ("finish", Oops)):
        config.progress_monitor = Progress(where)
        raises(kind, builder.build_serialized_network, network, config)
    config.progress_monitor = Progress("")
    plan = builder.build_serialized_network(network, config)
    engine = trt.Runtime(logger).deserialize_cuda_engine(plan)
    context = engine.create_execution_context()

    data, answer = np.array([-1, 0, 1, 2], np.float32), np.empty(4, np.float32)
    context.set_tensor_address("x", data.ctypes.data)
    context.set_tensor_address("y", answer.ctypes.data)

    def works(stream=0):
        answer.fill(-7)
        assert context.execute_async_v3(stream)
        common.cuda_call(cudart.cudaStreamSynchronize(stream))
        np.testing.assert_array_equal(answer, [0, 0, 1, 2])

    works()
    logger.broken = True
    raises(Oops, context.set_input_shape, "x", (5,))
    logger.broken = False
    works()

    context.profiler = Profiler()
    raises(Oops, context.execute_async_v3, 0)
    context.profiler = None
    works()

    for broken in ("raise", "not an address", None, -1, 1 << 80):
        context.set_output_allocator("y", Allocator(broken))
        try:
            accepted = context.execute_async_v3(0)
        except (Oops, TypeError, ValueError, OverflowError):
            accepted = False
        assert not accepted, broken
        context.set_output_allocator("y", None)
        works()
    context.set_output_allocator("y", Allocator(0))
    assert not quiet(context.execute_async_v3, 0)
    context.set_output_allocator("y", None)

    stream = common.cuda_call(cudart.cudaStreamCreate())
    context.profiler = Profiler()
    quiet(context.execute_async_v3, stream)
    cudart.cudaStreamSynchronize(stream)
    context.profiler = None
    works(stream)
    context.set_output_allocator("y", Allocator("raise"))
    accepted = quiet(context.execute_async_v3, stream)
    (error,) = cudart.cudaStreamSynchronize(stream)
    assert accepted != True or error != cudart.cudaError_t.cudaSuccess  # noqa: E712
    context.set_output_allocator("y", None)
    works(stream)
    common.cuda_call(cudart.cudaStreamDestroy(stream))
    assert set(seen) <= {Oops}, seen
    sys.unraisablehook = sys.__unraisablehook__


if __name__ == "__main__":
    main()
