# SPDX-License-Identifier: Apache-2.0
"""Error recorders: who hears of which error, exceptions, lifetimes."""
import gc
import weakref

import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, Memory


class Recorder(trt.IErrorRecorder):
    """As TensorRT's samples write one."""

    def __init__(self):
        trt.IErrorRecorder.__init__(self)
        self.errors = []

    def report_error(self, code, desc):
        self.errors.append((code, desc))
        return False

    def num_errors(self):
        return len(self.errors)

    def get_error_code(self, index):
        return self.errors[index][0]

    def get_error_desc(self, index):
        return self.errors[index][1]

    def has_overflowed(self):
        return False

    def clear(self):
        self.errors = []


def softmax(bench):
    bench.output(bench.network.add_softmax(bench.input("x", (-1, 4))).get_output(0))
    bench.profile(x=((1, 4), (2, 4), (3, 4)))
    return bench


def test_a_runtime_reports_what_it_logs():
    logger, recorder = Memory(), Recorder()
    runtime = trt.Runtime(logger)
    assert runtime.error_recorder is None
    runtime.error_recorder = recorder
    assert runtime.error_recorder is recorder
    assert runtime.deserialize_cuda_engine(b"nonsense") is None
    assert recorder.num_errors() == 1 and recorder.get_error_desc(0).startswith(logger.errors[0])
    assert recorder.get_error_code(0) is trt.ErrorCodeTRT.UNSPECIFIED_ERROR
    runtime.error_recorder = None
    assert runtime.deserialize_cuda_engine(b"nonsense") is None and recorder.num_errors() == 1
    assert len(logger.errors) >= 2


def test_warnings_are_no_errors(bench):
    bench.builder.error_recorder = recorder = Recorder()
    bench.config.set_flag(trt.BuilderFlag.VERSION_COMPATIBLE)
    assert bench.logger.lines and recorder.errors == []


def test_a_builder_its_networks_and_its_engines(bench):
    bench.builder.error_recorder = recorder = Recorder()
    x = bench.input("x", (2, 3))
    assert bench.network.error_recorder is None
    assert bench.network.add_input("x", trt.float32, (-5,)) is None
    assert recorder.get_error_code(0) is trt.ErrorCodeTRT.INVALID_ARGUMENT
    bench.network.error_recorder = own = Recorder()
    assert bench.network.add_input("y", trt.float32, (-5,)) is None
    assert own.num_errors() == 1 and recorder.num_errors() == 1, "the nearest hears it alone"
    assert bench.plan() is None, "no outputs"
    assert own.num_errors() == 1 and recorder.num_errors() == 2, "the builder builds"
    bench.output(bench.network.add_softmax(x).get_output(0))
    context = bench.builder.build_engine(bench.network, bench.config).create_execution_context()
    assert context.execute_async_v3(0) is False and recorder.num_errors() == 3, "engines inherit"


def test_a_context_its_engine_and_its_runtime(bench):
    runtime = trt.Runtime(bench.logger)
    engine = runtime.deserialize_cuda_engine(softmax(bench).plan())
    context, other = engine.create_execution_context(), engine.create_execution_context()
    runtime.error_recorder, engine.error_recorder, context.error_recorder = all_three = Recorder(), Recorder(), Recorder()
    for refuse, heard in ((lambda: context.set_input_shape("x", (9, 4)), 2),
                          (lambda: context.set_input_shape("none", (9, 4)), 2),
                          (lambda: context.execute_v2([]), 2),
                          (lambda: context.execute_async_v3(0), 2),
                          (lambda: context.set_optimization_profile_async(7, 0), 2),
                          (lambda: other.set_input_shape("x", (9, 4)), 1),
                          (lambda: runtime.deserialize_cuda_engine(b"no"), 0)):
        before, lines = [r.num_errors() for r in all_three], len(bench.logger.errors)
        assert not refuse()
        before[heard] += 1
        assert [r.num_errors() for r in all_three] == before and len(bench.logger.errors) > lines
    context.error_recorder = None
    assert not context.set_input_shape("x", (9, 4)) and all_three[1].num_errors() == 2
    inspector = engine.create_engine_inspector()
    inspector.error_recorder = all_three[0]
    assert inspector.error_recorder is all_three[0]


class Broken(trt.IErrorRecorder):
    def report_error(self, code, desc):
        raise KeyError(desc)


def test_what_a_recorder_raises_is_raised(bench):
    bench.builder.error_recorder = Broken()
    with pytest.raises(KeyError, match="no output"):
        bench.plan()
    bench.builder.error_recorder = trt.IErrorRecorder()
    with pytest.raises(NotImplementedError):
        bench.plan()
    bench.builder.error_recorder = None
    assert bench.plan() is None


@pytest.mark.parametrize("wrong", [5, "recorder", object(), Recorder])
def test_only_recorders_are_recorders(bench, wrong):
    with pytest.raises(TypeError, match="IErrorRecorder"):
        bench.builder.error_recorder = wrong
    with pytest.raises((TypeError, AttributeError)):
        del bench.builder.error_recorder


def test_a_cycle_through_a_recorder_is_collected():
    bench, recorder = Bench(), Recorder()
    recorder.builder = bench.builder
    bench.builder.error_recorder = recorder
    dead = weakref.ref(recorder)
    del bench, recorder
    gc.collect()
    assert dead() is None


def test_a_replaced_recorder_lives_as_long_as_it_is_called(bench):
    class Once(Recorder):
        def report_error(self, code, desc):
            bench.builder.error_recorder = None
            return super().report_error(code, desc)

    bench.builder.error_recorder = Once()
    assert bench.plan() is None and bench.builder.error_recorder is None


def test_the_limit_of_descriptions_and_the_codes():
    assert trt.IErrorRecorder.MAX_DESC_LENGTH == 127
    assert int(trt.ErrorCodeTRT.INVALID_ARGUMENT) == 3


def test_a_run_that_goes_well_reports_nothing(bench, rng):
    bench = softmax(bench)
    engine = bench.engine()
    context = engine.create_execution_context()
    context.error_recorder = recorder = Recorder()
    x = rng.standard_normal((2, 4), np.float32)
    y = np.empty_like(x)
    assert context.set_input_shape("x", (2, 4))
    assert context.set_tensor_address("x", x) and context.set_tensor_address("y0", y)
    assert context.execute_async_v3(0) and recorder.errors == []
