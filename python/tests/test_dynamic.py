# SPDX-License-Identifier: Apache-2.0
"""Dynamic shapes, shape tensors, several profiles, implicit batch."""
import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, Memory, run

F = np.float32


@pytest.fixture
def relu(bench):
    """relu of [-1, 3] with two profiles: 1..4 and 8..16 rows."""
    x = bench.input("x", (-1, 3))
    bench.output(bench.network.add_activation(x, trt.ActivationType.RELU).get_output(0))
    bench.profile(x=((1, 3), (2, 3), (4, 3)))
    bench.profile(x=((8, 3), (8, 3), (16, 3)))
    return bench.engine()


def test_shapes_within_the_profile(relu, rng):
    context = relu.create_execution_context()
    assert relu.get_tensor_shape("x") == (-1, 3) and relu.get_binding_shape(0) == (-1, 3)
    for rows in (1, 2, 4, 3):
        x = rng.standard_normal((rows, 3), F)
        assert (run(relu, context, x=x)[0] == np.maximum(x, 0)).all()
        assert context.get_tensor_shape("y0") == (rows, 3)


def test_shapes_outside_are_refused_with_false(relu, bench):
    context = relu.create_execution_context()
    for shape in ((5, 3), (0, 3), (2, 4), (2,), (2, 3, 1), (-1, 3)):
        before = len(bench.logger.errors)
        assert context.set_input_shape("x", shape) is False and len(bench.logger.errors) > before
    assert context.set_input_shape("y0", (2, 3)) is False and context.set_input_shape("c", (2, 3)) is False
    assert context.set_input_shape("x", (2, 3)) is True
    with pytest.raises(TypeError):
        context.set_input_shape("x", "ab")


def test_what_is_missing_is_named(relu):
    context = relu.create_execution_context()
    assert context.infer_shapes() == ["x"] and not context.all_binding_shapes_specified
    assert context.get_tensor_shape("y0")[1] == 3 and context.get_tensor_shape("y0")[0] == -1
    assert context.set_binding_shape(0, (2, 3)) and context.infer_shapes() == []
    assert context.all_binding_shapes_specified and context.get_binding_shape(1) == (2, 3)


def test_running_without_a_shape_is_refused(relu, bench):
    context = relu.create_execution_context()
    x = np.zeros((2, 3), F)
    assert context.execute_v2([x, x.copy()]) is False and bench.logger.errors


def test_profiles(relu, rng):
    assert relu.num_optimization_profiles == 2 and relu.num_bindings == 4 and relu.num_io_tensors == 2
    assert list(relu) == ["x", "y0", "x [profile 1]", "y0 [profile 1]"] and relu["x [profile 1]"] == 2
    assert relu.get_profile_shape(0, "x") == relu.get_tensor_profile_shape("x", 0) == [(1, 3), (2, 3), (4, 3)]
    assert relu.get_profile_shape(1, 0) == [(8, 3), (8, 3), (16, 3)]
    assert relu.get_tensor_profile_shape("y0", 1) == [(8, 3), (8, 3), (16, 3)]
    context = relu.create_execution_context()
    assert context.active_optimization_profile == 0 and context.set_input_shape("x", (9, 3)) is False
    assert context.set_optimization_profile_async(1, 0) and context.active_optimization_profile == 1
    x = rng.standard_normal((9, 3), F)
    assert (run(relu, context, x=x)[0] == np.maximum(x, 0)).all()
    y = np.zeros((9, 3), F)
    assert context.execute_v2([0, 0, x.ctypes.data, y.ctypes.data]) and (y == np.maximum(x, 0)).all()
    context.active_optimization_profile = 0
    assert context.active_optimization_profile == 0 and context.set_input_shape("x", (9, 3)) is False
    assert context.set_optimization_profile_async(2, 0) is False
    with pytest.raises(IndexError):
        relu.get_profile_shape(2, "x")


def test_profile_objects(bench):
    profile = bench.builder.create_optimization_profile()
    profile.set_shape("x", (1, 3), (2, 3), (4, 3))
    assert profile and profile.get_shape("x") == [(1, 3), (2, 3), (4, 3)]
    profile.set_shape_input("s", [1, 1], [2, 2], [3, 3])
    assert profile.get_shape_input("s") == [[1, 1], [2, 2], [3, 3]]
    profile.extra_memory_target = 0.5
    assert profile.extra_memory_target == 0.5
    with pytest.raises(ValueError):
        profile.get_shape("nobody")
    with pytest.raises(ValueError):
        profile.extra_memory_target = 2


def test_a_dynamic_input_without_a_profile_is_refused(bench):
    bench.output(bench.network.add_softmax(bench.input("x", (-1, 3))).get_output(0))
    assert bench.plan() is None and "profile" in bench.logger.errors[0]


def test_shape_tensors_compute_shapes(bench, rng):
    """Flattening by the input's own shape."""
    x = bench.input("x", (-1, -1, 4))
    shape = bench.network.add_shape(x).get_output(0)
    rows = bench.network.add_slice(shape, (0,), (1,), (1,)).get_output(0)
    wanted = bench.network.add_concatenation([rows, bench.constant(np.array([-1], np.int64))]).get_output(0)
    shuffle = bench.network.add_shuffle(x)
    shuffle.set_input(1, wanted)
    bench.output(shuffle.get_output(0))
    bench.profile(x=((1, 1, 4), (2, 3, 4), (5, 6, 4)))
    engine = bench.engine()
    for shape in ((2, 3, 4), (5, 1, 4)):
        x = rng.standard_normal(shape, F)
        assert (run(engine, x=x)[0] == x.reshape(shape[0], -1)).all()


def test_integers_of_two_ages_meet_while_no_era_is_chosen(bench):
    """A program for TensorRT 8 computes shapes in INT32, where add_shape gives INT64 in 10."""
    shape = bench.network.add_shape(bench.input("x", (-1, 4))).get_output(0)
    both = bench.network.add_elementwise(shape, bench.constant(np.array([2, 2], np.int32)), trt.ElementWiseOperation.PROD)
    more = bench.network.add_concatenation([both.get_output(0), bench.constant(np.array([7], np.int32))])
    bench.output(more.get_output(0))
    assert more.get_output(0).dtype == trt.int64
    bench.profile(x=((1, 4), (2, 4), (3, 4)))
    assert run(bench.engine(), x=np.zeros((3, 4), F))[0].tolist() == [6, 8, 7]


def test_shape_inputs(bench, rng):
    x, wanted = bench.input("x", (2, 6)), bench.input("wanted", (2,), trt.int32)
    shuffle = bench.network.add_shuffle(x)
    shuffle.set_input(1, wanted)
    bench.output(shuffle.get_output(0))
    assert wanted.is_shape_tensor and wanted.location == trt.TensorLocation.HOST
    profile = bench.builder.create_optimization_profile()
    profile.set_shape_input("wanted", [1, 1], [3, 4], [12, 12])
    bench.config.add_optimization_profile(profile)
    engine = bench.engine()
    x = rng.standard_normal((2, 6), F)
    assert engine.is_shape_inference_io("wanted") and engine.is_shape_binding("wanted")
    assert engine.get_tensor_location("wanted") == trt.TensorLocation.HOST
    assert (run(engine, x=x, wanted=np.array([4, 3], np.int32))[0] == x.reshape(4, 3)).all()
    context = engine.create_execution_context()
    assert context.set_shape_input(engine["wanted"], [6, 2]) and context.get_binding_shape("y0") == (6, 2)
    y = np.zeros((6, 2), F)
    assert context.execute_v2([x, 0, y]) and (y == x.reshape(6, 2)).all()


def test_outputs_for_shapes(bench):
    x = bench.input("x", (-1, 3))
    shape = bench.network.add_shape(x).get_output(0)
    shape.name = "shape"
    bench.network.mark_output_for_shapes(shape)
    bench.output(bench.network.add_identity(x).get_output(0))
    bench.profile(x=((1, 3), (2, 3), (4, 3)))
    outputs = run(bench.engine(), x=np.zeros((3, 3), F))
    assert [3, 3] in [output.tolist() for output in outputs]


# ---- implicit batch ----

def implicit(max_batch=8):
    bench = Bench(flags=0)
    bench.builder.max_batch_size = max_batch
    return bench


def lenet_like(bench, rng):
    x = bench.network.add_input("x", trt.float32, (1, 8, 8))
    conv = bench.network.add_convolution(x, 4, (3, 3), rng.standard_normal((4, 1, 3, 3), F), np.zeros(4, F))
    pool = bench.network.add_pooling(conv.get_output(0), trt.PoolingType.MAX, (2, 2))
    pool.stride = (2, 2)
    dense = bench.network.add_fully_connected(pool.get_output(0), 5, rng.standard_normal((5, 36), F), np.zeros(5, F))
    softmax = bench.network.add_softmax(dense.get_output(0))
    bench.output(softmax.get_output(0))
    return dense


def test_implicit_batch(rng):
    bench = implicit()
    dense = lenet_like(bench, rng)
    assert bench.network.has_implicit_batch_dimension and dense.get_output(0).shape == (5, 1, 1)
    engine = bench.builder.build_engine(bench.network, bench.config)
    assert engine.has_implicit_batch_dimension and engine.max_batch_size == 8
    assert engine.get_binding_shape(0) == (1, 8, 8) and engine.get_binding_shape(1) == (5, 1, 1)
    context = engine.create_execution_context()
    assert context.get_binding_shape(1) == (5, 1, 1)
    x, one = rng.standard_normal((8, 1, 8, 8), F), np.zeros((8, 5), F)
    for i in range(8):
        assert context.execute_async_v2([x[i].ctypes.data, one[i].ctypes.data], 0)
    for batch in (1, 3, 8):
        y = np.zeros((8, 5), F)
        assert context.execute(batch, [x, y])
        np.testing.assert_allclose(y[:batch], one[:batch], rtol=1e-5, atol=1e-6)
        assert (y[batch:] == 0).all()
    np.testing.assert_allclose(one.sum(1), 1, rtol=1e-5)
    for wrong in (0, 9, -1):
        assert context.execute(wrong, [x, one]) is False


def test_a_legacy_layer_on_rank_3_decides(rng):
    logger = Memory()
    builder = trt.Builder(logger)
    network = builder.create_network()
    x = network.add_input("x", trt.float32, (1, 8, 8))
    assert network.add_pooling(x, trt.PoolingType.MAX, (2, 2)) is not None
    assert network.has_implicit_batch_dimension
    assert any("implicit: add_pooling on rank 3" in text for _, text in logger.lines)


def test_an_explicit_network_refuses_a_legacy_layer_on_rank_3(bench):
    x = bench.input("x", (1, 8, 8))
    assert bench.network.add_pooling(x, trt.PoolingType.MAX, (2, 2)) is None
    assert "implicit" in bench.logger.errors[0]


def test_asking_decides_for_explicit():
    builder = trt.Builder(Memory())
    network = builder.create_network()
    assert not network.has_implicit_batch_dimension
    assert network.add_pooling(network.add_input("x", trt.float32, (1, 8, 8)), trt.PoolingType.MAX, (2, 2)) is None


def test_max_batch_size_decides_at_the_build():
    builder = trt.Builder(Memory())
    network = builder.create_network()
    layer = network.add_activation(network.add_input("x", trt.float32, (3,)), trt.ActivationType.RELU)
    network.mark_output(layer.get_output(0))
    builder.max_batch_size = 4
    engine = builder.build_engine(network, builder.create_builder_config())
    assert engine.has_implicit_batch_dimension and engine.max_batch_size == 4


def test_nothing_decided_is_explicit():
    builder = trt.Builder(Memory())
    network = builder.create_network()
    layer = network.add_activation(network.add_input("x", trt.float32, (3,)), trt.ActivationType.RELU)
    network.mark_output(layer.get_output(0))
    assert not builder.build_engine(network, builder.create_builder_config()).has_implicit_batch_dimension


def test_build_cuda_engine_uses_the_builders_settings(rng):
    bench = implicit(max_batch=2)
    lenet_like(bench, rng)
    bench.builder.max_workspace_size, bench.builder.fp16_mode = 1 << 24, True
    engine = bench.builder.build_cuda_engine(bench.network)
    assert engine.max_batch_size == 2 and not bench.logger.errors


class Given(trt.IOutputAllocator):
    """Memory as large as it is asked for, and what was asked and told."""

    def __init__(self):
        trt.IOutputAllocator.__init__(self)
        self.memory, self.calls = None, []

    def reallocate_output(self, tensor_name, memory, size, alignment):
        self.calls.append(("size", tensor_name, size))
        self.memory = np.zeros(max(size, 1), np.uint8)
        return self.memory.ctypes.data

    def notify_shape(self, tensor_name, shape):
        self.calls.append(("shape", tensor_name, tuple(shape)))


@pytest.fixture
def topk(bench):
    """y0, y1 = the k largest of x[2, 4] and their indices, k the sum of n[1..2]."""
    k = bench.network.add_reduce(bench.input("n", (-1,), trt.int32), trt.ReduceOperation.SUM, 1, False).get_output(0)
    layer = bench.network.add_topk(bench.input("x", (2, 4)), trt.TopKOperation.MAX, 1, 2)
    layer.set_input(1, k)
    assert tuple(layer.get_output(0).shape) == (2, -1)
    bench.output(layer.get_output(0), layer.get_output(1))
    bench.profile(n=((1,), (2,), (2,)))
    return bench.engine()


def test_outputs_whose_shape_depends_on_data(topk, bench, rng):
    assert topk.get_tensor_shape("y0") == (2, -1)
    context = topk.create_execution_context()
    x = rng.standard_normal((2, 4)).astype(F)
    given = {name: Given() for name in ("y0", "y1")}
    for name, allocator in given.items():
        assert context.set_output_allocator(name, allocator)
    for n in ([3], [1, 1], [0, 4], [0]):
        n = np.array(n, np.int32)
        k = int(n.sum())
        assert context.set_input_shape("n", n.shape)
        assert context.set_tensor_address("n", n.ctypes.data) and context.set_tensor_address("x", x.ctypes.data)
        assert context.infer_shapes() == [] and context.get_tensor_shape("y0") == (2, -1)
        assert context.get_max_output_size("y0") == context.get_max_output_size("y1") == 32
        assert context.execute_async_v3(0), bench.logger.errors
        for name, allocator in given.items():
            assert allocator.calls == [("size", name, 8 * k), ("shape", name, (2, k))]
            allocator.calls.clear()
        assert context.get_tensor_shape("y0") == (2, k)
        got = given["y0"].memory[: 8 * k].view(F).reshape(2, k)
        assert (got == -np.sort(-x, axis=1)[:, :k]).all()


def test_extents_out_of_range_are_refused(topk, bench):
    context = topk.create_execution_context()
    x, n, y, i = np.zeros((2, 4), F), np.array([5], np.int32), np.zeros((2, 4), F), np.zeros((2, 4), np.int32)
    assert context.set_input_shape("n", (1,))
    for name, array in (("x", x), ("n", n), ("y0", y), ("y1", i)):
        assert context.set_tensor_address(name, array.ctypes.data)
    for k in (5, -1):
        n[0] = k
        assert context.execute_async_v3(0) is False and "k is %d" % k in bench.logger.errors[-1]
    n[0] = 4
    assert context.execute_async_v3(0)
