# SPDX-License-Identifier: Apache-2.0
"""TensorRT 8: everything called by keyword, as careful programs do."""

import numpy as np
import tensorrt as trt

import reference


def main():
    logger = trt.Logger(min_severity=trt.Logger.ERROR)
    assert trt.volume(iterable=(2, 3)) == 6 and trt.nptype(trt_type=trt.float32) == np.float32
    trt.init_libnvinfer_plugins(logger=logger, namespace="")
    builder = trt.Builder(logger=logger)
    network = builder.create_network(
        flags=1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH)
    )
    config = builder.create_builder_config()
    config.set_flag(flag=trt.BuilderFlag.DEBUG)
    assert config.get_flag(flag=trt.BuilderFlag.DEBUG)
    config.clear_flag(flag=trt.BuilderFlag.DEBUG)
    config.set_memory_pool_limit(pool=trt.MemoryPoolType.WORKSPACE, pool_size=1 << 20)
    assert config.get_memory_pool_limit(pool=trt.MemoryPoolType.WORKSPACE) == 1 << 20
    config.set_tactic_sources(tactic_sources=config.get_tactic_sources())

    x = network.add_input(name="x", dtype=trt.float32, shape=(-1, 4))
    one = network.add_constant(shape=(1, 4), weights=np.ones((1, 4), np.float32))
    total = network.add_elementwise(
        input1=x, input2=one.get_output(index=0), op=trt.ElementWiseOperation.SUM
    )
    total.set_output_type(index=0, dtype=trt.float32)
    assert total.output_type_is_set(index=0)
    assert total.get_output_type(index=0) == trt.float32
    total.reset_output_type(index=0)
    assert total.get_input(index=0).name == "x"
    root = network.add_unary(input=total.get_output(index=0), op=trt.UnaryOperation.NEG)
    flip = network.add_shuffle(input=root.get_output(index=0))
    flip.set_input(index=0, tensor=root.get_output(index=0))
    flip.first_transpose = (1, 0)
    flip.get_output(index=0).name = "y"
    network.mark_output(tensor=root.get_output(index=0))
    network.unmark_output(tensor=root.get_output(index=0))
    network.mark_output(tensor=flip.get_output(index=0))
    assert network.get_input(index=0).name == "x" and network.get_output(index=0).name == "y"
    assert network.get_layer(index=0).type == trt.LayerType.CONSTANT

    profile = builder.create_optimization_profile()
    profile.set_shape(input="x", min=(1, 4), opt=(2, 4), max=(3, 4))
    assert tuple(profile.get_shape(input="x")[1]) == (2, 4)
    assert config.add_optimization_profile(profile=profile) == 0
    assert builder.is_network_supported(network=network, config=config)

    plan = builder.build_serialized_network(network=network, config=config)
    engine = trt.Runtime(logger=logger).deserialize_cuda_engine(serialized_engine=plan)
    assert engine.get_tensor_name(index=0) == "x"
    assert engine.get_tensor_mode(name="x") == trt.TensorIOMode.INPUT
    assert engine.get_tensor_dtype(name="y") == trt.float32
    assert engine.get_tensor_location(name="y") == trt.TensorLocation.DEVICE
    assert tuple(engine.get_tensor_shape(name="y")) == (4, -1)
    assert tuple(engine.get_tensor_profile_shape(name="x", profile_index=0)[2]) == (3, 4)

    context = engine.create_execution_context()
    data, answer = np.arange(12, dtype=np.float32).reshape(3, 4), np.empty((4, 3), np.float32)
    assert context.set_input_shape(name="x", shape=data.shape)
    assert tuple(context.get_tensor_shape(name="y")) == (4, 3)
    assert context.set_tensor_address(name="x", memory=data.ctypes.data)
    assert context.set_tensor_address(name="y", memory=answer.ctypes.data)
    assert context.get_tensor_address(name="y") == answer.ctypes.data
    assert context.get_max_output_size(name="y") >= answer.nbytes
    assert context.execute_async_v3(stream_handle=0)
    reference.check("y", answer, -(data + 1).T)
    assert context.execute_v2(bindings=[data.ctypes.data, answer.ctypes.data])


if __name__ == "__main__":
    main()
