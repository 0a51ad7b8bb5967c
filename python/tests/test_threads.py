# SPDX-License-Identifier: Apache-2.0
"""Threads, processes and the GIL."""
import multiprocessing
import threading
import time

import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, Memory, run
from ternrt.cuda import driver as cuda

F = np.float32


def dense(size=64, layers=2):
    """x @ w @ w ...: big enough to take a while."""
    bench = Bench()
    x = bench.input("x", (size, size))
    for i in range(layers):
        w = bench.constant(np.eye(size, dtype=F) * 2)
        x = bench.network.add_matrix_multiply(x, trt.MatrixOperation.NONE, w, trt.MatrixOperation.NONE).get_output(0)
    bench.output(x)
    return bench.engine()


def in_threads(count, work):
    failures = []

    def guarded(i):
        try:
            work(i)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=guarded, args=(i,)) for i in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


def test_contexts_run_at_once():
    engine = dense()

    def work(i):
        context = engine.create_execution_context()
        for _ in range(50):
            assert (run(engine, context, x=np.full((64, 64), i, F))[0] == 4 * i).all()

    in_threads(8, work)


def test_contexts_with_a_stream_each():
    engine = dense()

    def work(i):
        context, stream = engine.create_execution_context(), cuda.Stream()
        x, y = cuda.pagelocked_empty((64, 64), F), cuda.pagelocked_zeros((64, 64), F)
        device_x, device_y = cuda.mem_alloc(x.nbytes), cuda.mem_alloc(y.nbytes)
        for j in range(30):
            x.fill(i + j)
            cuda.memcpy_htod_async(device_x, x, stream)
            assert context.execute_async_v2([int(device_x), int(device_y)], stream.handle)
            cuda.memcpy_dtoh_async(y, device_y, stream)
            stream.synchronize()
            assert (y == 4 * (i + j)).all()

    in_threads(6, work)


def test_builders_in_threads_with_one_logger():
    logger = Memory()

    def work(i):
        for _ in range(5):
            builder = trt.Builder(logger)
            network = builder.create_network(1)
            network.mark_output(network.add_softmax(network.add_input("x", trt.float32, (i + 1,))).get_output(0))
            assert builder.build_engine(network, builder.create_builder_config()) is not None
            assert trt.Runtime(logger).deserialize_cuda_engine(b"nonsense") is None

    in_threads(6, work)
    assert len(logger.errors) >= 30


def test_objects_die_in_any_thread():
    engine = dense(8)
    contexts = [engine.create_execution_context() for _ in range(40)]
    in_threads(4, lambda i: [contexts.pop() for _ in range(10)])
    assert not contexts


def other_thread_progresses_while(call):
    """True when a Python thread gets to run before `call` returns, which only a released GIL allows."""
    ticks, stop = [0], threading.Event()

    def count():
        while not stop.is_set():
            ticks[0] += 1
            time.sleep(0)

    counter = threading.Thread(target=count)
    counter.start()
    while ticks[0] == 0:
        time.sleep(0.001)
    best, end = 0, time.monotonic() + 30  # patience: other programs use this machine too
    while best <= 1 and time.monotonic() < end:
        before = ticks[0]
        call()
        best = max(best, ticks[0] - before)
    stop.set()
    counter.join()
    return best > 1


def test_the_gil_is_released_while_running():
    engine = dense(384, 4)
    context, x, y = engine.create_execution_context(), np.ones((384, 384), F), np.zeros((384, 384), F)
    assert other_thread_progresses_while(lambda: context.execute_v2([x, y]))


def test_the_gil_is_released_while_building_and_loading():
    bench = Bench()
    x = bench.input("x", (256, 256))
    for _ in range(20):
        w = bench.constant(np.random.default_rng(1).standard_normal((256, 256), F))
        x = bench.network.add_matrix_multiply(x, trt.MatrixOperation.NONE, w, trt.MatrixOperation.NONE).get_output(0)
    bench.output(x)
    assert other_thread_progresses_while(bench.plan)
    plan, runtime = bytes(bench.plan()), trt.Runtime(Memory())
    assert other_thread_progresses_while(lambda: runtime.deserialize_cuda_engine(plan))


def test_the_gil_is_released_while_waiting():
    engine = dense(384, 4)
    context, stream = engine.create_execution_context(), cuda.Stream()
    x, y = cuda.pagelocked_zeros((384, 384), F), cuda.pagelocked_zeros((384, 384), F)

    def work():
        context.execute_async_v2([x, y], stream.handle)
        stream.synchronize()

    assert other_thread_progresses_while(work)


def test_a_context_dies_while_its_worker_calls_python():
    """A destructor that waited for the worker with the GIL held would hang here."""
    class Slow(trt.IProfiler):
        def report_layer_time(self, layer_name, ms):
            time.sleep(0.01)

    engine = dense(16)
    stream = cuda.Stream()
    x, y = cuda.pagelocked_zeros((16, 16), F), cuda.pagelocked_zeros((16, 16), F)
    for _ in range(5):
        context = engine.create_execution_context()
        context.profiler = Slow()
        assert context.execute_async_v2([x, y], stream.handle)
        del context
    del stream


def test_execute_async_returns_before_the_work_is_done():
    engine = dense(512, 8)
    context, stream, done = engine.create_execution_context(), cuda.Stream(), cuda.Event()
    x, y = cuda.pagelocked_zeros((512, 512), F), cuda.pagelocked_zeros((512, 512), F)
    early = 0
    for _ in range(20):
        assert context.execute_async_v2([x, y], stream.handle)
        done.record(stream)
        early += not done.query()
        stream.synchronize()
    assert early > 0


def child(engine, queue):
    queue.put(run(engine, x=np.full((64, 64), 3, F))[0].sum().item())


@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_forked_processes_run_what_the_parent_built():
    engine = dense()
    run(engine, x=np.ones((64, 64), F))
    stream = cuda.Stream()
    stream.synchronize()
    context = multiprocessing.get_context("fork")
    queue = context.Queue()
    processes = [context.Process(target=child, args=(engine, queue)) for _ in range(3)]
    for process in processes:
        process.start()
    assert [queue.get(timeout=60) for _ in processes] == [64 * 64 * 12.0] * 3
    for process in processes:
        process.join(60)
        assert process.exitcode == 0
    assert (run(engine, x=np.ones((64, 64), F))[0] == 4).all()


def test_a_pool_of_spawned_processes():
    import helpers
    assert helpers.python("""
        import multiprocessing, sys
        sys.path.insert(0, sys.argv[1])
        from test_threads import spawned
        if __name__ == "__main__":
            with multiprocessing.get_context("spawn").Pool(2) as pool:
                print(sum(pool.map(spawned, range(3))))
        """, str(__import__("pathlib").Path(__file__).parent)) == str(16.0 * 8 * 8 * 3 / 4)


def spawned(i):
    return run(dense(8), x=np.full((8, 8), i, F))[0].sum().item()
