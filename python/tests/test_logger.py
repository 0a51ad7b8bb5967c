# SPDX-License-Identifier: Apache-2.0
"""Loggers: what Logger prints and where, subclasses, exceptions on the way."""
import re

import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, Memory


def test_the_line_is_as_in_tensorrt(capsys):
    logger = trt.Logger(trt.Logger.VERBOSE)
    for severity in (trt.Logger.INTERNAL_ERROR, trt.Logger.ERROR, trt.Logger.WARNING, trt.Logger.INFO,
                     trt.Logger.VERBOSE):
        logger.log(severity, "text of %s" % severity.name)
    out, err = capsys.readouterr()
    assert re.fullmatch(r"(\[\d\d/\d\d/\d{4}-\d\d:\d\d:\d\d\] \[TRT\] \[[FEW]\] text of \w+\n){3}", err)
    assert re.fullmatch(r"(\[\d\d/\d\d/\d{4}-\d\d:\d\d:\d\d\] \[TRT\] \[[IV]\] text of \w+\n){2}", out)


def test_severity_filters(capsys):
    logger = trt.Logger(min_severity=trt.Logger.ERROR)
    assert logger.min_severity is trt.Logger.ERROR
    logger.log(trt.Logger.WARNING, "hidden")
    logger.min_severity = trt.Logger.WARNING
    logger.log(severity=trt.Logger.WARNING, msg="seen")
    assert "hidden" not in (err := capsys.readouterr().err) and "seen" in err
    assert trt.Logger().min_severity is trt.Logger.WARNING


def test_errors_of_the_library_are_printed(capsys):
    trt.Runtime(trt.Logger()).deserialize_cuda_engine(b"nonsense")
    assert "[TRT] [E] plan" in capsys.readouterr().err


def test_subclasses_of_both():
    class Loud(trt.Logger):
        def __init__(self):
            trt.Logger.__init__(self, trt.Logger.VERBOSE)
            self.lines = []

        def log(self, severity, msg):
            assert isinstance(severity, trt.Logger.Severity) and isinstance(msg, str)
            self.lines.append(msg)

    loud = Loud()
    assert trt.Runtime(loud).deserialize_cuda_engine(b"nonsense") is None and loud.lines
    with pytest.raises(NotImplementedError):
        trt.ILogger().log(trt.Logger.ERROR, "text")


@pytest.mark.parametrize("wrong", [None, 5, object(), "logger"])
def test_only_loggers_are_loggers(wrong):
    for make in (trt.Builder, trt.Runtime):
        with pytest.raises(TypeError, match="ILogger"):
            make(wrong)


class Broken(trt.ILogger):
    def __init__(self):
        trt.ILogger.__init__(self)
        self.calls = 0

    def log(self, severity, msg):
        self.calls += 1
        raise ZeroDivisionError(msg)


def test_what_a_logger_raises_comes_out_of_the_call():
    broken = Broken()
    with pytest.raises(ZeroDivisionError, match="nonsense|plan"):
        trt.Runtime(broken).deserialize_cuda_engine(b"nonsense")
    network = trt.Builder(broken).create_network()
    with pytest.raises(ZeroDivisionError):
        network.add_input("", trt.float32, (1,))
    assert broken.calls >= 2


def test_what_a_profiler_raises_comes_out_of_a_run_in_the_callers_thread(bench):
    class Times(trt.IProfiler):
        def report_layer_time(self, layer_name, ms):
            raise KeyError(layer_name)

    bench.output(bench.network.add_softmax(bench.input("x", (4,))).get_output(0))
    context = bench.engine().create_execution_context()
    context.profiler = Times()
    with pytest.raises(KeyError):
        context.execute_v2([np.zeros(4, np.float32), np.zeros(4, np.float32)])


def test_what_a_profiler_raises_on_a_streams_worker_is_unraisable(bench, monkeypatch):
    import sys
    caught = []
    monkeypatch.setattr(sys, "unraisablehook", lambda args: caught.append(args.exc_type))

    class Times(trt.IProfiler):
        def report_layer_time(self, layer_name, ms):
            raise KeyError(layer_name)

    bench.output(bench.network.add_softmax(bench.input("x", (4,))).get_output(0))
    context = bench.engine().create_execution_context()
    context.profiler = Times()
    stream = trt._ternrt._stream_create()
    x, y = np.zeros(4, np.float32), np.zeros(4, np.float32)
    assert context.execute_async_v2([x, y], stream)
    trt._ternrt._stream_synchronize(stream)
    trt._ternrt._stream_destroy(stream)
    assert caught and set(caught) == {KeyError} and y.sum() == pytest.approx(1)


def test_a_logger_may_call_tern_again():
    class Curious(Memory):
        def log(self, severity, msg):
            super().log(severity, msg)
            if len(self.lines) < 5:
                trt.Runtime(self).deserialize_cuda_engine(b"again")

    curious = Curious()
    assert trt.Runtime(curious).deserialize_cuda_engine(b"nonsense") is None and len(curious.lines) >= 5


def test_a_pending_exception_survives_destructors_that_log():
    bench = Bench()
    with pytest.raises(ValueError, match="mine"):
        local = bench
        bench = None
        local.output(local.network.add_softmax(local.input("x", (4,))).get_output(0))
        raise ValueError("mine")
