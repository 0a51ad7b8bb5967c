# SPDX-License-Identifier: Apache-2.0
"""Networks as objects: layers, tensors, properties, names, identity."""
import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, Memory


def conv_of(bench, **changes):
    x = bench.input("x", (1, 3, 16, 16))
    conv = bench.network.add_convolution_nd(x, 8, (3, 3), np.ones((8, 3, 3, 3), np.float32),
                                            np.zeros(8, np.float32))
    for name, value in changes.items():
        setattr(conv, name, value)
    return conv


def test_a_network_is_a_sequence_of_layers(bench):
    conv = conv_of(bench)
    relu = bench.network.add_activation(conv.get_output(0), trt.ActivationType.RELU)
    assert len(bench.network) == bench.network.num_layers == 2 and bool(Bench().network)
    assert bench.network[0] is conv and bench.network.get_layer(1) is relu and list(bench.network) == [conv, relu]
    with pytest.raises(IndexError):
        bench.network[2]
    assert [layer.type for layer in (conv,)] == [trt.LayerType.CONVOLUTION]
    assert relu.type == trt.ActivationType.RELU


def test_wrappers_are_unique_while_they_live(bench):
    conv = conv_of(bench)
    assert conv.get_output(0) is conv.get_output(0) and conv.get_input(0) is bench.network.get_input(0)
    del conv
    assert isinstance(bench.network[0], trt.IConvolutionLayer) and isinstance(bench.network[0], trt.ILayer)


def test_downcasting_by_class(bench):
    layer = conv_of(bench)
    layer.__class__ = trt.ILayer
    assert layer.type == trt.LayerType.CONVOLUTION and not hasattr(layer, "num_output_maps")
    layer.__class__ = trt.IConvolutionLayer
    assert layer.num_output_maps == 8


def test_inputs_and_outputs(bench):
    conv = conv_of(bench)
    bench.output(conv.get_output(0))
    network = bench.network
    assert (network.num_inputs, network.num_outputs) == (1, 1)
    x, y = network.get_input(0), network.get_output(0)
    assert x.is_network_input and not x.is_network_output and y.is_network_output and y is conv.get_output(0)
    assert (x.name, x.shape, x.dtype) == ("x", (1, 3, 16, 16), trt.float32) and y.shape == (1, 8, 14, 14)
    assert x.is_execution_tensor and not x.is_shape_tensor and x.location == trt.TensorLocation.DEVICE
    network.unmark_output(y)
    assert network.num_outputs == 0 and not network.has_implicit_batch_dimension


def test_convolution_properties(bench):
    conv = conv_of(bench, stride=(2, 2), padding=(1, 1), dilation_nd=(1, 2), num_groups=1)
    assert (conv.stride, conv.stride_nd, conv.padding, conv.padding_nd) == ((2, 2), (2, 2), (1, 1), (1, 1))
    assert isinstance(conv.stride, trt.DimsHW) and conv.kernel_size == (3, 3) and conv.dilation == (1, 2)
    assert conv.pre_padding == conv.post_padding == (1, 1)
    conv.pre_padding = (0, 1)
    assert (conv.pre_padding, conv.post_padding) == ((0, 1), (1, 1))
    conv.padding_mode = trt.PaddingMode.SAME_UPPER
    assert conv.padding_mode is trt.PaddingMode.SAME_UPPER and conv.num_output_maps == 8
    assert conv.kernel.size == 216 and conv.bias.numpy().tolist() == [0] * 8
    conv.kernel = np.full((8, 3, 3, 3), 2, np.float32)
    assert conv.kernel.numpy()[0] == 2 and conv.get_output(0).shape[1] == 8


def test_defaults_of_convolution_and_pooling(bench):
    conv = conv_of(bench)
    assert (conv.stride, conv.dilation, conv.padding, conv.num_groups) == ((1, 1), (1, 1), (0, 0), 1)
    pool = bench.network.add_pooling_nd(conv.get_output(0), trt.PoolingType.AVERAGE, (2, 2))
    assert pool.stride == (1, 1) and pool.average_count_excludes_padding and pool.blend_factor == 0
    assert pool.window_size_nd == (2, 2) and pool.padding_mode is trt.PaddingMode.EXPLICIT_ROUND_DOWN


def test_axis_defaults_are_fixed_when_the_layer_is_added(bench):
    for rank, axis in ((1, 0), (2, 0), (3, 0), (4, 1), (5, 2)):
        x = bench.input("x%d" % rank, (2,) * rank)
        assert bench.network.add_softmax(x).axes == 1 << axis
        assert bench.network.add_concatenation([x, x]).axis == axis


def test_activation_parameters_stay_when_the_type_changes(bench):
    layer = bench.network.add_activation(bench.input("x", (4,)), trt.ActivationType.RELU)
    layer.alpha, layer.beta = -2, 2
    assert (layer.alpha, layer.beta) == (-2, 2)
    layer.type = trt.ActivationType.CLIP
    assert layer.type is trt.ActivationType.CLIP and (layer.alpha, layer.beta) == (-2, 2)
    layer.alpha = 0.5
    layer.type = trt.ActivationType.ELU
    assert (layer.type, layer.alpha) == (trt.ActivationType.ELU, 0.5) and isinstance(layer, trt.IActivationLayer)


def test_activation_attributes_are_those_of_the_operators(bench):
    """The types that have an alpha or a beta here are those whose operators have one."""
    import json
    operators = {op["name"]: [attr["name"] for attr in op["attributes"]] for op in json.loads(trt._ternrt._operators())}
    x = bench.input("x", (4,))
    for member in trt.ActivationType.__members__.values():
        layer = bench.network.add_activation(x, member)
        layer.alpha, layer.beta = 3, 5
        text = bytes(bench.network.serialize()).decode().splitlines()[-2]
        assert ("alpha=3" in text, "beta=5" in text) == tuple(
            name in operators[member.name.lower()] for name in ("alpha", "beta")), member


def test_operation_properties(bench):
    x = bench.input("x", (2, 4))
    add = bench.network.add_elementwise(x, x, trt.ElementWiseOperation.SUM)
    add.op = trt.ElementWiseOperation.PROD
    unary = bench.network.add_unary(x, trt.UnaryOperation.EXP)
    unary.op = trt.UnaryOperation.ABS
    reduce = bench.network.add_reduce(x, trt.ReduceOperation.SUM, 2, True)
    reduce.op, reduce.axes, reduce.keep_dims = trt.ReduceOperation.AVG, 1, False
    assert (add.op, unary.op) == (trt.ElementWiseOperation.PROD, trt.UnaryOperation.ABS)
    assert (reduce.op, reduce.axes, reduce.keep_dims) == (trt.ReduceOperation.AVG, 1, False)
    assert reduce.get_output(0).shape == (4,)
    matmul = bench.network.add_matrix_multiply(x, trt.MatrixOperation.NONE, x, trt.MatrixOperation.TRANSPOSE)
    assert (matmul.op0, matmul.op1, matmul.transpose0, matmul.transpose1) == (
        trt.MatrixOperation.NONE, trt.MatrixOperation.TRANSPOSE, False, True)
    topk = bench.network.add_topk(x, trt.TopKOperation.MAX, 2, 2)
    topk.k = 3
    assert (topk.k, topk.axes, topk.op) == (3, 2, trt.TopKOperation.MAX) and topk.num_outputs == 2
    old = bench.network.add_matrix_multiply_deprecated(x, True, x, False)
    assert (old.op0, old.op1) == (trt.MatrixOperation.TRANSPOSE, trt.MatrixOperation.NONE)
    assert topk.get_output(0).shape == (2, 3) and topk.get_output(1).dtype == trt.int32


def test_shuffle_and_slice_properties(bench):
    x = bench.input("x", (2, 3, 4))
    shuffle = bench.network.add_shuffle(x)
    shuffle.first_transpose, shuffle.reshape_dims, shuffle.second_transpose = (1, 0, 2), (0, -1), (1, 0)
    assert isinstance(shuffle.first_transpose, trt.Permutation) and tuple(shuffle.first_transpose) == (1, 0, 2)
    assert shuffle.reshape_dims == (0, -1) and shuffle.zero_is_placeholder and shuffle.get_output(0).shape == (8, 3)
    slice_layer = bench.network.add_slice(x, (0, 0, 0), (2, 3, 2), (1, 1, 2))
    slice_layer.mode = trt.SampleMode.WRAP
    assert (slice_layer.start, slice_layer.shape, slice_layer.stride) == ((0, 0, 0), (2, 3, 2), (1, 1, 2))
    assert slice_layer.mode is trt.SampleMode.WRAP


def test_reshaping_to_a_scalar(bench):
    shuffle = bench.network.add_shuffle(bench.input("x", (1, 1)))
    shuffle.reshape_dims = ()
    assert len(shuffle.get_output(0).shape) == 0
    shuffle.reshape_dims = (1,)
    assert shuffle.get_output(0).shape == (1,)


def test_resize_properties(bench):
    resize = bench.network.add_resize(bench.input("x", (1, 1, 2, 2)))
    resize.scales = [1, 1, 2, 3]
    assert resize.scales == [1, 1, 2, 3] and resize.get_output(0).shape == (1, 1, 4, 6)
    resize.resize_mode = trt.InterpolationMode.LINEAR
    resize.align_corners = True
    assert resize.coordinate_transformation is trt.ResizeCoordinateTransformation.ALIGN_CORNERS
    resize.coordinate_transformation = trt.ResizeCoordinateTransformation.HALF_PIXEL
    assert not resize.align_corners and resize.nearest_rounding is trt.ResizeRoundMode.FLOOR
    assert resize.cubic_coeff == -0.75 and not resize.exclude_outside


def test_names_precision_and_types_of_layers(bench):
    conv = conv_of(bench)
    conv.name, conv.metadata = "first", "from here"
    assert (conv.name, conv.metadata, conv.get_output(0).name) == ("first", "from here", "first_output")
    assert not conv.precision_is_set and conv.precision == trt.float32
    conv.precision = trt.float16
    assert conv.precision_is_set and conv.precision == trt.float16
    conv.reset_precision()
    assert not conv.precision_is_set and not conv.output_type_is_set(0)
    conv.set_output_type(0, trt.float16)
    assert conv.output_type_is_set(0) and conv.get_output_type(0) == conv.get_output(0).dtype == trt.float16
    conv.reset_output_type(0)
    assert conv.get_output_type(0) == trt.float32
    assert (conv.num_inputs, conv.num_outputs) == (1, 1) and conv.get_output(1) is None


def test_tensors_record_what_they_are_told(bench):
    x = bench.input("x", (-1, 3))
    x.name = "renamed"
    x.set_dimension_name(0, "batch")
    assert (x.name, x.get_dimension_name(0), x.get_dimension_name(1)) == ("renamed", "batch", "")
    assert x.dynamic_range is None and x.set_dynamic_range(-1, 2) and x.dynamic_range == (-1, 2)
    assert x.get_dynamic_range() == 2
    x.dynamic_range = [-3, 3]
    assert x.dynamic_range == (-3, 3)
    x.reset_dynamic_range()
    assert x.dynamic_range is None and not x.broadcast_across_batch
    x.shape, x.dtype = (5, 3), trt.float16
    assert (x.shape, x.dtype) == ((5, 3), trt.float16)
    x.allowed_formats = 1 << int(trt.TensorFormat.LINEAR)
    assert x.allowed_formats == 1


def test_a_shape_in_error_is_empty_until_it_is_mended(bench):
    conv = conv_of(bench)
    conv.kernel_size_nd = (20, 20)
    assert len(conv.get_output(0).shape) == 0
    conv.kernel_size_nd = (3, 3)
    assert conv.get_output(0).shape == (1, 8, 14, 14)


def test_keywords_and_positions_mean_the_same(bench):
    x = bench.input("x", (1, 3, 8, 8))
    w = np.ones((4, 3, 3, 3), np.float32)
    one = bench.network.add_convolution(x, 4, (3, 3), w)
    two = bench.network.add_convolution(input=x, num_output_maps=4, kernel_shape=trt.DimsHW(3, 3),
                                        kernel=trt.Weights(w), bias=None)
    assert one.get_output(0).shape == two.get_output(0).shape == (1, 4, 6, 6)
    with pytest.raises(TypeError, match="needs kernel"):
        bench.network.add_convolution(x, 4, (3, 3))
    with pytest.raises(TypeError, match="no parameter 'filters'"):
        bench.network.add_convolution(x, filters=4)
    with pytest.raises(TypeError, match="twice"):
        bench.network.add_softmax(x, input=x)
    with pytest.raises(TypeError, match="ITensor"):
        bench.network.add_softmax(None)


def test_flags():
    both = 1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH) | \
        1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    network = Bench(both).network
    assert network.flags == both and network.get_flag(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)
    with pytest.raises(ValueError, match="no member"):
        Bench(1 << 30)


def test_serialize_gives_text(bench):
    conv_of(bench).name = "first"
    bench.network.name = "tiny"
    text = bytes(bench.network.serialize()).decode()
    assert bench.network.name == "tiny" and 'graph "tiny"' in text and "first" in text


def test_config_settings(bench):
    config = bench.config
    config.max_workspace_size = 1 << 20
    assert config.max_workspace_size == config.get_memory_pool_limit(trt.MemoryPoolType.WORKSPACE) == 1 << 20
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, 1 << 22)
    assert config.max_workspace_size == 1 << 22
    config.flags = 0
    config.set_flag(trt.BuilderFlag.FP16)
    assert config.get_flag(trt.BuilderFlag.FP16) and config.flags == 1 << int(trt.BuilderFlag.FP16)
    config.clear_flag(trt.BuilderFlag.FP16)
    assert config.flags == 0 and not config.get_flag(trt.BuilderFlag.FP16)
    assert config.builder_optimization_level == 3
    config.builder_optimization_level = 1
    config.avg_timing_iterations = 4
    config.profiling_verbosity = trt.ProfilingVerbosity.DETAILED
    assert (config.builder_optimization_level, config.avg_timing_iterations, config.profiling_verbosity) == (
        1, 4, trt.ProfilingVerbosity.DETAILED)
    assert config.num_optimization_profiles == 0 and not bench.logger.errors


def test_there_is_one_device(bench):
    config, layer = bench.config, conv_of(bench)
    assert config.default_device_type == config.get_device_type(layer) == trt.DeviceType.GPU and config.DLA_core == -1
    assert not config.can_run_on_DLA(layer) and not config.is_device_type_set(layer=layer)
    config.default_device_type = trt.DeviceType.GPU
    config.set_device_type(layer, trt.DeviceType.GPU)
    config.reset_device_type(layer)
    assert config.engine_capability == trt.EngineCapability.STANDARD and not bench.logger.errors
    config.set_device_type(layer, trt.DeviceType.DLA)
    config.DLA_core, config.engine_capability = 0, trt.EngineCapability.SAFETY
    assert len(bench.logger.errors) == 3 and "DLA is not supported" in bench.logger.errors[0]


def test_a_config_can_be_reset(bench):
    config = bench.config
    config.max_workspace_size, config.builder_optimization_level, config.flags = 1 << 20, 0, 0
    profile = bench.builder.create_optimization_profile()
    profile.set_shape("x", (1,), (1,), (1,))
    config.add_optimization_profile(profile)
    config.reset()
    assert (config.builder_optimization_level, config.num_optimization_profiles) == (3, 0)
    assert config.max_workspace_size > 1 << 20 and config.get_flag(trt.BuilderFlag.TF32)


def test_a_flag_that_promises_too_much_is_said(bench):
    bench.config.set_flag(trt.BuilderFlag.STRIP_PLAN)
    assert any("STRIP_PLAN has no effect" in text for _, text in bench.logger.lines)


def test_builder_settings():
    builder = trt.Builder(Memory())
    assert builder.max_batch_size == 1 and builder.max_threads >= 0 and not builder.fp16_mode
    builder.max_threads, builder.fp16_mode, builder.max_workspace_size = 1, True, 1 << 20
    assert (builder.max_threads, builder.fp16_mode, builder.max_workspace_size) == (1, True, 1 << 20)
    builder.reset()
    assert not builder.fp16_mode and isinstance(builder.logger, Memory)
