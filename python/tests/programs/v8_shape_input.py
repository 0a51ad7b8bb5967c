# SPDX-License-Identifier: Apache-2.0
"""TensorRT 8: an input whose values are a shape: the size of a resize, and of a reshape. Set by
set_shape_input with bindings, and by a host address with tensor names (8.5 and later)."""

import numpy as np
import pycuda.autoinit  # noqa: F401
import pycuda.driver as cuda
import tensorrt as trt

import reference

LOGGER = trt.Logger(trt.Logger.ERROR)


def build():
    builder = trt.Builder(LOGGER)
    network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH))
    x = network.add_input("x", trt.float32, (1, 2, 4, 6))
    size = network.add_input("size", trt.int32, (4,))
    resize = network.add_resize(x)
    resize.set_input(1, size)
    resize.resize_mode = trt.ResizeMode.NEAREST
    resize.get_output(0).name = "y"
    network.mark_output(resize.get_output(0))
    assert size.is_shape_tensor

    profile = builder.create_optimization_profile()
    profile.set_shape_input("size", (1, 2, 4, 6), (1, 2, 8, 12), (1, 2, 16, 24))
    assert [list(v) for v in profile.get_shape_input("size")][2] == [1, 2, 16, 24]
    config = builder.create_builder_config()
    config.add_optimization_profile(profile)
    plan = builder.build_serialized_network(network, config)
    return trt.Runtime(LOGGER).deserialize_cuda_engine(plan)


def main():
    engine = build()
    assert engine.is_shape_binding(1) and engine.get_binding_name(1) == "size"
    assert [list(v) for v in engine.get_profile_shape_input(0, 1)][1] == [1, 2, 8, 12]
    assert engine.is_shape_inference_io("size")
    assert engine.get_tensor_location("size") == trt.TensorLocation.HOST
    x = np.random.default_rng(1).standard_normal((1, 2, 4, 6)).astype(np.float32)
    d_x, d_y = cuda.to_device(x), cuda.mem_alloc(4 * 2 * 16 * 24)

    context = engine.create_execution_context()
    for factor in (1, 4, 2):
        values = [1, 2, 4 * factor, 6 * factor]
        assert context.set_shape_input(1, values)
        assert context.all_shape_inputs_specified
        assert tuple(context.get_binding_shape(2)) == tuple(values)
        assert context.execute_v2([int(d_x), 0, int(d_y)])
        y = cuda.from_device(d_y, values, np.float32)
        reference.check("set_shape_input", y, reference.upsample2d(x, factor), 0)
    assert not context.set_shape_input(1, [1, 2, 99, 99]), "values outside the profile"

    context, stream = engine.create_execution_context(), cuda.Stream()
    size = np.array([1, 2, 12, 18], np.int32)
    assert context.infer_shapes() == ["size"]
    context.set_tensor_address("x", int(d_x))
    context.set_tensor_address("size", size.ctypes.data)
    context.set_tensor_address("y", int(d_y))
    assert context.infer_shapes() == []
    assert tuple(context.get_tensor_shape("y")) == tuple(size)
    for factor in (3, 1, 4):
        size[2:] = 4 * factor, 6 * factor  # read when the run is queued
        assert context.execute_async_v3(stream.handle)
        size[2:] = 9999
        stream.synchronize()
        y = cuda.from_device(d_y, (1, 2, 4 * factor, 6 * factor), np.float32)
        reference.check("host address", y, reference.upsample2d(x, factor), 0)


if __name__ == "__main__":
    main()
