# SPDX-License-Identifier: Apache-2.0
"""Every layer through the network API against NumPy, in the forms and with the parameters of its documentation."""
import itertools
import math

import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, run

F = np.float32


def layer_output(add, *arrays):
    """Builds a network of one layer on inputs of these arrays and runs it."""
    bench = Bench()
    tensors = [bench.input("x%d" % i, array) for i, array in enumerate(arrays)]
    layer = add(bench, *tensors)
    assert layer is not None, bench.logger.errors
    bench.output(*[layer.get_output(i) for i in range(layer.num_outputs)])
    outputs = run(bench.engine(), **{"x%d" % i: array for i, array in enumerate(arrays)})
    return outputs[0] if len(outputs) == 1 else outputs


def close(actual, expected, **tolerance):
    assert actual.shape == np.shape(expected)
    np.testing.assert_allclose(actual, expected, **{"rtol": 1e-5, "atol": 1e-5, **tolerance})


# ---- windows ----

def convolve(x, w, b, stride, dilation, pre, post, groups):
    """Direct convolution of any number of spatial axes, in double."""
    spatial = w.ndim - 2
    x = np.pad(x.astype(np.float64), [(0, 0), (0, 0)] + list(zip(pre, post)))
    out = [(x.shape[i + 2] - dilation[i] * (w.shape[i + 2] - 1) - 1) // stride[i] + 1 for i in range(spatial)]
    y = np.zeros((x.shape[0], w.shape[0], *out))
    per_in, per_out = x.shape[1] // groups, w.shape[0] // groups
    for tap in itertools.product(*[range(extent) for extent in w.shape[2:]]):
        window = tuple(slice(tap[i] * dilation[i], tap[i] * dilation[i] + stride[i] * (out[i] - 1) + 1, stride[i])
                       for i in range(spatial))
        for g in range(groups):
            part = x[(slice(None), slice(g * per_in, (g + 1) * per_in)) + window]
            kernel = w[(slice(g * per_out, (g + 1) * per_out), slice(None)) + tap]
            y[:, g * per_out:(g + 1) * per_out] += np.einsum("nc...,kc->nk...", part, kernel)
    return y + b.reshape((-1,) + (1,) * spatial)


@pytest.mark.parametrize("spatial, stride, dilation, pre, post, groups", [
    (2, (1, 1), (1, 1), (0, 0), (0, 0), 1), (2, (2, 1), (1, 2), (1, 2), (2, 0), 1), (2, (1, 2), (1, 1), (1, 1), (1, 1), 2),
    (3, (1, 2, 1), (1, 1, 2), (1, 0, 1), (0, 1, 1), 1), (2, (1, 1), (1, 1), (1, 1), (1, 1), 4)])
def test_convolution(rng, spatial, stride, dilation, pre, post, groups):
    x = rng.standard_normal((2, 4) + (9, 8, 7)[:spatial], F)
    w = rng.standard_normal((8, 4 // groups) + (3, 2, 3)[:spatial], F)
    b = rng.standard_normal(8, F)

    def add(bench, tensor):
        layer = bench.network.add_convolution_nd(tensor, 8, w.shape[2:], w, b)
        layer.stride_nd, layer.dilation_nd, layer.num_groups = stride, dilation, groups
        layer.pre_padding, layer.post_padding = pre, post
        return layer

    close(layer_output(add, x), convolve(x, w, b, stride, dilation, pre, post, groups), rtol=1e-4, atol=1e-4)


def test_legacy_convolution_without_bias(rng):
    x, w = rng.standard_normal((1, 1, 28, 28), F), rng.standard_normal((20, 1, 5, 5), F)

    def add(bench, tensor):
        layer = bench.network.add_convolution(tensor, 20, (5, 5), w)
        layer.stride, layer.padding = (1, 1), 2
        return layer

    close(layer_output(add, x), convolve(x, w, np.zeros(20), (1, 1), (1, 1), (2, 2), (2, 2), 1), atol=1e-4)


def test_convolution_with_a_kernel_tensor(rng):
    x, w = rng.standard_normal((1, 2, 6, 6), F), rng.standard_normal((3, 2, 3, 3), F)

    def add(bench, tensor):
        layer = bench.network.add_convolution_nd(tensor, 3, (3, 3), trt.Weights(), trt.Weights())
        layer.set_input(1, bench.constant(w))
        return layer

    close(layer_output(add, x), convolve(x, w, np.zeros(3), (1, 1), (1, 1), (0, 0), (0, 0), 1), atol=1e-4)


@pytest.mark.parametrize("legacy, stride, padding", [(False, (1, 1), (0, 0)), (True, (2, 3), (1, 1))])
def test_deconvolution(rng, legacy, stride, padding):
    x, w = rng.standard_normal((2, 3, 4, 5), F), rng.standard_normal((3, 2, 3, 4), F)
    full = np.zeros((2, 2, (4 - 1) * stride[0] + 3, (5 - 1) * stride[1] + 4))
    for i, j in itertools.product(range(4), range(5)):
        full[:, :, i * stride[0]:i * stride[0] + 3, j * stride[1]:j * stride[1] + 4] += np.einsum(
            "nc,ckrs->nkrs", x[:, :, i, j].astype(np.float64), w)
    p, q = padding

    def add(bench, tensor):
        call = bench.network.add_deconvolution if legacy else bench.network.add_deconvolution_nd
        layer = call(tensor, 2, (3, 4), w, np.zeros(2, F))
        layer.stride_nd, layer.padding_nd = stride, padding
        return layer

    close(layer_output(add, x), full[:, :, p:full.shape[2] - p, q:full.shape[3] - q], atol=1e-4)


def pooled(x, window, stride, kind):
    out = [(x.shape[i + 2] - window[i]) // stride[i] + 1 for i in range(len(window))]
    y = np.zeros(x.shape[:2] + tuple(out))
    for at in itertools.product(*[range(extent) for extent in out]):
        part = x[(slice(None),) * 2 + tuple(slice(at[i] * stride[i], at[i] * stride[i] + window[i])
                                            for i in range(len(window)))]
        axes = tuple(range(2, x.ndim))
        most, mean = part.max(axes), part.astype(np.float64).mean(axes)
        y[(slice(None),) * 2 + at] = {"MAX": most, "AVERAGE": mean, "MAX_AVERAGE_BLEND": 0.75 * most + 0.25 * mean}[kind]
    return y


@pytest.mark.parametrize("kind", ["MAX", "AVERAGE", "MAX_AVERAGE_BLEND"])
@pytest.mark.parametrize("legacy, window, stride", [(True, (2, 2), (2, 2)), (False, (3, 2), (1, 2)),
                                                    (False, (2, 3, 2), (2, 1, 1))])
def test_pooling(rng, kind, legacy, window, stride):
    x = rng.standard_normal((2, 3) + (8, 7, 6)[:len(window)], F)

    def add(bench, tensor):
        call = bench.network.add_pooling if legacy else bench.network.add_pooling_nd
        layer = call(tensor, getattr(trt.PoolingType, kind), window)
        layer.stride_nd = stride
        if kind == "MAX_AVERAGE_BLEND":
            layer.blend_factor = 0.25
        return layer

    close(layer_output(add, x), pooled(x, window, stride, kind))


@pytest.mark.parametrize("excludes, corner", [(True, 1.0), (False, 0.25)])
def test_averages_and_padding(excludes, corner):
    def add(bench, tensor):
        layer = bench.network.add_pooling_nd(tensor, trt.PoolingType.AVERAGE, (2, 2))
        layer.padding_nd, layer.average_count_excludes_padding = (1, 1), excludes
        return layer

    assert layer_output(add, np.ones((1, 1, 2, 2), F))[0, 0, 0, 0] == corner


def test_fully_connected(rng):
    x, w, b = rng.standard_normal((4, 3, 2, 2), F), rng.standard_normal((5, 12), F), rng.standard_normal(5, F)
    y = layer_output(lambda bench, t: bench.network.add_fully_connected(t, 5, w, b), x)
    close(y, (x.reshape(4, 12) @ w.T + b).reshape(4, 5, 1, 1), atol=1e-4)


# ---- elementwise ----

def erf(x):
    return np.vectorize(math.erf)(x)


ACTIVATIONS = {
    "RELU": lambda x: np.maximum(x, 0), "SIGMOID": lambda x: 1 / (1 + np.exp(-x)), "TANH": np.tanh,
    "LEAKY_RELU": lambda x: np.where(x >= 0, x, .3 * x), "ELU": lambda x: np.where(x >= 0, x, .3 * np.expm1(x)),
    "SELU": lambda x: np.where(x > 0, .7 * x, .7 * (.3 * np.exp(x) - .3)), "SOFTSIGN": lambda x: x / (1 + abs(x)),
    "SOFTPLUS": lambda x: .3 * np.log1p(np.exp(.7 * x)), "CLIP": lambda x: np.clip(x, .3, .7),
    "HARD_SIGMOID": lambda x: np.clip(.3 * x + .7, 0, 1), "SCALED_TANH": lambda x: .3 * np.tanh(.7 * x),
    "THRESHOLDED_RELU": lambda x: np.where(x > .3, x, 0), "GELU_ERF": lambda x: .5 * x * (1 + erf(x / np.sqrt(2))),
    "GELU_TANH": lambda x: .5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + .044715 * x ** 3)))}


def test_every_activation_is_tested():
    assert set(ACTIVATIONS) == set(trt.ActivationType.__members__)
    assert set(UNARY) == set(trt.UnaryOperation.__members__)
    assert set(ELEMENTWISE) == set(trt.ElementWiseOperation.__members__)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activation(rng, name):
    x = rng.standard_normal((3, 50), F) * 3

    def add(bench, tensor):
        layer = bench.network.add_activation(tensor, getattr(trt.ActivationType, name))
        layer.alpha, layer.beta = .3, .7
        return layer

    close(layer_output(add, x), ACTIVATIONS[name](x.astype(np.float64)))


UNARY = {"EXP": np.exp, "LOG": np.log, "SQRT": np.sqrt, "RECIP": lambda x: 1 / x, "ABS": abs, "NEG": lambda x: -x,
         "SIN": np.sin, "COS": np.cos, "TAN": np.tan, "SINH": np.sinh, "COSH": np.cosh, "ASIN": np.arcsin,
         "ACOS": np.arccos, "ATAN": np.arctan, "ASINH": np.arcsinh, "ACOSH": np.arccosh, "ATANH": np.arctanh,
         "CEIL": np.ceil, "FLOOR": np.floor, "ERF": erf, "NOT": np.logical_not, "SIGN": np.sign, "ROUND": np.rint,
         "ISINF": np.isinf, "ISNAN": np.isnan}


@pytest.mark.parametrize("name", UNARY)
def test_unary(rng, name):
    x = rng.uniform(0.01, 0.99, (4, 9)).astype(F)
    if name in ("ABS", "NEG", "SIN", "ERF", "SIGN", "ROUND", "CEIL", "FLOOR"):
        x = np.concatenate([-x, x, [[0] * 9], [[0.5, 1.5, 2.5, -0.5, -1.5] + [0] * 4]]).astype(F)
    elif name == "ACOSH":
        x = x + 1
    elif name == "NOT":
        x = x > 0.5
    elif name in ("ISINF", "ISNAN"):
        x[0, :3] = np.inf, -np.inf, np.nan
    y = layer_output(lambda bench, t: bench.network.add_unary(t, getattr(trt.UnaryOperation, name)), x)
    close(y, UNARY[name](x.astype(np.float64) if x.dtype == F else x))
    assert y.dtype == (np.bool_ if name in ("NOT", "ISINF", "ISNAN") else F)


ELEMENTWISE = {"SUM": np.add, "PROD": np.multiply, "MAX": np.maximum, "MIN": np.minimum, "SUB": np.subtract,
               "DIV": np.divide, "POW": np.power, "FLOOR_DIV": np.floor_divide, "AND": np.logical_and,
               "OR": np.logical_or, "XOR": np.logical_xor, "EQUAL": np.equal, "GREATER": np.greater, "LESS": np.less}


@pytest.mark.parametrize("name", ELEMENTWISE)
@pytest.mark.parametrize("shapes", [((3, 4), (3, 4)), ((3, 1), (1, 4)), ((2, 3, 4), (1, 1, 4))])
def test_elementwise(rng, name, shapes):
    a, b = (rng.uniform(0.5, 3, shape).astype(F) for shape in shapes)
    if name in ("AND", "OR", "XOR"):
        a, b = a > 1.5, b > 1.5
    elif name == "EQUAL":
        a, b = np.rint(a).astype(F), np.rint(b).astype(F)
    y = layer_output(lambda bench, x, z: bench.network.add_elementwise(x, z, getattr(trt.ElementWiseOperation, name)), a, b)
    close(y, ELEMENTWISE[name](a, b))


def test_integers_divide_as_in_c():
    a, b = np.array([7, -7, 7, -7], np.int32), np.array([2, 2, -2, -2], np.int32)
    for name, expected in (("DIV", [3, -3, -3, 3]), ("FLOOR_DIV", [3, -4, -4, 3])):
        y = layer_output(lambda bench, x, z: bench.network.add_elementwise(
            x, z, getattr(trt.ElementWiseOperation, name)), a, b)
        assert y.dtype == np.int32 and y.tolist() == expected


@pytest.mark.parametrize("mode, extents", [("UNIFORM", ()), ("CHANNEL", (3,)), ("ELEMENTWISE", (3, 4, 5))])
@pytest.mark.parametrize("nd", [False, True])
def test_scale(rng, mode, extents, nd):
    x = rng.uniform(0.1, 2, (2, 3, 4, 5)).astype(F)
    shift, scale, power = (rng.uniform(0.5, 1.5, extents or (1,)).astype(F) for _ in range(3))
    shape = {"UNIFORM": (1,), "CHANNEL": (3, 1, 1), "ELEMENTWISE": extents}[mode]

    def add(bench, tensor):
        kind = getattr(trt.ScaleMode, mode)
        if nd:
            return bench.network.add_scale_nd(tensor, kind, shift, scale, power, channel_axis=1)
        return bench.network.add_scale(tensor, kind, shift, scale, power)

    close(layer_output(add, x), (x * scale.reshape(shape) + shift.reshape(shape)) ** power.reshape(shape))


def test_scale_without_some_of_its_weights(rng):
    x = rng.standard_normal((1, 2, 2, 2), F)
    close(layer_output(lambda bench, t: bench.network.add_scale(
        t, trt.ScaleMode.UNIFORM, shift=np.array([3], F)), x), x + 3)


def test_select_and_parametric_relu(rng):
    a, b = rng.standard_normal((3, 4), F), rng.standard_normal((1, 4), F)
    close(layer_output(lambda bench, c, x, y: bench.network.add_select(c, x, y), a > 0, a, b), np.where(a > 0, a, b))
    slope = rng.uniform(0, 1, (1, 4)).astype(F)
    close(layer_output(lambda bench, x: bench.network.add_parametric_relu(x, bench.constant(slope)), a),
          np.where(a < 0, slope * a, a))


# ---- reductions ----

@pytest.mark.parametrize("axes", [1, 2, 4, 6, 7])
@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("name, function", [("SUM", np.sum), ("PROD", np.prod), ("MAX", np.max), ("MIN", np.min),
                                            ("AVG", np.mean)])
def test_reduce(rng, axes, keep, name, function):
    x = rng.uniform(0.5, 1.5, (3, 4, 5)).astype(F)
    y = layer_output(lambda bench, t: bench.network.add_reduce(t, getattr(trt.ReduceOperation, name), axes, keep), x)
    close(y, function(x.astype(np.float64), axis=tuple(i for i in range(3) if axes >> i & 1), keepdims=keep))


@pytest.mark.parametrize("axis", [0, 1, 2, 3])
def test_softmax(rng, axis):
    x = rng.standard_normal((2, 3, 4, 5), F) * 5

    def add(bench, tensor):
        layer = bench.network.add_softmax(tensor)
        layer.axes = 1 << axis
        return layer

    e = np.exp(x.astype(np.float64) - x.max(axis, keepdims=True))
    close(layer_output(add, x), e / e.sum(axis, keepdims=True))


def test_ragged_softmax(rng):
    x, bounds = rng.standard_normal((1, 3, 6), F), np.array([[[2], [6], [1]]], np.int32)
    y = layer_output(lambda bench, t, b: bench.network.add_ragged_softmax(t, b), x, bounds)
    expected = np.zeros_like(x)
    for row, bound in enumerate(bounds.ravel()):
        e = np.exp(x[0, row, :bound])
        expected[0, row, :bound] = e / e.sum()
    close(y, expected)


@pytest.mark.parametrize("kind, order", [("MAX", -1), ("MIN", 1)])
@pytest.mark.parametrize("axis", [0, 1])
def test_topk(rng, kind, order, axis):
    x = rng.permutation(35).reshape(5, 7).astype(F)
    values, indices = layer_output(lambda bench, t: bench.network.add_topk(
        t, getattr(trt.TopKOperation, kind), 3, 1 << axis), x)
    expected = np.take(np.argsort(order * x, axis=axis), range(3), axis)
    assert indices.dtype == np.int32 and (indices == expected).all()
    assert (values == np.take_along_axis(x, expected, axis)).all()


def test_topk_with_64_bit_indices():
    x = np.array([3, 1, 2], F)
    _, indices = layer_output(lambda bench, t: bench.network.add_topk(t, trt.TopKOperation.MAX, 2, 1, trt.int64), x)
    assert indices.dtype == np.int64 and indices.tolist() == [0, 2]


def test_lrn(rng):
    x = rng.standard_normal((1, 7, 3, 3), F)
    squares = np.pad(x.astype(np.float64) ** 2, [(0, 0), (2, 2), (0, 0), (0, 0)])
    total = sum(squares[:, i:i + 7] for i in range(5))
    close(layer_output(lambda bench, t: bench.network.add_lrn(t, 5, 0.1, 0.75, 2), x),
          x / (2 + 0.1 / 5 * total) ** 0.75)


def normalized(x, axes, epsilon=1e-5):
    x = x.astype(np.float64)
    return (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + epsilon)


@pytest.mark.parametrize("axes", [(3,), (2, 3), (1, 2, 3)])
def test_normalization(rng, axes):
    x = rng.standard_normal((2, 4, 3, 5), F)
    shape = [extent if i in axes or i == 1 else 1 for i, extent in enumerate(x.shape)]
    shape[0] = 1
    scale, bias = rng.standard_normal(shape, F), rng.standard_normal(shape, F)
    y = layer_output(lambda bench, t: bench.network.add_normalization(
        t, bench.constant(scale), bench.constant(bias), sum(1 << axis for axis in axes)), x)
    close(y, normalized(x, axes) * scale + bias, atol=1e-4)


@pytest.mark.parametrize("v2", [False, True])
def test_group_normalization(rng, v2):
    x = rng.standard_normal((2, 6, 3, 4), F)
    extent = 6 if v2 else 3
    scale, bias = rng.standard_normal((1, extent, 1, 1), F), rng.standard_normal((1, extent, 1, 1), F)

    def add(bench, tensor):
        call = bench.network.add_normalization_v2 if v2 else bench.network.add_normalization
        layer = call(tensor, bench.constant(scale), bench.constant(bias), 12)
        layer.num_groups, layer.epsilon = 3, 1e-3
        assert layer.is_v2 == v2 and layer.num_groups == 3
        return layer

    plain = normalized(x.reshape(2, 3, 2, 3, 4), (2, 3, 4), 1e-3).reshape(x.shape)
    repeat = 1 if v2 else 2
    close(layer_output(add, x), plain * scale.repeat(repeat, 1) + bias.repeat(repeat, 1), atol=1e-4)


@pytest.mark.parametrize("a, op0, b, op1, subscripts", [
    ((3, 4), "NONE", (4, 5), "NONE", "ij,jk->ik"), ((4, 3), "TRANSPOSE", (5, 4), "TRANSPOSE", "ji,kj->ik"),
    ((2, 3, 4), "NONE", (1, 4, 5), "NONE", None), ((4,), "VECTOR", (4,), "VECTOR", "i,i->"),
    ((3, 4), "NONE", (4,), "VECTOR", "ij,j->i"), ((2, 4), "VECTOR", (2, 4, 3), "NONE", "bi,bij->bj")])
def test_matrix_multiply(rng, a, op0, b, op1, subscripts):
    x, y = rng.standard_normal(a, F), rng.standard_normal(b, F)
    expected = np.einsum(subscripts, x, y) if subscripts else x @ y
    close(layer_output(lambda bench, p, q: bench.network.add_matrix_multiply(
        p, getattr(trt.MatrixOperation, op0), q, getattr(trt.MatrixOperation, op1)), x, y), expected, atol=1e-4)


# ---- movement ----

@pytest.mark.parametrize("axis", [0, 1, 2])
def test_concatenation(rng, axis):
    arrays = [rng.standard_normal([2 + i if at == axis else 3 for at in range(3)], F) for i in range(3)]

    def add(bench, *tensors):
        layer = bench.network.add_concatenation(list(tensors))
        layer.axis = axis
        return layer

    close(layer_output(add, *arrays), np.concatenate(arrays, axis))


def test_shuffle(rng):
    x = rng.standard_normal((2, 3, 4), F)

    def add(bench, tensor):
        layer = bench.network.add_shuffle(tensor)
        layer.first_transpose, layer.reshape_dims, layer.second_transpose = (2, 0, 1), (0, -1), (1, 0)
        return layer

    close(layer_output(add, x), x.transpose(2, 0, 1).reshape(4, 6).T)


@pytest.mark.parametrize("mode, start, size, stride", [
    ("STRICT_BOUNDS", (1, 0), (2, 3), (1, 2)), ("STRICT_BOUNDS", (3, 5), (4, 3), (-1, -2)), ("WRAP", (2, 4), (5, 9), (1, 1)),
    ("CLAMP", (-1, -2), (6, 9), (1, 1)), ("FILL", (-1, -1), (6, 8), (1, 1)), ("REFLECT", (-2, -3), (7, 10), (1, 1))])
def test_slice(rng, mode, start, size, stride):
    x = rng.standard_normal((4, 6), F)
    index = [start[i] + stride[i] * np.arange(size[i]) for i in range(2)]
    inside = [(at >= 0) & (at < extent) for at, extent in zip(index, x.shape)]
    if mode == "REFLECT":
        index = [np.abs(at) for at in index]
        index = [np.where(at >= extent, 2 * (extent - 1) - at, at) for at, extent in zip(index, x.shape)]
    index = [at % extent if mode == "WRAP" else np.clip(at, 0, extent - 1) for at, extent in zip(index, x.shape)]
    expected = x[np.ix_(*index)] * (np.outer(*inside) if mode == "FILL" else 1)

    def add(bench, tensor):
        layer = bench.network.add_slice(tensor, start, size, stride)
        layer.mode = getattr(trt.SampleMode, mode)
        return layer

    close(layer_output(add, x), expected)


def test_padding_and_cropping(rng):
    x = rng.standard_normal((1, 2, 4, 5), F)
    close(layer_output(lambda bench, t: bench.network.add_padding(t, (1, 2), (0, 1)), x),
          np.pad(x, [(0, 0), (0, 0), (1, 0), (2, 1)]))
    close(layer_output(lambda bench, t: bench.network.add_padding_nd(t, (-1, 0), (0, -2)), x), x[:, :, 1:, :3])


def test_gather(rng):
    x, i = rng.standard_normal((4, 5), F), np.array([[3, 0], [1, 1]], np.int32)
    for axis in (0, 1):
        close(layer_output(lambda bench, t, n: bench.network.add_gather(t, n, axis), x, i), np.take(x, i, axis))


def test_gather_modes(rng):
    x = rng.standard_normal((3, 4), F)
    element, nd = np.array([[2, 0, 1, 1]], np.int32), np.array([[2, 1], [0, 3]], np.int64)

    def along_rows(bench, tensor, indices):
        layer = bench.network.add_gather_v2(tensor, indices, trt.GatherMode.ELEMENT)
        layer.axis = 0
        return layer

    close(layer_output(along_rows, x, element), np.take_along_axis(x, element, 0))
    close(layer_output(lambda bench, t, n: bench.network.add_gather_v2(t, n, trt.GatherMode.ND), x, nd), x[nd[:, 0], nd[:, 1]])


def test_gather_out_of_bounds_stores_zero():
    x, i = np.array([1, 2, 3], F), np.array([0, 7, 2], np.int32)
    assert layer_output(lambda bench, t, n: bench.network.add_gather(t, n, 0), x, i).tolist() == [1, 0, 3]


def test_constant_identity_shape():
    c = np.arange(6, dtype=F).reshape(2, 3)

    def add(bench, tensor):
        constant = bench.network.add_constant((2, 3), c)
        assert constant.shape == (2, 3) and (constant.weights.numpy() == c.ravel()).all()
        return bench.network.add_elementwise(tensor, constant.get_output(0), trt.ElementWiseOperation.SUM)

    close(layer_output(add, c), 2 * c)
    close(layer_output(lambda bench, t: bench.network.add_identity(t), c), c)
    shape = layer_output(lambda bench, t: bench.network.add_shape(t), c)
    assert shape.tolist() == [2, 3] and shape.dtype == np.int64


def test_a_constant_is_given_another_shape_and_other_weights():
    c = np.arange(6, dtype=F)

    def add(bench, tensor):
        constant = bench.network.add_constant((2, 2), np.zeros((2, 2), F))
        constant.shape = (2, 3)  # one after the other: they agree again when shapes are asked for
        constant.weights = c
        assert constant.shape == (2, 3) and (constant.weights.numpy() == c).all()
        return bench.network.add_elementwise(tensor, constant.get_output(0), trt.ElementWiseOperation.SUM)

    close(layer_output(add, c.reshape(2, 3)), 2 * c.reshape(2, 3))


@pytest.mark.parametrize("to", ["float16", "int32", "int64", "int8", "uint8", "bool"])
def test_cast(to):
    x = np.array([0, 1, 2.75, 100, 3.5], F)
    dtype = getattr(trt, to)
    y = layer_output(lambda bench, t: bench.network.add_cast(t, dtype), x)
    assert y.dtype == np.dtype(to) and (y == x.astype(to)).all()


def test_output_types_cast(rng):
    x = rng.standard_normal((2, 2), F)

    def add(bench, tensor):
        layer = bench.network.add_identity(tensor)
        layer.set_output_type(0, trt.float16)
        return layer

    y = layer_output(add, x)
    assert y.dtype == np.float16 and (y == x.astype(np.float16)).all()


@pytest.mark.parametrize("mode, scales, coordinates", [
    ("NEAREST", (1, 1, 2, 3), "ASYMMETRIC"), ("LINEAR", (1, 1, 2, 2), "HALF_PIXEL"), ("LINEAR", (1, 1, 2, 2), "ALIGN_CORNERS"),
    ("CUBIC", (1, 1, 2, 2), "HALF_PIXEL")])
def test_resize_against_onnx_runtime(rng, mode, scales, coordinates):
    onnx = pytest.importorskip("onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    x = rng.standard_normal((1, 2, 4, 5), F)

    def add(bench, tensor):
        layer = bench.network.add_resize(tensor)
        layer.resize_mode, layer.scales = getattr(trt.InterpolationMode, mode), scales
        layer.coordinate_transformation = getattr(trt.ResizeCoordinateTransformation, coordinates)
        return layer

    node = onnx.helper.make_node("Resize", ["x", "", "s"], ["y"], mode=mode.lower(), nearest_mode="floor",
                                 coordinate_transformation_mode=coordinates.lower())
    graph = onnx.helper.make_graph(
        [node], "g", [onnx.helper.make_tensor_value_info("x", 1, x.shape)], [onnx.helper.make_tensor_value_info("y", 1, None)],
        [onnx.numpy_helper.from_array(np.array(scales, F), "s")])
    model = onnx.helper.make_model(graph, opset_imports=[onnx.helper.make_opsetid("", 18)], ir_version=9)
    session = onnxruntime.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    close(layer_output(add, x), session.run(None, {"x": x})[0], atol=1e-4)


@pytest.mark.parametrize("dtype", ["float16", "int8", "int32", "int64", "uint8", "bool"])
def test_movement_of_every_type(dtype):
    x = np.arange(12).reshape(3, 4).astype(dtype)

    def add(bench, tensor):
        layer = bench.network.add_shuffle(tensor)
        layer.first_transpose = (1, 0)
        return layer

    y = layer_output(add, x)
    assert y.dtype == x.dtype and (y == x.T).all()


def test_half_precision_arithmetic(rng):
    a, b = (rng.standard_normal((4, 6)).astype(np.float16) for _ in range(2))
    y = layer_output(lambda bench, x, z: bench.network.add_elementwise(x, z, trt.ElementWiseOperation.SUM), a, b)
    assert y.dtype == np.float16 and (y == a + b).all()
