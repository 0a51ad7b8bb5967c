# SPDX-License-Identifier: Apache-2.0
"""cuda-python's names: the driver's calls, what the runtime tells of device, pointers and errors, and the shims."""
import ctypes
import os
import pathlib
import threading

import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, python
from ternrt.cuda import driver as pycuda
from ternrt.cuda import driver_api as cuda
from ternrt.cuda import runtime as cudart

F = np.float32
E, R = cudart.cudaError_t, cuda.CUresult
PACKAGE = pathlib.Path(trt.__file__).resolve().parent


def ok(answer):
    assert type(answer[0]) in (E, R) and answer[0] == 0, answer
    return answer[1] if len(answer) == 2 else answer[1:]


# ---- the driver ----

def test_the_device_and_its_name():
    ok(cuda.cuInit(0))
    assert cuda.cuInit(1) == (R.CUDA_ERROR_INVALID_VALUE,)
    assert ok(cuda.cuDeviceGetCount()) == 1
    device = ok(cuda.cuDeviceGet(0))
    assert type(device) is cuda.CUdevice and device == 0
    assert cuda.cuDeviceGet(1) == (R.CUDA_ERROR_INVALID_DEVICE, None)
    assert ok(cuda.cuDeviceGetName(64, device)) == b"Tern CPU" and ok(cuda.cuDeviceGetName(5, device)) == b"Tern"
    assert ok(cuda.cuDeviceTotalMem(device)) == ok(cuda.cuMemGetInfo())[1] > 0
    assert cuda.cuDeviceTotalMem(3) == (R.CUDA_ERROR_INVALID_DEVICE, None)
    assert ok(cuda.cuDeviceComputeCapability(device)) == (0, 0)
    assert cuda.cuDeviceComputeCapability(3) == (R.CUDA_ERROR_INVALID_DEVICE, None, None)


def test_names_and_texts_of_results():
    assert ok(cuda.cuGetErrorName(R.CUDA_ERROR_OUT_OF_MEMORY)) == b"CUDA_ERROR_OUT_OF_MEMORY"
    assert ok(cuda.cuGetErrorString(R.CUDA_SUCCESS)) == b"no error"
    assert ok(cuda.cuGetErrorString(R.CUDA_ERROR_NOT_READY)) == b"device not ready"
    assert cuda.cuGetErrorName(12345) == cuda.cuGetErrorString(12345) == (R.CUDA_ERROR_INVALID_VALUE, None)
    for result in R:
        assert ok(cuda.cuGetErrorName(result)).decode() == result.name and ok(cuda.cuGetErrorString(result))


def test_contexts_are_a_stack():
    first, second = ok(cuda.cuCtxCreate(0, 0)), ok(cuda.cuCtxCreate(None, 0, 0))
    assert type(first) is cuda.CUcontext and 0 != first != second
    assert ok(cuda.cuCtxGetCurrent()) == second and ok(cuda.cuCtxGetDevice()) == 0
    assert ok(cuda.cuCtxPopCurrent()) == second and ok(cuda.cuCtxGetCurrent()) == first
    ok(cuda.cuCtxSetCurrent(second))
    assert ok(cuda.cuCtxGetCurrent()) == second == pycuda.Context.get_current().handle
    ok(cuda.cuCtxSynchronize())
    ok(cuda.cuCtxSetCurrent(0))
    while ok(cuda.cuCtxGetCurrent()):
        ok(cuda.cuCtxPopCurrent())  # what other tests left
    assert cuda.cuCtxPopCurrent() == cuda.cuCtxGetDevice() == (R.CUDA_ERROR_INVALID_CONTEXT, None)
    ok(cuda.cuCtxPushCurrent(first))
    ok(cuda.cuCtxDestroy(first)), ok(cuda.cuCtxDestroy(second))
    assert ok(cuda.cuCtxGetCurrent()) == 0
    for call in (cuda.cuCtxDestroy, cuda.cuCtxSetCurrent, cuda.cuCtxPushCurrent):
        assert call(first) == (R.CUDA_ERROR_INVALID_CONTEXT,)
    assert cuda.cuCtxCreate(0, 1) == (R.CUDA_ERROR_INVALID_DEVICE, None)
    primary = ok(cuda.cuDevicePrimaryCtxRetain(0))
    assert primary == ok(cuda.cuDevicePrimaryCtxRetain(0))
    ok(cuda.cuCtxSetCurrent(primary)), ok(cuda.cuCtxPopCurrent()), ok(cuda.cuDevicePrimaryCtxRelease(0))
    with pytest.raises(TypeError):
        cuda.cuCtxCreate(0)


def test_every_thread_has_its_own_stack():
    context, seen = ok(cuda.cuCtxCreate(0, 0)), []

    def work():
        seen.append(ok(cuda.cuCtxGetCurrent()))
        ok(cuda.cuCtxSetCurrent(context))
        seen.append(ok(cuda.cuCtxGetCurrent()))

    thread = threading.Thread(target=work)
    thread.start(), thread.join()
    assert seen == [0, context] and ok(cuda.cuCtxGetCurrent()) == context
    ok(cuda.cuCtxDestroy(context))


def test_driver_memory():
    cudart.cudaGetLastError()
    x, y = np.arange(10, dtype=F), np.zeros(10, F)
    a, b, host = ok(cuda.cuMemAlloc(40)), ok(cuda.cuMemAlloc(40)), ok(cuda.cuMemAllocHost(40))
    assert type(a) is cuda.CUdeviceptr and int(a) > 0
    ok(cuda.cuMemcpyHtoD(a, x, x.nbytes)), ok(cuda.cuMemcpyDtoD(b, a, 40))
    ok(cuda.cuMemcpyDtoH(y.ctypes.data, b, 40))
    assert (x == y).all()
    stream = ok(cuda.cuStreamCreate(cuda.CUstream_flags.CU_STREAM_NON_BLOCKING))
    ctypes.memset(host, 0, 40)
    ok(cuda.cuMemcpyDtoHAsync(host, a, 40, stream)), ok(cuda.cuMemcpyHtoDAsync(b, host, 40, stream))
    ok(cuda.cuMemcpyDtoDAsync(a, b, 40, stream)), ok(cuda.cuStreamSynchronize(stream))
    assert (np.ctypeslib.as_array((ctypes.c_float * 10).from_address(host)) == x).all()
    ok(cuda.cuMemsetD8(a, 0x1ff, 3)), ok(cuda.cuMemsetD16(a + 4, 7, 2)), ok(cuda.cuMemsetD32(a + 8, 9, 8))
    ok(cuda.cuMemcpyDtoH(y, a, 40))
    assert y.view(np.uint8)[:3].tolist() == [255] * 3 and y.view(np.uint16)[2:4].tolist() == [7, 7]
    assert y.view(np.uint32)[2:].tolist() == [9] * 8
    ok(cuda.cuMemsetD8Async(a, 0, 40, stream)), ok(cuda.cuStreamDestroy(stream)), ok(cuda.cuMemcpy(y, a, 40))
    assert not y.any()
    ok(cuda.cuMemFree(a)), ok(cuda.cuMemFree(b)), ok(cuda.cuMemFreeHost(host))
    assert cuda.cuMemFree(a) == cuda.cuMemFreeHost(host) == (R.CUDA_ERROR_INVALID_VALUE,)
    assert cuda.cuMemAlloc(0) == (R.CUDA_ERROR_INVALID_VALUE, None)
    assert cuda.cuMemAlloc(1 << 60) == (R.CUDA_ERROR_OUT_OF_MEMORY, None)
    assert cudart.cudaPeekAtLastError() == (E.cudaSuccess,)  # the driver's errors are not the runtime's


def test_driver_streams_and_events():
    stream, start, end = ok(cuda.cuStreamCreate(0)), ok(cuda.cuEventCreate(0)), ok(cuda.cuEventCreate(0))
    assert type(stream) is cuda.CUstream and type(start) is cuda.CUevent
    ok(cuda.cuEventRecord(start, stream)), ok(cuda.cuEventRecord(end, stream)), ok(cuda.cuEventSynchronize(end))
    ok(cuda.cuEventQuery(end)), ok(cuda.cuStreamWaitEvent(stream, end, 0)), ok(cuda.cuStreamSynchronize(stream))
    ok(cuda.cuStreamQuery(stream))
    assert ok(cuda.cuEventElapsedTime(start, end)) >= 0
    for gone, calls in ((stream, (cuda.cuStreamDestroy, cuda.cuStreamSynchronize, cuda.cuStreamQuery)),
                        (end, (cuda.cuEventDestroy, cuda.cuEventSynchronize, cuda.cuEventQuery))):
        ok(calls[0](gone))
        for call in calls:
            assert call(gone) == (R.CUDA_ERROR_INVALID_HANDLE,)
    assert cuda.cuEventElapsedTime(start, end) == (R.CUDA_ERROR_INVALID_HANDLE, None)


def test_an_engine_runs_on_the_drivers_memory():
    bench, x, y = Bench(), np.linspace(-1, 1, 12, dtype=F).reshape(3, 4), np.empty((3, 4), F)
    bench.output(bench.network.add_activation(bench.input("x", x), trt.ActivationType.RELU).get_output(0))
    context, stream = bench.engine().create_execution_context(), ok(cuda.cuStreamCreate(0))
    blocks = [ok(cuda.cuMemAlloc(x.nbytes)) for _ in range(2)]
    for name, block in zip(("x", "y0"), blocks):
        assert context.set_tensor_address(name, block)
    ok(cuda.cuMemcpyHtoDAsync(blocks[0], x, x.nbytes, stream))
    assert context.execute_async_v3(stream)
    ok(cuda.cuMemcpyDtoHAsync(y, blocks[1], y.nbytes, stream)), ok(cuda.cuStreamSynchronize(stream))
    assert (y == np.maximum(x, 0)).all()
    ok(cuda.cuStreamDestroy(stream)), [ok(cuda.cuMemFree(block)) for block in blocks]


# ---- what the runtime tells ----

def test_attributes_are_those_of_the_processor():
    A = cudart.cudaDeviceAttr

    def get(attr):
        return ok(cudart.cudaDeviceGetAttribute(attr, 0))

    assert get(A.cudaDevAttrMultiProcessorCount) == len(os.sched_getaffinity(0))
    assert get(A.cudaDevAttrUnifiedAddressing) == get(A.cudaDevAttrIntegrated) == 1
    assert get(A.cudaDevAttrComputeCapabilityMajor) == get(A.cudaDevAttrWarpSize) == 0
    assert int(A.cudaDevAttrMaxThreadsPerBlock) == 1 and int(A.cudaDevAttrMemoryPoolsSupported) == 115
    assert cudart.cudaDeviceGetAttribute(A.cudaDevAttrPciBusId, 0) == (E.cudaErrorInvalidValue, None)
    assert cudart.cudaDeviceGetAttribute(4711, 0) == (E.cudaErrorInvalidValue, None)
    assert cudart.cudaDeviceGetAttribute(A.cudaDevAttrIntegrated, 1) == (E.cudaErrorInvalidDevice, None)
    assert cudart.cudaGetLastError() == (E.cudaErrorInvalidDevice,)
    names = cuda.CUdevice_attribute
    assert ok(cuda.cuDeviceGetAttribute(names.CU_DEVICE_ATTRIBUTE_CAN_MAP_HOST_MEMORY, 0)) == 1
    assert cuda.cuDeviceGetAttribute(names.CU_DEVICE_ATTRIBUTE_ECC_ENABLED, 0) == (R.CUDA_ERROR_INVALID_VALUE, None)
    assert len(names) == len(A) == len(pycuda.device_attribute)


def test_properties_agree_with_the_attributes():
    properties = ok(cudart.cudaGetDeviceProperties(0))
    assert isinstance(properties, cudart.cudaDeviceProp) and properties.name.decode() == "Tern CPU"
    assert properties.totalGlobalMem == ok(cudart.cudaMemGetInfo())[1]
    assert (properties.major, properties.minor) == pycuda.Device(0).compute_capability() == (0, 0)
    assert properties.multiProcessorCount == len(os.sched_getaffinity(0)) and properties.unifiedAddressing == 1
    assert list(properties.maxThreadsDim) == list(properties.maxGridSize) == [0, 0, 0]
    assert not hasattr(properties, "pciBusID") and "multiProcessorCount" in repr(properties)
    with pytest.raises(AttributeError, match="does not tell"):
        properties.memoryBusWidth
    assert cudart.cudaGetDeviceProperties(1) == (E.cudaErrorInvalidDevice, None)
    assert cudart.cudaGetLastError() == (E.cudaErrorInvalidDevice,)


def test_versions():
    assert ok(cudart.cudaRuntimeGetVersion()) == cudart.CUDART_VERSION == cuda.CUDA_VERSION == 12000
    assert ok(cudart.cudaDriverGetVersion()) == ok(cuda.cuDriverGetVersion()) == 0
    assert ok(cudart.cudaDeviceGetStreamPriorityRange()) == (0, 0)


def test_pointers_tell_what_they_are():
    kinds = cudart.cudaMemoryType
    for alloc, kind, free in ((cudart.cudaMalloc(64), kinds.cudaMemoryTypeDevice, cudart.cudaFree),
                              (cudart.cudaMallocHost(64), kinds.cudaMemoryTypeHost, cudart.cudaFreeHost),
                              (cudart.cudaMallocManaged(64, 1), kinds.cudaMemoryTypeManaged, cudart.cudaFree)):
        block = ok(alloc)
        for pointer in (block, block + 63):
            told = ok(cudart.cudaPointerGetAttributes(pointer))
            assert told.type is kind and told.device == 0
            assert told.devicePointer == told.hostPointer == pointer
        assert ok(cudart.cudaPointerGetAttributes(block + 64)).type is kinds.cudaMemoryTypeUnregistered
        ok(free(block))
        assert ok(cudart.cudaPointerGetAttributes(block)).type is kinds.cudaMemoryTypeUnregistered
    x = np.zeros(100, F)
    told = ok(cudart.cudaPointerGetAttributes(x))
    assert told.type == 0 and told.device == cudart.cudaInvalidDeviceId and told.hostPointer == x.ctypes.data
    assert ok(cudart.cudaPointerGetAttributes(pycuda.mem_alloc(8))).type is kinds.cudaMemoryTypeDevice


def test_registered_memory():
    x = np.zeros(100, F)
    ok(cudart.cudaHostRegister(x.ctypes.data, x.nbytes, 0))
    assert ok(cudart.cudaPointerGetAttributes(x.ctypes.data + 8)).type is cudart.cudaMemoryType.cudaMemoryTypeHost
    assert ok(cudart.cudaHostGetDevicePointer(x.ctypes.data, 0)) == x.ctypes.data
    assert cudart.cudaHostRegister(x, x.nbytes, 0) == (E.cudaErrorHostMemoryAlreadyRegistered,)
    ok(cudart.cudaHostUnregister(x))
    assert cudart.cudaHostUnregister(x) == (E.cudaErrorHostMemoryNotRegistered,)
    assert cudart.cudaHostRegister(x, 0, 0) == cudart.cudaHostRegister(0, 8, 0) == (E.cudaErrorInvalidValue,)
    assert cudart.cudaHostGetDevicePointer(x, 0) == (E.cudaErrorInvalidValue, None)
    cudart.cudaGetLastError()


def test_only_what_was_allocated_here_is_freed():
    memory = pycuda.mem_alloc(64)
    device, host = ok(cudart.cudaMalloc(8)), ok(cudart.cudaHostAlloc(8, 0))
    for call, pointer in ((cudart.cudaFree, memory), (cudart.cudaFree, host), (cudart.cudaFreeHost, device),
                          (cudart.cudaFree, device + 1)):
        assert call(int(pointer)) == (E.cudaErrorInvalidValue,)
    ok(cudart.cudaFree(device)), ok(cudart.cudaFreeHost(host)), ok(cudart.cudaFree(0)), ok(cudart.cudaFreeHost(0))
    assert cudart.cudaFree(device) == (E.cudaErrorInvalidValue,) and ok(cudart.cudaMalloc(0)) == 0
    device = ok(cudart.cudaMallocAsync(8, 0))
    ok(cudart.cudaFreeAsync(device, 0))
    pycuda.memset_d8(memory, 1, 64)  # still there
    cudart.cudaGetLastError()


def test_arrays_are_checked_where_they_are_given_as_arrays():
    x, frozen, kind = np.arange(4, dtype=F), bytes(16), cudart.cudaMemcpyKind.cudaMemcpyDefault
    block = ok(cudart.cudaMalloc(64))
    ok(cudart.cudaMemcpy(block, x, 16, kind)), ok(cudart.cudaMemcpy(block, frozen, 16, kind))
    for dst, src, count in ((block, x, 17), (x, block, 17), (frozen, block, 16), (block, x, 1 << 40)):
        assert cudart.cudaMemcpy(dst, src, count, kind) == (E.cudaErrorInvalidValue,)
    assert cudart.cudaMemset(x, 0, 17) == (E.cudaErrorInvalidValue,) and x.tolist() == [0, 1, 2, 3]
    ok(cudart.cudaMemset(x, 0x100, 16))
    assert not x.any() and cudart.cudaMemcpy(block, x, 16, 9) == (E.cudaErrorInvalidMemcpyDirection,)
    assert cudart.cudaMemcpyAsync(block, x, 16, kind, 123456789) == (E.cudaErrorInvalidValue,)
    ok(cudart.cudaFree(block))
    cudart.cudaGetLastError()


def test_handles_are_told_from_values():
    handle, gone = E.cudaErrorInvalidResourceHandle, 123456789
    event = ok(cudart.cudaEventCreate())
    assert type(event) is cudart.cudaEvent_t and type(ok(cudart.cudaStreamCreate())) is cudart.cudaStream_t
    for answer in (cudart.cudaStreamQuery(gone), cudart.cudaStreamSynchronize(gone), cudart.cudaStreamDestroy(gone),
                   cudart.cudaStreamWaitEvent(0, gone, 0), cudart.cudaEventRecord(event, gone),
                   cudart.cudaEventQuery(gone), cudart.cudaEventElapsedTime(event, event)):
        assert answer[0] == handle, answer
    assert cudart.cudaPeekAtLastError() == cudart.cudaGetLastError() == (handle,)
    ok(cudart.cudaEventDestroy(event))


def test_names_of_errors():
    assert ok(cudart.cudaGetErrorName(E.cudaErrorInvalidValue)) == b"cudaErrorInvalidValue"
    assert ok(cudart.cudaGetErrorString(E.cudaErrorMemoryAllocation)) == b"out of memory"
    assert ok(cudart.cudaGetErrorName(4711)) == ok(cudart.cudaGetErrorString(4711)) == b"unrecognized error code"


def test_a_reset_gives_everything_back():
    assert python("""
        from ternrt.cuda import driver_api as cuda, runtime as cudart, driver
        import numpy as np
        own = driver.to_device(np.ones(4, np.float32))
        stream, event = cudart.cudaStreamCreate()[1], cudart.cudaEventCreate()[1]
        device, host = cudart.cudaMalloc(64)[1], cudart.cudaMallocHost(64)[1]
        x, managed = np.zeros(4, np.float32), cuda.cuMemAllocManaged(64, 1)[1]
        assert cudart.cudaHostRegister(x, 16, 0) == cudart.cudaMemsetAsync(device, 1, 64, stream) == (0,)
        assert cudart.cudaDeviceReset() == (0,)
        print(*(int(answer[0]) for answer in (
            cudart.cudaFree(device), cudart.cudaFreeHost(host), cuda.cuMemFree(managed), cudart.cudaStreamQuery(stream),
            cudart.cudaEventQuery(event), cudart.cudaHostUnregister(x), cudart.cudaDeviceReset())))
        print(driver.from_device(own, 4, np.float32).sum())
        """) == "1 1 1 400 400 713 0\n4.0"


# ---- shims ----

def test_the_import_lines_of_programs():
    assert python("""
        from cuda import cuda, cudart
        from cuda.bindings import driver, runtime
        import ternrt
        import tensorrt as trt
        assert trt.tensorrt.ICudaEngine is trt.ICudaEngine is ternrt.ICudaEngine
        assert driver.CUresult is cuda.CUresult and runtime.cudaError_t is cudart.cudaError_t
        assert trt.tensorrt.__version__ == trt.__version__ and not hasattr(trt, "nothing")
        import pycuda.autoprimaryctx
        import pycuda.driver as old
        assert old.Context.get_current() is pycuda.autoprimaryctx.context is old.Device(0).retain_primary_context()

        def check(err):
            if isinstance(err, cuda.CUresult) and err != cuda.CUresult.CUDA_SUCCESS:
                raise RuntimeError("Cuda Error: {}".format(err))

        check(cuda.cuInit(0)[0])
        try:
            check(cuda.cuMemFree(1234)[0])
        except RuntimeError as error:
            print(error)
        """, PYTHONPATH=os.pathsep.join(map(str, (PACKAGE / "shims", PACKAGE.parent)))) in (
            "Cuda Error: 1", "Cuda Error: CUresult.CUDA_ERROR_INVALID_VALUE")
