# SPDX-License-Identifier: Apache-2.0
"""cuda-python's driver calls for device, contexts, memory, streams and events: each answers (CUresult, values...).

Handles and addresses are integers of their own types.  Nothing needs cuInit or a current context; contexts are those of
ternrt.cuda.driver, with the same stack.
"""
import enum as _enum

from . import attributes as _attributes
from . import calls as _calls
from . import driver as _driver
from . import errors as _errors
from .attributes import CUdevice_attribute  # noqa: F401
from .errors import CUresult


class CUdevice(int):
    """A device: 0."""


class CUcontext(int):
    """A context; 0 is none."""


class CUdeviceptr(int):
    """An address."""


class CUstream(int):
    """A stream; 0, 1 and 2 are the caller's own thread."""


class CUevent(int):
    """An event."""


class CUctx_flags(_enum.IntEnum):
    CU_CTX_SCHED_AUTO = 0
    CU_CTX_SCHED_SPIN = 1
    CU_CTX_SCHED_YIELD = 2
    CU_CTX_SCHED_BLOCKING_SYNC = 4
    CU_CTX_MAP_HOST = 8


class CUstream_flags(_enum.IntEnum):
    CU_STREAM_DEFAULT = 0
    CU_STREAM_NON_BLOCKING = 1


class CUevent_flags(_enum.IntEnum):
    CU_EVENT_DEFAULT = 0
    CU_EVENT_BLOCKING_SYNC = 1
    CU_EVENT_DISABLE_TIMING = 2
    CU_EVENT_INTERPROCESS = 4


CUDA_VERSION = _errors.INTERFACE_VERSION

_SUCCESS = CUresult.CUDA_SUCCESS
_contexts = {}  # those that cuCtxCreate made, until cuCtxDestroy, by handle


def _answer(answer, kind=None):
    """The answer of a call with CUresult's member in front."""
    result = CUresult(answer[0])
    if kind is not None and result == _SUCCESS:
        return result, kind(answer[1])
    return (result,) + answer[1:]


# ---- the device ----

def cuInit(Flags):
    """Nothing to do; the flags must be 0."""
    return (_SUCCESS if Flags == 0 else CUresult.CUDA_ERROR_INVALID_VALUE,)


def cuDriverGetVersion():
    """0, as for cudaDriverGetVersion: no driver of NVIDIA's is used here."""
    return _SUCCESS, 0


def cuDeviceGetCount():
    """1: the processor."""
    return _SUCCESS, 1


def _of_device(dev, value):
    result = _answer(_calls.check_device(dev))[0]
    return result, value if result == _SUCCESS else None


def cuDeviceGet(ordinal):
    return _of_device(ordinal, CUdevice(0))


def cuDeviceGetName(length, dev):
    """The name, cut to length - 1 bytes."""
    return _of_device(dev, _attributes.NAME.encode()[:max(length - 1, 0)])


def cuDeviceTotalMem(dev):
    return _of_device(dev, _attributes.memory()[1])


def cuDeviceGetAttribute(attrib, dev):
    """CUDA_ERROR_INVALID_VALUE for what has no answer on this machine; ternrt.cuda.attributes says which and why."""
    return _answer(_calls.attribute(attrib, dev))


def cuDeviceComputeCapability(dev):
    """0 and 0: the processor runs no kernels of CUDA's."""
    result = _answer(_calls.check_device(dev))[0]
    return (result,) + (_attributes.COMPUTE_CAPABILITY if result == _SUCCESS else (None, None))


def cuGetErrorName(error):
    number = int(error)
    if number not in CUresult._value2member_map_:
        return CUresult.CUDA_ERROR_INVALID_VALUE, None
    return _SUCCESS, CUresult(number).name.encode()


def cuGetErrorString(error):
    number = int(error)
    if number not in CUresult._value2member_map_:
        return CUresult.CUDA_ERROR_INVALID_VALUE, None
    return _SUCCESS, _errors.TEXTS[number]


# ---- contexts: each thread has a stack of them ----

def cuCtxCreate(*args):
    """(flags, dev) of CUDA 12, or (parameters, flags, dev) of 13: a context, made current."""
    if len(args) not in (2, 3):
        raise TypeError("cuCtxCreate() takes (flags, device) or (parameters, flags, device), %d given" % len(args))
    if int(args[-1]) != 0:
        return CUresult.CUDA_ERROR_INVALID_DEVICE, None
    context = _driver.Device(0).make_context(int(args[-2]))
    _contexts[context.handle] = context
    return _SUCCESS, CUcontext(context.handle)


def cuCtxDestroy(ctx):
    """It leaves the caller's stack; what was allocated stays, for contexts own nothing here."""
    context = _contexts.pop(int(ctx), None)
    if context is None:
        return (CUresult.CUDA_ERROR_INVALID_CONTEXT,)
    context.detach()
    return (_SUCCESS,)


def cuDevicePrimaryCtxRetain(dev):
    return _of_device(dev, CUcontext(_driver.Device(0).retain_primary_context().handle))


def cuDevicePrimaryCtxRelease(dev):
    return _of_device(dev, None)[:1]


def cuCtxGetCurrent():
    current = _driver.Context.get_current()
    return _SUCCESS, CUcontext(current.handle if current is not None else 0)


def cuCtxSetCurrent(ctx):
    """Replaces the caller's current context; 0 takes it away."""
    context = _driver.find_context(int(ctx))
    if context is None and int(ctx) != 0:
        return (CUresult.CUDA_ERROR_INVALID_CONTEXT,)
    if _driver.Context.get_current() is not None:
        _driver.Context.pop()
    if context is not None:
        context.push()
    return (_SUCCESS,)


def cuCtxPushCurrent(ctx):
    context = _driver.find_context(int(ctx))
    if context is None:
        return (CUresult.CUDA_ERROR_INVALID_CONTEXT,)
    context.push()
    return (_SUCCESS,)


def cuCtxPopCurrent():
    context = _driver.Context.get_current()
    if context is None:
        return CUresult.CUDA_ERROR_INVALID_CONTEXT, None
    _driver.Context.pop()
    return _SUCCESS, CUcontext(context.handle)


def cuCtxGetDevice():
    if _driver.Context.get_current() is None:
        return CUresult.CUDA_ERROR_INVALID_CONTEXT, None
    return _SUCCESS, CUdevice(0)


def cuCtxSynchronize():
    return _answer(_calls.synchronize())


# ---- memory ----

def _alloc(bytesize, kind, type):
    if bytesize == 0:
        return CUresult.CUDA_ERROR_INVALID_VALUE, None
    return _answer(_calls.alloc(bytesize, kind), type)


def cuMemAlloc(bytesize):
    return _alloc(bytesize, _calls.DEVICE, CUdeviceptr)


def cuMemAllocManaged(bytesize, flags):
    return _alloc(bytesize, _calls.MANAGED, CUdeviceptr)


def cuMemAllocAsync(bytesize, hStream):
    """Allocates at once, which is in time for whatever is queued behind."""
    return cuMemAlloc(bytesize)


def cuMemFree(dptr):
    return _answer(_calls.free(dptr, _calls.DEVICE, _calls.MANAGED))


def cuMemFreeAsync(dptr, hStream):
    """Waits for what is queued, on every stream."""
    return cuMemFree(dptr)


def cuMemAllocHost(bytesize):
    return _alloc(bytesize, _calls.HOST, int)


def cuMemHostAlloc(bytesize, Flags):
    return _alloc(bytesize, _calls.HOST, int)


def cuMemFreeHost(p):
    return _answer(_calls.free(p, _calls.HOST))


def cuMemGetInfo():
    return (_SUCCESS,) + _attributes.memory()


def cuMemcpy(dst, src, ByteCount):
    return _answer(_calls.copy(dst, src, ByteCount))


def cuMemcpyAsync(dst, src, ByteCount, hStream):
    return _answer(_calls.copy(dst, src, ByteCount, hStream))


def cuMemcpyHtoD(dstDevice, srcHost, ByteCount):
    return _answer(_calls.copy(dstDevice, srcHost, ByteCount))


def cuMemcpyHtoDAsync(dstDevice, srcHost, ByteCount, hStream):
    return _answer(_calls.copy(dstDevice, srcHost, ByteCount, hStream))


def cuMemcpyDtoH(dstHost, srcDevice, ByteCount):
    return _answer(_calls.copy(dstHost, srcDevice, ByteCount))


def cuMemcpyDtoHAsync(dstHost, srcDevice, ByteCount, hStream):
    return _answer(_calls.copy(dstHost, srcDevice, ByteCount, hStream))


def cuMemcpyDtoD(dstDevice, srcDevice, ByteCount):
    return _answer(_calls.copy(dstDevice, srcDevice, ByteCount))


def cuMemcpyDtoDAsync(dstDevice, srcDevice, ByteCount, hStream):
    return _answer(_calls.copy(dstDevice, srcDevice, ByteCount, hStream))


def cuMemsetD8(dstDevice, uc, N):
    return _answer(_calls.fill(dstDevice, uc, N))


def cuMemsetD8Async(dstDevice, uc, N, hStream):
    return _answer(_calls.fill(dstDevice, uc, N, hStream))


def cuMemsetD16(dstDevice, us, N):
    return _answer(_calls.fill(dstDevice, us, N, word=2))


def cuMemsetD32(dstDevice, ui, N):
    return _answer(_calls.fill(dstDevice, ui, N, word=4))


# ---- streams and events ----

def cuStreamCreate(Flags):
    return _answer(_calls.stream_create(), CUstream)


def cuStreamDestroy(hStream):
    return _answer(_calls.stream_destroy(hStream))


def cuStreamSynchronize(hStream):
    return _answer(_calls.stream_synchronize(hStream))


def cuStreamQuery(hStream):
    return _answer(_calls.stream_query(hStream))


def cuStreamWaitEvent(hStream, hEvent, Flags):
    return _answer(_calls.stream_wait_event(hStream, hEvent))


def cuEventCreate(Flags):
    return _answer(_calls.event_create(), CUevent)


def cuEventDestroy(hEvent):
    return _answer(_calls.event_destroy(hEvent))


def cuEventRecord(hEvent, hStream):
    return _answer(_calls.event_record(hEvent, hStream))


def cuEventSynchronize(hEvent):
    return _answer(_calls.event_synchronize(hEvent))


def cuEventQuery(hEvent):
    return _answer(_calls.event_query(hEvent))


def cuEventElapsedTime(hStart, hEnd):
    return _answer(_calls.event_elapsed(hStart, hEnd))
