# SPDX-License-Identifier: Apache-2.0
"""TensorRT 7: LeNet with implicit batch, built by build_cuda_engine, run at several batch sizes."""

import os
import sys

import numpy as np
import pycuda.driver as cuda
import tensorrt as trt

import common_pycuda as common
import reference

TRT_LOGGER = trt.Logger(trt.Logger.WARNING)


class ModelData(object):
    INPUT_NAME = "data"
    INPUT_SHAPE = (1, 28, 28)
    OUTPUT_NAME = "prob"
    OUTPUT_SIZE = 10
    DTYPE = trt.float32
    MAX_BATCH = 8


def populate_network(network, weights):
    input_tensor = network.add_input(
        name=ModelData.INPUT_NAME, dtype=ModelData.DTYPE, shape=ModelData.INPUT_SHAPE
    )

    conv1_w = weights["conv1.weight"]
    conv1_b = weights["conv1.bias"]
    conv1 = network.add_convolution(
        input=input_tensor, num_output_maps=20, kernel_shape=(5, 5), kernel=conv1_w, bias=conv1_b
    )
    conv1.stride = (1, 1)

    pool1 = network.add_pooling(
        input=conv1.get_output(0), type=trt.PoolingType.MAX, window_size=(2, 2)
    )
    pool1.stride = (2, 2)

    conv2_w = weights["conv2.weight"]
    conv2_b = weights["conv2.bias"]
    conv2 = network.add_convolution(pool1.get_output(0), 50, (5, 5), conv2_w, conv2_b)
    conv2.stride = (1, 1)

    pool2 = network.add_pooling(conv2.get_output(0), trt.PoolingType.MAX, (2, 2))
    pool2.stride = (2, 2)

    fc1 = network.add_fully_connected(
        input=pool2.get_output(0),
        num_outputs=500,
        kernel=weights["fc1.weight"],
        bias=weights["fc1.bias"],
    )
    relu1 = network.add_activation(input=fc1.get_output(0), type=trt.ActivationType.RELU)

    fc2 = network.add_fully_connected(
        relu1.get_output(0), ModelData.OUTPUT_SIZE, weights["fc2.weight"], weights["fc2.bias"]
    )
    fc2.get_output(0).name = ModelData.OUTPUT_NAME
    network.mark_output(tensor=fc2.get_output(0))


def build_engine(weights):
    with trt.Builder(TRT_LOGGER) as builder, builder.create_network() as network:
        builder.max_batch_size = ModelData.MAX_BATCH
        builder.max_workspace_size = common.GiB(1)
        populate_network(network, weights)
        return builder.build_cuda_engine(network)


def load_or_build(path, weights):
    if os.path.exists(path):
        with open(path, "rb") as f, trt.Runtime(TRT_LOGGER) as runtime:
            return runtime.deserialize_cuda_engine(f.read())
    engine = build_engine(weights)
    with open(path, "wb") as f:
        f.write(engine.serialize())
    return engine


def classify(engine, weights, batches):
    rng = np.random.RandomState(7)
    with engine.create_execution_context() as context:
        inputs, outputs, bindings, stream = common.allocate_buffers(engine)
        for batch in batches:
            images = rng.rand(batch, *ModelData.INPUT_SHAPE).astype(np.float32)
            np.copyto(inputs[0].host[: images.size], images.ravel())
            cuda.memset_d32(outputs[0].device, 0xBF800000, outputs[0].host.size)  # -1.0
            [output] = common.do_inference(
                context,
                bindings=bindings,
                inputs=inputs,
                outputs=outputs,
                stream=stream,
                batch_size=batch,
            )
            logits = output.reshape(-1, ModelData.OUTPUT_SIZE)
            reference.check("batch %d" % batch, logits[:batch], reference.lenet(images, weights))
            assert (logits[batch:] == -1).all(), "rows past the batch were written"


def main():
    weights = reference.lenet_weights()
    path = "lenet7.engine"
    for _ in range(2):  # the second time from the file
        with load_or_build(path, weights) as engine:
            assert engine.max_batch_size == ModelData.MAX_BATCH
            assert engine.has_implicit_batch_dimension
            assert engine.num_bindings == len(engine) == 2
            assert [engine[i] for i in range(2)] == ["data", "prob"]
            assert engine["data"] == 0 and engine["prob"] == 1
            assert engine.get_binding_index("prob") == 1
            assert tuple(engine.get_binding_shape(0)) == ModelData.INPUT_SHAPE
            classify(engine, weights, [1, 3, 8, 2])
            with engine.create_execution_context() as context:
                too_many = context.execute(batch_size=9, bindings=[0, 0])
                assert not too_many, "a batch over max_batch_size was accepted"


if __name__ == "__main__":
    sys.exit(main())
