# SPDX-License-Identifier: Apache-2.0
"""TensorRT 10: a U-Net piece: stride-2 convolution down, resize up, concatenation with the skip
connection, a transposed convolution; static shapes, timing cache, two outputs."""

import numpy as np
import tensorrt as trt

import common_cudart as common
import reference

TRT_LOGGER = trt.Logger(trt.Logger.WARNING)


def conv(network, x, kernel, bias, stride=1):
    layer = network.add_convolution_nd(x, kernel.shape[0], trt.Dims(kernel.shape[2:]), kernel, bias)
    layer.stride_nd = trt.Dims([stride, stride])
    layer.padding_nd = trt.Dims([kernel.shape[2] // 2] * 2)
    return layer.get_output(0)


def relu(network, x):
    return network.add_activation(x, trt.ActivationType.RELU).get_output(0)


def define(network, w):
    x = network.add_input("image", trt.float32, (1, 3, 16, 24))
    skip = relu(network, conv(network, x, w["c1"], w["b1"]))
    down = relu(network, conv(network, skip, w["c2"], w["b2"], 2))
    up = network.add_resize(down)
    up.resize_mode = trt.InterpolationMode.NEAREST
    up.scales = [1, 1, 2, 2]
    assert tuple(up.get_output(0).shape) == (1, 16, 16, 24)
    both = network.add_concatenation([skip, up.get_output(0)])
    both.axis = 1
    mask = conv(network, both.get_output(0), w["c3"], w["b3"])
    mask = network.add_activation(mask, trt.ActivationType.SIGMOID).get_output(0)
    mask.name = "mask"
    network.mark_output(mask)

    grow = network.add_deconvolution_nd(down, 4, (2, 2), w["d1"], trt.Weights())
    grow.stride_nd = (2, 2)
    linear = network.add_resize(down)
    linear.shape = (1, 16, 4, 6)
    linear.resize_mode = trt.InterpolationMode.LINEAR
    linear.coordinate_transformation = trt.ResizeCoordinateTransformation.HALF_PIXEL
    small = network.add_reduce(linear.get_output(0), trt.ReduceOperation.MAX, 1 << 1, True)
    grow.get_output(0).name, small.get_output(0).name = "grow", "small"
    network.mark_output(grow.get_output(0))
    network.mark_output(small.get_output(0))


def expected(x, w):
    skip = reference.relu(reference.conv2d(x, w["c1"], w["b1"], 1, 1))
    down = reference.relu(reference.conv2d(skip, w["c2"], w["b2"], 2, 1))
    both = np.concatenate([skip, reference.upsample2d(down, 2)], axis=1)
    mask = reference.sigmoid(reference.conv2d(both, w["c3"], w["b3"], 1, 1))
    grow = np.einsum("nchw,ckrs->nkhrws", down, w["d1"].astype(np.float64))
    grow = grow.reshape(1, 4, 16, 24)  # a 2x2 window with stride 2 does not overlap
    small = down.reshape(1, 16, 4, 2, 6, 2).mean(axis=(3, 5))  # half pixels at 1/2: means of 2x2
    return mask, grow, small.max(axis=1, keepdims=True)


def build(w, cache_blob):
    builder = trt.Builder(TRT_LOGGER)
    network = builder.create_network(0)
    define(network, w)
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, 64 << 20)
    cache = None
    if hasattr(config, "create_timing_cache"):
        cache = config.create_timing_cache(cache_blob)
        config.set_timing_cache(cache, ignore_mismatch=False)
    plan = builder.build_serialized_network(network, config)
    if plan is None:
        raise SystemExit("no plan")
    return plan, bytes(config.get_timing_cache().serialize()) if cache is not None else b""


def main():
    rng = np.random.default_rng(9)

    def draw(*shape):
        return (rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)

    w = {"c1": draw(8, 3, 3, 3), "c2": draw(16, 8, 3, 3), "c3": draw(2, 24, 3, 3)}
    w["d1"] = draw(16, 4, 2, 2)
    w.update(b1=draw(8, 1).ravel(), b2=draw(16, 1).ravel(), b3=draw(2, 1).ravel())
    plan, cache = build(w, b"")
    again, _ = build(w, cache)
    assert bytes(plan) == bytes(again), "the same network gives another plan"

    engine = trt.Runtime(TRT_LOGGER).deserialize_cuda_engine(plan)
    context = engine.create_execution_context()
    inputs, outputs, bindings, stream = common.allocate_buffers(engine)
    x = rng.standard_normal((1, 3, 16, 24)).astype(np.float32)
    np.copyto(inputs[0].host, x.ravel())
    answers = common.do_inference(context, engine, bindings, inputs, outputs, stream)
    names = [engine.get_tensor_name(i) for i in range(1, 4)]
    assert names == ["mask", "grow", "small"], names
    for name, answer, right in zip(names, answers, expected(x, w)):
        reference.check(name, answer.reshape(right.shape), right)
    common.free_buffers(inputs, outputs, stream)


if __name__ == "__main__":
    main()
