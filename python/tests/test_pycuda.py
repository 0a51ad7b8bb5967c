# SPDX-License-Identifier: Apache-2.0
"""pycuda's names for the device, its attributes, versions, and arrays with device memory of their own."""
import os
import threading

import numpy as np
import pytest

from ternrt.cuda import driver as cuda

F = np.float32


def test_versions():
    assert cuda.get_version() == (12, 0, 0) and cuda.get_driver_version() == 0


def test_attributes():
    device, names = cuda.Device(0), cuda.device_attribute
    assert device.compute_capability() == (0, 0)
    cores = len(os.sched_getaffinity(0))
    assert device.get_attribute(names.MULTIPROCESSOR_COUNT) == device.multiprocessor_count == cores
    assert device.get_attribute(names.UNIFIED_ADDRESSING) == 1 and str(names.WARP_SIZE) == "WARP_SIZE"
    answers = device.get_attributes()
    assert answers[names.INTEGRATED] == 1 and names.PCI_BUS_ID not in answers
    assert all(isinstance(answer, int) for answer in answers.values())
    assert sorted((str(attr), answer) for attr, answer in answers.items())
    with pytest.raises(cuda.LogicError, match="PCI_BUS_ID"):
        device.get_attribute(names.PCI_BUS_ID)
    for name in ("pci_bus_id", "nothing"):
        assert not hasattr(device, name)
    assert device == cuda.Device(0) and len({device, cuda.Device(0)}) == 1


def test_memory_like_an_array():
    x = np.arange(6, dtype=np.float64).reshape(2, 3)
    memory = cuda.mem_alloc_like(x)
    assert memory.size == x.nbytes
    cuda.memcpy_htod(memory, x)
    assert (cuda.from_device_like(memory, x) == x).all()


@pytest.mark.parametrize("stream", [None, "stream"])
def test_arrays_that_go_in_and_out(stream):
    stream = stream and cuda.Stream()
    x, y = np.arange(5, dtype=F), np.zeros(5, F)
    given, wanted, both = cuda.In(x), cuda.Out(y), cuda.InOut(x.copy())
    assert given.get_device_alloc() is given.get_device_alloc() and given.get_device_alloc().size == x.nbytes
    for argument in (given, wanted, both):
        argument.pre_call(stream)
    cuda.memcpy_dtod_async(wanted.get_device_alloc(), given.get_device_alloc(), x.nbytes, stream)
    cuda.memcpy_dtod_async(given.get_device_alloc(), both.get_device_alloc(), x.nbytes, stream)
    cuda.memset_d8_async(both.get_device_alloc(), 0, x.nbytes, stream)
    for argument in (given, wanted, both):
        argument.post_call(stream)
    cuda.Context.synchronize()
    assert (y == x).all() and not both.array.any() and x.tolist() == [0, 1, 2, 3, 4]


def test_contexts_belong_to_their_threads():
    context, seen = cuda.Device(0).make_context(), []

    def work():
        seen.append(cuda.Context.get_current())
        with pytest.raises(cuda.LogicError):
            cuda.Context.pop()
        context.push()
        seen.append(cuda.Context.get_current())
        cuda.Context.pop()

    thread = threading.Thread(target=work)
    thread.start(), thread.join()
    assert seen == [None, context] and cuda.Context.get_current() is context
    context.pop()
    assert cuda.Device(0).retain_primary_context() is cuda.Device(0).retain_primary_context()
