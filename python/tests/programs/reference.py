# SPDX-License-Identifier: Apache-2.0
"""Layers in plain NumPy, in float64: what the programs compare their answers with."""

import math

import numpy as np


def conv2d(x, kernel, bias=None, stride=1, padding=0):
    """Cross-correlation of [N, C, H, W] with [K, C, R, S]."""
    x = np.pad(x.astype(np.float64), ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    rows, columns = kernel.shape[2:]
    windows = np.lib.stride_tricks.sliding_window_view(x, (rows, columns), axis=(2, 3))
    windows = windows[:, :, ::stride, ::stride]
    y = np.einsum("nchwrs,kcrs->nkhw", windows, kernel.astype(np.float64))
    return y if bias is None else y + bias.reshape(1, -1, 1, 1)


def pool2d(x, size, stride=None, reduce=np.max):
    windows = np.lib.stride_tricks.sliding_window_view(x, (size, size), axis=(2, 3))
    stride = stride or size
    return reduce(windows[:, :, ::stride, ::stride], axis=(4, 5))


def upsample2d(x, factor):
    """Nearest neighbour by a whole factor."""
    return x.repeat(factor, axis=2).repeat(factor, axis=3)


def relu(x):
    return np.maximum(x, 0)


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def gelu(x):
    return 0.5 * x * (1 + np.vectorize(math.erf)(x / math.sqrt(2)))


def softmax(x, axis=-1):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def layer_norm(x, scale, bias, epsilon):
    mean = x.mean(axis=-1, keepdims=True)
    variance = x.var(axis=-1, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon) * scale + bias


def lenet_weights(seed=0):
    """Random weights of the notes' network, about as large as trained ones."""
    rng = np.random.default_rng(seed)

    def draw(*shape):
        return (rng.standard_normal(shape) / math.sqrt(np.prod(shape[1:]))).astype(np.float32)

    return {
        "conv1.weight": draw(20, 1, 5, 5),
        "conv1.bias": draw(20, 1).ravel(),
        "conv2.weight": draw(50, 20, 5, 5),
        "conv2.bias": draw(50, 1).ravel(),
        "fc1.weight": draw(500, 800),
        "fc1.bias": draw(500, 1).ravel(),
        "fc2.weight": draw(10, 500),
        "fc2.bias": draw(10, 1).ravel(),
    }


def lenet(x, weights):
    """Logits of [N, 1, 28, 28]."""
    x = pool2d(conv2d(x, weights["conv1.weight"], weights["conv1.bias"]), 2)
    x = pool2d(conv2d(x, weights["conv2.weight"], weights["conv2.bias"]), 2)
    x = relu(x.reshape(len(x), -1) @ weights["fc1.weight"].T + weights["fc1.bias"])
    return x @ weights["fc2.weight"].T + weights["fc2.bias"]


def check(name, found, expected, tolerance=1e-4):
    """Stops the program when the answers differ."""
    found, expected = np.asarray(found), np.asarray(expected)
    if found.shape != expected.shape:
        raise SystemExit("%s: shape %s, expected %s" % (name, found.shape, expected.shape))
    difference = np.abs(found.astype(np.float64) - expected).max(initial=0)
    if not difference <= tolerance:
        raise SystemExit("%s: differs by %g" % (name, difference))
