# SPDX-License-Identifier: Apache-2.0
"""TensorRT 8: a residual network from a dict of NumPy weights, batch normalisation as scale layers,
build_serialized_network, do_inference_v2, an IProfiler, context managers as of old."""

import numpy as np
import tensorrt as trt

import common_pycuda as common
import reference

TRT_LOGGER = trt.Logger(trt.Logger.WARNING)
EPS = 1e-5
BATCH, SIZE, CLASSES = 2, 16, 7


class LayerTimes(trt.IProfiler):
    def __init__(self):
        trt.IProfiler.__init__(self)
        self.times = []

    def report_layer_time(self, layer_name, ms):
        self.times.append((layer_name, ms))


def make_weights():
    rng = np.random.default_rng(5)
    weights = {}

    def conv(name, out_channels, channels, size):
        scale = 1 / np.sqrt(channels * size * size)
        shape = (out_channels, channels, size, size)
        weights[name + ".weight"] = (rng.standard_normal(shape) * scale).astype(np.float32)

    def bn(name, channels):
        weights[name + ".weight"] = rng.uniform(0.5, 1.5, channels).astype(np.float32)
        weights[name + ".bias"] = rng.standard_normal(channels).astype(np.float32) / 4
        weights[name + ".running_mean"] = rng.standard_normal(channels).astype(np.float32) / 4
        weights[name + ".running_var"] = rng.uniform(0.5, 1.5, channels).astype(np.float32)

    conv("conv1", 16, 3, 3)
    bn("bn1", 16)
    for name, channels, out_channels in (("layer1.0", 16, 16), ("layer2.0", 16, 32)):
        conv(name + ".conv1", out_channels, channels, 3)
        bn(name + ".bn1", out_channels)
        conv(name + ".conv2", out_channels, out_channels, 3)
        bn(name + ".bn2", out_channels)
    conv("layer2.0.downsample.0", 32, 16, 1)
    bn("layer2.0.downsample.1", 32)
    weights["fc.weight"] = rng.standard_normal((CLASSES, 32)).astype(np.float32) / 6
    weights["fc.bias"] = rng.standard_normal(CLASSES).astype(np.float32)
    return weights


def add_bn(network, x, weights, name):
    gamma, beta = weights[name + ".weight"], weights[name + ".bias"]
    mean, var = weights[name + ".running_mean"], weights[name + ".running_var"]
    scale = gamma / np.sqrt(var + EPS)
    shift = beta - mean * scale
    layer = network.add_scale(
        input=x,
        mode=trt.ScaleMode.CHANNEL,
        shift=trt.Weights(shift),
        scale=trt.Weights(scale),
        power=trt.Weights(np.ones_like(scale)),
    )
    layer.name = name
    return layer.get_output(0)


def add_conv(network, x, weights, name, stride=1, padding=1):
    kernel = weights[name + ".weight"]
    layer = network.add_convolution_nd(
        input=x,
        num_output_maps=kernel.shape[0],
        kernel_shape=kernel.shape[2:],
        kernel=kernel,
        bias=trt.Weights(),
    )
    layer.stride_nd = (stride, stride)
    layer.padding_nd = (padding, padding)
    layer.name = name
    return layer.get_output(0)


def relu(network, x):
    return network.add_activation(x, type=trt.ActivationType.RELU).get_output(0)


def basic_block(network, x, weights, name, stride):
    y = add_conv(network, x, weights, name + ".conv1", stride)
    y = relu(network, add_bn(network, y, weights, name + ".bn1"))
    y = add_bn(network, add_conv(network, y, weights, name + ".conv2"), weights, name + ".bn2")
    if stride != 1:
        x = add_conv(network, x, weights, name + ".downsample.0", stride, 0)
        x = add_bn(network, x, weights, name + ".downsample.1")
    return relu(network, network.add_elementwise(x, y, trt.ElementWiseOperation.SUM).get_output(0))


def define(network, weights):
    x = network.add_input(name="input", dtype=trt.float32, shape=(BATCH, 3, SIZE, SIZE))
    x = relu(network, add_bn(network, add_conv(network, x, weights, "conv1"), weights, "bn1"))
    pool = network.add_pooling_nd(x, trt.PoolingType.MAX, window_size=(2, 2))
    pool.stride_nd = (2, 2)
    x = basic_block(network, pool.get_output(0), weights, "layer1.0", 1)
    x = basic_block(network, x, weights, "layer2.0", 2)
    x = network.add_reduce(x, trt.ReduceOperation.AVG, axes=(1 << 2) | (1 << 3), keep_dims=True)
    x = network.add_fully_connected(
        x.get_output(0), CLASSES, weights["fc.weight"], weights["fc.bias"]
    )
    x.get_output(0).name = "logits"
    network.mark_output(x.get_output(0))


def expected(x, w):
    def bn(x, name):
        x = x - w[name + ".running_mean"].reshape(1, -1, 1, 1)
        x = x / np.sqrt(w[name + ".running_var"].reshape(1, -1, 1, 1) + EPS)
        return x * w[name + ".weight"].reshape(1, -1, 1, 1) + w[name + ".bias"].reshape(1, -1, 1, 1)

    def block(x, name, stride):
        y = reference.conv2d(x, w[name + ".conv1.weight"], None, stride, 1)
        y = reference.relu(bn(y, name + ".bn1"))
        y = reference.conv2d(y, w[name + ".conv2.weight"], None, 1, 1)
        if stride != 1:
            x = reference.conv2d(x, w[name + ".downsample.0.weight"], None, stride)
            x = bn(x, name + ".downsample.1")
        return reference.relu(x + bn(y, name + ".bn2"))

    x = reference.relu(bn(reference.conv2d(x, w["conv1.weight"], None, 1, 1), "bn1"))
    x = block(block(reference.pool2d(x, 2), "layer1.0", 1), "layer2.0", 2)
    return x.mean(axis=(2, 3)) @ w["fc.weight"].T + w["fc.bias"]


def build_engine(weights):
    explicit_batch = 1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH)
    with trt.Builder(TRT_LOGGER) as builder, builder.create_network(
        explicit_batch
    ) as network, builder.create_builder_config() as config, trt.Runtime(TRT_LOGGER) as runtime:
        config.max_workspace_size = common.GiB(1)
        config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, 1 << 28)
        assert config.get_memory_pool_limit(trt.MemoryPoolType.WORKSPACE) == 1 << 28
        assert config.max_workspace_size == 1 << 28
        if builder.platform_has_fast_fp16:
            config.set_flag(trt.BuilderFlag.FP16)
        define(network, weights)
        plan = builder.build_serialized_network(network, config)
        if plan is None:
            raise SystemExit("ERROR: Failed to build")
        with open("residual.trt", "wb") as f:
            f.write(plan)
        assert plan.nbytes == len(memoryview(plan)) == len(bytes(plan))
        return runtime.deserialize_cuda_engine(plan)


def main():
    weights = make_weights()
    engine = build_engine(weights)
    context = engine.create_execution_context()
    inputs, outputs, bindings, stream = common.allocate_buffers(engine)
    for seed in range(3):
        x = np.random.default_rng(seed).standard_normal((BATCH, 3, SIZE, SIZE)).astype(np.float32)
        np.copyto(inputs[0].host, x.ravel())
        [y] = common.do_inference_v2(
            context, bindings=bindings, inputs=inputs, outputs=outputs, stream=stream
        )
        reference.check("run %d" % seed, y.reshape(BATCH, CLASSES), expected(x, weights))

    context.profiler = LayerTimes()
    assert context.execute_v2(bindings)
    times = context.profiler.times
    assert times and all(isinstance(name, str) and ms >= 0 for name, ms in times), times
    context.profiler = None
    assert context.execute_v2(bindings) and len(times) == len(set(name for name, _ in times))


if __name__ == "__main__":
    main()
