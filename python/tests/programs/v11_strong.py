# SPDX-License-Identifier: Apache-2.0
"""TensorRT 11: no EXPLICIT_BATCH, every network strongly typed: types come from the tensors and
from casts; half precision inside, float32 outside."""

import numpy as np
import tensorrt as trt
from cuda.bindings import runtime as cudart

import common_cudart as common
import reference

LOGGER = trt.Logger(trt.Logger.WARNING)


def build(w1, w2):
    builder = trt.Builder(LOGGER)
    network = builder.create_network()
    assert network.get_flag(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    x = network.add_input("x", trt.float32, (-1, 16))
    half = network.add_cast(x, trt.float16).get_output(0)
    assert half.dtype == trt.float16
    none = trt.MatrixOperation.NONE
    a = network.add_constant(w1.shape, w1).get_output(0)
    assert a.dtype == trt.float16
    y = network.add_matrix_multiply(half, none, a, none).get_output(0)
    assert y.dtype == trt.float16
    y = network.add_activation(y, trt.ActivationType.RELU).get_output(0)
    y = network.add_cast(y, trt.float32).get_output(0)
    b = network.add_constant(w2.shape, w2).get_output(0)
    y = network.add_matrix_multiply(y, none, b, none).get_output(0)
    y.name = "y"
    network.mark_output(y)

    config = builder.create_builder_config()
    profile = builder.create_optimization_profile()
    profile.set_shape("x", (1, 16), (4, 16), (8, 16))
    config.add_optimization_profile(profile)
    return builder.build_serialized_network(network, config)


def mixing_types_is_refused():
    builder = trt.Builder(trt.Logger(trt.Logger.INTERNAL_ERROR))
    network = builder.create_network()
    x = network.add_input("x", trt.float32, (2,))
    half = network.add_cast(x, trt.float16).get_output(0)
    mixed = network.add_elementwise(x, half, trt.ElementWiseOperation.SUM)
    if mixed is not None:  # told when it is built
        network.mark_output(mixed.get_output(0))
        plan = builder.build_serialized_network(network, builder.create_builder_config())
        assert plan is None, "float32 + float16 was accepted in a strongly typed network"


def main():
    mixing_types_is_refused()
    rng = np.random.default_rng(8)
    w1 = (rng.standard_normal((16, 24)) / 4).astype(np.float16)
    w2 = (rng.standard_normal((24, 3)) / 4).astype(np.float32)
    plan = build(w1, w2)
    engine = trt.Runtime(LOGGER).deserialize_cuda_engine(plan)
    context = engine.create_execution_context()
    x = rng.standard_normal((5, 16)).astype(np.float32)
    y = np.empty((5, 3), np.float32)
    d_x, d_y = (common.cuda_call(cudart.cudaMalloc(a.nbytes)) for a in (x, y))
    common.memcpy_host_to_device(d_x, x)
    assert context.set_input_shape("x", x.shape)
    assert context.set_tensor_address("x", d_x) and context.set_tensor_address("y", d_y)
    assert context.infer_shapes() == []
    assert context.execute_async_v3(0)
    common.memcpy_device_to_host(y, d_y)
    half = np.maximum(x.astype(np.float16).astype(np.float64) @ w1.astype(np.float64), 0)
    right = half.astype(np.float16).astype(np.float64) @ w2
    reference.check("y", y, right, 4e-3)  # float16 has 11 bits, answers are up to 4
    for memory in (d_x, d_y):
        common.cuda_call(cudart.cudaFree(memory))


if __name__ == "__main__":
    main()
