# SPDX-License-Identifier: Apache-2.0
"""TensorRT 7: explicit batch through build_engine(network, config), a dynamic batch with one
profile, bindings allocated after set_binding_shape."""

import numpy as np
import pycuda.autoinit  # noqa: F401
import pycuda.driver as cuda
import tensorrt as trt

import reference

TRT_LOGGER = trt.Logger(trt.Logger.WARNING)
EXPLICIT_BATCH = 1 << (int)(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH)


def build_engine(weights):
    with trt.Builder(TRT_LOGGER) as builder, builder.create_network(
        EXPLICIT_BATCH
    ) as network, builder.create_builder_config() as config:
        config.max_workspace_size = 1 << 28
        data = network.add_input("data", trt.float32, (-1, 1, 28, 28))
        conv1 = network.add_convolution(
            data, 20, (5, 5), weights["conv1.weight"], weights["conv1.bias"]
        )
        pool1 = network.add_pooling(conv1.get_output(0), trt.PoolingType.MAX, trt.DimsHW(2, 2))
        pool1.stride = trt.DimsHW(2, 2)
        conv2 = network.add_convolution(
            pool1.get_output(0), 50, (5, 5), weights["conv2.weight"], weights["conv2.bias"]
        )
        pool2 = network.add_pooling(conv2.get_output(0), trt.PoolingType.MAX, (2, 2))
        pool2.stride = (2, 2)
        fc1 = network.add_fully_connected(
            pool2.get_output(0), 500, weights["fc1.weight"], weights["fc1.bias"]
        )
        relu = network.add_activation(fc1.get_output(0), trt.ActivationType.RELU)
        fc2 = network.add_fully_connected(
            relu.get_output(0), 10, weights["fc2.weight"], weights["fc2.bias"]
        )
        assert tuple(fc2.get_output(0).shape) == (-1, 10, 1, 1), fc2.get_output(0).shape
        fc2.get_output(0).name = "logits"
        network.mark_output(fc2.get_output(0))

        profile = builder.create_optimization_profile()
        profile.set_shape("data", (1, 1, 28, 28), (4, 1, 28, 28), (16, 1, 28, 28))
        config.add_optimization_profile(profile)
        return builder.build_engine(network, config)


def main():
    weights = reference.lenet_weights(3)
    with build_engine(weights) as engine, engine.create_execution_context() as context:
        assert not engine.has_implicit_batch_dimension
        assert tuple(engine.get_binding_shape("data")) == (-1, 1, 28, 28)
        assert [tuple(s) for s in engine.get_profile_shape(0, "data")] == [
            (n, 1, 28, 28) for n in (1, 4, 16)
        ]
        stream = cuda.Stream()
        for batch in (16, 1, 5):
            images = np.random.RandomState(batch).rand(batch, 1, 28, 28).astype(np.float32)
            context.set_binding_shape(0, images.shape)
            assert context.all_binding_shapes_specified
            output = np.empty(tuple(context.get_binding_shape(1)), dtype=np.float32)
            assert output.shape == (batch, 10, 1, 1)
            d_input = cuda.mem_alloc(images.nbytes)
            d_output = cuda.mem_alloc(output.nbytes)
            cuda.memcpy_htod_async(d_input, images, stream)
            context.execute_async_v2([int(d_input), int(d_output)], stream.handle)
            cuda.memcpy_dtoh_async(output, d_output, stream)
            stream.synchronize()
            reference.check(
                "batch %d" % batch, output.reshape(batch, 10), reference.lenet(images, weights)
            )


if __name__ == "__main__":
    main()
