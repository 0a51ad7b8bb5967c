# SPDX-License-Identifier: Apache-2.0
"""Quantize, dequantize and dynamic quantize layers against NumPy, and outputs of small types."""
import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, run

X = np.linspace(-7, 9, 48, dtype=np.float32).reshape(3, 4, 4)


def quantized(x, scale, low, high):
    return np.clip(np.rint(x / scale), low, high)


def layers(scale, kind=None, axis=None):
    """The codes of a quantize layer as integers, and what a dequantize layer makes of them."""
    bench = Bench()
    given = [] if kind is None else [kind]
    quantize = bench.network.add_quantize(bench.input("x", X), bench.constant(scale), *given)
    dequantize = bench.network.add_dequantize(quantize.get_output(0), bench.constant(scale))
    for layer in (quantize, dequantize) if axis is not None else ():
        layer.axis = axis
        assert layer.axis == axis
    codes = bench.network.add_cast(quantize.get_output(0), trt.int32).get_output(0)
    bench.output(codes, dequantize.get_output(0))
    return run(bench.engine(), x=X)


@pytest.mark.parametrize("kind, low, high", [(None, -128, 127), (trt.int8, -128, 127), (trt.int4, -8, 7)])
def test_per_tensor(kind, low, high):
    scale = np.float32(0.03125)
    codes, values = layers(scale, kind)
    want = quantized(X, scale, low, high)
    np.testing.assert_array_equal(codes, want)
    np.testing.assert_array_equal(values, want * scale)


def test_per_axis():
    scale = np.array([0.5, 0.25, 1, 2], np.float32)
    codes, values = layers(scale, trt.int8, axis=1)
    want = quantized(X, scale[None, :, None], -128, 127)
    np.testing.assert_array_equal(codes, want)
    np.testing.assert_array_equal(values, want * scale[None, :, None])


def test_blocks():
    scale = np.arange(1, 7, dtype=np.float32).reshape(3, 2, 1) / 8
    codes, values = layers(scale, trt.int4)
    each = np.repeat(np.repeat(scale, 2, axis=1), 4, axis=2)
    want = quantized(X, each, -8, 7)
    np.testing.assert_array_equal(codes, want)
    np.testing.assert_array_equal(values, want * each)


def test_float8_output_of_a_strongly_typed_network():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    bench = Bench(1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED))
    layer = bench.network.add_quantize(bench.input("x", X), bench.constant(np.float32(0.01)), trt.fp8)
    bench.output(layer.get_output(0))
    (y,) = run(bench.engine(), x=X)
    np.testing.assert_array_equal(y, np.clip(X / np.float32(0.01), -448, 448).astype(ml_dtypes.float8_e4m3fn))


def test_dynamic_blocks():
    bench = Bench()
    layer = bench.network.add_dynamic_quantize_v2(bench.input("x", X), (1, 2, 4), trt.fp8, trt.float32)
    assert tuple(layer.block_shape) == (1, 2, 4) and layer.to_type == trt.fp8 and layer.scale_type == trt.float32
    bench.output(layer.get_output(0), layer.get_output(1))
    codes, scales = run(bench.engine(), x=X)
    want = np.abs(X.reshape(3, 2, 2, 4)).max(axis=(2, 3), keepdims=False).reshape(3, 2, 1) / np.float32(448)
    np.testing.assert_allclose(scales, want, rtol=1e-6)
    np.testing.assert_allclose(codes * np.repeat(scales, 2, axis=1), X, rtol=0.07, atol=1e-3)


def test_refusals():
    bench = Bench()
    layer = bench.network.add_quantize(bench.input("x", X), bench.constant(np.ones(3, np.float32)), trt.int8)
    layer.axis = 1
    bench.output(layer.get_output(0))
    assert bench.plan() is None
    assert any("one scale per place" in text for text in bench.logger.errors), bench.logger.errors
