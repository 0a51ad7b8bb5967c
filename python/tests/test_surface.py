# SPDX-License-Identifier: Apache-2.0
"""What programs of either age touch is there, under its name and of its kind."""
import inspect
import timeit

import numpy as np
import pytest

import ternrt as trt
from helpers import Bench

METHODS = {
    "Builder": "create_network create_builder_config create_optimization_profile build_engine build_cuda_engine "
               "build_serialized_network build_engine_with_config is_network_supported reset",
    "INetworkDefinition": "add_input mark_output unmark_output mark_output_for_shapes get_input get_output get_layer "
                          "serialize get_flag add_convolution add_convolution_nd add_deconvolution "
                          "add_deconvolution_nd add_fully_connected add_pooling add_pooling_nd add_activation add_scale "
                          "add_scale_nd add_softmax add_lrn add_elementwise add_unary add_reduce add_topk "
                          "add_matrix_multiply add_concatenation add_shuffle add_slice add_padding add_padding_nd "
                          "add_gather add_gather_v2 add_constant add_identity add_cast add_shape add_select add_resize "
                          "add_parametric_relu add_ragged_softmax add_normalization add_normalization_v2",
    "ILayer": "get_input set_input get_output set_output_type get_output_type reset_output_type output_type_is_set "
              "reset_precision",
    "IBuilderConfig": "set_flag clear_flag get_flag set_memory_pool_limit get_memory_pool_limit "
                      "add_optimization_profile set_preview_feature get_preview_feature set_tactic_sources "
                      "get_tactic_sources",
    "IOptimizationProfile": "set_shape get_shape set_shape_input get_shape_input",
    "Runtime": "deserialize_cuda_engine",
    "ICudaEngine": "serialize create_execution_context create_engine_inspector get_binding_index get_binding_name "
                   "get_binding_shape get_binding_dtype binding_is_input get_profile_shape get_tensor_name "
                   "get_tensor_shape get_tensor_dtype get_tensor_mode get_tensor_location get_tensor_profile_shape "
                   "is_shape_inference_io",
    "IExecutionContext": "execute execute_v2 execute_async execute_async_v2 execute_async_v3 set_tensor_address "
                         "get_tensor_address set_input_shape set_binding_shape get_binding_shape get_tensor_shape "
                         "infer_shapes set_shape_input set_optimization_profile_async set_output_allocator",
}
PROPERTIES = {
    "Builder": "max_batch_size max_workspace_size max_threads fp16_mode int8_mode platform_has_fast_fp16",
    "INetworkDefinition": "name num_inputs num_outputs num_layers has_implicit_batch_dimension flags builder",
    "ITensor": "name shape dtype is_network_input is_network_output location allowed_formats dynamic_range",
    "ILayer": "name type metadata num_inputs num_outputs precision precision_is_set",
    "IBuilderConfig": "max_workspace_size flags profiling_verbosity builder_optimization_level "
                      "num_optimization_profiles avg_timing_iterations progress_monitor",
    "ICudaEngine": "name num_bindings num_io_tensors num_layers num_optimization_profiles max_batch_size "
                   "has_implicit_batch_dimension device_memory_size refittable",
    "IExecutionContext": "engine name profiler active_optimization_profile debug_sync all_binding_shapes_specified",
}


@pytest.mark.parametrize("kind", METHODS)
def test_methods(kind):
    for name in METHODS[kind].split():
        assert callable(inspect.getattr_static(getattr(trt, kind), name)), name


@pytest.mark.parametrize("kind", PROPERTIES)
def test_properties(kind):
    for name in PROPERTIES[kind].split():
        assert not callable(inspect.getattr_static(getattr(trt, kind), name)), name


def test_layers_have_what_every_layer_has():
    kinds = [value for name, value in vars(trt).items() if name.endswith("Layer") and value is not trt.ILayer]
    assert len(kinds) >= 30
    for kind in kinds:
        assert issubclass(kind, trt.ILayer)
        for name in (METHODS["ILayer"] + " " + PROPERTIES["ILayer"]).split():
            assert hasattr(kind, name)


def test_everything_says_where_it_is_from():
    for name in trt.__all__:
        value = getattr(trt, name)
        if inspect.isclass(value):
            assert value.__module__ in ("ternrt", "ternrt.cuda"), name


def test_init_libnvinfer_plugins():
    assert trt.init_libnvinfer_plugins(trt.Logger(), "") is trt.init_libnvinfer_plugins(None, namespace="") is True


def test_every_element_type_of_the_library_has_a_member():
    bench = Bench()
    for name in ("FLOAT", "HALF", "BF16", "DOUBLE", "INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32",
                 "UINT64", "BOOL"):
        dtype = getattr(trt.DataType, name)
        assert bench.input(name, (2,), dtype).dtype is dtype


def test_the_cost_of_a_call(record_property):
    """Printed, not asserted: a machine at work cannot keep a promise about nanoseconds."""
    bench = Bench()
    bench.output(bench.network.add_identity(bench.input("x", (1,))).get_output(0))
    context = bench.engine().create_execution_context()
    x, y = np.zeros(1, np.float32), np.zeros(1, np.float32)
    assert context.execute_v2([x.ctypes.data, y.ctypes.data])
    run, bind, address = context.execute_async_v3, context.set_tensor_address, x.ctypes.data
    for name, call in (("execute_async_v3", lambda: run(0)), ("set_tensor_address", lambda: bind("x", address))):
        record_property(name + "_ns", min(timeit.repeat(call, number=2000, repeat=5)) / 2000 * 1e9)
