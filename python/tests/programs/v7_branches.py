# SPDX-License-Identifier: Apache-2.0
"""TensorRT 7: what implicit batch means for each kind of layer: axes and shapes without N in
concatenation, reduction, shuffle, slice, gather, constants, padding, LRN, softmax; four outputs."""

import numpy as np
import pycuda.autoinit  # noqa: F401
import pycuda.driver as cuda
import tensorrt as trt

import reference

LOGGER = trt.Logger(trt.Logger.ERROR)
MAX_BATCH = 6
C, H, W = 4, 9, 8


def define(network, w):
    x = network.add_input("x", trt.float32, (C, H, W))

    # one branch: padding, convolution, LRN
    pad = network.add_padding(x, (1, 0), (0, 2))
    conv = network.add_convolution(pad.get_output(0), 6, (3, 3), w["kernel"], w["bias"])
    conv.stride = (2, 2)
    conv.padding = (1, 1)
    lrn = network.add_lrn(conv.get_output(0), 3, 1e-1, 0.75, 1.0)
    # the other: average pooling that counts its padding
    pool = network.add_pooling(pad.get_output(0), trt.PoolingType.AVERAGE, (3, 3))
    pool.stride = (2, 2)
    pool.padding = (1, 1)
    pool.average_count_excludes_padding = False
    both = network.add_concatenation([lrn.get_output(0), pool.get_output(0)])
    assert both.axis == 0  # channels
    both.get_output(0).name = "both"
    network.mark_output(both.get_output(0))

    # rows as vectors: [C, H, W] -> [H, C * W], times a constant, softmax over the columns
    rows = network.add_shuffle(x)
    rows.first_transpose = (1, 0, 2)
    rows.reshape_dims = (0, -1)
    assert tuple(rows.get_output(0).shape) == (H, C * W)
    matrix = network.add_constant(w["matrix"].shape, w["matrix"]).get_output(0)
    none = trt.MatrixOperation.NONE
    product = network.add_matrix_multiply(rows.get_output(0), none, matrix, none)
    shift = network.add_constant((1, 5), w["shift"]).get_output(0)
    total = network.add_elementwise(product.get_output(0), shift, trt.ElementWiseOperation.SUM)
    prob = network.add_softmax(total.get_output(0))
    prob.axes = 1 << 1
    prob.get_output(0).name = "prob"
    network.mark_output(prob.get_output(0))

    # some channels backwards, every other column; the largest over rows
    order = network.add_constant((3,), np.array([3, 0, 1], np.int32)).get_output(0)
    some = network.add_gather(x, order, 0)
    part = network.add_slice(some.get_output(0), (0, 1, 0), (3, H - 2, W // 2), (1, 1, 2))
    largest = network.add_reduce(part.get_output(0), trt.ReduceOperation.MAX, 1 << 1, False)
    largest.get_output(0).name = "largest"
    network.mark_output(largest.get_output(0))

    mean = network.add_reduce(x, trt.ReduceOperation.AVG, (1 << 1) | (1 << 2), True)
    centred = network.add_elementwise(x, mean.get_output(0), trt.ElementWiseOperation.SUB)
    power = network.add_unary(centred.get_output(0), trt.UnaryOperation.ABS)
    power.get_output(0).name = "centred"
    network.mark_output(power.get_output(0))


def expected(x, w):
    padded = np.pad(x, ((0, 0), (0, 0), (1, 0), (0, 2)))
    conv = reference.conv2d(padded, w["kernel"], w["bias"], 2, 1)
    squares = np.pad(conv**2, ((0, 0), (1, 1), (0, 0), (0, 0)))
    near = sum(squares[:, i : i + 6] for i in range(3))
    lrn = conv / (1.0 + 1e-1 / 3 * near) ** 0.75
    framed = np.pad(padded, ((0, 0), (0, 0), (1, 1), (1, 1)))
    pool = reference.pool2d(framed, 3, 2, np.mean)
    rows = x.transpose(0, 2, 1, 3).reshape(len(x), H, C * W)
    prob = reference.softmax(rows @ w["matrix"].astype(np.float64) + w["shift"])
    largest = x[:, [3, 0, 1], 1:-1, ::2].max(axis=2)
    return {
        "both": np.concatenate([lrn, pool], axis=1),
        "prob": prob,
        "largest": largest,
        "centred": np.abs(x - x.mean(axis=(2, 3), keepdims=True, dtype=np.float64)),
    }


def main():
    rng = np.random.default_rng(12)
    w = {
        "kernel": rng.standard_normal((6, C, 3, 3)).astype(np.float32) / 6,
        "bias": rng.standard_normal(6).astype(np.float32),
        "matrix": rng.standard_normal((C * W, 5)).astype(np.float32) / 4,
        "shift": rng.standard_normal((1, 5)).astype(np.float32),
    }
    with trt.Builder(LOGGER) as builder, builder.create_network() as network:
        builder.max_batch_size = MAX_BATCH
        builder.max_workspace_size = 1 << 22
        define(network, w)
        assert tuple(network.get_output(0).shape) == (6 + C, 5, 5), network.get_output(0).shape
        engine = builder.build_cuda_engine(network)
    assert engine.has_implicit_batch_dimension
    context = engine.create_execution_context()
    hosts = {
        name: np.zeros((MAX_BATCH,) + tuple(engine.get_binding_shape(name)), np.float32)
        for name in engine
    }
    devices = {name: cuda.mem_alloc(host.nbytes) for name, host in hosts.items()}
    bindings = [int(devices[engine[i]]) for i in range(len(engine))]
    stream = cuda.Stream()
    for batch in (1, MAX_BATCH, 2):
        x = rng.standard_normal((batch, C, H, W)).astype(np.float32)
        hosts["x"][:batch] = x
        cuda.memcpy_htod_async(devices["x"], hosts["x"], stream)
        assert context.execute_async(batch, bindings, stream.handle)
        for name, right in expected(x, w).items():
            cuda.memcpy_dtoh_async(hosts[name], devices[name], stream)
            stream.synchronize()
            reference.check("%s, batch %d" % (name, batch), hosts[name][:batch], right)


if __name__ == "__main__":
    main()
