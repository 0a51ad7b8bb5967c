# SPDX-License-Identifier: Apache-2.0
"""Settings that are kept without an effect, settings of TensorRT 7 and 8, and profiles on request."""
import numpy as np
import pytest

import ternrt as trt
from helpers import Memory, python, run

F = np.float32


@pytest.fixture
def context(bench):
    x = bench.input("x", (4, 4))
    x = bench.network.add_softmax(x).get_output(0)
    bench.output(bench.network.add_matrix_multiply(x, trt.MatrixOperation.NONE, x, trt.MatrixOperation.TRANSPOSE)
                 .get_output(0))
    return bench.engine().create_execution_context()


def kept(thing, name, first, *others, wrong=()):
    assert getattr(thing, name) == first
    for value in others:
        setattr(thing, name, value)
        assert getattr(thing, name) == value
    for value in wrong:
        with pytest.raises((TypeError, ValueError)):
            setattr(thing, name, value)
        assert getattr(thing, name) == (others[-1] if others else first)
    with pytest.raises((TypeError, AttributeError)):
        delattr(thing, name)


def test_of_a_config(bench):
    config = bench.config
    kept(config, "max_aux_streams", -1, 0, 3, wrong=(-2, "a"))
    kept(config, "profile_stream", 0, 5, wrong=("a", -1))
    kept(config, "max_num_tactics", -1, 0, 8, wrong=(-2,))
    kept(config, "l2_limit_for_tiling", 0, 1 << 20, wrong=(-1,))
    kept(config, "tiling_optimization_level", trt.TilingOptimizationLevel.NONE, trt.TilingOptimizationLevel.FULL,
         wrong=("FULL", trt.DeviceType.GPU))
    config.reset()
    assert config.max_aux_streams == -1 and config.profile_stream == 0
    assert config.tiling_optimization_level is trt.TilingOptimizationLevel.NONE


def test_quantization_flags(bench):
    config, flag = bench.config, trt.QuantizationFlag.CALIBRATE_BEFORE_FUSION
    assert config.get_quantization_flag(flag) is False and config.quantization_flags == 0
    config.set_quantization_flag(flag=flag)
    assert config.get_quantization_flag(flag) is True and config.quantization_flags == 1 << int(flag)
    config.clear_quantization_flag(flag)
    assert config.quantization_flags == 0
    config.quantization_flags = 1 << int(flag)
    assert config.get_quantization_flag(flag)
    for wrong in (trt.BuilderFlag.FP16, 99, None):
        with pytest.raises((TypeError, ValueError)):
            config.set_quantization_flag(wrong)
    with pytest.raises(ValueError):
        config.quantization_flags = 1 << 30
    config.reset()
    assert config.quantization_flags == 0


def test_of_a_runtime():
    logger = Memory()
    runtime = trt.Runtime(logger)
    kept(runtime, "engine_host_code_allowed", False, True)
    kept(runtime, "temporary_directory", None, "/tmp", None, wrong=(5,))
    both = 1 << int(trt.TempfileControlFlag.ALLOW_IN_MEMORY_FILES) | 1 << int(
        trt.TempfileControlFlag.ALLOW_TEMPORARY_FILES)
    kept(runtime, "tempfile_control_flags", both, 1, 0, wrong=(1 << 20, "a"))
    assert runtime.DLA_core == -1
    runtime.DLA_core = 0
    assert runtime.DLA_core == -1 and "no DLA" in logger.errors[-1]


def test_of_a_context_and_an_engine(context):
    kept(context, "nvtx_verbosity", trt.ProfilingVerbosity.LAYER_NAMES_ONLY, trt.ProfilingVerbosity.DETAILED,
         wrong=("a",))
    kept(context, "persistent_cache_limit", 0, 4096, wrong=(-1,))
    kept(context, "temporary_allocator", None, trt.IGpuAllocator.__new__(trt.IGpuAllocator), wrong=(5,))
    context.set_aux_streams([1, 2])
    with pytest.raises(TypeError):
        context.set_aux_streams(5)
    assert context.engine.num_aux_streams == 0 and context.engine.tactic_sources == 0


@pytest.mark.parametrize("verbosity", ["LAYER_NAMES_ONLY", "NONE", "DETAILED"])
def test_an_engine_knows_its_verbosity(bench, verbosity):
    member = getattr(trt.ProfilingVerbosity, verbosity)
    bench.config.profiling_verbosity = member
    bench.output(bench.network.add_softmax(bench.input("x", (4,))).get_output(0))
    assert bench.engine().profiling_verbosity is member


class Times(trt.IProfiler):
    def __init__(self):
        trt.IProfiler.__init__(self)
        self.layers = []

    def report_layer_time(self, layer_name, ms):
        assert ms >= 0
        self.layers.append(layer_name)


@pytest.mark.parametrize("on_a_stream", [False, True])
def test_times_are_reported_on_request(context, bench, rng, on_a_stream):
    stream = trt._ternrt._stream_create() if on_a_stream else 0
    context.profiler = times = Times()
    assert context.enqueue_emits_profile is True
    x = rng.standard_normal((4, 4), F)
    run(context.engine, context, stream, x=x)
    names, times.layers = times.layers, []
    assert names and context.report_to_profiler() is False and "every run reports" in bench.logger.errors[-1]
    context.enqueue_emits_profile = False
    assert context.report_to_profiler() is False and times.layers == []
    for _ in range(3):
        run(context.engine, context, stream, x=x)
    assert times.layers == [] and context.report_to_profiler() is True and times.layers == names, "of the last run"
    assert context.report_to_profiler() is False
    context.enqueue_emits_profile = True
    run(context.engine, context, stream, x=x)
    assert times.layers == names * 2
    context.profiler = None
    assert context.report_to_profiler() is False and "no profiler" in bench.logger.errors[-1]


def test_what_a_profiler_raises_on_request(context, rng):
    class Broken(trt.IProfiler):
        def report_layer_time(self, layer_name, ms):
            raise KeyError(layer_name)

    context.profiler, context.enqueue_emits_profile = Broken(), False
    run(context.engine, context, x=rng.standard_normal((4, 4), F))
    with pytest.raises(KeyError):
        context.report_to_profiler()


def test_weights_can_be_named(bench):
    weights = np.ones((3, 4), F)
    bench.network.add_constant((3, 4), weights)
    assert bench.network.set_weights_name(weights, "w") is True
    assert bench.network.set_weights_name(weights=trt.Weights(weights), name="again") is True
    assert bench.network.set_weights_name(np.ones((3, 4), F), "other") is False
    assert "no layer" in bench.logger.errors[-1]
    with pytest.raises(TypeError):
        bench.network.set_weights_name(weights, 5)


def test_values_of_shape_inputs(bench):
    x, size = bench.input("x", (-1, 2)), bench.input("size", (2,), trt.int32)
    layer = bench.network.add_shuffle(x)
    layer.set_input(1, size)
    bench.output(layer.get_output(0))
    profile = bench.profile(x=((2, 2), (4, 2), (8, 2)))
    profile.set_shape_input("size", [1, 4], [2, 4], [16, 16])
    bench.config.reset()
    bench.config.add_optimization_profile(profile)
    context = bench.engine().create_execution_context()
    with pytest.raises(ValueError, match="no values yet"):
        context.get_shape(1)
    assert context.set_shape_input(1, [2, 4]) and context.get_shape(1) == [2, 4]
    assert context.get_shape(binding=1) == [2, 4]
    for index, said in ((0, "not a shape input"), (2, "output")):
        with pytest.raises(ValueError, match=said):
            context.get_shape(index)


def test_a_builder_of_7():
    assert python("""
        import numpy as np, ternrt as trt
        trt.compat(7)
        class Recorder(trt.IErrorRecorder):
            def report_error(self, code, desc): return False
        with trt.Builder(trt.Logger()) as builder, builder.create_network() as network:
            builder.error_recorder = Recorder()
            builder.max_batch_size, builder.max_workspace_size = 8, 1 << 20
            builder.fp16_mode = builder.int8_mode = builder.strict_type_constraints = False
            x = network.add_input("x", trt.float32, (3,))
            network.mark_output(network.add_activation(x, trt.ActivationType.RELU).get_output(0))
            with builder.build_cuda_engine(network) as engine:
                print(engine.max_batch_size, engine.max_workspace_size, engine.num_bindings)
                engine.create_execution_context_without_device_memory()
    """).split()[0] == "8"


def test_settings_cannot_be_deleted(bench, context):
    layer = bench.network.get_layer(0)
    for thing in (bench.builder, bench.network, bench.config, context, context.engine, trt.Runtime(bench.logger), layer,
                  layer.get_output(0), bench.builder.create_optimization_profile(), trt.Logger()):
        for name in dir(thing):
            if not name.startswith("_") and not callable(getattr(type(thing), name)):
                with pytest.raises((AttributeError, TypeError)):
                    delattr(thing, name)
