# SPDX-License-Identifier: Apache-2.0
"""Operators beside the ONNX suite: language models' attention and norms, n-grams with weights."""
import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper  # noqa: E402

from ternrt import backend  # noqa: E402

TYPES = {"float32": TensorProto.FLOAT, "int32": TensorProto.INT32, "int64": TensorProto.INT64}


def run(nodes, inputs, outputs):
    """inputs: name to (array, shape in the model)."""
    infos = [helper.make_tensor_value_info(name, TYPES[str(x.dtype)], shape)
             for name, (x, shape) in inputs.items()]
    results = [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs]
    graph = helper.make_graph(nodes, "g", infos, results)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17),
                                                    helper.make_opsetid("com.microsoft", 1)])
    return [np.asarray(y) for y in backend.prepare(model).run([x for x, _ in inputs.values()])]


def grouped(q, k, v, pasts, lengths, window=0):
    """What GroupQueryAttention is defined as, one sequence, head and query at a time; q, k, v are
    [B,S,heads,D], pasts two of [B,G,P,D]; the result without what padding gives."""
    y = np.full(q.shape, np.nan, np.float32)
    group = q.shape[2] // k.shape[2]
    for b, length in enumerate(lengths):
        before = max(length - q.shape[1], 0)
        for h in range(q.shape[2]):
            keys, values = (np.concatenate([past[b, h // group, :before], new[b, :, h // group]])
                            for past, new in zip(pasts, (k, v)))
            for s in range(min(length, q.shape[1])):
                end = before + s + 1
                first = max(end - window, 0) if window > 0 else 0
                scores = keys[first:end].astype(np.float64) @ q[b, s, h] / np.sqrt(q.shape[3])
                weights = np.exp(scores - scores.max())
                y[b, s, h] = weights @ values[first:end] / weights.sum()
    return y


@pytest.mark.parametrize("steps, past, lengths, window", [
    (1, 5, [6], 0), (6, 0, [6], 0), (1, 6, [4, 7], 0), (1, 12, [4, 7], 0), (6, 12, [4, 6], 0),
    (3, 5, [8], 0), (7, 0, [7], 2), (1, 9, [10], 3)])
def test_group_query_attention(steps, past, lengths, window):
    rng = np.random.default_rng(7)
    batch, heads, groups, head = len(lengths), 4, 2, 8
    q, k, v = (rng.standard_normal((batch, steps, n, head), np.float32) for n in (heads, groups, groups))
    pasts = [rng.standard_normal((batch, groups, past, head), np.float32) for _ in range(2)]
    total = max(lengths)
    inputs = {name: (x.reshape(batch, steps, -1), ["B", "S", x.shape[2] * head])
              for name, x in (("q", q), ("k", k), ("v", v))}
    for name, x in zip(("pk", "pv"), pasts):
        inputs[name] = (x, ["B", groups, "P", head])
    inputs["mask"] = (np.array([[1] * n + [0] * (total - n) for n in lengths], np.int64), ["B", "T"])
    nodes = [helper.make_node("ReduceSum", ["mask", "axes"], ["sum"], keepdims=0),
             helper.make_node("Sub", ["sum", "one"], ["last"]),
             helper.make_node("Cast", ["last"], ["lengths"], to=TensorProto.INT32),
             helper.make_node("Shape", ["mask"], ["shape"]),
             helper.make_node("Gather", ["shape", "first"], ["long"]),
             helper.make_node("Cast", ["long"], ["total"], to=TensorProto.INT32),
             helper.make_node("GroupQueryAttention", ["q", "k", "v", "pk", "pv", "lengths", "total"],
                              ["y", "ck", "cv"], domain="com.microsoft", num_heads=heads,
                              kv_num_heads=groups, local_window_size=window if window > 0 else -1)]
    constants = {"axes": [1], "one": [1], "first": 1}
    nodes = [helper.make_node("Constant", [], [name], value=helper.make_tensor(
        name, TensorProto.INT64, np.shape(x), np.ravel(x))) for name, x in constants.items()] + nodes
    y, keys, _ = run(nodes, inputs, ["y", "ck", "cv"])
    want = grouped(q, k, v, pasts, lengths, window)
    there = ~np.isnan(want)
    np.testing.assert_allclose(y.reshape(want.shape)[there], want[there], rtol=1e-5, atol=1e-5)
    assert keys.shape == (batch, groups, max(total, past), head)
    for b, length in enumerate(lengths):
        before = max(length - steps, 0)
        fresh = k[b].transpose(1, 0, 2)[:, :length - before]
        np.testing.assert_array_equal(keys[b, :, :length], np.concatenate([pasts[0][b, :, :before], fresh], 1))


def test_epsilon_of_simplified_layer_norm():
    x = np.full((1, 4), 1e-3, np.float32)
    node = helper.make_node("SimplifiedLayerNormalization", ["x", "g"], ["y"])
    y, = run([node], {"x": (x, [1, 4]), "g": (np.ones(4, np.float32), [4])}, ["y"])
    np.testing.assert_allclose(y, 1e-3 / np.sqrt(1e-6 + 1e-5), rtol=1e-5)


@pytest.mark.parametrize("mode, want", [("TF", [2, 1, 1, 0]), ("IDF", [.5, 2, 3, 0]), ("TFIDF", [1, 2, 3, 0])])
def test_weights_of_ngrams(mode, want):
    """7, 8, and the pairs 7 8 and 8 8; the second 7 stands before something else."""
    node = helper.make_node("TfIdfVectorizer", ["x"], ["y"], mode=mode, min_gram_length=1,
                            max_gram_length=2, max_skip_count=0, ngram_counts=[0, 2],
                            ngram_indexes=[0, 1, 2, 3], pool_int64s=[7, 8, 7, 8, 8, 8],
                            weights=[.5, 2., 3., 4.])
    y, = run([node], {"x": (np.array([1, 7, 8, 7], np.int64), ["N"])}, ["y"])
    np.testing.assert_array_equal(y, np.float32(want))


def test_texts_in_a_pool_are_refused():
    node = helper.make_node("TfIdfVectorizer", ["x"], ["y"], mode="TF", min_gram_length=1, max_gram_length=1,
                            max_skip_count=0, ngram_counts=[0], ngram_indexes=[0], pool_strings=["a"])
    with pytest.raises(Exception, match="its pool holds texts"):
        run([node], {"x": (np.array([1], np.int64), [1])}, ["y"])
