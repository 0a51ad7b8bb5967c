# SPDX-License-Identifier: Apache-2.0
"""ternrt.backend: models prepared and run, for whatever shapes and types come."""
import os
import threading

import numpy as np
import pytest

onnx = pytest.importorskip("onnx")
import ml_dtypes  # noqa: E402
from onnx import TensorProto, helper, numpy_helper  # noqa: E402

from ternrt import backend  # noqa: E402


def value(name, *shape, dtype=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def model(nodes, inputs, outputs, initializers=(), opset=17):
    graph = helper.make_graph(nodes, "g", inputs, outputs, list(initializers))
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])


def doubled(*shape, dtype=TensorProto.FLOAT):
    return model([helper.make_node("Add", ["x", "x"], ["y"], name="twice")], [value("x", *shape, dtype=dtype)],
                 [value("y", *shape, dtype=dtype)])


def floats(*shape):
    return np.arange(np.prod(shape), dtype=np.float32).reshape(shape)


# ---- forms of models and inputs ----

def test_model_bytes_and_path(tmp_path):
    m = doubled(2, 3)
    onnx.save(m, tmp_path / "m.onnx")
    for form in (m, m.SerializeToString(), str(tmp_path / "m.onnx"), tmp_path / "m.onnx"):
        assert np.array_equal(backend.prepare(form).run([floats(2, 3)])[0], 2 * floats(2, 3))


def test_external_data(tmp_path):
    m = model([helper.make_node("Add", ["x", "w"], ["y"])], [value("x", 3)], [value("y", 3)],
              [numpy_helper.from_array(floats(3), "w")])
    onnx.save(m, tmp_path / "m.onnx", save_as_external_data=True, location="m.bin", size_threshold=0)
    data = (tmp_path / "m.onnx").read_bytes()
    assert backend.run_model(tmp_path / "m.onnx", [floats(3)])[0].tolist() == [0, 2, 4]
    assert backend.run_model(data, [floats(3)], folder=tmp_path)[0].tolist() == [0, 2, 4]
    with pytest.raises(backend.Refused, match="folder"):
        backend.prepare(data)


def test_forms_of_inputs():
    m = model([helper.make_node("Sub", ["a", "b"], ["c"])], [value("a", 2), value("b", 2)], [value("c", 2)])
    rep = backend.prepare(m)
    a, b = np.array([5, 7], np.float32), np.array([1, 2], np.float32)
    for inputs in ([a, b], (a, b), {"b": b, "a": a}, [[5, 7], [1, 2]]):
        result = rep.run(inputs)
        assert result[0].tolist() == [4, 5] and result.c is result[0] and len(result) == 1
    strided = np.zeros((2, 2), np.float32)
    strided[:, 0] = a
    assert rep.run([strided[:, 0], b])[0].tolist() == [4, 5]
    assert backend.prepare(doubled(2)).run(a)[0].tolist() == [10, 14]


def test_results_are_the_callers():
    rep = backend.prepare(doubled(2))
    first = rep.run([np.array([1, 2], np.float32)])[0]
    rep.run([np.array([3, 4], np.float32)])
    assert first.tolist() == [2, 4]
    first[:] = 0  # writable


@pytest.mark.parametrize("inputs, error, says", [
    ([], ValueError, "'x'"), ([1, 2], ValueError, "2 inputs"), ({"z": 1}, ValueError, "'x'"),
    ([np.zeros((3, 2), np.float32)], ValueError, "(3, 2)"), ([np.zeros((2, 3), np.float64)], TypeError, "float64"),
    ({"x": np.zeros((2, 3), np.float32), "z": 1}, ValueError, "'z'")])
def test_inputs_that_do_not_fit(inputs, error, says):
    rep = backend.prepare(doubled(2, 3))
    with pytest.raises(error) as caught:
        rep.run(inputs)
    assert says in str(caught.value)


# ---- shapes ----

def test_engines_are_kept_by_shape():
    rep = backend.prepare(doubled("n", 3))
    assert len(rep._engines) == 0
    for n in (1, 4, 1, 2, 0):
        assert np.array_equal(rep.run([floats(n, 3)])[0], 2 * floats(n, 3))
    assert len(rep._engines) == 4
    for n in range(3, 3 + 2 * backend.MOST_ENGINES):
        rep.run([floats(n, 3)])
    assert len(rep._engines) == backend.MOST_ENGINES


def test_the_values_of_shape_inputs():
    m = model([helper.make_node("Reshape", ["x", "to"], ["y"])],
              [value("x", 2, 3), value("to", 2, dtype=TensorProto.INT64)], [value("y", "a", "b")])
    rep = backend.prepare(m)
    for to in ([3, 2], [6, 1], [1, 6], [3, -1], [3, 2]):
        result = rep.run([floats(2, 3), np.array(to)])[0]
        assert np.array_equal(result, floats(2, 3).reshape(to))
    assert len(rep._engines) == 4


def test_an_extent_that_does_not_fit():
    rep = backend.prepare(doubled("n", 3))
    with pytest.raises(ValueError, match="(2, 4)"):
        rep.run([floats(2, 4)])
    m = model([helper.make_node("MatMul", ["a", "b"], ["c"], name="product")], [value("a", 2, "k"), value("b", 3, 2)],
              [value("c", 2, 2)])
    rep = backend.prepare(m)
    assert rep.run([floats(2, 3), floats(3, 2)])[0].shape == (2, 2)
    with pytest.raises(backend.Refused):
        rep.run([floats(2, 4), floats(3, 2)])
    assert rep.run([floats(2, 3), floats(3, 2)])[0].shape == (2, 2)  # still there


# ---- types ----

@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", "bfloat16", "int8", "int16", "int32", "int64",
                                   "uint8", "uint16", "uint32", "uint64"])
def test_types(dtype):
    numpy_type = np.dtype(getattr(ml_dtypes, dtype, dtype))
    number = helper.np_dtype_to_tensor_dtype(numpy_type)
    x = np.array([0, 1, 2, 3], numpy_type)
    y = backend.run_model(doubled(4, dtype=number), [x])[0]
    assert y.dtype == numpy_type and y.astype(float).tolist() == [0, 2, 4, 6]


@pytest.mark.parametrize("dtype, values", [
    ("int4", [-8, -1, 0, 7, 3]), ("uint4", [0, 15, 8, 1, 2]), ("int2", [-2, -1, 0, 1, -1]), ("uint2", [0, 1, 2, 3, 1]),
    ("float4_e2m1fn", [0.5, -6, 1.5, 0, 4]), ("float8_e4m3fn", [0.5, -448, 1, 0, 3]),
    ("float8_e5m2", [0.5, -57344, 1, 0, 3]), ("float8_e8m0fnu", [1, 2, 0.5, 4, 8])])
def test_small_types_go_in_and_out(dtype, values):
    numpy_type = np.dtype(getattr(ml_dtypes, dtype))
    number = helper.np_dtype_to_tensor_dtype(numpy_type)
    m = model([helper.make_node("Identity", ["x"], ["y"])], [value("x", 5, dtype=number)],
              [value("y", 5, dtype=number)], opset=25)
    x = np.array(values, np.float32).astype(numpy_type)
    y = backend.run_model(m, [x])[0]
    assert y.dtype == numpy_type and y.astype(np.float32).tolist() == [float(v) for v in values]


# ---- defaults of inputs ----

def with_default():
    return model([helper.make_node("Mul", ["x", "w"], ["y"])], [value("x", 3), value("w", 3)], [value("y", 3)],
                 [numpy_helper.from_array(np.array([1, 2, 3], np.float32), "w")])


def test_inputs_with_defaults():
    rep = backend.prepare(with_default())
    x, w = np.ones(3, np.float32), np.array([4, 5, 6], np.float32)
    assert rep.run([x])[0].tolist() == [1, 2, 3]
    assert rep.run([x, w])[0].tolist() == [4, 5, 6]
    assert rep.run({"w": w, "x": x})[0].tolist() == [4, 5, 6]
    assert rep.run([x, np.array([1, 2, 3], np.float32)])[0].tolist() == [1, 2, 3]


# ---- what is refused ----

def test_refused_models():
    m = model([helper.make_node("Nonsense", ["x"], ["y"], name="a"), helper.make_node("Other", ["x"], ["z"], name="b")],
              [value("x", 2)], [value("y", 2), value("z", 2)])
    with pytest.raises(backend.Refused) as caught:
        backend.prepare(m)
    lines = str(caught.value).splitlines()
    assert len(lines) == 2 and '"a"' in lines[0] and "Other" in lines[1]
    assert backend.is_compatible(m) is False and backend.is_compatible(doubled(2)) is True
    for data in (b"", b"nonsense"):
        with pytest.raises(backend.Refused):
            backend.prepare(data)
    with pytest.raises(backend.Refused, match="none.onnx"):
        backend.prepare("none.onnx")


def test_strings_are_refused():
    m = model([helper.make_node("Identity", ["x"], ["y"])], [value("x", 2, dtype=TensorProto.STRING)],
              [value("y", 2, dtype=TensorProto.STRING)])
    with pytest.raises(backend.Refused):
        backend.prepare(m)


def test_devices():
    assert backend.supports_device("CPU") and backend.supports_device("CPU:0")
    assert not backend.supports_device("CUDA") and not backend.supports_device("CUDA:1")
    with pytest.raises(backend.Refused, match="CUDA"):
        backend.prepare(doubled(2), "CUDA:0")


# ---- nodes, threads ----

def test_run_node():
    x = np.array([-1, 2], np.float32)
    assert backend.run_node(helper.make_node("Relu", ["x"], ["y"]), [x])[0].tolist() == [0, 2]
    assert backend.run_node(helper.make_node("Add", ["x", "x"], ["y"]), [x, x])[0].tolist() == [-2, 4]
    assert backend.run_node(helper.make_node("Clip", ["x", "", "most"], ["y"]), [x, np.float32(1)])[0].tolist() == [-1, 1]
    node = helper.make_node("Softmax", ["x"], ["y"], axis=1)
    x = floats(1, 2, 2)
    assert np.isclose(backend.run_node(node, [x], opset_version=11)[0].sum(), 1)
    assert np.isclose(backend.run_node(node, [x], opset_version=13)[0].sum(), 2)
    with pytest.raises(ValueError):
        backend.run_node(node, [])


def test_threads_take_turns():
    rep = backend.prepare(doubled("n"))
    failures = []

    def work(n):
        for i in range(20):
            x = floats(n) + i
            if not np.array_equal(rep.run([x])[0], 2 * x):
                failures.append((n, i))

    threads = [threading.Thread(target=work, args=(n,)) for n in range(1, 5)]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    assert failures == []


def test_a_suite_case():
    folder = os.path.join(os.path.dirname(onnx.__file__), "backend", "test", "data", "node", "test_gemm_all_attributes")
    load = [numpy_helper.to_array(onnx.load_tensor(os.path.join(folder, "test_data_set_0", name + ".pb")))
            for name in ("input_0", "input_1", "input_2", "output_0")]
    y = backend.prepare(os.path.join(folder, "model.onnx")).run(load[:3])[0]
    np.testing.assert_allclose(y, load[3], rtol=1e-3, atol=1e-7)


def test_outputs_as_long_as_the_data_says_are_right_in_every_run():
    model = helper.make_model(helper.make_graph(
        [helper.make_node("NonZero", ["x"], ["y"])], "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [4])],
        [helper.make_tensor_value_info("y", TensorProto.INT64, [1, None])]), opset_imports=[helper.make_opsetid("", 13)])
    rep = backend.prepare(model)
    for values in ([1, 0, 2, 0], [0, 0, 3, 0], [1, 2, 3, 4], [0, 0, 0, 0]):
        x = np.array(values, np.float32)
        (y,) = rep.run([x])
        np.testing.assert_array_equal(y, np.array(np.nonzero(x)))


# ---- sequences and optionals ----

def sequence(name, dtype=TensorProto.FLOAT):
    return helper.make_tensor_sequence_value_info(name, dtype, None)


def optional(x):
    return helper.make_value_info(x.name, helper.make_optional_type_proto(x.type))


def integer(name, *shape):
    return value(name, *shape, dtype=TensorProto.INT64)


def arrays(*lists):
    return [np.array(v, np.float32) for v in lists]


def lists(result):
    return [v.tolist() for v in result]


def joined():
    return model([helper.make_node("ConcatFromSequence", ["x"], ["y"], axis=0),
                  helper.make_node("SequenceInsert", ["x", "z"], ["s"])],
                 [sequence("x"), value("z", "n")], [value("y", None), sequence("s")])


def test_a_sequence_goes_in_and_out(tmp_path):
    onnx.save(joined(), tmp_path / "m.onnx")
    for form in (joined(), joined().SerializeToString(), tmp_path / "m.onnx"):
        rep = backend.prepare(form)
        for inputs in ([arrays([1], [2, 3]), *arrays([4])], {"z": np.float32([4]), "x": tuple(arrays([1], [2, 3]))}):
            result = rep.run(inputs)
            assert result.y.tolist() == [1, 2, 3] and lists(result.s) == [[1], [2, 3], [4]]
        assert lists(rep.run([arrays([5, 6]), *arrays([7])]).s) == [[5, 6], [7]]  # another structure


def test_imports_are_kept_by_structure():
    rep = backend.prepare(joined())
    z = np.zeros(1, np.float32)
    for n in (1, 2, 1, 3):
        assert len(rep.run([arrays(*[[0]] * n), z]).s) == n + 1
    assert len(rep._engines) == 3
    first = rep._for([(p, rep._describe(p, x)) for p, x in zip(rep._ports, [arrays([0]), z])])
    rep.run([arrays([9]), z + 5])
    assert len(rep._engines) == 3 and first in rep._engines.values()  # other values, the same import
    for n in range(4, 4 + backend.MOST_ENGINES):
        rep.run([arrays(*[[0]] * n), z])
    assert len(rep._engines) == backend.MOST_ENGINES


@pytest.mark.parametrize("inputs, error, says", [
    ([], ValueError, "'x', 'z'"), ([arrays([1])], ValueError, "'z'"), ([1, 2, 3], ValueError, "3 inputs"),
    ({"a": 1}, ValueError, "'a'"), ([np.zeros(2, np.float32), np.zeros(2, np.float32)], TypeError, "sequence"),
    ([[np.zeros(2)], np.zeros(2, np.float32)], TypeError, "float64"), ([None, np.zeros(2)], TypeError, "sequence"),
    ([arrays([1], [[2]]), np.zeros(2, np.float32)], backend.Refused, "ConcatFromSequence"),
    ([arrays([1]), np.zeros((2, 2), np.float32)], backend.Refused, 'input "z"'),
    ([[], np.zeros(2, np.float32)], backend.Refused, "empty")])
def test_structures_that_do_not_fit(inputs, error, says):
    rep = backend.prepare(joined())
    with pytest.raises(error) as caught:
        rep.run(inputs)
    assert says in str(caught.value)
    assert rep.run([arrays([1]), *arrays([2])]).y.tolist() == [1]  # still there


def test_an_optional_may_be_none():
    m = model([helper.make_node("OptionalHasElement", ["x"], ["has"]), helper.make_node("Identity", ["x"], ["y"])],
              [optional(sequence("x"))], [value("has", dtype=TensorProto.BOOL), optional(sequence("y"))], opset=18)
    rep = backend.prepare(m)
    for x in (arrays([1], [2, 3]), None, []):
        result = rep.run([x])
        assert result.has.tolist() == (x is not None)
        assert result.y is None if x is None else lists(result.y) == lists(x)
    assert rep.run([]).y is None and rep.run({}).has.tolist() is False
    m = model([helper.make_node("Identity", ["x"], ["y"])], [optional(value("x", 2))], [optional(value("y", 2))], opset=16)
    rep = backend.prepare(m)
    assert rep.run([None])[0] is None and rep.run([np.float32([1, 2])])[0].tolist() == [1, 2]


def test_positions_and_lengths_from_inputs():
    m = model([helper.make_node("SplitToSequence", ["x", "split"], ["s"]), helper.make_node("Add", ["at", "one"], ["p"]),
               helper.make_node("SequenceAt", ["s", "p"], ["y"]), helper.make_node("SequenceErase", ["s", "at"], ["rest"])],
              [value("x", "n"), integer("split", "k"), integer("at")], [value("y", None), sequence("rest")],
              [numpy_helper.from_array(np.int64(1), "one")])
    rep = backend.prepare(m)
    x = floats(6)
    for split, at in (([1, 2, 3], 0), ([1, 2, 3], 1), ([2, 4], 0), ([3, 1, 1, 1], -4)):
        pieces = [v.tolist() for v in np.split(x, np.cumsum(split)[:-1])]
        result = rep.run([x, np.array(split), np.array(at)])
        assert result.y.tolist() == pieces[at + 1]
        del pieces[at]
        assert lists(result.rest) == pieces
    with pytest.raises(backend.Refused, match="position 8"):
        rep.run([x, np.array([6]), np.array(7)])


def test_a_branch_that_gives_a_sequence():
    def branch(name, *values):
        nodes = [helper.make_node("Constant", [], [name + str(i)], value_floats=v) for i, v in enumerate(values)]
        nodes.append(helper.make_node("SequenceConstruct", [n.output[0] for n in nodes], [name]))
        return helper.make_graph(nodes, name, [], [sequence(name)])
    node = helper.make_node("If", ["less"], ["y"], then_branch=branch("a", [1.0], [2.0, 3.0]), else_branch=branch("b", [4.0]))
    rep = backend.prepare(model([helper.make_node("Less", ["i", "j"], ["less"]), node], [integer("i"), integer("j")],
                                [sequence("y")]))
    assert lists(rep.run([np.array(1), np.array(2)]).y) == [[1], [2, 3]]
    assert lists(rep.run([np.array(2), np.array(1)]).y) == [[4]]
    rep = backend.prepare(model([helper.make_node("ReduceSum", ["x"], ["t"], keepdims=0),
                                 helper.make_node("Greater", ["t", "zero"], ["less"]), node], [value("x", 2)],
                                [sequence("y")], [numpy_helper.from_array(np.float32(0), "zero")]))
    with pytest.raises(backend.Refused, match="not known while importing"):  # only floats would tell
        rep.run(arrays([1, 2]))


def test_a_default_beside_a_sequence():
    m = model([helper.make_node("SequenceAt", ["x", "zero"], ["a"]), helper.make_node("Mul", ["a", "w"], ["y"])],
              [sequence("x"), value("w", 1)], [value("y", 1)],
              [numpy_helper.from_array(np.float32([3]), "w"), numpy_helper.from_array(np.int64(0), "zero")])
    rep = backend.prepare(m)
    assert rep.run([arrays([2])])[0].tolist() == [6]
    assert rep.run([arrays([2]), np.float32([3])])[0].tolist() == [6]
    assert rep.run([arrays([2]), np.float32([5])])[0].tolist() == [10]


def test_an_input_of_unknown_rank():
    m = model([helper.make_node("Add", ["x", "x"], ["y"])], [value("x")], [value("y")])
    m.graph.input[0].type.tensor_type.ClearField("shape")
    m.graph.output[0].type.tensor_type.ClearField("shape")
    rep = backend.prepare(m)
    for shape in ((), (3,), (2, 2)):
        x = np.ones(shape, np.float32)
        assert np.array_equal(rep.run([x])[0], x + x)
    assert rep.run(np.float32([1, 2]))[0].tolist() == [2, 4]
    with pytest.raises(TypeError, match="float64"):
        rep.run([np.ones(2)])


def test_a_branch_that_takes_a_sequence_from_around_it():
    def branch(op, *more):
        return helper.make_graph([helper.make_node(op, ["x", *more], [op])], op, [], [sequence(op)])
    node = helper.make_node("If", ["c"], ["y"], then_branch=branch("Identity"), else_branch=branch("SequenceInsert", "w"))
    rep = backend.prepare(model([node], [sequence("x"), value("c", dtype=TensorProto.BOOL)], [sequence("y")],
                                [numpy_helper.from_array(np.float32([7]), "w")]))
    assert len(rep._undecided.splitlines()) == 1  # what depends on the sequence is no problem of its own
    assert lists(rep.run([arrays([1]), np.array(True)]).y) == [[1]]
    assert lists(rep.run([arrays([1]), np.array(False)]).y) == [[1], [7]]
    assert lists(rep.run([[], np.array(False)]).y) == [[7]] and rep.run([[], np.array(True)]).y == []
