# SPDX-License-Identifier: Apache-2.0
"""TensorRT 10: two inputs whose batches the network does not know to be equal: equal ones run, one
of 1 is broadcast, others are refused when the shapes are known, and the context stays usable."""

import numpy as np
import tensorrt as trt

import reference


def build(logger):
    builder = trt.Builder(logger)
    network = builder.create_network(0)
    x = network.add_input("x", trt.float32, (-1, 3))
    z = network.add_input("z", trt.float32, (-1, 3))
    y = network.add_elementwise(x, z, trt.ElementWiseOperation.SUM).get_output(0)
    y.name = "y"
    network.mark_output(y)
    profile = builder.create_optimization_profile()
    for name in ("x", "z"):
        profile.set_shape(name, (1, 3), (2, 3), (4, 3))
    config = builder.create_builder_config()
    config.add_optimization_profile(profile)
    return builder.build_engine_with_config(network, config)


def main():
    engine = build(trt.Logger(trt.Logger.INTERNAL_ERROR))
    context = engine.create_execution_context()
    rng = np.random.default_rng(0)
    for rows_x, rows_z in ((2, 2), (2, 3), (1, 3), (4, 1), (3, 4), (4, 4), (1, 1)):
        x = rng.standard_normal((rows_x, 3)).astype(np.float32)
        z = rng.standard_normal((rows_z, 3)).astype(np.float32)
        y = np.zeros((4, 3), np.float32)
        context.set_input_shape("x", x.shape)
        context.set_input_shape("z", z.shape)
        for name, array in (("x", x), ("z", z), ("y", y)):
            context.set_tensor_address(name, array.ctypes.data)
        if rows_x == rows_z or 1 in (rows_x, rows_z):
            rows = max(rows_x, rows_z)
            assert context.infer_shapes() == []
            assert tuple(context.get_tensor_shape("y")) == (rows, 3)
            assert context.execute_async_v3(0)
            reference.check("%d and %d rows" % (rows_x, rows_z), y[:rows], x + z, 1e-6)
            assert (y[rows:] == 0).all()
        else:
            assert not context.execute_async_v3(0), "%d and %d rows" % (rows_x, rows_z)
            assert (y == 0).all()


if __name__ == "__main__":
    main()
