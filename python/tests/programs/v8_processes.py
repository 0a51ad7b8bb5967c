# SPDX-License-Identifier: Apache-2.0
"""TensorRT 8: engines built in the parent and run in children, forked (engine and context used as
they are) and spawned (the plan sent as bytes); the parent goes on."""

import multiprocessing
import sys

import numpy as np
import pycuda.autoinit  # noqa: F401
import pycuda.driver as cuda
import tensorrt as trt

import reference

LOGGER = trt.Logger(trt.Logger.ERROR)
SIZE = 64
KERNEL = np.random.default_rng(0).standard_normal((SIZE, SIZE)).astype(np.float32) / 8


def build():
    builder = trt.Builder(LOGGER)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH))
    x = network.add_input("x", trt.float32, (SIZE, SIZE))
    none = trt.MatrixOperation.NONE
    for _ in range(3):
        w = network.add_constant((SIZE, SIZE), KERNEL).get_output(0)
        x = network.add_matrix_multiply(x, none, w, none).get_output(0)
        x = network.add_activation(x, trt.ActivationType.TANH).get_output(0)
    network.mark_output(x)
    return builder.build_serialized_network(network, builder.create_builder_config())


def run(context, seed, stream=None):
    x = np.random.default_rng(seed).standard_normal((SIZE, SIZE)).astype(np.float32)
    y = np.empty_like(x)
    if stream is None:
        assert context.execute_v2([x.ctypes.data, y.ctypes.data])
    else:
        d_x, d_y = cuda.mem_alloc(x.nbytes), cuda.mem_alloc(y.nbytes)
        cuda.memcpy_htod_async(d_x, x, stream)
        assert context.execute_async_v2([int(d_x), int(d_y)], stream.handle)
        cuda.memcpy_dtoh_async(y, d_y, stream)
        stream.synchronize()
    right = x
    for _ in range(3):
        right = np.tanh(right.astype(np.float64) @ KERNEL)
    reference.check("seed %d" % seed, y, right)


def in_forked_child(engine, context, seed):
    run(context, seed)
    run(engine.create_execution_context(), seed, cuda.Stream())
    plan = build()
    run(trt.Runtime(LOGGER).deserialize_cuda_engine(plan).create_execution_context(), seed)


def in_spawned_child(plan, seed):
    engine = trt.Runtime(trt.Logger(trt.Logger.ERROR)).deserialize_cuda_engine(plan)
    run(engine.create_execution_context(), seed, cuda.Stream())


def pooled(seed):
    run(POOL_CONTEXT, seed)
    return seed


def start(method, target, *args):
    processes = [
        multiprocessing.get_context(method).Process(target=target, args=args + (seed,))
        for seed in range(2)
    ]
    [process.start() for process in processes]
    return processes


def join(processes):
    for process in processes:
        process.join(60)
        if process.exitcode != 0:
            process.kill()
            sys.exit("%s ended with %s" % (process.name, process.exitcode))


if __name__ == "__main__":
    plan = build()
    engine = trt.Runtime(LOGGER).deserialize_cuda_engine(plan)
    context, stream = engine.create_execution_context(), cuda.Stream()
    run(context, 7)
    run(context, 8, stream)  # pool and stream worker run before the fork
    children = start("fork", in_forked_child, engine, context)
    for seed in range(20):
        run(context, seed, stream)  # the parent works while its children do
    join(children)
    run(context, 9, stream)
    join(start("spawn", in_spawned_child, bytes(plan)))

    POOL_CONTEXT = context
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map(pooled, range(6)) == list(range(6))
    run(context, 10, stream)
