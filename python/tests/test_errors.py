# SPDX-License-Identifier: Apache-2.0
"""Bad input: None and one reason in the log from what a library refuses, an exception for a wrong Python type; objects
stay usable."""
import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, run

F = np.float32

# Networks that cannot be built: (what adds the fault, words of the reason)
FAULTS = {
    "channels": (lambda b, x: b.network.add_convolution_nd(x, 4, (3, 3), np.ones((4, 5, 3, 3), F)), ""),
    "window": (lambda b, x: b.network.add_pooling_nd(x, trt.PoolingType.MAX, (90, 90)), "pool"),
    "rank": (lambda b, x: b.network.add_elementwise(x, b.input("q", (3,)), trt.ElementWiseOperation.SUM), "rank"),
    "extent": (lambda b, x: b.network.add_elementwise(x, b.input("q", (1, 2, 8, 9)), trt.ElementWiseOperation.SUM),
               "axis 3"),
    "type": (lambda b, x: b.network.add_elementwise(x, b.input("q", (1, 2, 8, 8), trt.int32),
                                                    trt.ElementWiseOperation.SUM), ""),
    "reshape": (lambda b, x: reshape(b, x, (7, 7)), "reshape"),
    "two unknowns": (lambda b, x: reshape(b, x, (-1, -1)), "-1"),
    "permutation": (lambda b, x: transpose(b, x, (0, 1, 2, 2)), ""),
    "axis": (lambda b, x: b.network.add_gather(x, b.input("q", (2,), trt.int32), 9), "axis"),
    "matrix": (lambda b, x: b.network.add_matrix_multiply(
        x, trt.MatrixOperation.NONE, b.input("q", (1, 2, 9, 8)), trt.MatrixOperation.NONE), ""),
    "logic": (lambda b, x: b.network.add_unary(x, trt.UnaryOperation.NOT), "bool"),
    "top": (lambda b, x: b.network.add_topk(x, trt.TopKOperation.MAX, 100, 8), "k"),
    "groups": (lambda b, x: groups(b, x), "group"),
    "slice": (lambda b, x: b.network.add_slice(x, (0, 0, 0, 0), (1, 2, 8, 9), (1, 1, 1, 1)), "slice"),
}


def reshape(b, x, shape):
    layer = b.network.add_shuffle(x)
    layer.reshape_dims = shape
    return layer


def transpose(b, x, order):
    layer = b.network.add_shuffle(x)
    layer.first_transpose = order
    return layer


def groups(b, x):
    layer = b.network.add_convolution_nd(x, 4, (1, 1), np.ones((4, 2, 1, 1), F))
    layer.num_groups = 3
    return layer


@pytest.mark.parametrize("fault", FAULTS)
def test_a_network_in_error_is_refused_with_a_reason(fault):
    add, words = FAULTS[fault]
    bench = Bench()
    layer = add(bench, bench.input("x", (1, 2, 8, 8)))
    if layer is not None:
        assert len(layer.get_output(0).shape) == 0
        bench.output(layer.get_output(0))
        assert bench.plan() is None
    assert words in bench.logger.errors[0] and bench.logger.errors[0]
    assert bench.builder.is_network_supported(bench.network, bench.config) is (layer is None)


def test_weights_of_a_wrong_count(bench):
    conv = bench.network.add_convolution_nd(bench.input("x", (1, 2, 8, 8)), 4, (3, 3), np.ones(7, F), np.ones(3, F))
    if conv is not None:
        bench.output(conv.get_output(0))
    assert bench.plan() is None and "7" in bench.logger.errors[0]
    assert bench.network.add_constant((2, 3), np.ones(5, F)) is None and "5" in bench.logger.errors[-1]


@pytest.mark.parametrize("shape", [(-2, 3), (2 ** 40, 2 ** 40), (2 ** 62, 3)])
def test_inputs_that_cannot_be(bench, shape):
    x = bench.input("x", shape)
    if x is not None:
        bench.output(bench.network.add_activation(x, trt.ActivationType.RELU).get_output(0))
    assert bench.plan() is None and bench.logger.errors


def test_names(bench):
    assert bench.input("", (1,)) is None and bench.input("n" * 5000, (1,)) is None
    assert bench.input("x", (1,)) is not None and bench.input("x", (1,)) is None
    assert "of this name already" in bench.logger.errors[-1]
    with pytest.raises(ValueError, match="NUL"):
        bench.input("a\0b", (1,))
    with pytest.raises(TypeError):
        bench.input(5, (1,))


def test_nothing_to_build(bench):
    assert bench.plan() is None and len(bench.logger.errors) >= 1
    bench.input("x", (1,))
    assert bench.plan() is None


def test_an_input_is_no_output(bench):
    x = bench.input("x", (1,))
    bench.network.mark_output(x)
    assert "is an input" in bench.logger.errors[0] and bench.network.num_outputs == 0
    bench.network.unmark_output(x)
    assert "no output" in bench.logger.errors[1]


def test_tensors_of_another_network(bench):
    other = Bench()
    x = other.input("x", (4,))
    assert bench.network.add_softmax(x) is None and "another network" in bench.logger.errors[0]
    bench.network.mark_output(x)
    assert "another network" in bench.logger.errors[1]
    layer = bench.network.add_shuffle(bench.input("x", (4,)))
    layer.set_input(0, x)
    assert "another network" in bench.logger.errors[2]


def test_a_cycle_is_refused(bench):
    x = bench.input("x", (4,))
    a = bench.network.add_elementwise(x, x, trt.ElementWiseOperation.SUM)
    b = bench.network.add_elementwise(a.get_output(0), x, trt.ElementWiseOperation.SUM)
    a.set_input(1, b.get_output(0))
    bench.output(b.get_output(0))
    assert bench.plan() is None and "cycle" in bench.logger.errors[0]
    a.set_input(1, x)
    assert (run(bench.engine(), x=np.ones(4, F))[0] == 3).all()


def test_a_refused_property_leaves_the_old_value(bench):
    conv = bench.network.add_convolution_nd(bench.input("x", (1, 2, 8, 8)), 4, (3, 3), np.ones((4, 2, 3, 3), F))
    for name, wrong in (("stride_nd", (0, 1)), ("stride_nd", (-1, 1)), ("num_groups", 0), ("num_output_maps", -4)):
        before, count = getattr(conv, name), len(bench.logger.errors)
        setattr(conv, name, wrong)
        assert getattr(conv, name) == before and len(bench.logger.errors) == count + 1
    for name, wrong in (("stride_nd", "ab"), ("num_groups", 1.5), ("padding_mode", 99), ("kernel", "w"),
                        ("stride", (1, 2, 3)), ("padding_mode", trt.PoolingType.MAX)):
        with pytest.raises((TypeError, ValueError)):
            setattr(conv, name, wrong)
    with pytest.raises(AttributeError):
        del conv.stride_nd
    bench.output(conv.get_output(0))
    assert bench.plan() is not None


def test_what_is_not_here_is_absent_or_says_so(bench):
    for name in ("OnnxParserRefitter", "Refitter", "get_plugin_registry", "IInt8Calibrator"):
        assert not hasattr(trt, name)
    for name in ("add_loop", "add_moe", "add_plugin_v2"):
        assert not hasattr(bench.network, name)
    x = bench.input("x", (4,))
    with pytest.raises(ValueError, match="not supported here"):
        bench.network.add_reduce(x, trt.ReduceOperation.NONE, 1, False)


def test_memory_that_is_too_small_is_refused(bench):
    from ternrt.cuda import driver as cuda
    bench.output(bench.network.add_softmax(bench.input("x", (2048,))).get_output(0))
    context = bench.engine().create_execution_context()
    small, large = cuda.mem_alloc(16), cuda.mem_alloc(2048 * 4)
    refused = context.execute_v2([int(small), int(large)]) is False
    assert refused and bench.logger.errors and context.execute_v2([int(large), int(large)])
    address = int(small)
    small.free()
    assert context.set_tensor_address("x", address) is False or context.execute_async_v3(0) is False


def test_objects_cannot_be_made_by_hand():
    for kind in (trt.INetworkDefinition, trt.ICudaEngine, trt.IExecutionContext, trt.ITensor, trt.ILayer,
                 trt.IConvolutionLayer, trt.IHostMemory, trt.IBuilderConfig, trt.IOptimizationProfile):
        with pytest.raises(TypeError):
            kind()
