# SPDX-License-Identifier: Apache-2.0
"""OnnxParser: models into networks, and everything that is wrong with those that are refused."""
import gc
import os

import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, Memory, python, run

onnx = pytest.importorskip("onnx")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402


def value(name, *shape, dtype=TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, dtype, shape)


def model(nodes, inputs, outputs, initializers=(), functions=(), opset=17):
    graph = helper.make_graph(nodes, "g", inputs, outputs, list(initializers))
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("own", 1)]
    return helper.make_model(graph, opset_imports=opsets, functions=list(functions))


def weights(name, array):
    return numpy_helper.from_array(np.asarray(array), name)


def small():
    """y = relu(x * w), by names."""
    return model([helper.make_node("Mul", ["x", "w"], ["t"], name="times"),
                  helper.make_node("Relu", ["t"], ["y"], name="cut")],
                 [value("x", 2, 3)], [value("y", 2, 3)],
                 [weights("w", np.array([1, -1, 2], np.float32))])


def broken():
    """Three nodes that nobody takes, one of them in a function, among two that are fine."""
    function = helper.make_function("own", "Wrap", ["a"], ["b"], [helper.make_node("Nothing", ["a"], ["b"], name="deep")],
                                    [helper.make_opsetid("", 17)])
    return model([helper.make_node("Relu", ["x"], ["t"], name="fine"),
                  helper.make_node("Nonsense", ["t"], ["u"], name="first"),
                  helper.make_node("Other", ["t"], ["v"], domain="far"),
                  helper.make_node("Wrap", ["t"], ["w"], name="wrapped", domain="own"),
                  helper.make_node("Neg", ["t"], ["z"], name="fine too")],
                 [value("x", 2, 3)], [value(n, 2, 3) for n in "uvwz"], functions=[function])


class Parsing(Bench):
    def __init__(self, logger=None):
        Bench.__init__(self)
        self.own = logger or self.logger
        self.parser = trt.OnnxParser(self.network, self.own)

    def errors(self):
        return [self.parser.get_error(i) for i in range(self.parser.num_errors)]


def check_small(bench):
    x = np.array([[1, 2, 3], [-1, -2, -3]], np.float32)
    assert np.array_equal(run(bench.engine(), x=x)[0], np.maximum(x * np.array([1, -1, 2], np.float32), 0))


# ---- models that are taken ----

@pytest.mark.parametrize("form", [bytes, bytearray, memoryview, lambda b: np.frombuffer(b, np.uint8)])
def test_bytes_of_any_kind(form):
    p = Parsing()
    assert p.parser.parse(form(small().SerializeToString())) is True
    assert p.parser.num_errors == 0 and p.logger.errors == []
    assert p.network.num_inputs == 1 and p.network.get_input(0).name == "x"
    assert p.network.get_output(0).name == "y" and tuple(p.network.get_output(0).shape) == (2, 3)
    check_small(p)


def test_bytes_are_kept_as_long_as_they_are_needed():
    p = Parsing()
    data = bytearray(small().SerializeToString())
    assert p.parser.parse(data)
    data[:] = bytes(len(data))
    del p.parser
    gc.collect()
    check_small(p)


def test_file(tmp_path):
    onnx.save(small(), tmp_path / "small.onnx")
    for path in (tmp_path / "small.onnx", str(tmp_path / "small.onnx")):
        p = Parsing()
        assert p.parser.parse_from_file(path) is True
        assert p.network.name == "g"
        check_small(p)


def test_external_data_lies_beside_the_path(tmp_path):
    onnx.save(small(), tmp_path / "m.onnx", save_as_external_data=True, location="m.bin", size_threshold=0)
    data = (tmp_path / "m.onnx").read_bytes()
    p = Parsing()
    assert p.parser.parse_from_file(str(tmp_path / "m.onnx"))
    check_small(p)
    p = Parsing()
    assert p.parser.parse(data, str(tmp_path / "any name"))
    check_small(p)
    p = Parsing()
    assert p.parser.parse(data) is False
    assert p.parser.get_error(0).code() == trt.ErrorCode.INVALID_GRAPH and "folder" in p.parser.get_error(0).desc()
    os.remove(tmp_path / "m.bin")
    p = Parsing()
    assert p.parser.parse_from_file(str(tmp_path / "m.onnx")) is False
    assert "m.bin" in p.parser.get_error(0).desc()


def test_names_of_extents():
    p = Parsing()
    m = model([helper.make_node("Relu", ["x"], ["y"])], [value("x", "batch", 3)], [value("y", "batch", 3)])
    assert p.parser.parse(m.SerializeToString())
    assert tuple(p.network.get_input(0).shape) == (-1, 3)
    assert p.network.get_input(0).get_dimension_name(0) == "batch"


def test_an_output_that_is_an_input_has_another_name():
    p = Parsing()
    m = model([helper.make_node("Relu", ["x"], ["y"])], [value("x", 2)], [value("y", 2), value("x", 2)])
    assert p.parser.parse(m.SerializeToString())
    assert [p.network.get_output(i).name for i in range(2)] == ["y", "__x"]
    x = np.array([-1, 1], np.float32)
    y, same = run(p.engine(), x=x)
    assert y.tolist() == [0, 1] and same.tolist() == [-1, 1]


def test_a_shape_that_is_an_input():
    p = Parsing()
    m = model([helper.make_node("Reshape", ["x", "to"], ["y"])],
              [value("x", 2, 3), value("to", 2, dtype=TensorProto.INT64)], [value("y", None, None)])
    assert p.parser.parse(m.SerializeToString())
    assert [p.network.get_input(i).is_shape_tensor for i in range(2)] == [False, True]


def test_tensors_by_the_names_of_nodes():
    p = Parsing()
    assert p.parser.get_layer_output_tensor("times", 0) is None
    assert p.parser.parse(small().SerializeToString())
    assert p.parser.get_layer_output_tensor("times", 0).name == "t"
    assert p.parser.get_layer_output_tensor(name="cut", i=0) is p.network.get_output(0)
    for name, index in (("times", 1), ("times", -1), ("nobody", 0), ("", 0)):
        assert p.parser.get_layer_output_tensor(name, index) is None


# ---- models that are not ----

def test_every_problem_is_an_error():
    p = Parsing()
    assert p.parser.parse(broken().SerializeToString()) is False
    errors = p.errors()
    assert [e.node() for e in errors] == [1, 2, 0]
    assert [e.node_name() for e in errors] == ["first", "", "deep"]
    assert [e.node_operator() for e in errors] == ["Nonsense", "far:Other", "Nothing"]
    assert all(e.code() == trt.ErrorCode.UNSUPPORTED_NODE for e in errors)
    assert [e.local_function_stack() for e in errors] == [[], [], ["Wrap"]]
    assert [e.local_function_stack_size() for e in errors] == [0, 0, 1]
    for e in errors:
        assert e.node_operator().split(":")[-1] in e.desc()
        assert e.file().endswith(".c") and e.line() > 0 and e.func()
        assert e.desc() in str(e) and "UNSUPPORTED_NODE" in str(e)
        assert e.desc() in p.logger.errors  # logged, too


def test_errors_are_counted_until_they_are_cleared():
    p = Parsing()
    for i in range(2):
        assert p.parser.parse(b"\xff\xff") is False
        assert p.parser.num_errors == i + 1
    kept = p.parser.get_error(0)
    p.parser.clear_errors()
    assert p.parser.num_errors == 0
    assert kept.code() == trt.ErrorCode.MODEL_DESERIALIZE_FAILED and kept.node() == -1
    for index in (0, -1, 5):
        with pytest.raises(IndexError):
            p.parser.get_error(index)


@pytest.mark.parametrize("data", [b"", b"hello, world", bytes(100), small().SerializeToString()[:50]])
def test_bytes_that_are_no_model(data):
    p = Parsing()
    assert p.parser.parse(data) is False
    assert p.parser.num_errors == 1 and p.parser.get_error(0).desc()
    assert p.parser.get_error(0).code() in (trt.ErrorCode.MODEL_DESERIALIZE_FAILED, trt.ErrorCode.INVALID_GRAPH)


def test_a_file_that_is_not_there(tmp_path):
    p = Parsing()
    assert p.parser.parse_from_file(str(tmp_path / "none.onnx")) is False
    assert p.parser.get_error(0).code() == trt.ErrorCode.MODEL_DESERIALIZE_FAILED
    assert "none.onnx" in p.parser.get_error(0).desc()


def test_a_node_that_breaks_the_rules():
    p = Parsing()
    m = model([helper.make_node("Relu", ["nobody"], ["y"], name="r")], [value("x", 2)], [value("y", 2)])
    assert p.parser.parse(m.SerializeToString()) is False
    assert p.parser.num_errors == 1
    assert p.parser.get_error(0).code() == trt.ErrorCode.INVALID_NODE and '"nobody"' in p.parser.get_error(0).desc()


def test_one_model_a_network():
    p = Parsing()
    assert p.parser.parse(small().SerializeToString())
    assert p.parser.parse(small().SerializeToString()) is False
    assert p.parser.get_error(0).code() == trt.ErrorCode.INVALID_VALUE


def test_wrong_types_raise():
    p = Parsing()
    for call in (lambda: p.parser.parse("text"), lambda: p.parser.parse(None), lambda: p.parser.parse(),
                 lambda: p.parser.parse_from_file(3.5), lambda: p.parser.parse(b"", 7),
                 lambda: trt.OnnxParser(p.network, None), lambda: trt.OnnxParser(None, p.logger),
                 lambda: p.parser.supports_operator(3), lambda: p.parser.set_flag("x"),
                 lambda: p.parser.get_layer_output_tensor(1, 0)):
        with pytest.raises(TypeError):
            call()
    with pytest.raises(TypeError):
        trt.ParserError()


def test_the_parsers_own_logger():
    p = Parsing(Memory())
    assert p.parser.parse(broken().SerializeToString()) is False
    assert p.own.errors == [e.desc() for e in p.errors()]


def test_a_logger_that_raises():
    class Raises(Memory):
        def log(self, severity, msg):
            Memory.log(self, severity, msg)
            if severity <= trt.Logger.ERROR:
                raise KeyError("on purpose")

    p = Parsing(Raises())
    with pytest.raises(KeyError):
        p.parser.parse(broken().SerializeToString())
    assert p.parser.num_errors >= 1


# ---- what of a model is taken ----

def test_supports_model():
    p = Parsing()
    taken, parts = p.parser.supports_model(broken().SerializeToString())
    assert taken is False and parts == [([0], True), ([1, 2, 3], False), ([4], True)]
    assert p.network.num_layers == 0  # as it was
    taken, parts = p.parser.supports_model(small().SerializeToString())
    assert taken is True and parts == [([0, 1], True)]
    assert p.parser.parse(small().SerializeToString())


def test_supports_model_v2():
    p = Parsing()
    assert p.parser.num_subgraphs == 0
    assert p.parser.supports_model_v2(broken().SerializeToString()) is False
    assert p.parser.num_subgraphs == 3 and p.parser.num_errors == 3
    assert [p.parser.is_subgraph_supported(i) for i in range(3)] == [True, False, True]
    assert [p.parser.get_subgraph_nodes(i) for i in range(3)] == [[0], [1, 2, 3], [4]]
    for call in (p.parser.is_subgraph_supported, p.parser.get_subgraph_nodes):
        with pytest.raises(IndexError):
            call(3)
    assert p.parser.supports_model_v2(small().SerializeToString()) is True
    check_small(p)  # one that is taken is in the network


def test_supports_operator():
    p = Parsing()
    assert p.parser.supports_operator("Relu") and p.parser.supports_operator("Conv")
    assert not p.parser.supports_operator("Nonsense") and not p.parser.supports_operator("far:Relu")


# ---- weights from the caller ----

def test_initializers_from_the_caller():
    p = Parsing()
    other = np.array([2, 3, -4], np.float32)
    assert p.parser.load_model_proto(small().SerializeToString()) is True
    assert p.parser.load_initializer("w", other.ctypes.data, other.nbytes) is True
    assert p.parser.parse_model_proto() is True
    x = np.ones((2, 3), np.float32)
    assert np.array_equal(run(p.engine(), x=x)[0], np.maximum(x * other, 0))


@pytest.mark.parametrize("name, size, text", [("w", 8, "12"), ("nobody", 12, '"nobody"')])
def test_initializers_that_do_not_fit(name, size, text):
    p = Parsing()
    other = np.zeros(3, np.float32)
    assert p.parser.load_model_proto(small().SerializeToString())
    assert p.parser.load_initializer(name, other, size)
    assert p.parser.parse_model_proto() is False
    assert p.parser.num_errors >= 1 and text in p.parser.get_error(0).desc()


def test_initializers_out_of_order():
    p = Parsing()
    assert p.parser.parse_model_proto() is False
    assert p.parser.load_initializer("w", np.zeros(3, np.float32), 12) is False
    assert p.parser.load_model_proto(small().SerializeToString())
    with pytest.raises(ValueError):
        p.parser.load_initializer("w", bytes(4), 12)
    assert p.parser.parse_model_proto() is True


def test_initializers_in_place_of_external_data(tmp_path):
    onnx.save(small(), tmp_path / "m.onnx", save_as_external_data=True, location="m.bin", size_threshold=0)
    p = Parsing()
    assert p.parser.load_model_proto((tmp_path / "m.onnx").read_bytes())
    assert p.parser.load_initializer("w", np.array([1, -1, 2], np.float32).tobytes(), 12)
    assert p.parser.parse_model_proto()
    check_small(p)


# ---- the rest ----

def test_flags():
    p = Parsing()
    flag = trt.OnnxParserFlag.ENABLE_PLUGIN_OVERRIDE
    assert p.parser.get_flag(flag) is False
    p.parser.set_flag(flag)
    assert p.parser.get_flag(flag) and p.parser.flags >> int(flag) & 1
    p.parser.clear_flag(flag)
    assert not p.parser.get_flag(flag)
    p.parser.flags = 1 << int(flag)
    assert p.parser.get_flag(flag) and not p.parser.get_flag(trt.OnnxParserFlag.NATIVE_INSTANCENORM)
    with pytest.raises(ValueError):
        p.parser.flags = 1 << 30
    with pytest.raises(AttributeError):
        del p.parser.flags


@pytest.mark.parametrize("era, flags", [("8", "0"), ("10", "1")])
def test_native_instance_normalization_is_the_default_since_10(era, flags):
    assert python("""
        import ternrt as trt
        log = trt.Logger()
        builder = trt.Builder(log)
        print(trt.OnnxParser(builder.create_network(1), log).flags)
        """, TERNRT_COMPAT=era) == flags


def test_what_has_no_effect_is_there():
    p = Parsing()
    assert p.parser.get_used_vc_plugin_libraries() == []
    assert p.parser.set_builder_config(p.config) is True
    assert p.parser.parse_with_weight_descriptors(small().SerializeToString())
    with trt.OnnxParser(p.network, p.logger) as parser:
        assert parser.num_errors == 0


def test_a_network_outlives_its_parser():
    p = Parsing()
    assert p.parser.parse(small().SerializeToString())
    tensor = p.parser.get_layer_output_tensor("times", 0)
    del p.parser
    gc.collect()
    assert tensor.name == "t"
    check_small(p)
