# SPDX-License-Identifier: Apache-2.0
"""pycuda.driver's names: devices, contexts, memory, copies, streams, events."""
import itertools as _itertools
import threading as _threading
import weakref as _weakref

import numpy as np

from .. import _ternrt
from .._ternrt import DeviceAllocation, Error, HostAllocation
from .._ternrt import _memcpy_dtoh as memcpy_dtoh
from .._ternrt import _memcpy_dtoh_async as memcpy_dtoh_async
from .._ternrt import _memcpy_htod as memcpy_htod
from .._ternrt import _memcpy_htod_async as memcpy_htod_async
from . import attributes as _attributes
from . import errors as _errors
from .attributes import device_attribute

CudaError = LogicError = RuntimeError = MemoryError = LaunchError = Error


def init(flags=0):
    """Nothing to do: the device is there."""


def get_version():
    """(12, 0, 0): the CUDA whose names and numbers are followed here.  It does not say that there is a CUDA."""
    version = _errors.INTERFACE_VERSION
    return version // 1000, version % 1000 // 10, version % 10


def get_driver_version():
    """0, which CUDA answers where no driver of NVIDIA's is installed: none is used here."""
    return 0


# ---- devices and contexts ----

class _Stack(_threading.local):
    """The contexts of a thread, the current one last."""

    def __init__(self):
        self.contexts = []


_stack = _Stack()
_handles = _itertools.count(1)
_living = _weakref.WeakValueDictionary()  # contexts by handle


class Device:
    """Device 0, the processor.  Attributes are there by their names too: device.multiprocessor_count."""

    def __init__(self, number=0):
        if number != 0:
            raise LogicError("there is one device, number 0, not %r" % (number,))

    def __eq__(self, other):
        return isinstance(other, Device)

    def __hash__(self):
        return 0

    @staticmethod
    def count():
        return 1

    @staticmethod
    def name():
        return _attributes.NAME

    @staticmethod
    def compute_capability():
        """(0, 0): the processor runs no kernels of CUDA's."""
        return _attributes.COMPUTE_CAPABILITY

    @staticmethod
    def total_memory():
        return mem_get_info()[1]

    def get_attribute(self, attr):
        """What the processor answers; ternrt.cuda.attributes says to what, and why."""
        answer = _attributes.answer(attr)
        if answer is None:
            raise LogicError("get_attribute: nobody tells %s on this machine" % attr)
        return answer

    def get_attributes(self):
        """{device_attribute: answer} of all that have one."""
        answers = {attr: _attributes.answer(attr) for attr in device_attribute}
        return {attr: answer for attr, answer in answers.items() if answer is not None}

    def __getattr__(self, name):
        attr = device_attribute.__members__.get(name.upper())
        if attr is None or _attributes.answer(attr) is None:
            raise AttributeError("the device has no attribute %r" % name)
        return _attributes.answer(attr)

    def make_context(self, flags=0):
        context = Context(self)
        context.push()
        return context

    def retain_primary_context(self):
        return _primary


class Context:
    """A context only keeps the place on its thread's stack: memory and streams belong to the process."""

    def __init__(self, device):
        self._device = device
        self.handle = next(_handles)
        _living[self.handle] = self

    def push(self):
        _stack.contexts.append(self)

    @staticmethod
    def pop():
        if not _stack.contexts:
            raise LogicError("there is no current context to pop")
        _stack.contexts.pop()

    def detach(self):
        if self in _stack.contexts:
            _stack.contexts.remove(self)

    @staticmethod
    def synchronize():
        _ternrt._device_synchronize()

    @staticmethod
    def get_current():
        return _stack.contexts[-1] if _stack.contexts else None

    @staticmethod
    def get_device():
        return Device(0)


_primary = Context(Device(0))


def find_context(handle):
    """The context of a handle; None if it is gone."""
    return _living.get(handle)


# ---- memory ----

def mem_alloc(nbytes):
    """Device memory; int() of it is its address, and it goes back when the object goes."""
    return DeviceAllocation(int(nbytes))


def mem_alloc_like(ary):
    return mem_alloc(ary.nbytes)


def mem_get_info():
    """(free, total) bytes of the machine."""
    return _attributes.memory()


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


class ArgumentHandler:
    """An array with device memory of its own, made when first asked for: what a launch would copy in or out."""

    def __init__(self, ary):
        self.array = ary
        self.dev_alloc = None

    def get_device_alloc(self):
        if self.dev_alloc is None:
            self.dev_alloc = mem_alloc_like(self.array)
        return self.dev_alloc

    def pre_call(self, stream):
        pass

    def post_call(self, stream):
        pass


class In(ArgumentHandler):
    """Copied to the device before the call."""

    def pre_call(self, stream):
        memcpy_htod_async(self.get_device_alloc(), self.array, stream)


class Out(ArgumentHandler):
    """Copied from the device behind the call."""

    def post_call(self, stream):
        memcpy_dtoh_async(self.array, self.get_device_alloc(), stream)


class InOut(In, Out):
    """Both."""


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
