# SPDX-License-Identifier: Apache-2.0
"""Engines and contexts: names, indices, shapes, the three ways to run, profilers, output allocators."""
import json
import mmap

import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, Memory, run


@pytest.fixture
def engine(bench):
    a, b = bench.input("a", (2, 3)), bench.input("b", (2, 3))
    bench.output(bench.network.add_elementwise(a, b, trt.ElementWiseOperation.SUM).get_output(0),
                 bench.network.add_elementwise(a, b, trt.ElementWiseOperation.PROD).get_output(0))
    bench.network.name = "two"
    return bench.engine()


A, B = np.arange(6, dtype=np.float32).reshape(2, 3), np.full((2, 3), 2, np.float32)


def test_an_engine_is_a_sequence_of_names(engine):
    names = ["a", "b", "y0", "y1"]
    assert len(engine) == engine.num_bindings == engine.num_io_tensors == 4 and list(engine) == names
    assert [engine[i] for i in range(4)] == names and [engine[name] for name in names] == [0, 1, 2, 3]
    assert engine[-1] == "y1" and "b" in engine and bool(engine)
    with pytest.raises(IndexError):
        engine[4]
    with pytest.raises(KeyError):
        engine["c"]


def test_questions_by_binding(engine):
    assert [engine.get_binding_name(i) for i in range(2)] == ["a", "b"]
    assert engine.get_binding_index("y1") == 3 and engine.get_binding_index("c") == -1
    assert engine.binding_is_input(0) and not engine.binding_is_input("y0")
    assert engine.get_binding_shape(0) == engine.get_binding_shape("a") == (2, 3)
    assert engine.get_binding_dtype(2) == trt.float32 and engine.get_location(0) == trt.TensorLocation.DEVICE
    assert not engine.is_shape_binding(0) and engine.is_execution_binding(0)
    assert engine.get_binding_format(0) == trt.TensorFormat.LINEAR and "linear" in engine.get_binding_format_desc(0)
    assert engine.get_binding_vectorized_dim(0) == -1
    with pytest.raises(IndexError):
        engine.get_binding_shape(4)


def test_questions_by_name(engine):
    assert [engine.get_tensor_name(i) for i in range(4)] == list(engine)
    assert engine.get_tensor_mode("a") == trt.TensorIOMode.INPUT
    assert engine.get_tensor_mode("y0") == trt.TensorIOMode.OUTPUT
    assert engine.get_tensor_shape("y0") == (2, 3) and engine.get_tensor_dtype("y0") == trt.float32
    assert engine.get_tensor_location("a") == trt.TensorLocation.DEVICE and not engine.is_shape_inference_io("a")
    assert engine.get_tensor_format("a") == trt.TensorFormat.LINEAR


def test_an_unknown_name_is_logged(engine, bench):
    assert engine.get_tensor_mode("c") == trt.TensorIOMode.NONE and len(engine.get_tensor_shape("c")) == 0
    assert sum('no tensor "c"' in text for text in bench.logger.errors) == 2


def test_facts_of_an_engine(engine):
    assert engine.name == "two" and engine.num_layers >= 1 and engine.num_optimization_profiles == 1
    assert not engine.has_implicit_batch_dimension and not engine.refittable and engine.device_memory_size >= 0
    assert engine.device_memory_size == engine.device_memory_size_v2 == engine.get_device_memory_size_for_profile(0)
    assert engine.engine_capability == trt.EngineCapability.STANDARD and engine.num_aux_streams == 0


def test_every_way_to_run(engine):
    context = engine.create_execution_context()
    stream = trt._ternrt._stream_create()
    y0, y1 = np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float32)
    bindings = [A.ctypes.data, B.ctypes.data, y0.ctypes.data, y1.ctypes.data]

    def check(accepted, handle=0):
        assert accepted is True
        if handle:
            trt._ternrt._stream_synchronize(handle)
        assert (y0 == A + B).all() and (y1 == A * B).all()
        y0.fill(0), y1.fill(0)

    check(context.execute_v2(bindings))
    check(context.execute(1, bindings))
    check(context.execute(batch_size=1, bindings=bindings))
    check(context.execute_async(1, bindings, stream), stream)
    check(context.execute_async_v2(bindings, 0))
    check(context.execute_async_v2(bindings=bindings, stream_handle=stream), stream)
    check(context.execute_async_v3(0))
    check(context.execute_async_v3(stream_handle=stream), stream)
    context.debug_sync = True
    check(context.execute_async_v3(stream))
    trt._ternrt._stream_destroy(stream)


def test_addresses_may_be_arrays(engine):
    """The buffer protocol and DLPack, whatever has one; the context keeps them."""
    class Tensor:
        def __init__(self, array):
            self.array = array

        def __dlpack__(self, **keywords):
            return self.array.__dlpack__(**keywords)

    context = engine.create_execution_context()
    y0, y1 = np.zeros((2, 3), np.float32), np.zeros((2, 3), np.float32)
    assert context.execute_v2([A.copy(), memoryview(B.copy()), Tensor(y0), y1])
    assert (y0 == A + B).all() and (y1 == A * B).all()
    assert context.set_tensor_address("y0", y1) and context.get_tensor_address("y0") == y1.ctypes.data
    with pytest.raises(TypeError, match="an address is"):
        context.set_tensor_address("a", "nowhere")
    for wrong in (-1, 1 << 64):
        with pytest.raises(OverflowError):
            context.set_tensor_address("a", wrong)


def test_arrays_may_be_replaced_while_work_is_queued(engine):
    """What the queued work reads and writes is not let go before it is done."""
    context, stream = engine.create_execution_context(), trt._ternrt._stream_create()
    for i in range(200):
        for name, array in {"a": A + i, "b": B.copy(), "y0": np.zeros((2, 3), np.float32), "y1": A.copy()}.items():
            assert context.set_tensor_address(name, array)
        assert context.execute_async_v3(stream)
    trt._ternrt._stream_synchronize(stream)
    trt._ternrt._stream_destroy(stream)


def test_input_consumed_event(engine):
    context = engine.create_execution_context()
    stream, event = trt._ternrt._stream_create(), trt._ternrt._event_create()
    y = [np.zeros((2, 3), np.float32) for _ in range(2)]
    assert context.execute_async_v2([A, B, *y], stream, event)
    trt._ternrt._event_synchronize(event)
    assert (y[0] == A + B).all()
    y[0].fill(0)
    assert context.set_input_consumed_event(event) and context.get_input_consumed_event() == event
    assert context.execute_async_v3(stream)
    trt._ternrt._event_synchronize(event)
    assert (y[0] == A + B).all() and context.set_input_consumed_event(0)
    trt._ternrt._stream_destroy(stream), trt._ternrt._event_destroy(event)


def test_refused_runs(engine, bench):
    context = engine.create_execution_context()
    assert context.execute_v2([0, 0, 0, 0]) is False and context.execute_async_v3(0) is False
    assert context.execute_v2([A, B]) is False and "2 bindings given, the engine has 4" in bench.logger.errors[-1]
    assert context.set_tensor_address("c", 0) is False
    assert context.execute(3, [A, B, A, A]) is False
    assert context.execute_async_v3(0xdeadbeef) is False
    count = len(bench.logger.errors)
    y = [np.zeros((2, 3), np.float32) for _ in range(2)]
    assert context.execute_v2([A, B, *y]) and (y[0] == A + B).all() and len(bench.logger.errors) == count


def test_contexts_share_an_engine(engine):
    contexts = [engine.create_execution_context() for _ in range(4)]
    assert all(context.engine is engine for context in contexts)
    for i, context in enumerate(contexts):
        context.name = "c%d" % i
        assert context.name == "c%d" % i and (run(engine, context, a=A + i, b=B)[0] == A + i + B).all()


def test_serialize_and_load_again(engine, tmp_path):
    plan = engine.serialize()
    assert isinstance(plan, trt.IHostMemory) and plan.nbytes == len(bytes(plan)) == len(memoryview(plan))
    assert plan.dtype == trt.int8
    path = tmp_path / "two.engine"
    with open(path, "wb") as file:
        file.write(plan)
    runtime = trt.Runtime(Memory())
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        loaded = runtime.deserialize_cuda_engine(mapped)
        with pytest.raises(BufferError):
            mapped.close()  # the engine reads it
        assert (run(loaded, a=A, b=B)[1] == A * B).all()
        del loaded
    for source in (path.read_bytes(), bytearray(path.read_bytes()), plan, np.frombuffer(path.read_bytes(), np.uint8)):
        loaded = runtime.deserialize_cuda_engine(source)
        del source
        assert (run(loaded, a=A, b=B)[1] == A * B).all() and bytes(loaded.serialize()) == bytes(plan)


def test_the_same_network_gives_the_same_plan():
    def plan():
        bench = Bench()
        bench.output(bench.network.add_softmax(bench.input("x", (3, 5))).get_output(0))
        return bytes(bench.plan())
    assert plan() == plan()


@pytest.mark.parametrize("damage", [
    lambda plan: b"", lambda plan: b"not a plan", lambda plan: plan[:100], lambda plan: plan[:-1],
    lambda plan: bytes([plan[0] ^ 1]) + plan[1:], lambda plan: plan[:-1] + bytes([plan[-1] ^ 1])])
def test_a_damaged_plan_gives_none_and_a_reason(engine, damage):
    logger = Memory()
    assert trt.Runtime(logger).deserialize_cuda_engine(damage(bytes(engine.serialize()))) is None
    assert logger.errors[0].startswith('plan "memory": ')


def test_what_is_no_buffer_is_a_type_error():
    with pytest.raises(TypeError):
        trt.Runtime(Memory()).deserialize_cuda_engine("plan")


def test_profilers_hear_of_every_layer(engine):
    class Times(trt.IProfiler):
        def __init__(self):
            trt.IProfiler.__init__(self)
            self.layers = []

        def report_layer_time(self, layer_name, ms):
            assert ms >= 0
            self.layers.append(layer_name)

    context = engine.create_execution_context()
    context.profiler = times = Times()
    assert context.profiler is times
    run(engine, context, a=A, b=B)
    assert len(times.layers) >= engine.num_layers > 0
    context.profiler = None
    run(engine, context, a=A, b=B)
    assert len(times.layers) < 2 * engine.num_layers + 2 and context.profiler is None
    with pytest.raises(TypeError):
        context.profiler = 5


def test_the_printing_profiler(engine, capsys):
    context = engine.create_execution_context()
    context.profiler = trt.Profiler()
    run(engine, context, a=A, b=B)
    assert "ms" in capsys.readouterr().out


def test_output_allocators(engine):
    class Grow(trt.IOutputAllocator):
        def __init__(self):
            trt.IOutputAllocator.__init__(self)
            self.array = self.shape = None

        def reallocate_output(self, tensor_name, memory, size, alignment):
            self.array = np.zeros(size, np.uint8)
            return self.array.ctypes.data

        def notify_shape(self, tensor_name, shape):
            self.shape = tuple(shape)

    context = engine.create_execution_context()
    grow, y1 = Grow(), np.zeros((2, 3), np.float32)
    assert context.set_output_allocator("y0", grow) and context.get_output_allocator("y0") is grow
    for name, array in {"a": A, "b": B, "y1": y1}.items():
        assert context.set_tensor_address(name, array)
    assert context.execute_async_v3(0)
    assert grow.shape == (2, 3) and (grow.array[:24].view(np.float32).reshape(2, 3) == A + B).all()


def test_inspector(engine):
    inspector = engine.create_engine_inspector()
    inspector.execution_context = context = engine.create_execution_context()
    assert inspector.execution_context is context and inspector.get_engine_information()
    report = json.loads(inspector.get_engine_information(trt.LayerInformationFormat.JSON))
    assert len(report["Layers"]) == engine.num_layers and report["Bindings"] == list(engine)
    for i in range(engine.num_layers):
        json.loads(inspector.get_layer_information(i, trt.LayerInformationFormat.JSON))
    with pytest.raises(IndexError):
        inspector.get_layer_information(engine.num_layers)


def test_strides_and_sizes(engine):
    context = engine.create_execution_context()
    assert context.get_tensor_strides("a") == context.get_strides(0) == (3, 1)
    assert context.get_tensor_shape("y0") == context.get_binding_shape(2) == (2, 3)
    assert context.get_max_output_size("y0") == 24 and context.all_binding_shapes_specified


def test_progress_monitor(bench):
    class Watch(trt.IProgressMonitor):
        def __init__(self, go_on=True):
            trt.IProgressMonitor.__init__(self)
            self.calls, self.go_on = [], go_on

        def phase_start(self, phase_name, parent_phase, num_steps):
            self.calls.append(("start", phase_name))

        def step_complete(self, phase_name, step):
            self.calls.append(("step", phase_name))
            return self.go_on

        def phase_finish(self, phase_name):
            self.calls.append(("finish", phase_name))

    bench.output(bench.network.add_softmax(bench.input("x", (3, 5))).get_output(0))
    bench.config.progress_monitor = watch = Watch()
    assert bench.plan() is not None and bench.config.progress_monitor is watch
    phases = [name for kind, name in watch.calls if kind == "start"]
    assert phases and [name for kind, name in watch.calls if kind == "finish"] == phases
    bench.config.progress_monitor = Watch(go_on=False)
    assert bench.plan() is None and "cancel" in bench.logger.errors[-1].lower()
