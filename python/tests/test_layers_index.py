# SPDX-License-Identifier: Apache-2.0
"""Layers that pick, count, fill and attend, through the network API against NumPy."""
import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, run
from test_layers import close, layer_output

F = np.float32


# ---- fill ----

def test_fill_linspace_of_attributes():
    bench = Bench()
    layer = bench.network.add_fill((5,), trt.FillOperation.LINSPACE, trt.float32)
    layer.alpha, layer.beta = 2.0, -0.5
    assert (layer.operation, tuple(layer.shape)) == (trt.FillOperation.LINSPACE, (5,))
    assert (layer.alpha, layer.beta, layer.to_type) == (2.0, -0.5, trt.float32)
    assert not layer.is_alpha_beta_int64()
    bench.output(layer.get_output(0))
    close(run(bench.engine())[0], 2.0 - 0.5 * np.arange(5, dtype=F))


@pytest.mark.parametrize("dtype", [np.int32, np.int64, F])
def test_fill_linspace_of_tensors(dtype):
    alpha, beta = np.array(3, dtype), np.array([100, 10, 1], dtype)

    def add(bench, a, b):
        layer = bench.network.add_fill((2, 3, 4), trt.FillOperation.LINSPACE)
        layer.set_input(1, a)
        layer.set_input(2, b)
        return layer

    y = layer_output(add, alpha, beta)
    assert y.dtype == dtype
    close(y, 3 + np.add.outer(np.add.outer(100 * np.arange(2), 10 * np.arange(3)), np.arange(4)).astype(dtype))


def test_fill_random():
    bench = Bench()
    layers = [bench.network.add_fill((100, 100), trt.FillOperation.RANDOM_UNIFORM),
              bench.network.add_fill((100, 100), trt.FillOperation.RANDOM_UNIFORM),
              bench.network.add_fill((100, 100), trt.FillOperation.RANDOM_NORMAL)]
    for layer, alpha, beta in zip(layers, (-1, -1, 5), (3, 3, 2)):
        layer.alpha, layer.beta = alpha, beta
    bench.output(*[layer.get_output(0) for layer in layers])
    first, second, normal = run(bench.engine())
    assert first.min() >= -1 and first.max() <= 3 and abs(first.mean() - 1) < 0.05
    assert abs(first.std() - 4 / np.sqrt(12)) < 0.03
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.05  # streams of their own
    assert abs(normal.mean() - 5) < 0.1 and abs(normal.std() - 2) < 0.1


# ---- indices ----

@pytest.mark.parametrize("index", [np.int32, np.int64])
def test_scatter_elements(rng, index):
    x, updates = rng.standard_normal((3, 4, 5), F), rng.standard_normal((3, 2, 5), F)
    indices = np.argsort(rng.random((3, 4, 5)), axis=1)[:, :2].astype(index)
    want = x.copy()
    np.put_along_axis(want, indices.astype(np.int64), updates, axis=1)

    def add(bench, *tensors):
        layer = bench.network.add_scatter(*tensors, trt.ScatterMode.ELEMENT)
        assert layer.axis == 0 and layer.mode == trt.ScatterMode.ELEMENT
        layer.axis = 1
        return layer

    close(layer_output(add, x, indices, updates), want)


def test_scatter_nd(rng):
    x, updates = rng.standard_normal((4, 5, 6), F), rng.standard_normal((3, 6), F)
    indices = np.array([[0, 1], [3, 4], [2, 2]], np.int32)
    want = x.copy()
    for (i, j), row in zip(indices, updates):
        want[i, j] = row
    close(layer_output(lambda bench, *t: bench.network.add_scatter(*t, trt.ScatterMode.ND), x, indices, updates), want)


def test_scatter_of_integers_keeps_their_type():
    x, indices, updates = np.arange(6, dtype=np.int32), np.array([4, 1], np.int64), np.array([-1, -2], np.int32)
    y = layer_output(lambda bench, *t: bench.network.add_scatter(*t, trt.ScatterMode.ELEMENT), x, indices, updates)
    assert y.dtype == np.int32 and y.tolist() == [0, -2, 2, 3, -1, 5]


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_one_hot(axis):
    indices = np.array([[0, 2, 4], [3, 3, 1]], np.int32)
    want = np.moveaxis(np.where(indices[..., None] == np.arange(5), F(7), F(-1)), -1, axis)

    def add(bench, tensor):
        return bench.network.add_one_hot(tensor, bench.constant(np.array([-1, 7], F)),
                                         bench.constant(np.array(5, np.int32)), axis)

    close(layer_output(add, indices), want)


@pytest.mark.parametrize("dtype, wanted", [(None, np.int32), (trt.int32, np.int32), (trt.int64, np.int64)])
def test_non_zero(rng, dtype, wanted):
    x = rng.standard_normal((3, 4, 5), F) * (rng.random((3, 4, 5)) < 0.3)
    want = np.stack(np.nonzero(x)).astype(wanted)

    def add(bench, tensor):
        layer = bench.network.add_non_zero(tensor, *[dtype][:dtype is not None])
        assert layer.indices_type == (trt.int32 if dtype is None else dtype)
        return layer

    y = layer_output(add, x.astype(F))
    assert y.dtype == wanted
    np.testing.assert_array_equal(y, want)


def test_reverse_sequence(rng):
    x, lengths = rng.standard_normal((5, 3, 2), F), np.array([1, 5, 3], np.int32)
    want = x.copy()
    for b, n in enumerate(lengths):
        want[:n, b] = x[:n, b][::-1]

    def add(bench, *tensors):
        layer = bench.network.add_reverse_sequence(*tensors)
        assert (layer.batch_axis, layer.sequence_axis) == (1, 0)
        return layer

    close(layer_output(add, x, lengths), want)


def test_reverse_sequence_along_other_axes(rng):
    x, lengths = rng.standard_normal((3, 5, 2), F), np.array([4, 0, 2], np.int32)
    want = x.copy()
    for b, n in enumerate(lengths):
        want[b, :n] = x[b, :n][::-1]

    def add(bench, *tensors):
        layer = bench.network.add_reverse_sequence(*tensors)
        layer.batch_axis, layer.sequence_axis = 0, 1
        return layer

    close(layer_output(add, x, lengths), want)


@pytest.mark.parametrize("exclusive", [False, True])
@pytest.mark.parametrize("reverse", [False, True])
def test_cumulative(rng, exclusive, reverse):
    x = rng.standard_normal((3, 6, 2), F)
    towards = x[:, ::-1] if reverse else x
    want = np.cumsum(towards.astype(np.float64), axis=1) - (towards if exclusive else 0)

    def add(bench, tensor):
        layer = bench.network.add_cumulative(tensor, bench.constant(np.array(1, np.int32)),
                                             trt.CumulativeOperation.SUM, exclusive, reverse)
        assert (layer.op, layer.exclusive, layer.reverse) == (trt.CumulativeOperation.SUM, exclusive, reverse)
        return layer

    close(layer_output(add, x), want[:, ::-1] if reverse else want)


def test_squeeze_and_unsqueeze(rng):
    x = rng.standard_normal((2, 1, 3, 1), F)
    axes = np.array([1, -1], np.int64)
    close(layer_output(lambda bench, t: bench.network.add_squeeze(t, bench.constant(axes)), x), x.reshape(2, 3))
    close(layer_output(lambda bench, t: bench.network.add_unsqueeze(t, bench.constant(axes)), x),
          x.reshape(2, 1, 1, 3, 1, 1))


# ---- boxes and grids ----

def suppressed(boxes, scores, most, iou, least):
    """Greedy suppression by its definition, of boxes [B,N,4] with centers and sizes."""
    rows = []
    half = boxes[..., 2:] / 2
    low, high = boxes[..., :2] - half, boxes[..., :2] + half
    for b in range(scores.shape[0]):
        found = []
        for c in range(scores.shape[2]):
            kept = []
            for i in np.argsort(-scores[b, :, c], kind="stable"):
                side = np.maximum(np.minimum(high[b, i], high[b, kept]) - np.maximum(low[b, i], low[b, kept]), 0)
                both = side.prod(-1)
                union = boxes[b, i, 2:].prod() + boxes[b, kept, 2:].prod(-1) - both
                if len(kept) < most and scores[b, i, c] > least and (both / union <= iou).all():
                    kept.append(i)
            found += [(-scores[b, i, c], b, c, i) for i in kept]
        rows += [row[1:] for row in sorted(found)]
    return np.array(rows).reshape(-1, 3)


@pytest.mark.parametrize("most, iou, least", [(10, 0.3, 0.2), (2, 0.6, None), (3, None, None)])
def test_nms(rng, most, iou, least):
    boxes = np.concatenate([rng.random((2, 9, 2)), 0.2 + 0.3 * rng.random((2, 9, 2))], -1).astype(F)
    scores = (rng.random((2, 9, 3)) - 0.2).astype(F)

    def add(bench, b, s):
        layer = bench.network.add_nms(b, s, bench.constant(np.array(most, np.int32)), trt.int64)
        layer.bounding_box_format = trt.BoundingBoxFormat.CENTER_SIZES
        assert (layer.indices_type, layer.topk_box_limit) == (trt.int64, 5000)
        if iou is not None:
            layer.set_input(3, bench.constant(np.array(iou, F)))
        if least is not None:
            layer.set_input(4, bench.constant(np.array(least, F)))
        return layer

    rows, count = layer_output(add, boxes, scores)
    want = suppressed(boxes, scores, most, iou or 0.0, least or 0.0)
    np.testing.assert_array_equal(rows, want)
    assert count == len(want)


def test_grid_sample(rng):
    x, grid = rng.standard_normal((2, 3, 5, 4), F), rng.uniform(-1.2, 1.2, (2, 6, 7, 2)).astype(F)
    want = np.zeros((2, 3, 6, 7))
    for n, i, j in np.ndindex(2, 6, 7):
        px, py = ((grid[n, i, j].astype(np.float64) + 1) * (4, 5) - 1) / 2
        for dy, dx in np.ndindex(2, 2):
            y0, x0 = int(np.floor(py)) + dy, int(np.floor(px)) + dx
            if 0 <= y0 < 5 and 0 <= x0 < 4:
                want[n, :, i, j] += x[n, :, y0, x0] * (1 - abs(py - y0)) * (1 - abs(px - x0))

    def add(bench, *tensors):
        layer = bench.network.add_grid_sample(*tensors)
        assert (layer.interpolation_mode, layer.sample_mode, layer.align_corners) == (
            trt.InterpolationMode.LINEAR, trt.SampleMode.FILL, False)
        return layer

    close(layer_output(add, x, grid), want)


def test_grid_sample_nearest_with_clamped_corners(rng):
    x, grid = rng.standard_normal((1, 2, 5, 4), F), rng.uniform(-1.5, 1.5, (1, 6, 7, 2)).astype(F)
    at = (grid[0] + 1) / 2 * (3, 4)
    rows, columns = np.clip(np.rint(at[..., 1]), 0, 4).astype(int), np.clip(np.rint(at[..., 0]), 0, 3).astype(int)

    def add(bench, *tensors):
        layer = bench.network.add_grid_sample(*tensors)
        layer.interpolation_mode, layer.sample_mode = trt.InterpolationMode.NEAREST, trt.SampleMode.CLAMP
        layer.align_corners = True
        return layer

    close(layer_output(add, x, grid), x[:, :, rows, columns])


# ---- sums of products ----

@pytest.mark.parametrize("equation, shapes", [
    ("ij,jk->ik", [(3, 4), (4, 5)]), ("bij,bjk->bik", [(2, 3, 4), (2, 4, 5)]), ("ii->i", [(4, 4)]),
    ("ij->", [(3, 4)]), ("i,j->ij", [(3,), (4,)]), ("abc,dcb,de->ae", [(2, 3, 4), (5, 4, 3), (5, 6)]),
    ("...ij,...jk->...ik", [(2, 3, 4), (2, 4, 5)])])
def test_einsum(rng, equation, shapes):
    arrays = [rng.standard_normal(shape, F) for shape in shapes]

    def add(bench, *tensors):
        layer = bench.network.add_einsum(list(tensors), equation)
        assert layer.equation == equation
        return layer

    close(layer_output(add, *arrays), np.einsum(equation, *arrays), atol=1e-4)


# ---- attention ----

def attention(q, k, v, seen=None, bias=0.0, softmax=True):
    group = q.shape[1] // k.shape[1]
    k, v = np.repeat(k, group, 1).astype(np.float64), np.repeat(v, group, 1).astype(np.float64)
    scores = q @ np.swapaxes(k, -1, -2) + bias
    if not softmax:
        return np.where(seen, scores, 0.0) @ v if seen is not None else scores @ v
    scores = np.where(seen, scores, -np.inf) if seen is not None else scores
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    return weights / weights.sum(-1, keepdims=True) @ v


@pytest.mark.parametrize("norm", ["SOFTMAX", "NONE"])
@pytest.mark.parametrize("causal", [False, True])
def test_attention(rng, norm, causal):
    q, k, v = [rng.standard_normal((2, heads, 5, 8), F) for heads in (4, 2, 2)]

    def add(bench, *tensors):
        layer = bench.network.add_attention(*tensors, getattr(trt.AttentionNormalizationOp, norm), causal)
        assert (layer.norm_op, layer.causal) == (getattr(trt.AttentionNormalizationOp, norm), causal)
        assert layer.decomposable is False and layer.mask is None and layer.num_outputs == 1
        layer.decomposable = True
        assert layer.decomposable is True
        return layer

    seen = np.tril(np.ones((5, 5), bool)) if causal else None
    close(layer_output(add, q, k, v), attention(q, k, v, seen, softmax=norm == "SOFTMAX"), atol=1e-4)


def test_attention_masks(rng):
    q, k, v = [rng.standard_normal((1, 2, count, 4), F) for count in (3, 6, 6)]
    truths = rng.random((1, 1, 3, 6)) < 0.6
    truths[..., 0] = True
    bias = rng.standard_normal((1, 2, 3, 6), F)

    def add(mask):
        def made(bench, *tensors):
            layer = bench.network.add_attention(*tensors, trt.AttentionNormalizationOp.SOFTMAX, False)
            layer.mask = bench.constant(mask)
            assert layer.mask is not None
            return layer
        return made

    close(layer_output(add(truths), q, k, v), attention(q, k, v, truths), atol=1e-4)
    close(layer_output(add(bias), q, k, v), attention(q, k, v, bias=bias), atol=1e-4)


def test_attention_of_the_last_queries(rng):
    q, k, v = [rng.standard_normal((1, 2, count, 4), F) for count in (3, 6, 6)]
    seen = np.tril(np.ones((6, 6), bool))[3:]

    def add(bench, *tensors):
        layer = bench.network.add_attention_v2(*tensors, trt.AttentionNormalizationOp.SOFTMAX,
                                               trt.CausalMaskKind.LOWER_RIGHT)
        assert layer.causal_kind == trt.CausalMaskKind.LOWER_RIGHT
        return layer

    close(layer_output(add, q, k, v), attention(q, k, v, seen), atol=1e-4)


def test_attention_with_quantized_weights(rng):
    q, k, v = [rng.standard_normal((1, 2, 5, 4), F) for _ in range(3)]
    scores = q.astype(np.float64) @ np.swapaxes(k, -1, -2)
    weights = np.exp(scores - scores.max(-1, keepdims=True))
    weights /= weights.sum(-1, keepdims=True)
    want = np.clip(np.rint(weights * 127), -128, 127) / 127 @ v

    def add(bench, *tensors):
        layer = bench.network.add_attention(*tensors, trt.AttentionNormalizationOp.SOFTMAX, False)
        layer.normalization_quantize_scale = bench.constant(np.array(1 / 127, F))
        layer.normalization_quantize_to_type = trt.int8
        assert layer.normalization_quantize_to_type == trt.int8
        return layer

    close(layer_output(add, q, k, v), want, atol=1e-4)


@pytest.mark.parametrize("interleaved", [False, True])
@pytest.mark.parametrize("turned", [0, 4])
def test_rotary_embedding(rng, interleaved, turned):
    x = rng.standard_normal((2, 3, 5, 8), F)
    half = (turned or 8) // 2
    angle = rng.standard_normal((16, half))
    positions = rng.integers(0, 16, (2, 5))
    cos, sin = np.cos(angle).astype(F), np.sin(angle).astype(F)
    c, s = cos[positions][:, None], sin[positions][:, None]
    first, second = (np.s_[..., 0:2 * half:2], np.s_[..., 1:2 * half:2]) if interleaved else (
        np.s_[..., :half], np.s_[..., half:2 * half])
    want = x.copy()
    want[first], want[second] = c * x[first] - s * x[second], s * x[first] + c * x[second]

    def add(bench, tensor, *caches):
        layer = bench.network.add_rotary_embedding(tensor, caches[0], caches[1], interleaved, turned)
        layer.set_input(3, caches[2])
        assert (layer.interleaved, layer.rotary_embedding_dim) == (interleaved, turned)
        return layer

    close(layer_output(add, x, cos, sin, positions.astype(np.int64)), want)


def test_kv_cache_update(rng):
    cache, update = rng.standard_normal((2, 3, 8, 4), F), rng.standard_normal((2, 3, 3, 4), F)
    at = np.array([1, 6], np.int32)
    want = cache.copy()
    want[0, :, 1:4] = update[0]
    want[1, :, 6:8] = update[1, :, :2]  # what lies behind the end is dropped

    def add(bench, *tensors):
        layer = bench.network.add_kv_cache_update(*tensors, trt.KVCacheMode.LINEAR)
        assert layer.cache_mode == trt.KVCacheMode.LINEAR
        return layer

    close(layer_output(add, cache, update, at), want)


# ---- assertions ----

def asserted(message, extents):
    """A network that asserts that both axes of x are as long."""
    bench = Bench()
    x = bench.input("x", extents)
    shape = bench.network.add_shape(x).get_output(0)
    ends = [bench.network.add_slice(shape, (i,), (1,), (1,)).get_output(0) for i in range(2)]
    same = bench.network.add_elementwise(*ends, trt.ElementWiseOperation.EQUAL).get_output(0)
    layer = bench.network.add_assertion(same, message)
    assert layer.message == message and layer.num_outputs == 0 and layer.type == trt.LayerType.ASSERTION
    bench.output(bench.network.add_identity(x).get_output(0))
    return bench


def test_assertion_that_a_build_decides():
    assert asserted("must be square", (3, 3)).plan() is not None
    bench = asserted("must be square", (3, 4))
    assert bench.plan() is None
    assert any("must be square" in text for text in bench.logger.errors)


def test_assertion_that_a_run_decides():
    bench = asserted("not a \"square\"\nbut " + "x" * 300, (-1, -1))
    bench.profile(x=((1, 1), (3, 3), (8, 8)))
    engine = bench.engine()
    x = np.arange(9, dtype=F).reshape(3, 3)
    close(run(engine, x=x)[0], x)
    context = engine.create_execution_context()
    x, y = np.zeros((2, 4), F), np.zeros((2, 4), F)
    context.set_input_shape("x", x.shape)
    context.set_tensor_address("x", x.ctypes.data)
    context.set_tensor_address("y0", y.ctypes.data)
    assert not context.execute_async_v3(0)
    assert any("not a 'square' but" in text for text in bench.logger.errors)


def test_a_layer_has_one_rank(rng):
    def add(bench, tensor):
        layer = bench.network.add_non_zero(tensor)
        layer.num_ranks = 1
        with pytest.raises(ValueError, match="only 1"):
            layer.num_ranks = 2
        assert layer.num_ranks == 1
        return layer

    np.testing.assert_array_equal(layer_output(add, np.array([0, 3, 0, 5], F)), [[1, 3]])
