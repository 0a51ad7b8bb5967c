# SPDX-License-Identifier: Apache-2.0
"""TensorRT 8: references dropped in odd orders, before and in the middle of the work."""

import gc
import itertools
import weakref

import numpy as np
import pycuda.autoinit  # noqa: F401
import pycuda.driver as cuda
import tensorrt as trt

import reference

EXPLICIT_BATCH = 1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH)
X = np.linspace(-2, 2, 8, dtype=np.float32)
KERNEL = np.random.default_rng(2).standard_normal((8, 8)).astype(np.float32)


def make_network(builder):
    network = builder.create_network(EXPLICIT_BATCH)
    x = network.add_input("x", trt.float32, (1, 8))
    w = network.add_constant((8, 8), np.array(KERNEL)).get_output(0)  # only the network has it
    none = trt.MatrixOperation.NONE
    y = network.add_matrix_multiply(x, none, w, none).get_output(0)
    y.name = "y"
    network.mark_output(y)
    return network


def run(context):
    y = np.empty((1, 8), np.float32)
    assert context.execute_v2([X.ctypes.data, y.ctypes.data])
    reference.check("y", y, X.reshape(1, 8) @ KERNEL)


def make_all():
    things = {"logger": trt.Logger(trt.Logger.ERROR)}
    things["builder"] = trt.Builder(things["logger"])
    things["network"] = make_network(things["builder"])
    things["config"] = things["builder"].create_builder_config()
    things["plan"] = things["builder"].build_serialized_network(things["network"], things["config"])
    things["runtime"] = trt.Runtime(things["logger"])
    things["engine"] = things["runtime"].deserialize_cuda_engine(things["plan"])
    things["context"] = things["engine"].create_execution_context()
    return things


def parts_outlive_their_makers():
    builder = trt.Builder(trt.Logger(trt.Logger.ERROR))
    network, config = make_network(builder), builder.create_builder_config()
    layer, tensor = network.get_layer(0), network.get_input(0)
    plan = builder.build_serialized_network(network, config)
    del builder, config, network
    gc.collect()
    assert layer.type == trt.LayerType.CONSTANT and tensor.name == "x"
    np.testing.assert_array_equal(np.asarray(layer.weights).reshape(8, 8), KERNEL)
    weights = layer.weights
    del layer
    gc.collect()
    assert float(np.asarray(weights).ravel()[5]) == float(KERNEL.ravel()[5])

    view = memoryview(plan)
    copy = bytes(plan)
    del plan
    gc.collect()
    assert bytes(view) == copy, "the plan went although a view was left"
    engine = trt.Runtime(trt.Logger(trt.Logger.ERROR)).deserialize_cuda_engine(view)
    del view
    gc.collect()
    context = engine.create_execution_context()
    assert context.engine is engine or context.engine.num_bindings == 2
    del engine
    gc.collect()
    run(context)
    run(context.engine.create_execution_context())


def every_order():
    names = ("runtime", "engine", "context", "logger")
    for order in itertools.permutations(names):
        things = make_all()
        del things["plan"], things["builder"]
        for name in order:
            if "context" in things:
                run(things["context"])
            del things[name]
            gc.collect()
        del things["config"], things["network"]


def exit_frees_nothing():
    logger = trt.Logger(trt.Logger.ERROR)
    with trt.Builder(logger) as builder, make_network(builder) as network:
        with builder.create_builder_config() as config:
            pass
        with builder.build_engine(network, config) as engine:
            with engine.create_execution_context() as context:
                run(context)
        run(context)
    assert network.num_layers == 2 and engine.num_bindings == 2
    run(engine.create_execution_context())


def in_the_middle_of_queued_work():
    """Everything but the stream goes while runs are queued; their memory has to stay until then."""
    for _ in range(20):
        things = make_all()
        context, stream = things["context"], cuda.Stream()
        d_x, d_y = cuda.to_device(X), cuda.mem_alloc(32)
        h_y = cuda.pagelocked_empty(8, np.float32)
        for _ in range(50):
            assert context.execute_async_v2([int(d_x), int(d_y)], stream.handle)
        cuda.memcpy_dtoh_async(h_y, d_y, stream)
        del context, things
        gc.collect()
        stream.synchronize()
        reference.check("y", h_y, X @ KERNEL)
        for _ in range(3):
            cuda.memcpy_dtoh_async(h_y, d_y, stream)
        del stream, h_y, d_x, d_y


def cycles_are_collected():
    class Times(trt.IProfiler):
        def __init__(self, context):
            trt.IProfiler.__init__(self)
            self.context = context  # context -> profiler -> context

        def report_layer_time(self, layer_name, ms):
            pass

    class Log(trt.ILogger):
        def __init__(self):
            trt.ILogger.__init__(self)
            self.things = []

        def log(self, severity, msg):
            pass

    log = Log()
    things = make_all()
    builder, context = trt.Builder(log), things["context"]
    log.things.append(builder)  # builder -> logger -> builder
    profiler = context.profiler = Times(context)
    run(context)
    gone = [weakref.ref(log), weakref.ref(profiler)]
    del log, builder, context, profiler, things
    gc.collect()
    alive = [ref() for ref in gone if ref() is not None]
    assert not alive, "cycles are left: %s" % alive


if __name__ == "__main__":
    parts_outlive_their_makers()
    every_order()
    exit_frees_nothing()
    in_the_middle_of_queued_work()
    cycles_are_collected()
