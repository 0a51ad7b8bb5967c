# SPDX-License-Identifier: Apache-2.0
"""Dims and its kin, Permutation, Weights, volume."""
import gc
import pickle
import weakref

import numpy as np
import pytest

import ternrt as trt


def test_dims_are_sequences():
    dims = trt.Dims((2, 3, 4))
    assert len(dims) == 3 and dims[0] == 2 and dims[-1] == 4 and list(dims) == [2, 3, 4] and 3 in dims
    assert dims == (2, 3, 4) and dims == [2, 3, 4] and dims != (2, 3) and (2, 3, 4) == dims
    assert tuple(dims[1:]) == (3, 4) and repr(dims) == "(2, 3, 4)" and hash(dims) == hash((2, 3, 4))
    assert np.zeros(dims).shape == (2, 3, 4) and trt.volume(dims) == 24 and np.prod(dims) == 24
    dims[1] = 7
    assert dims == (2, 7, 4) and pickle.loads(pickle.dumps(dims)) == dims and trt.Dims.MAX_DIMS == 8


def test_dims_kin():
    assert trt.Dims2(1, 2) == trt.Dims2((1, 2)) == (1, 2) and trt.Dims4((1, 2, 3, 4))[3] == 4
    hw = trt.DimsHW((5, 7))
    assert (hw.h, hw.w) == (5, 7) and isinstance(hw, trt.Dims2) and isinstance(hw, trt.Dims)
    hw.h = 9
    assert hw == (9, 7) and trt.DimsCHW(1, 2, 3).c == 1 and trt.DimsNCHW(1, 2, 3, 4).w == 4
    assert len(trt.Dims()) == 0 and len(trt.Dims3()) == 3


def test_dims_refusals():
    for wrong in [(1, 2, 3), "ab", 1.5]:
        with pytest.raises((TypeError, ValueError)):
            trt.DimsHW(wrong)
    with pytest.raises(ValueError, match="at most 8"):
        trt.Dims(range(9))
    with pytest.raises(IndexError):
        trt.Dims((1,))[1]
    with pytest.raises(TypeError):
        trt.Dims((1.5,))
    assert trt.Dims((1, 2)) != ("a", "b") and trt.Dims((1,)) != None  # noqa: E711


def test_volume_and_permutation():
    assert trt.volume(()) == 1 and trt.volume([2, 3]) == 6 and trt.volume(x for x in (4, 5)) == 20
    assert list(trt.Permutation([1, 2, 0])) == [1, 2, 0]


def test_weights_of_arrays_share_memory():
    array = np.arange(6, dtype=np.float32).reshape(2, 3)
    weights = trt.Weights(array)
    assert (weights.dtype, weights.size, weights.nbytes, len(weights)) == (trt.float32, 6, 24, 6)
    array[0, 0] = 42
    assert weights.numpy()[0] == 42 and weights.numpy().tolist() == array.ravel().tolist()


def test_weights_are_typed_buffers():
    array = np.arange(6, dtype=np.int32)
    view = memoryview(trt.Weights(array))
    assert (view.format, view.itemsize, view.shape, view.readonly) == ("i", 4, (6,), True)
    assert (np.asarray(trt.Weights(array)) == array).all() and bytes(trt.Weights(array)) == array.tobytes()
    assert np.asarray(trt.Weights()).shape == (0,)


def test_weights_hold_what_they_read():
    array = np.arange(4, dtype=np.float32)
    alive = weakref.ref(array)
    weights = trt.Weights(array)
    del array
    gc.collect()
    assert alive() is not None
    del weights
    assert alive() is None


@pytest.mark.parametrize("name, dtype", [
    ("float32", trt.float32), ("float16", trt.float16), ("int8", trt.int8), ("int32", trt.int32), ("int64", trt.int64),
    ("bool", trt.bool), ("uint8", trt.uint8), ("float64", trt.DataType.DOUBLE)])
def test_weights_types(name, dtype):
    assert trt.Weights(np.zeros(3, name)).dtype == dtype


def test_weights_of_bfloat16():
    bfloat16 = pytest.importorskip("ml_dtypes").bfloat16
    array = np.arange(5).astype(bfloat16)
    weights = trt.Weights(array)
    assert weights.dtype == trt.bfloat16 and weights.nbytes == 10
    assert bytes(memoryview(weights)) == array.tobytes()
    with pytest.raises(ValueError, match="contiguous"):
        trt.Weights(array[::2])


def test_weights_without_an_array():
    assert len(trt.Weights()) == 0 and trt.Weights(trt.int8).dtype == trt.int8 and trt.Weights().numpy().size == 0
    array = np.arange(8, dtype=np.int32)
    weights = trt.Weights(trt.int32, array.ctypes.data, 8)
    assert weights.numpy().tolist() == list(range(8))


def test_weights_refusals():
    with pytest.raises(ValueError, match="contiguous"):
        trt.Weights(np.zeros((4, 4), np.float32)[:, ::2])
    with pytest.raises(TypeError):
        trt.Weights(np.zeros(3, np.complex64))
    with pytest.raises(TypeError):
        trt.Weights([1.0, 2.0])
    with pytest.raises(ValueError):
        trt.Weights(trt.float32, 0, 5)
