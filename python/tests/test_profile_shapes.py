# SPDX-License-Identifier: Apache-2.0
"""get_tensor_profile_shape for every tensor, outputs too, as allocation loops ask it; else three empty Dims."""
import numpy as np
import pytest

import ternrt as trt
from helpers import Bench

SUM = trt.ElementWiseOperation.SUM


def test_outputs_follow_the_inputs(bench):
    x = bench.input("x", (-1, 3, 10, -1))
    pool = bench.network.add_pooling_nd(x, trt.PoolingType.MAX, (2, 2))
    pool.stride_nd = (2, 2)
    bench.output(pool.get_output(0), bench.network.add_reduce(x, trt.ReduceOperation.SUM, 0b1110, False).get_output(0))
    bench.profile(x=((1, 3, 10, 8), (4, 3, 10, 16), (8, 3, 10, 33)))
    bench.profile(x=((9, 3, 10, 2), (9, 3, 10, 2), (9, 3, 10, 4)))
    engine = bench.engine()
    assert engine.get_tensor_profile_shape("y0", 0) == [(1, 3, 5, 4), (4, 3, 5, 8), (8, 3, 5, 16)]
    assert engine.get_tensor_profile_shape("y0", 1) == [(9, 3, 5, 1), (9, 3, 5, 1), (9, 3, 5, 2)]
    assert engine.get_tensor_profile_shape(name="y1", profile_index=0) == [(1,), (4,), (8,)]
    assert engine.get_tensor_profile_shape(1, "y1") == [(9,), (9,), (9,)]
    assert engine.get_profile_shape(0, "y0") == engine.get_tensor_profile_shape("y0", 0)
    assert all(isinstance(shape, trt.Dims) for shape in engine.get_tensor_profile_shape("y0", 0))
    assert not bench.logger.errors


def test_inputs_that_must_agree(bench):
    """At no moment do the inputs stand at different points of the profile."""
    x, z = bench.input("x", (-1, 3)), bench.input("z", (-1, 3))
    bench.output(bench.network.add_elementwise(x, z, SUM).get_output(0))
    bench.profile(x=((2, 3), (4, 3), (6, 3)), z=((2, 3), (4, 3), (6, 3)))
    assert bench.engine().get_tensor_profile_shape("y0", 0) == [(2, 3), (4, 3), (6, 3)] and not bench.logger.errors


def test_fixed_shapes(bench):
    bench.output(bench.network.add_softmax(bench.input("x", (2, 3))).get_output(0))
    engine = bench.engine()
    assert engine.get_tensor_profile_shape("x", 0) == engine.get_tensor_profile_shape("y0", 0) == [(2, 3)] * 3


def test_shape_inputs_decide(bench):
    shape = bench.input("shape", (2,), trt.int32)
    shuffle = bench.network.add_shuffle(bench.input("x", (-1,)))
    shuffle.set_input(1, shape)
    bench.output(shuffle.get_output(0))
    profile = bench.builder.create_optimization_profile()
    profile.set_shape("x", (4,), (12,), (64,))
    profile.set_shape_input("shape", (2, 2), (3, 4), (8, 8))
    bench.config.add_optimization_profile(profile)
    engine = bench.engine()
    assert engine.get_tensor_profile_shape("y0", 0) == [(2, 2), (3, 4), (8, 8)], bench.logger.errors
    assert engine.get_tensor_profile_shape("shape", 0) == [(2,)] * 3


def test_what_only_a_run_can_tell_is_minus_one(bench):
    n = bench.input("n", (-1,), trt.int32)
    count = bench.network.add_reduce(n, trt.ReduceOperation.SUM, 1, False).get_output(0)
    layer = bench.network.add_topk(bench.input("x", (2, 4)), trt.TopKOperation.MAX, 1, 2)
    layer.set_input(1, count)
    bench.output(layer.get_output(0), layer.get_output(1))
    bench.profile(n=((1,), (2,), (3,)))
    assert bench.engine().get_tensor_profile_shape("y0", 0) == [(2, -1)] * 3 and not bench.logger.errors


def test_what_has_no_shapes_is_three_empty_ones_and_a_line(bench):
    bench.output(bench.network.add_softmax(bench.input("x", (-1, 3))).get_output(0))
    bench.profile(x=((1, 3), (2, 3), (4, 3)))
    engine = bench.engine()
    for name, profile in (("nobody", 0), ("x", 1), ("y0", 1), ("y0", -1)):
        before = len(bench.logger.errors)
        shapes = engine.get_tensor_profile_shape(name, profile)
        assert shapes == [(), (), ()] and all(isinstance(shape, trt.Dims) for shape in shapes)
        assert len(bench.logger.errors) == before + 1
    with pytest.raises(TypeError):
        engine.get_tensor_profile_shape("x", "0")
    with pytest.raises(IndexError):
        engine.get_profile_shape(1, "y0")


def test_an_implicit_batch():
    bench = Bench(0)
    bench.builder.max_batch_size = 4
    x = bench.network.add_input("x", trt.float32, (1, 6, 6))
    pool = bench.network.add_pooling(x, trt.PoolingType.MAX, (2, 2))
    bench.output(pool.get_output(0))
    engine = bench.engine()
    assert engine.has_implicit_batch_dimension
    for name in ("x", "y0"):
        assert engine.get_tensor_profile_shape(name, 0) == [tuple(engine.get_tensor_shape(name))] * 3


def test_the_usual_allocation_loop(bench):
    bench.output(bench.network.add_softmax(bench.input("x", (-1, 5))).get_output(0))
    bench.profile(x=((1, 5), (2, 5), (7, 5)))
    engine = bench.engine()
    sizes = {name: trt.volume(engine.get_tensor_profile_shape(name, 0)[-1]) * np.dtype(np.float32).itemsize
             for name in engine}
    assert sizes == {"x": 140, "y0": 140}
