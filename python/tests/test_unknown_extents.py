# SPDX-License-Identifier: Apache-2.0
"""Two unknown extents that meet: taken while building, checked when shapes are set.  Int8 ranges."""

import numpy as np
import pytest
import ternrt as trt

LOGGER = trt.Logger(trt.Logger.INTERNAL_ERROR)


def two_inputs():
    builder = trt.Builder(LOGGER)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH))
    x = network.add_input("x", trt.float32, (-1, 3))
    z = network.add_input("z", trt.float32, (-1, 3))
    added = network.add_elementwise(x, z, trt.ElementWiseOperation.SUM).get_output(0)
    scaled = network.add_elementwise(added, x, trt.ElementWiseOperation.PROD).get_output(0)
    tanh = network.add_activation(scaled, trt.ActivationType.TANH).get_output(0)
    tanh.name = "y"
    network.mark_output(tanh)
    config = builder.create_builder_config()
    profile = builder.create_optimization_profile()
    for name in "xz":
        profile.set_shape(name, (1, 3), (4, 3), (8, 3))
    config.add_optimization_profile(profile)
    plan = builder.build_serialized_network(network, config)
    engine = trt.Runtime(LOGGER).deserialize_cuda_engine(plan)
    return engine, engine.create_execution_context()


@pytest.mark.parametrize("rows", [(4, 4), (1, 5), (5, 1), (8, 8), (3, 4)])
def test_rows_that_agree_run_and_others_are_refused(rows):
    _, context = two_inputs()
    rng = np.random.default_rng(rows)
    x, z = (rng.standard_normal((n, 3)).astype(np.float32) for n in rows)
    y = np.zeros((8, 3), np.float32)
    assert context.set_input_shape("x", x.shape) and context.set_input_shape("z", z.shape)
    for name, array in (("x", x), ("z", z), ("y", y)):
        assert context.set_tensor_address(name, array.ctypes.data)
    if rows[0] != rows[1] and 1 not in rows:
        assert not context.execute_async_v3(0)
        return
    assert context.execute_async_v3(0)
    expected = np.tanh((x + z) * x)
    np.testing.assert_allclose(y[: max(rows)], expected, rtol=1e-6, atol=1e-6)
    assert tuple(context.get_tensor_shape("y")) == expected.shape


def test_a_range_makes_a_cast_to_int8_quantize():
    builder = trt.Builder(LOGGER)
    network = builder.create_network(0)
    x = network.add_input("x", trt.float32, (6,))
    low = network.add_cast(x, trt.int8)
    low.get_output(0).dynamic_range = (-254.0, 100.0)
    back = network.add_cast(low.get_output(0), trt.float32)
    for layer, name in ((low, "q"), (back, "y")):
        layer.get_output(0).name = name
        network.mark_output(layer.get_output(0))
    plan = builder.build_serialized_network(network, builder.create_builder_config())
    context = trt.Runtime(LOGGER).deserialize_cuda_engine(plan).create_execution_context()
    values = np.array([0, 1.9, -7, 253.2, -1000, 1000], np.float32)
    q, y = np.zeros(6, np.int8), np.zeros(6, np.float32)
    for name, array in (("x", values), ("q", q), ("y", y)):
        context.set_tensor_address(name, array.ctypes.data)
    assert context.execute_async_v3(0)
    np.testing.assert_array_equal(q, [0, 1, -4, 127, -128, 127])
    np.testing.assert_array_equal(y, [0, 2, -8, 254, -256, 254])
