# SPDX-License-Identifier: Apache-2.0
"""TensorRT 9: bindings and tensor names in one program, numpy arrays of half precision, int32 and
bool tensors, select and comparisons, an engine run by both calls."""

import numpy as np
import pycuda.autoinit  # noqa: F401
import pycuda.driver as cuda
import tensorrt as trt

import reference

LOGGER = trt.Logger(trt.Logger.WARNING)
EXPLICIT_BATCH = 1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH)


def build():
    builder = trt.Builder(LOGGER)
    network = builder.create_network(EXPLICIT_BATCH)
    half = network.add_input("half", trt.float16, (-1, 6))
    keys = network.add_input("keys", trt.int32, (-1, 6))
    keys.set_dimension_name(0, "N")
    half.set_dimension_name(0, "N")
    zero = network.add_constant((1, 1), np.zeros((1, 1), np.int32)).get_output(0)
    positive = network.add_elementwise(keys, zero, trt.ElementWiseOperation.GREATER).get_output(0)
    assert positive.dtype == trt.bool
    negated = network.add_unary(half, trt.UnaryOperation.NEG).get_output(0)
    chosen = network.add_select(positive, half, negated).get_output(0)
    wide = network.add_cast(chosen, trt.float32).get_output(0)
    total = network.add_reduce(wide, trt.ReduceOperation.SUM, 1 << 1, keep_dims=False)
    as_int = network.add_cast(keys, trt.float32).get_output(0)
    index = network.add_topk(as_int, trt.TopKOperation.MIN, 1, 1 << 1).get_output(1)
    for name, tensor in (
        ("chosen", chosen),
        ("total", total.get_output(0)),
        ("positive", positive),
        ("index", index),
    ):
        tensor.name = name
        network.mark_output(tensor)
    config = builder.create_builder_config()
    profile = builder.create_optimization_profile()
    for name in ("half", "keys"):
        profile.set_shape(name, (1, 6), (4, 6), (9, 6))
    config.add_optimization_profile(profile)
    plan = builder.build_serialized_network(network, config)
    return trt.Runtime(LOGGER).deserialize_cuda_engine(plan)


def main():
    engine = build()
    names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
    assert names == [engine.get_binding_name(i) for i in range(engine.num_bindings)]
    types = [trt.nptype(engine.get_tensor_dtype(name)) for name in names]
    assert types[:2] == [np.float16, np.int32]
    assert engine.get_tensor_dtype("positive") == trt.bool
    context, stream = engine.create_execution_context(), cuda.Stream()
    rng = np.random.default_rng(6)
    for batch, by_name in ((9, True), (1, False), (4, True), (4, False)):
        half = rng.standard_normal((batch, 6)).astype(np.float16)
        keys = np.stack([rng.permutation(np.arange(-3, 3)) for _ in range(batch)]).astype(np.int32)
        context.set_input_shape("half", half.shape)
        context.set_binding_shape(engine.get_binding_index("keys"), keys.shape)
        assert context.infer_shapes() == []
        memory = {"half": cuda.to_device(half), "keys": cuda.to_device(keys)}
        for name in names[2:]:
            count = trt.volume(context.get_tensor_shape(name))
            memory[name] = cuda.mem_alloc(count * engine.get_tensor_dtype(name).itemsize)
        if by_name:
            for name in names:
                assert context.set_tensor_address(name, int(memory[name]))
            assert context.execute_async_v3(stream.handle)
        else:
            assert context.execute_async_v2([int(memory[name]) for name in names], stream.handle)
        stream.synchronize()
        right = {"chosen": np.where(keys > 0, half, -half), "positive": keys > 0}
        right["total"] = right["chosen"].astype(np.float64).sum(axis=1)
        right["index"] = keys.argmin(axis=1).reshape(-1, 1)
        for name, expected in right.items():
            dtype = trt.nptype(engine.get_tensor_dtype(name))
            shape = tuple(context.get_tensor_shape(name))
            assert shape == expected.shape, (name, shape)
            found = cuda.from_device(memory[name], shape, dtype)
            reference.check("%s, batch %d" % (name, batch), found, expected, 1e-5)


if __name__ == "__main__":
    main()
