# SPDX-License-Identifier: Apache-2.0
"""cuda-python's runtime calls for memory, streams, events and the one device: each answers (cudaError_t, values...)."""
import enum

from .. import _ternrt
from .driver import mem_get_info


class cudaError_t(enum.IntEnum):
    cudaSuccess = 0
    cudaErrorInvalidValue = 1
    cudaErrorMemoryAllocation = 2
    cudaErrorInvalidDevice = 101
    cudaErrorNotReady = 600
    cudaErrorLaunchFailure = 719
    cudaErrorUnknown = 999


class cudaMemcpyKind(enum.IntEnum):
    cudaMemcpyHostToHost = 0
    cudaMemcpyHostToDevice = 1
    cudaMemcpyDeviceToHost = 2
    cudaMemcpyDeviceToDevice = 3
    cudaMemcpyDefault = 4


cudaStreamDefault, cudaStreamNonBlocking = 0, 1
cudaStreamLegacy, cudaStreamPerThread = 1, 2
cudaEventDefault, cudaEventBlockingSync, cudaEventDisableTiming, cudaEventInterprocess = 0, 1, 2, 4
cudaHostAllocDefault, cudaHostAllocPortable, cudaHostAllocMapped, cudaHostAllocWriteCombined = 0, 1, 2, 4
cudaHostRegisterDefault, cudaHostRegisterPortable, cudaHostRegisterMapped = 0, 1, 2

SUCCESS = cudaError_t.cudaSuccess
_CODES = {1: cudaError_t.cudaErrorInvalidValue, 5: cudaError_t.cudaErrorMemoryAllocation,
          6: cudaError_t.cudaErrorLaunchFailure}  # by tern_status
_last = SUCCESS


def _answer(count, function, *args):
    """(error, count values) of a function of the extension, which raises where CUDA has codes."""
    global _last
    try:
        result = function(*args)
    except _ternrt.Error as error:
        _last = _CODES.get(error.status, cudaError_t.cudaErrorUnknown)
        return (_last,) + (None,) * count
    return (SUCCESS, result) if count else (SUCCESS,)


# ---- the device ----

def cudaGetDeviceCount():
    return SUCCESS, 1


def cudaGetDevice():
    return SUCCESS, 0


def cudaSetDevice(device):
    return (SUCCESS if device == 0 else cudaError_t.cudaErrorInvalidDevice,)


def cudaDeviceSynchronize():
    return _answer(0, _ternrt._device_synchronize)


def cudaMemGetInfo():
    return (SUCCESS,) + mem_get_info()


def cudaGetLastError():
    global _last
    error, _last = _last, SUCCESS
    return (error,)


def cudaPeekAtLastError():
    return (_last,)


def cudaGetErrorName(error):
    return SUCCESS, cudaError_t(error).name.encode()


def cudaGetErrorString(error):
    words = {cudaError_t.cudaSuccess: "no error", cudaError_t.cudaErrorInvalidValue: "invalid argument",
             cudaError_t.cudaErrorMemoryAllocation: "out of memory",
             cudaError_t.cudaErrorInvalidDevice: "invalid device ordinal",
             cudaError_t.cudaErrorNotReady: "device not ready",
             cudaError_t.cudaErrorLaunchFailure: "queued work failed"}
    return SUCCESS, words.get(cudaError_t(error), "unknown error").encode()


# ---- memory: addresses are integers ----

def cudaMalloc(size):
    return _answer(1, _ternrt._device_alloc, size)


def cudaFree(devPtr):
    return _answer(0, _ternrt._device_free, int(devPtr))


def cudaMallocHost(size):
    return _answer(1, _ternrt._device_alloc, size)


def cudaHostAlloc(size, flags):
    return _answer(1, _ternrt._device_alloc, size)


def cudaFreeHost(ptr):
    return _answer(0, _ternrt._device_free, int(ptr))


def cudaMallocAsync(size, hStream):
    return _answer(1, _ternrt._device_alloc, size)


def cudaFreeAsync(devPtr, hStream):
    return _answer(0, _ternrt._device_free, int(devPtr))


def cudaHostRegister(ptr, size, flags):
    return (SUCCESS,)


def cudaHostUnregister(ptr):
    return (SUCCESS,)


def cudaMemcpy(dst, src, count, kind):
    return _answer(0, _ternrt._copy, dst, src, count, 0)


def cudaMemcpyAsync(dst, src, count, kind, stream):
    return _answer(0, _ternrt._copy, dst, src, count, int(stream))


def cudaMemset(devPtr, value, count):
    return _answer(0, _ternrt._fill, devPtr, value, count, 0)


def cudaMemsetAsync(devPtr, value, count, stream):
    return _answer(0, _ternrt._fill, devPtr, value, count, int(stream))


# ---- streams and events: handles are integers ----

def cudaStreamCreate():
    return _answer(1, _ternrt._stream_create)


def cudaStreamCreateWithFlags(flags):
    return _answer(1, _ternrt._stream_create)


def cudaStreamCreateWithPriority(flags, priority):
    return _answer(1, _ternrt._stream_create)


def cudaStreamDestroy(stream):
    return _answer(0, _ternrt._stream_destroy, int(stream))


def cudaStreamSynchronize(stream):
    return _answer(0, _ternrt._stream_synchronize, int(stream))


def cudaStreamQuery(stream):
    answer = _answer(1, _ternrt._stream_query, int(stream))
    return (cudaError_t.cudaErrorNotReady if answer[1] is False else answer[0],)


def cudaStreamWaitEvent(stream, event, flags=0):
    return _answer(0, _ternrt._stream_wait_event, int(stream), int(event))


def cudaEventCreate():
    return _answer(1, _ternrt._event_create)


def cudaEventCreateWithFlags(flags):
    return _answer(1, _ternrt._event_create)


def cudaEventDestroy(event):
    return _answer(0, _ternrt._event_destroy, int(event))


def cudaEventRecord(event, stream=0):
    return _answer(0, _ternrt._event_record, int(event), int(stream))


def cudaEventSynchronize(event):
    return _answer(0, _ternrt._event_synchronize, int(event))


def cudaEventQuery(event):
    answer = _answer(1, _ternrt._event_query, int(event))
    return (cudaError_t.cudaErrorNotReady if answer[1] is False else answer[0],)


def cudaEventElapsedTime(start, end):
    return _answer(1, _ternrt._event_elapsed, int(start), int(end))
