# SPDX-License-Identifier: Apache-2.0
"""cuda-python's runtime calls for memory, streams, events and the one device: each answers (cudaError_t, values...).

Addresses are integers, streams and events integers of their own types.  Device memory is the host's, so every kind of
it can be read and written from either side.
"""
import enum as _enum

from . import attributes as _attributes
from . import calls as _calls
from . import errors as _errors
from .attributes import cudaDeviceAttr, cudaDeviceProp  # noqa: F401
from .errors import cudaError_t


class cudaMemcpyKind(_enum.IntEnum):
    cudaMemcpyHostToHost = 0
    cudaMemcpyHostToDevice = 1
    cudaMemcpyDeviceToHost = 2
    cudaMemcpyDeviceToDevice = 3
    cudaMemcpyDefault = 4


class cudaMemoryType(_enum.IntEnum):
    cudaMemoryTypeUnregistered = _calls.UNREGISTERED
    cudaMemoryTypeHost = _calls.HOST
    cudaMemoryTypeDevice = _calls.DEVICE
    cudaMemoryTypeManaged = _calls.MANAGED


class cudaComputeMode(_enum.IntEnum):
    cudaComputeModeDefault = 0
    cudaComputeModeExclusive = 1
    cudaComputeModeProhibited = 2
    cudaComputeModeExclusiveProcess = 3


class cudaStream_t(int):
    """A stream; 0, 1 and 2 are the caller's own thread."""


class cudaEvent_t(int):
    """An event."""


class cudaPointerAttributes:
    """What cudaPointerGetAttributes answers: type, device, devicePointer and hostPointer."""

    def __init__(self, type, device, pointer):
        self.type = cudaMemoryType(type)
        self.device = device
        self.devicePointer = self.hostPointer = pointer


CUDART_VERSION = _errors.INTERFACE_VERSION
cudaStreamDefault, cudaStreamNonBlocking = 0, 1
cudaStreamLegacy, cudaStreamPerThread = 1, 2
cudaEventDefault, cudaEventBlockingSync, cudaEventDisableTiming, cudaEventInterprocess = 0, 1, 2, 4
cudaHostAllocDefault, cudaHostAllocPortable, cudaHostAllocMapped, cudaHostAllocWriteCombined = 0, 1, 2, 4
cudaHostRegisterDefault, cudaHostRegisterPortable, cudaHostRegisterMapped = 0, 1, 2
cudaMemAttachGlobal, cudaMemAttachHost = 1, 2
cudaInvalidDeviceId = _calls.NO_DEVICE

SUCCESS = cudaError_t.cudaSuccess
_last = SUCCESS


def _answer(answer, kind=None):
    """The answer of a call with cudaError_t's member in front; failures are remembered."""
    global _last
    error = cudaError_t(answer[0])
    if error not in (SUCCESS, cudaError_t.cudaErrorNotReady):  # which is no error
        _last = error
    if kind is not None and error == SUCCESS:
        return error, kind(answer[1])
    return (error,) + answer[1:]


# ---- the device ----

def cudaGetDeviceCount():
    """1: the processor."""
    return SUCCESS, 1


def cudaGetDevice():
    return SUCCESS, 0


def cudaSetDevice(device):
    return _answer(_calls.check_device(device))


def cudaDeviceSynchronize():
    return _answer(_calls.synchronize())


def cudaDeviceReset():
    """Waits, then frees the memory, streams and events that this module and ternrt.cuda.driver_api gave out; what
    objects own (engines, contexts, pycuda's) stays theirs."""
    return _answer(_calls.reset())


def cudaMemGetInfo():
    return (SUCCESS,) + _attributes.memory()


def cudaDeviceGetAttribute(attr, device):
    """cudaErrorInvalidValue for what has no answer on this machine; ternrt.cuda.attributes says which and why."""
    return _answer(_calls.attribute(attr, device))


def cudaGetDeviceProperties(device):
    error = _answer(_calls.check_device(device))[0]
    return error, cudaDeviceProp() if error == SUCCESS else None


def cudaDeviceGetStreamPriorityRange():
    """0 and 0, CUDA's answer where streams have no priorities."""
    return SUCCESS, 0, 0


def cudaRuntimeGetVersion():
    """12000: the CUDA whose names and numbers this module follows.  It does not say that there is a CUDA."""
    return SUCCESS, CUDART_VERSION


def cudaDriverGetVersion():
    """0, which CUDA answers where no driver of NVIDIA's is installed: none is used here."""
    return SUCCESS, 0


def cudaGetLastError():
    global _last
    error, _last = _last, SUCCESS
    return (error,)


def cudaPeekAtLastError():
    return (_last,)


def cudaGetErrorName(error):
    number = int(error)
    return SUCCESS, cudaError_t(number).name.encode() if number in _errors.TEXTS else b"unrecognized error code"


def cudaGetErrorString(error):
    return SUCCESS, _errors.TEXTS.get(int(error), b"unrecognized error code")


# ---- memory ----

def cudaMalloc(size):
    return _answer(_calls.alloc(size, _calls.DEVICE))


def cudaFree(devPtr):
    return _answer(_calls.free(devPtr, _calls.DEVICE, _calls.MANAGED))


def cudaMallocHost(size):
    return _answer(_calls.alloc(size, _calls.HOST))


def cudaHostAlloc(size, flags):
    return _answer(_calls.alloc(size, _calls.HOST))


def cudaFreeHost(ptr):
    return _answer(_calls.free(ptr, _calls.HOST))


def cudaMallocManaged(size, flags=cudaMemAttachGlobal):
    return _answer(_calls.alloc(size, _calls.MANAGED))


def cudaMallocAsync(size, hStream):
    """Allocates at once, which is in time for whatever is queued behind."""
    return _answer(_calls.alloc(size, _calls.DEVICE))


def cudaFreeAsync(devPtr, hStream):
    """Waits for what is queued, on every stream."""
    return _answer(_calls.free(devPtr, _calls.DEVICE, _calls.MANAGED))


def cudaHostRegister(ptr, size, flags):
    return _answer(_calls.register(ptr, size))


def cudaHostUnregister(ptr):
    return _answer(_calls.unregister(ptr))


def cudaHostGetDevicePointer(pHost, flags):
    """The same address, of page-locked memory."""
    if _calls.kind_of(pHost) not in (_calls.HOST, _calls.MANAGED):
        return _answer((_errors.INVALID_VALUE, None))
    return SUCCESS, _calls.address_of(pHost)


def cudaPointerGetAttributes(ptr):
    """Both addresses are the pointer, whatever the type: the device reads and writes all of the host's memory.  Memory
    of ternrt.cuda.driver is known by its objects; as a number it is unregistered, as is all that was not allocated
    here."""
    kind = _calls.kind_of(ptr)
    device = _calls.NO_DEVICE if kind == _calls.UNREGISTERED else 0
    return SUCCESS, cudaPointerAttributes(kind, device, _calls.address_of(ptr))


def _copy(dst, src, count, kind, stream):
    if not 0 <= kind <= 4:
        return _answer((_errors.INVALID_MEMCPY_DIRECTION,))
    return _answer(_calls.copy(dst, src, count, stream))


def cudaMemcpy(dst, src, count, kind):
    return _copy(dst, src, count, kind, 0)


def cudaMemcpyAsync(dst, src, count, kind, stream):
    return _copy(dst, src, count, kind, stream)


def cudaMemset(devPtr, value, count):
    return _answer(_calls.fill(devPtr, value, count))


def cudaMemsetAsync(devPtr, value, count, stream):
    return _answer(_calls.fill(devPtr, value, count, stream))


# ---- streams and events ----

def cudaStreamCreate():
    return _answer(_calls.stream_create(), cudaStream_t)


def cudaStreamCreateWithFlags(flags):
    return cudaStreamCreate()


def cudaStreamCreateWithPriority(flags, priority):
    """There is one priority, as cudaDeviceGetStreamPriorityRange says."""
    return cudaStreamCreate()


def cudaStreamDestroy(stream):
    return _answer(_calls.stream_destroy(stream))


def cudaStreamSynchronize(stream):
    return _answer(_calls.stream_synchronize(stream))


def cudaStreamQuery(stream):
    return _answer(_calls.stream_query(stream))


def cudaStreamWaitEvent(stream, event, flags=0):
    return _answer(_calls.stream_wait_event(stream, event))


def cudaEventCreate():
    return _answer(_calls.event_create(), cudaEvent_t)


def cudaEventCreateWithFlags(flags):
    return cudaEventCreate()


def cudaEventDestroy(event):
    return _answer(_calls.event_destroy(event))


def cudaEventRecord(event, stream=0):
    return _answer(_calls.event_record(event, stream))


def cudaEventSynchronize(event):
    return _answer(_calls.event_synchronize(event))


def cudaEventQuery(event):
    return _answer(_calls.event_query(event))


def cudaEventElapsedTime(start, end):
    return _answer(_calls.event_elapsed(start, end))
