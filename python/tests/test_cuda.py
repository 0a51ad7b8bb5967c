# SPDX-License-Identifier: Apache-2.0
"""ternrt.cuda: pycuda's and cuda-python's names on Tern's memory, streams and events; and the shims."""
import pathlib
import subprocess
import sys

import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, python
from ternrt.cuda import driver as cuda
from ternrt.cuda import runtime as cudart

F = np.float32


# ---- pycuda ----

def test_device_memory_is_a_number():
    memory = cuda.mem_alloc(1000)
    assert int(memory) == memory.__index__() > 4096 and memory.size == 1000 and bool(memory)
    memory.free()
    assert not memory
    with pytest.raises(ValueError, match="freed"):
        int(memory)
    with pytest.raises(ValueError):
        cuda.mem_alloc(-1)


def test_copies_both_ways():
    x, y = np.arange(100, dtype=F), np.zeros(100, F)
    a, b = cuda.mem_alloc(x.nbytes), cuda.mem_alloc(x.nbytes)
    cuda.memcpy_htod(a, x)
    cuda.memcpy_dtod(b, a, x.nbytes)
    cuda.memcpy_dtoh(y, b)
    assert (x == y).all() and (cuda.from_device(b, (100,), F) == x).all()
    assert (cuda.from_device_like(cuda.to_device(x + 1), x) == x + 1).all()
    cuda.memset_d8(b, 0x3f, 4)
    assert cuda.from_device(b, (4,), np.uint8).tolist() == [0x3f] * 4
    cuda.memset_d32(b, 7, 10)
    assert cuda.from_device(b, (10,), np.int32).tolist() == [7] * 10


def test_copies_are_in_stream_order():
    stream, x = cuda.Stream(), cuda.pagelocked_empty(1000, F)
    device, y = cuda.mem_alloc(x.nbytes), cuda.pagelocked_zeros((1000,), F)
    for i in range(50):
        x.fill(i)
        cuda.memcpy_htod_async(device, x, stream)
        cuda.memcpy_dtoh_async(y, device, stream)
        stream.synchronize()
        assert (y == i).all() and stream.is_done()


def test_pageable_memory_is_copied_before_the_call_returns():
    stream, device, y = cuda.Stream(), cuda.mem_alloc(4000), np.zeros(1000, F)
    for i in range(50):
        cuda.memcpy_htod_async(device, np.full(1000, i, F), stream)  # the array dies at once
        cuda.memcpy_dtoh_async(y, device, stream)
        assert (y == i).all()


def test_copies_check_what_they_can():
    device, x = cuda.mem_alloc(16), np.zeros(100, F)
    with pytest.raises(cuda.LogicError):
        cuda.memcpy_htod(device, x)
    x.flags.writeable = False
    with pytest.raises(ValueError):
        cuda.memcpy_dtoh(x, device)
    with pytest.raises((ValueError, BufferError)):
        cuda.memcpy_htod(cuda.mem_alloc(400), np.zeros((10, 10), F)[:, ::2])
    with pytest.raises(TypeError):
        cuda.memcpy_htod("device", x)
    device.free()
    with pytest.raises(ValueError):
        cuda.memcpy_htod(device, np.zeros(1, F))


@pytest.mark.parametrize("shape, size", [(7, (7,)), ((2, 3), (2, 3)), (trt.Dims((4, 5)), (4, 5)), (0, (0,)), ((), (1,))])
def test_pagelocked_arrays(shape, size):
    array = cuda.pagelocked_empty(shape, np.float16)
    assert array.dtype == np.float16 and array.flags.writeable
    assert array.shape == (size if shape != () else ())
    zeros = cuda.pagelocked_zeros_like(array)
    assert zeros.shape == array.shape and not zeros.any() and cuda.pagelocked_empty_like(array).dtype == array.dtype


def test_arrays_keep_page_locked_memory():
    view = cuda.pagelocked_zeros((100, 100), F)[3:5, 7]
    np.copyto(view, [1, 2])
    assert view.tolist() == [1, 2] and np.from_dlpack(cuda.pagelocked_zeros(4, F)).tolist() == [0] * 4
    assert cuda.register_host_memory(view).base is view and cuda.aligned_empty(10, F).ctypes.data % 4096 == 0


def test_freeing_memory_waits_for_queued_work():
    bench = Bench()
    bench.output(bench.network.add_softmax(bench.input("x", (256, 256))).get_output(0))
    context, stream = bench.engine().create_execution_context(), cuda.Stream()
    for _ in range(20):
        x, y = cuda.mem_alloc(256 * 256 * 4), cuda.mem_alloc(256 * 256 * 4)
        for _ in range(10):
            assert context.execute_async_v2([int(x), int(y)], stream.handle)
        del x, y  # dies while the stream works on it
    stream.synchronize()


def test_streams_and_events():
    stream, other, start, end = cuda.Stream(), cuda.Stream(), cuda.Event(), cuda.Event()
    assert stream.handle > 2 and stream.is_done() and start.query()
    start.record(stream)
    end.record(stream).synchronize()
    assert end.query() and end.time_since(start) >= 0 and start.time_till(end) >= 0
    other.wait_for_event(end)
    other.synchronize()
    cuda.Context.synchronize()
    end.record()
    end.synchronize()


def test_stale_handles_are_refused():
    stream = cuda.Stream()
    handle = stream.handle
    del stream
    for call in (trt._ternrt._stream_synchronize, trt._ternrt._stream_query, trt._ternrt._event_query):
        with pytest.raises(trt.Error) as info:
            call(handle)
        assert info.value.status == 1 and str(info.value)


def test_contexts_and_devices():
    cuda.init()
    assert cuda.Device.count() == 1 and cuda.Device(0).name() and cuda.Device(0).total_memory() > 0
    context = cuda.Device(0).make_context()
    assert cuda.Context.get_current() is context
    cuda.Context.pop()
    context.push()
    context.pop()
    context.detach()
    free, total = cuda.mem_get_info()
    assert 0 < free <= total
    with pytest.raises(cuda.LogicError):
        cuda.Device(1)


# ---- cuda-python ----

def ok(answer):
    assert answer[0] == cudart.cudaError_t.cudaSuccess
    return answer[1] if len(answer) == 2 else answer[1:]


def test_runtime_memory():
    x, y = np.arange(10, dtype=F), np.zeros(10, F)
    device, host = ok(cudart.cudaMalloc(40)), ok(cudart.cudaMallocHost(40))
    kinds = cudart.cudaMemcpyKind
    ok(cudart.cudaMemcpy(device, x.ctypes.data, 40, kinds.cudaMemcpyHostToDevice))
    stream = ok(cudart.cudaStreamCreate())
    ok(cudart.cudaMemcpyAsync(host, device, 40, kinds.cudaMemcpyDeviceToHost, stream))
    ok(cudart.cudaStreamSynchronize(stream))
    ok(cudart.cudaMemcpy(y.ctypes.data, host, 40, kinds.cudaMemcpyDefault))
    assert (x == y).all()
    ok(cudart.cudaMemsetAsync(device, 0, 40, stream))
    ok(cudart.cudaStreamSynchronize(stream))
    ok(cudart.cudaMemcpy(y.ctypes.data, device, 40, kinds.cudaMemcpyDeviceToHost))
    assert not y.any()
    ok(cudart.cudaFree(device)), ok(cudart.cudaFreeHost(host)), ok(cudart.cudaStreamDestroy(stream))
    assert cudart.cudaFree(device)[0] == cudart.cudaError_t.cudaErrorInvalidValue
    assert cudart.cudaGetLastError()[0] == cudart.cudaError_t.cudaErrorInvalidValue
    assert cudart.cudaGetLastError()[0] == cudart.cudaError_t.cudaSuccess
    assert cudart.cudaMalloc(1 << 60) == (cudart.cudaError_t.cudaErrorMemoryAllocation, None)
    assert ok(cudart.cudaGetErrorString(cudart.cudaError_t.cudaErrorInvalidValue)) == b"invalid argument"


def test_runtime_streams_and_events():
    stream, start, end = ok(cudart.cudaStreamCreateWithFlags(1)), ok(cudart.cudaEventCreate()), ok(cudart.cudaEventCreate())
    ok(cudart.cudaEventRecord(start, stream)), ok(cudart.cudaEventRecord(end, stream))
    ok(cudart.cudaEventSynchronize(end))
    assert ok(cudart.cudaEventElapsedTime(start, end)) >= 0
    ok(cudart.cudaStreamWaitEvent(stream, end, 0))
    ok(cudart.cudaStreamSynchronize(stream))
    assert ok(cudart.cudaStreamQuery(stream)) == () and ok(cudart.cudaEventQuery(end)) == ()
    ok(cudart.cudaDeviceSynchronize())
    ok(cudart.cudaEventDestroy(start)), ok(cudart.cudaEventDestroy(end)), ok(cudart.cudaStreamDestroy(stream))
    assert cudart.cudaStreamQuery(stream)[0] == cudart.cudaError_t.cudaErrorInvalidResourceHandle
    assert ok(cudart.cudaGetDeviceCount()) == 1 and ok(cudart.cudaGetDevice()) == 0
    assert cudart.cudaSetDevice(3)[0] == cudart.cudaError_t.cudaErrorInvalidDevice


# ---- shims ----

def test_the_shims_are_ours():
    folder = subprocess.run([sys.executable, "-m", "ternrt", "shims"], capture_output=True, text=True, check=True).stdout
    folder = pathlib.Path(folder.strip())
    assert folder.is_dir() and folder.parent == pathlib.Path(trt.__file__).resolve().parent
    assert python("""
        import sys
        sys.path.insert(0, sys.argv[1])
        import tensorrt as trt, tensorrt.tensorrt, ternrt
        import pycuda.driver as cuda
        import pycuda.autoinit
        from cuda import cudart
        from cuda.bindings import runtime
        from ternrt.cuda import driver
        assert trt.Builder is ternrt.Builder is tensorrt.tensorrt.Builder and trt.compat is ternrt.compat
        assert cuda.mem_alloc is driver.mem_alloc and runtime.cudaMalloc is cudart.cudaMalloc
        assert not hasattr(trt, "Refitter") and driver.Context.get_current() is pycuda.autoinit.context
        trt.compat(8)
        print(trt.__version__, ternrt.__version__)
        """, str(folder)) == "8.6.1 " + trt.__version__
    usage = subprocess.run([sys.executable, "-m", "ternrt"], capture_output=True, text=True)
    assert usage.returncode == 2 and "usage" in usage.stderr
