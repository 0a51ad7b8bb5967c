#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The first of two programs: build LeNet from weights trained in PyTorch, and save the engine.

    python build_lenet.py [lenet.engine]

The network is defined without its batch dimension, as such programs were written for TensorRT 7.
"""

import pathlib
import sys

import ternrt as trt

import weights as safetensors

HERE = pathlib.Path(__file__).resolve().parent
INPUT_NAME = "image"
INPUT_SHAPE = (1, 28, 28)
OUTPUT_NAME = "logits"
OUTPUT_SIZE = 10
LOGGER = trt.Logger(trt.Logger.WARNING)


def define(network, weights, shape=INPUT_SHAPE):
    """Add LeNet to a network. Four extents in the shape: an explicit batch dimension."""
    image = network.add_input(name=INPUT_NAME, dtype=trt.float32, shape=shape)

    conv1 = network.add_convolution(
        input=image,
        num_output_maps=20,
        kernel_shape=(5, 5),
        kernel=weights["conv1.weight"],
        bias=weights["conv1.bias"],
    )
    conv1.stride = (1, 1)
    pool1 = network.add_pooling(
        input=conv1.get_output(0), type=trt.PoolingType.MAX, window_size=(2, 2)
    )
    pool1.stride = (2, 2)

    conv2 = network.add_convolution(
        pool1.get_output(0), 50, (5, 5), weights["conv2.weight"], weights["conv2.bias"]
    )
    conv2.stride = (1, 1)
    pool2 = network.add_pooling(conv2.get_output(0), trt.PoolingType.MAX, (2, 2))
    pool2.stride = (2, 2)

    fc1 = network.add_fully_connected(
        input=pool2.get_output(0),
        num_outputs=500,
        kernel=weights["fc1.weight"],
        bias=weights["fc1.bias"],
    )
    relu1 = network.add_activation(fc1.get_output(0), trt.ActivationType.RELU)
    fc2 = network.add_fully_connected(
        relu1.get_output(0), OUTPUT_SIZE, weights["fc2.weight"], weights["fc2.bias"]
    )

    fc2.get_output(0).name = OUTPUT_NAME
    network.mark_output(fc2.get_output(0))


def build():
    """The engine, or None with the reason logged."""
    weights = safetensors.load(HERE / "lenet.safetensors")
    with (
        trt.Builder(LOGGER) as builder,
        builder.create_network() as network,
        builder.create_builder_config() as config,
    ):
        config.max_workspace_size = 1 << 20
        define(network, weights)
        return builder.build_engine(network, config)


def main():
    path = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "lenet.engine")
    engine = build()
    if engine is None:
        raise SystemExit("build_lenet: the engine was not built; the log says why")
    with open(path, "wb") as file:
        file.write(engine.serialize())
    print("%s: %d bytes" % (path, path.stat().st_size))


if __name__ == "__main__":
    main()
