#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes the corpus of fuzz_onnx with the onnx package: corpus_onnx.py tests/fuzz/corpus/onnx

Small models, together with every message and field of onnx.proto that a reader looks at.  In the
texts, @16 stands for sixteen ones.
"""

import re
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper, parser

HEAD = '<ir_version: 10, opset_import: ["" : 21, "local" : 1, "com.microsoft" : 1]>\n'

TEXTS = {
    "conv": """g (float[N,1,8,8] x) => (float[N,10] y)
        <float[2,1,3,3] w = {0.5,1,-1,0.5,1,-1,0.5,1,-1,0.5,1,-1,0.5,1,-1,0.5,1,-1},
         float[10,18] k = {@180}, float[10] b = {1,2,3,4,5,6,7,8,9,10}> {
        c = Conv<kernel_shape=[3,3], pads=[0,0,0,0], strides=[1,1]>(x, w)
        r = Relu(c)  m = MaxPool<kernel_shape=[2,2], strides=[2,2]>(r)
        f = Flatten<axis=1>(m)  z = Gemm<transB=1, alpha=0.5>(f, k, b)
        y = Softmax<axis=-1>(z) }""",
    "broadcast": """g (int64[2,n,1] a, int64[3] b, bool[1] c) => (int64[2,n,3] y) {
        s = Add(a, b)  d = Div(s, b)  p = Pow(d, b)  y = Where(c, p, s) }""",
    "shapes": """g (float[n,m] x) => (float[k,l] y, int64[r] z)
        <int64[1] minus = {-1}, int64[1] zero = {0}, int64[1] one = {1}> {
        s = Shape(x)  t = Gather<axis=0>(s, zero)  u = Concat<axis=0>(t, minus, one)
        v = Reshape(x, u)  w = Slice(v, zero, one, zero)  e = Expand(w, u)
        q = Squeeze(e, zero)  y = Unsqueeze(q, zero)  z = NonZero(x) }""",
    "if": """g (bool c, float[2] x) => (float[n] y) {
        y = If (c) <then_branch = t () => (float[2] a) { a = Neg(x) },
                    else_branch = e () => (float[2] b) { b = Exp(x) }> }""",
    "loop": """g (int64 n, float[2] x) => (float[2] y, float[k,2] z) {
        c = Constant<value = bool {1}>()
        y, z = Loop (n, c, x) <body = b (int64 i, bool k, float[2] v)
            => (bool m, float[2] w, float[2] s) {
            m = Identity(k)  w = Add(v, v)  s = Identity(w) }> }""",
    "scan": """g (float[2] a, float[4,2] x) => (float[2] y, float[4,2] z) {
        y, z = Scan<num_scan_inputs=1, body = b (float[2] s, float[2] e) => (float[2] t, float[2] o) {
            t = Add(s, e)  o = Identity(t) }> (a, x) }""",
    "sequences": """g (float[2] a, float[3] b) => (float[5] y) {
        s = SequenceConstruct(a, b)  i = Constant<value_int=1>()
        t = SequenceInsert(s, b, i)  e = SequenceAt(t, i)  n = SequenceLength(t)
        o = Optional(e)  h = OptionalHasElement(o)  g = OptionalGetElement(o)
        y = ConcatFromSequence<axis=0>(s) }""",
    "given": """g (seq(float[2]) x, int64 n, int64 p, optional(float[2]) o)
        => (seq(float[2]) q, float[2] y, bool h, optional(float[2]) z, float[k,2] r) {
        c = Constant<value = bool {1}>()
        q, r = Loop (n, c, x) <body = b (int64 i, bool k, seq(float[2]) s)
            => (bool m, seq(float[2]) t, float[2] e) {
            m = Identity(k)  e = SequenceAt(s, i)  t = SequenceInsert(s, e) }>
        y = SequenceAt(q, p)  h = OptionalHasElement(o)  z = Identity(o) }""",
    "quantized": """g (float[4,4] x) => (float[4,4] y)
        <float s = {0.1}, uint8 z = {128}, int4[4,4] w = {@16}, float[4] v = {1,2,3,4}> {
        q = QuantizeLinear(x, s, z)  d = DequantizeLinear(q, s, z)
        f = DequantizeLinear<axis=0>(w, v)  y = MatMul(d, f) }""",
    "attributes": """g (float[3] x) => (float[3] y) {
        a = Constant<value_floats=[1.0,2.5,-3.0]>()  b = Constant<value_ints=[1,-2,9223372036854775807]>()
        c = Constant<value_strings=["a","bc"]>()  d = Constant<value_string="text">()
        e = Constant<value = int8[3] {1,-2,3}>()  f = Constant<value_float=0.5>()
        h = Cast<to=1>(b)  y = com.microsoft.FastGelu(x) }""",
    "lstm": """g (float[3,1,2] x) => (float[3,1,1,2] y, float[1,1,2] h)
        <float[1,8,2] w = {@16}, float[1,8,2] r = {@16}, float[1,16] b = {@16}> {
        y, h = LSTM<hidden_size=2, direction="forward", activations=["Sigmoid","Tanh","Tanh"]>
            (x, w, r, b) }""",
    "data_dependent": """g (float[1,6,4] boxes, float[1,1,6] scores) => (int64[n,3] y, float[u] z) {
        y = NonMaxSuppression(boxes, scores)  f = Flatten(scores)  z = Unique(f)
        v, i = TopK<axis=1>(f, k)  k = Constant<value_ints=[2]>() }""",
}

FUNCTIONS = """
<ir_version: 10, opset_import: ["" : 21, "local" : 1]>
g (float[2] x) => (float[2] y) { a = local.twice<factor=3.0>(x)  y = local.plain(a) }
<domain: "local", opset_import: ["" : 21]>
twice<factor: float = 2.0> (x) => (y) { f = Constant<value_float: float = @factor>()  y = Mul(x, f) }
<domain: "local", opset_import: ["" : 21, "local" : 1]>
plain (x) => (y) { y = local.twice(x) }
"""


def text_models():
    for name, text in TEXTS.items():
        filled = re.sub("@([0-9]+)", lambda m: ",".join(["1"] * int(m[1])), text)
        yield name, parser.parse_model(HEAD + filled)
    yield "functions", parser.parse_model(FUNCTIONS)


def typed_data():
    """An initializer of every element type, typed and raw."""
    tensors = []
    for number in TensorProto.DataType.values()[1:]:
        t = TensorProto(name=f"typed{number}", data_type=number, dims=[3])
        if number == TensorProto.STRING:
            t.string_data.extend([b"a", b"", b"c\0d"])
        elif number in (TensorProto.FLOAT, TensorProto.COMPLEX64):
            t.float_data.extend([1.5, -0.0, float("nan")] * (2 if number == TensorProto.COMPLEX64 else 1))
        elif number in (TensorProto.DOUBLE, TensorProto.COMPLEX128):
            t.double_data.extend([1.5, -0.0, float("inf")] * (2 if number == TensorProto.COMPLEX128 else 1))
        elif number == TensorProto.INT64:
            t.int64_data.extend([-1, 0, 2**62])
        elif number in (TensorProto.UINT32, TensorProto.UINT64):
            t.uint64_data.extend([0, 1, 2**31])
        else:
            four_bits = (TensorProto.UINT4, TensorProto.INT4, TensorProto.FLOAT4E2M1)
            two_bits = (TensorProto.UINT2, TensorProto.INT2)
            count = 2 if number in four_bits else 1 if number in two_bits else 3
            t.int32_data.extend([1, 0, 1][:count])
        tensors.append(t)
    for kind in (np.float32, np.int64, np.uint8, np.float16, np.bool_):
        tensors.append(numpy_helper.from_array(np.ones((2, 1), kind), f"raw{np.dtype(kind).num}"))
    outside = TensorProto(name="outside", data_type=TensorProto.FLOAT, dims=[4], data_location=TensorProto.EXTERNAL)
    for key, value in (("location", "w.bin"), ("offset", "0"), ("length", "16")):
        outside.external_data.add(key=key, value=value)
    tensors.append(outside)
    graph = helper.make_graph([helper.make_node("Identity", ["raw11"], ["y"])], "typed", [], [], tensors)
    return helper.make_model(graph, producer_name="corpus", ir_version=10)


def sparse():
    values = numpy_helper.from_array(np.array([1, 2], np.float32), "s")
    indices = numpy_helper.from_array(np.array([[0, 1], [2, 0]], np.int64), "s_indices")
    tensor = helper.make_sparse_tensor(values, indices, [3, 3])
    x = helper.make_tensor_value_info("x", TensorProto.FLOAT, [3, 3])
    nodes = [
        helper.make_node("Constant", [], ["c"], sparse_value=tensor),
        helper.make_node("Add", ["x", "s"], ["z"]),
        helper.make_node("Add", ["z", "c"], ["y"], name="add"),
    ]
    graph = helper.make_graph(nodes, "g", [x], [helper.make_empty_tensor_value_info("y")], sparse_initializer=[tensor])
    return helper.make_model(graph, ir_version=10, opset_imports=[helper.make_opsetid("", 21)])


def types():
    """Inputs of every kind of type."""
    tensor = helper.make_tensor_type_proto(TensorProto.FLOAT, [1, "N", None])
    kinds = {
        "tensor": tensor,
        "scalar": helper.make_tensor_type_proto(TensorProto.INT64, []),
        "no_shape": helper.make_tensor_type_proto(TensorProto.INT64, None),
        "sequence": helper.make_sequence_type_proto(tensor),
        "optional": helper.make_optional_type_proto(helper.make_sequence_type_proto(tensor)),
        "map": helper.make_map_type_proto(TensorProto.STRING, tensor),
        "sparse": helper.make_sparse_tensor_type_proto(TensorProto.FLOAT, [2, 2]),
    }
    inputs = [helper.make_value_info(name, kind) for name, kind in kinds.items()]
    node = helper.make_node("OptionalGetElement", ["optional"], ["y"])
    node.attribute.append(helper.make_attribute("type", kinds["optional"]))
    graph = helper.make_graph([node], "g", inputs, [helper.make_empty_tensor_value_info("y")], value_info=inputs)
    return helper.make_model(graph, ir_version=10)


def old():
    """Opset 1 and IR version 1: attributes without a kind, weights among the inputs."""
    weight = numpy_helper.from_array(np.ones((3,), np.float32), "w")
    inputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, d) for n, d in (("x", [2, 3]), ("w", [3]))]
    nodes = [
        helper.make_node("Add", ["x", "w"], ["a"], broadcast=1, axis=1),
        helper.make_node("Reshape", ["a"], ["b"], shape=[3, 2]),
        helper.make_node("Upsample", ["b"], ["c"], height_scale=2.0, width_scale=2.0),
        helper.make_node("BatchNormalization", ["c", "w", "w", "w", "w"], ["y"], spatial=1, is_test=1),
    ]
    for node in nodes:
        for attribute in node.attribute:
            attribute.ClearField("type")
    graph = helper.make_graph(nodes, "g", inputs, [helper.make_empty_tensor_value_info("y")], [weight])
    return helper.make_model(graph, ir_version=1, opset_imports=[helper.make_opsetid("", 1)])


def main(folder):
    models = dict(text_models())
    models.update(typed=typed_data(), sparse=sparse(), types=types(), old=old())
    folder.mkdir(parents=True, exist_ok=True)
    for name, model in models.items():
        (folder / f"{name}.onnx").write_bytes(model.SerializeToString(deterministic=True))
    print(len(models), sum(p.stat().st_size for p in folder.iterdir()), "bytes, onnx", onnx.__version__)


main(Path(sys.argv[1]))
