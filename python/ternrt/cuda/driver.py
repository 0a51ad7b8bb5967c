# SPDX-License-Identifier: Apache-2.0
"""pycuda.driver's names: devices, contexts, memory, copies, streams, events."""
import os

import numpy as np

from .. import _ternrt
from .._ternrt import DeviceAllocation, Error, HostAllocation
from .._ternrt import _memcpy_dtoh as memcpy_dtoh
from .._ternrt import _memcpy_dtoh_async as memcpy_dtoh_async
from .._ternrt import _memcpy_htod as memcpy_htod
from .._ternrt import _memcpy_htod_async as memcpy_htod_async

CudaError = LogicError = RuntimeError = MemoryError = LaunchError = Error


def init(flags=0):
    """Nothing to do: the device is there."""


# ---- devices and contexts ----

_contexts = []


class Device:
    """Device 0, the processor."""

    def __init__(self, number=0):
        if number != 0:
            raise LogicError("there is one device, number 0, not %r" % (number,))

    @staticmethod
    def count():
        return 1

    @staticmethod
    def name():
        return "Tern CPU"

    @staticmethod
    def total_memory():
        return mem_get_info()[1]

    def make_context(self, flags=0):
        context = Context(self)
        context.push()
        return context

    def retain_primary_context(self):
        return Context(self)


class Context:
    """A context only keeps the place on the stack: memory and streams belong to the process."""

    def __init__(self, device):
        self._device = device

    def push(self):
        _contexts.append(self)

    @staticmethod
    def pop():
        if not _contexts:
            raise LogicError("there is no current context to pop")
        _contexts.pop()

    def detach(self):
        if self in _contexts:
            _contexts.remove(self)

    @staticmethod
    def synchronize():
        _ternrt._device_synchronize()

    @staticmethod
    def get_current():
        return _contexts[-1] if _contexts else None

    @staticmethod
    def get_device():
        return Device(0)


# ---- memory ----

def mem_alloc(nbytes):
    """Device memory; int() of it is its address, and it goes back when the object goes."""
    return DeviceAllocation(int(nbytes))


def mem_get_info():
    """(free, total) bytes of the machine."""
    page = os.sysconf("SC_PAGE_SIZE")
    return os.sysconf("SC_AVPHYS_PAGES") * page, os.sysconf("SC_PHYS_PAGES") * page


def pagelocked_empty(shape, dtype, order="C", mem_flags=0):
    """An array in page-locked memory: asynchronous copies of it do not wait."""
    shape = (int(shape),) if np.ndim(shape) == 0 else tuple(int(extent) for extent in shape)
    dtype = np.dtype(dtype)
    count = int(np.prod(shape, dtype=np.int64))
    memory = HostAllocation(count * dtype.itemsize)
    return np.frombuffer(memory, dtype, count).reshape(shape, order=order)


def pagelocked_zeros(shape, dtype, order="C", mem_flags=0):
    array = pagelocked_empty(shape, dtype, order, mem_flags)
    array.fill(0)
    return array


def pagelocked_empty_like(array, mem_flags=0):
    return pagelocked_empty(array.shape, array.dtype, "F" if np.isfortran(array) else "C", mem_flags)


def pagelocked_zeros_like(array, mem_flags=0):
    return pagelocked_zeros(array.shape, array.dtype, "F" if np.isfortran(array) else "C", mem_flags)


def aligned_empty(shape, dtype, order="C", alignment=4096):
    """Page-aligned memory, as register_host_memory of pycuda wants it."""
    return pagelocked_empty(shape, dtype, order)


def aligned_zeros(shape, dtype, order="C", alignment=4096):
    return pagelocked_zeros(shape, dtype, order)


class RegisteredHostMemory:
    """An array that was registered: `base` is it.  Copies of it stay right, but may wait."""

    def __init__(self, array):
        self.base = array

    def unregister(self):
        self.base = None


def register_host_memory(ary, flags=0):
    return RegisteredHostMemory(ary)


def memcpy_dtod(dest, src, size):
    _ternrt._copy(dest, src, size, 0)


def memcpy_dtod_async(dest, src, size, stream=None):
    _ternrt._copy(dest, src, size, stream)


def to_device(array):
    """Device memory with a copy of the array."""
    array = np.ascontiguousarray(array)
    memory = mem_alloc(array.nbytes)
    memcpy_htod(memory, array)
    return memory


def from_device(devptr, shape, dtype, order="C"):
    """A new array with what lies on the device."""
    array = np.empty(shape, dtype, order)
    memcpy_dtoh(array, devptr)
    return array


def from_device_like(devptr, other_array):
    return from_device(devptr, other_array.shape, other_array.dtype)


def memset_d8(dest, data, count):
    _ternrt._fill(dest, data, count, 0)


def memset_d8_async(dest, data, count, stream=None):
    _ternrt._fill(dest, data, count, stream)


def _memset_words(dest, data, count, bits, stream):
    _ternrt._copy(dest, np.full(count, data, "u%d" % (bits // 8)), count * bits // 8, stream)


def memset_d16(dest, data, count):
    _memset_words(dest, data, count, 16, 0)


def memset_d32(dest, data, count):
    _memset_words(dest, data, count, 32, 0)


def memset_d16_async(dest, data, count, stream=None):
    _memset_words(dest, data, count, 16, stream)


def memset_d32_async(dest, data, count, stream=None):
    _memset_words(dest, data, count, 32, stream)


# ---- streams and events ----

class Stream:
    """An in-order queue with a worker of its own; `handle` is what execute_async takes."""

    def __init__(self, flags=0):
        self.handle = 0
        self.handle = _ternrt._stream_create()

    def __del__(self):
        handle, self.handle = self.handle, 0
        if handle:
            try:
                _ternrt._stream_destroy(handle)
            except Error:
                pass  # an error of its work that nobody waited for

    def synchronize(self):
        _ternrt._stream_synchronize(self.handle)

    def is_done(self):
        return _ternrt._stream_query(self.handle)

    def wait_for_event(self, event):
        _ternrt._stream_wait_event(self.handle, event.handle)


class Event:
    """A mark in a stream that one can wait for and take times between."""

    def __init__(self, flags=0):
        self.handle = 0
        self.handle = _ternrt._event_create()

    def __del__(self):
        handle, self.handle = self.handle, 0
        if handle:
            _ternrt._event_destroy(handle)

    def record(self, stream=None):
        _ternrt._event_record(self.handle, stream.handle if stream is not None else 0)
        return self

    def synchronize(self):
        _ternrt._event_synchronize(self.handle)
        return self

    def query(self):
        return _ternrt._event_query(self.handle)

    def time_since(self, event):
        """Milliseconds since the other event."""
        return _ternrt._event_elapsed(event.handle, self.handle)

    def time_till(self, event):
        return _ternrt._event_elapsed(self.handle, event.handle)


class ctx_flags:
    SCHED_AUTO, SCHED_SPIN, SCHED_YIELD, SCHED_BLOCKING_SYNC, MAP_HOST = 0, 1, 2, 4, 8


class host_alloc_flags:
    PORTABLE, DEVICEMAP, WRITECOMBINED = 1, 2, 4


class mem_host_register_flags:
    PORTABLE, DEVICEMAP = 1, 2


class event_flags:
    DEFAULT, BLOCKING_SYNC, DISABLE_TIMING, INTERPROCESS = 0, 1, 2, 4


class stream_flags:
    DEFAULT, NON_BLOCKING = 0, 1
