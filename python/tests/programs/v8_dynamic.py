# SPDX-License-Identifier: Apache-2.0
"""TensorRT 8: two optimization profiles, shape tensors in the network (flatten by the run-time
shape, a slice whose size is half the length), bindings of the second profile."""

import numpy as np
import pycuda.autoinit  # noqa: F401
import pycuda.driver as cuda
import tensorrt as trt

import reference

logger = trt.Logger(trt.Logger.INFO)
logger.min_severity = trt.Logger.Severity.ERROR
EXPLICIT_BATCH = 1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH)
CHANNELS = 3


def ints(network, *values):
    return network.add_constant((len(values),), np.array(values, dtype=np.int32)).get_output(0)


def define(network):
    """x [N, 3, L] -> flat [N, 3 L], half [N, 3, L / 2], both from shapes read at run time."""
    x = network.add_input("x", trt.float32, (-1, CHANNELS, -1))
    scaled = network.add_scale_nd(
        x,
        trt.ScaleMode.UNIFORM,
        np.array([1], np.float32),
        np.array([2], np.float32),
        np.array([1], np.float32),
        1,
    ).get_output(0)
    shape = network.add_shape(x).get_output(0)
    assert shape.is_shape_tensor and tuple(shape.shape) == (3,)

    n = network.add_slice(shape, (0,), (1,), (1,)).get_output(0)
    length = network.add_gather(shape, ints(network, 2), 0).get_output(0)
    prod = trt.ElementWiseOperation.PROD
    volume = network.add_elementwise(ints(network, CHANNELS), length, prod).get_output(0)
    target = network.add_concatenation([n, volume])
    target.axis = 0
    flat = network.add_shuffle(scaled)
    flat.set_input(1, target.get_output(0))
    flat.get_output(0).name = "flat"
    network.mark_output(flat.get_output(0))

    floor_div = trt.ElementWiseOperation.FLOOR_DIV
    half = network.add_elementwise(length, ints(network, 2), floor_div).get_output(0)
    size = network.add_concatenation([n, ints(network, CHANNELS), half]).get_output(0)
    part = network.add_slice(x, (0, 0, 0), (0, 0, 0), (1, 1, 2))
    part.set_input(2, size)
    part.get_output(0).name = "half"
    network.mark_output(part.get_output(0))


def build():
    builder = trt.Builder(logger)
    network = builder.create_network(EXPLICIT_BATCH)
    config = builder.create_builder_config()
    config.max_workspace_size = 1 << 20
    define(network)
    small = builder.create_optimization_profile()
    small.set_shape("x", min=(1, CHANNELS, 2), opt=(1, CHANNELS, 8), max=(1, CHANNELS, 16))
    large = builder.create_optimization_profile()
    large.set_shape("x", (1, CHANNELS, 16), (8, CHANNELS, 32), (8, CHANNELS, 64))
    assert config.add_optimization_profile(small) == 0
    assert config.add_optimization_profile(large) == 1
    assert bool(small) and [tuple(d) for d in large.get_shape("x")][2] == (8, CHANNELS, 64)
    serialized_engine = builder.build_serialized_network(network, config)
    return trt.Runtime(logger).deserialize_cuda_engine(serialized_engine)


def run(engine, context, profile, x):
    per_profile = engine.num_bindings // engine.num_optimization_profiles
    offset = per_profile * profile
    if not context.set_binding_shape(offset, x.shape):
        return None
    hosts, bindings, memory = {}, [0] * engine.num_bindings, []
    for binding in range(offset, offset + per_profile):
        name = engine.get_binding_name(binding).split(" ")[0]
        shape = tuple(context.get_binding_shape(binding))
        host = x if engine.binding_is_input(binding) else np.zeros(shape, np.float32)
        memory.append(cuda.to_device(np.ascontiguousarray(host)))
        bindings[binding] = int(memory[-1])
        hosts[name] = (host, memory[-1])
    assert context.all_binding_shapes_specified and context.all_shape_inputs_specified
    stream = cuda.Stream()
    assert context.execute_async_v2(bindings=bindings, stream_handle=stream.handle)
    stream.synchronize()
    answers = {}
    for name, (host, device) in hosts.items():
        answers[name] = host.copy()
        cuda.memcpy_dtoh(answers[name], device)
    return answers


def check(answers, x):
    reference.check("flat", answers["flat"], (2.0 * x + 1).reshape(len(x), -1))
    reference.check("half", answers["half"], x[:, :, : x.shape[2] // 2 * 2 : 2])


def main():
    engine = build()
    assert engine.num_optimization_profiles == 2 and engine.num_bindings == 6
    assert [tuple(d) for d in engine.get_profile_shape(1, 3)][1] == (8, CHANNELS, 32)
    assert tuple(engine.get_binding_shape("flat")) == (-1, -1)

    rng = np.random.default_rng(0)
    first = engine.create_execution_context()
    second = engine.create_execution_context()
    assert first.active_optimization_profile == 0
    assert second.set_optimization_profile_async(1, cuda.Stream().handle)
    assert second.active_optimization_profile == 1
    for length in (2, 16, 7):
        x = rng.standard_normal((1, CHANNELS, length), np.float32)
        check(run(engine, first, 0, x), x)
    for batch, length in ((8, 64), (1, 16), (5, 33)):
        x = rng.standard_normal((batch, CHANNELS, length), np.float32)
        check(run(engine, second, 1, x), x)

    outside = rng.standard_normal((2, CHANNELS, 8), np.float32)
    assert run(engine, first, 0, outside) is None, "a shape outside the profile was accepted"
    inside = rng.standard_normal((1, CHANNELS, 9), np.float32)
    check(run(engine, first, 0, inside), inside)
    first.active_optimization_profile = 1
    x = rng.standard_normal((3, CHANNELS, 20), np.float32)
    check(run(engine, first, 1, x), x)


if __name__ == "__main__":
    main()
