# SPDX-License-Identifier: Apache-2.0
"""What cuda-python's two APIs do, under plain names: each function answers (error number, values...).

Memory that was allocated, and streams and events that were made, are remembered: only they can be freed, a pointer's
attributes come from there, and reset() gives back all of it.
"""
import numpy as np

from .. import _ternrt
from . import attributes
from .errors import (ALREADY_REGISTERED, INVALID_DEVICE, INVALID_HANDLE, INVALID_VALUE, LAUNCH_FAILED, NOT_READY,
                     NOT_REGISTERED, NOT_SUPPORTED, OUT_OF_MEMORY, SUCCESS, UNKNOWN)

UNREGISTERED, HOST, DEVICE, MANAGED = 0, 1, 2, 3  # cudaMemoryType
NO_DEVICE = -2  # cudaInvalidDeviceId

_NUMBERS = {1: INVALID_VALUE, 2: NOT_SUPPORTED, 5: OUT_OF_MEMORY, 6: LAUNCH_FAILED}  # by tern_status

_blocks = {}  # address: (bytes, kind)
_registered = {}  # address: bytes
_streams, _events = set(), set()


def tell(count, function, *args, refusal=INVALID_VALUE):
    """(number, `count` values) of a function of the extension, which raises where CUDA has numbers."""
    try:
        result = function(*args)
    except _ternrt.Error as error:
        number = refusal if error.status == 1 else _NUMBERS.get(error.status, UNKNOWN)
        return (number,) + (None,) * count
    return (SUCCESS, result) if count else (SUCCESS,)


# ---- the device ----

def check_device(device):
    return (SUCCESS if int(device) == 0 else INVALID_DEVICE,)


def attribute(number, device):
    if int(device) != 0:
        return INVALID_DEVICE, None
    answer = attributes.answer(number)
    return (INVALID_VALUE, None) if answer is None else (SUCCESS, answer)


def synchronize():
    return tell(0, _ternrt._device_synchronize)


def reset():
    """Waits for everything, then gives back what was made here."""
    answer = synchronize()
    for event in list(_events):
        event_destroy(event)
    for stream in list(_streams):
        stream_destroy(stream)
    for address, (_, kind) in list(_blocks.items()):
        free(address, kind)
    _registered.clear()
    return answer


# ---- memory ----

def alloc(size, kind):
    answer = tell(1, _ternrt._device_alloc, size)
    if answer[1]:
        _blocks[answer[1]] = size, kind
    return answer


def free(address, *kinds):
    """Only what alloc() gave out as one of the kinds, and only once; freeing NULL does nothing."""
    address = int(address)
    if address == 0:
        return (SUCCESS,)
    if _blocks.get(address, (0, None))[1] not in kinds or _blocks.pop(address, None) is None:
        return (INVALID_VALUE,)
    return tell(0, _ternrt._device_free, address)


def address_of(pointer):
    """The address of a number, or of an object with a buffer."""
    if isinstance(pointer, int):
        return int(pointer)
    try:
        view = memoryview(pointer)
    except TypeError:
        return int(pointer)
    return np.frombuffer(view, np.uint8).ctypes.data if view.nbytes else 0


def _holding(blocks, address):
    return next((base for base, size in blocks if base <= address < base + size), None)


def register(pointer, size):
    address = address_of(pointer)
    if address == 0 or size <= 0:
        return (INVALID_VALUE,)
    if kind_of(address) != UNREGISTERED:
        return (ALREADY_REGISTERED,)
    _registered[address] = size
    return (SUCCESS,)


def unregister(pointer):
    return (SUCCESS if _registered.pop(address_of(pointer), None) is not None else NOT_REGISTERED,)


def kind_of(pointer):
    """The kind of memory a pointer is into.  The memory of ternrt.cuda.driver is known by its objects only."""
    if isinstance(pointer, _ternrt.DeviceAllocation):
        return DEVICE
    if isinstance(pointer, _ternrt.HostAllocation):
        return HOST
    address = address_of(pointer)
    base = _holding([(base, size) for base, (size, _) in list(_blocks.items())], address)
    if base is not None:
        return _blocks.get(base, (0, UNREGISTERED))[1]
    return HOST if _holding(list(_registered.items()), address) is not None else UNREGISTERED


def _has_room(pointer, count, is_written):
    """Whether an object with a buffer has `count` bytes; a plain address is a promise."""
    if isinstance(pointer, int):
        return True
    try:
        view = memoryview(pointer)
    except TypeError:
        return True
    return view.nbytes >= count and not (is_written and view.readonly)


def copy(dst, src, count, stream=0):
    if not _has_room(dst, count, True) or not _has_room(src, count, False):
        return (INVALID_VALUE,)
    return tell(0, _ternrt._copy, dst, src, count, int(stream))


def fill(dst, value, count, stream=0, word=1):
    """`count` words of 1, 2 or 4 bytes; what of the value is wider falls away, as in C."""
    if not _has_room(dst, count * word, True):
        return (INVALID_VALUE,)
    if word == 1:
        return tell(0, _ternrt._fill, dst, value & 0xff, count, int(stream))
    words = np.full(count, value & ((1 << 8 * word) - 1), "u%d" % word)
    return tell(0, _ternrt._copy, dst, words, words.nbytes, int(stream))


# ---- streams and events ----

def _make(create, made):
    answer = tell(1, create)
    if answer[1] is not None:
        made.add(answer[1])
    return answer


def _on_stream(function, stream):
    """A refusal is of the handle if the stream is not there, else what work on it was refused."""
    answer = tell(0, function, int(stream))
    is_there = answer[0] != INVALID_VALUE or tell(1, _ternrt._stream_query, int(stream))[0] == SUCCESS
    return answer if is_there else (INVALID_HANDLE,)


def _done(query, handle):
    answer = tell(1, query, int(handle), refusal=INVALID_HANDLE)
    return (NOT_READY,) if answer[1] is False else answer[:1]


def stream_create():
    return _make(_ternrt._stream_create, _streams)


def stream_destroy(stream):
    if int(stream) not in _streams:
        return (INVALID_HANDLE,)
    _streams.discard(int(stream))
    return tell(0, _ternrt._stream_destroy, int(stream))


def stream_synchronize(stream):
    return _on_stream(_ternrt._stream_synchronize, stream)


def stream_query(stream):
    return _done(_ternrt._stream_query, stream)


def stream_wait_event(stream, event):
    return tell(0, _ternrt._stream_wait_event, int(stream), int(event), refusal=INVALID_HANDLE)


def event_create():
    return _make(_ternrt._event_create, _events)


def event_destroy(event):
    _events.discard(int(event))
    return tell(0, _ternrt._event_destroy, int(event), refusal=INVALID_HANDLE)


def event_record(event, stream=0):
    return tell(0, _ternrt._event_record, int(event), int(stream), refusal=INVALID_HANDLE)


def event_synchronize(event):
    return tell(0, _ternrt._event_synchronize, int(event), refusal=INVALID_HANDLE)


def event_query(event):
    return _done(_ternrt._event_query, event)


def event_elapsed(start, end):
    """Milliseconds; not ready while one of them has not fired, no handle if one was not recorded."""
    for event in (start, end):
        answer = event_query(event)
        if answer[0] != SUCCESS:
            return answer + (None,)
    return tell(1, _ternrt._event_elapsed, int(start), int(end), refusal=INVALID_HANDLE)
