# SPDX-License-Identifier: Apache-2.0
"""Enumerations: singletons with an integer, a name and a place in __members__."""
import copy
import pickle

import numpy as np
import pytest

import ternrt as trt

ENUMS = [value for name, value in vars(trt).items() if isinstance(value, type) and hasattr(value, "__members__")]


def test_members_are_singletons_with_name_and_integer():
    assert trt.DataType.FLOAT is trt.DataType(0) is trt.float32
    assert trt.DataType.HALF.name == "HALF" and trt.DataType.HALF.value == int(trt.DataType.HALF) == 1
    assert trt.DataType.FLOAT == trt.DataType.FLOAT and trt.DataType.FLOAT != trt.DataType.HALF
    assert trt.DataType.FLOAT != trt.ActivationType.RELU and len({trt.float32, trt.float16, trt.float32}) == 2


def test_text_is_as_in_pybind():
    assert repr(trt.DataType.FLOAT) == "<DataType.FLOAT: 0>" and str(trt.DataType.FLOAT) == "DataType.FLOAT"


@pytest.mark.parametrize("kind", ENUMS, ids=lambda kind: kind.__name__)
def test_every_member_is_found_by_name_and_by_integer(kind):
    assert kind.__members__
    for name, member in kind.__members__.items():
        assert getattr(kind, name) is member and isinstance(member, kind)
        assert kind(int(member)).value == member.value and kind(member) is member


def test_members_make_masks_and_indices():
    assert 1 << int(trt.BuilderFlag.INT8) == 2 and [10, 20, 30][trt.PoolingType.AVERAGE] == 20
    assert hex(trt.PaddingMode.SAME_UPPER) == "0x2" and np.array([5, 6])[trt.DataType.HALF] == 6


def test_severities_are_ordered():
    assert trt.Logger.ERROR < trt.Logger.WARNING <= trt.Logger.WARNING < trt.Logger.VERBOSE
    assert trt.Logger.INFO >= 3 and trt.Logger.Severity is trt.ILogger.Severity


def test_older_names_are_the_same_objects():
    assert trt.ResizeMode is trt.InterpolationMode and trt.SliceMode is trt.SampleMode
    assert trt.SampleMode.DEFAULT is trt.SampleMode.STRICT_BOUNDS
    assert trt.ProfilingVerbosity.VERBOSE is trt.ProfilingVerbosity.DETAILED


@pytest.mark.parametrize("member", [trt.DataType.INT8, trt.Logger.WARNING, trt.BuilderFlag.FP16])
def test_members_survive_copy_and_pickle(member):
    assert copy.copy(member) is copy.deepcopy(member) is pickle.loads(pickle.dumps(member)) is member


def test_wrong_values_are_refused():
    with pytest.raises(ValueError, match="39 is no DataType"):
        trt.DataType(39)
    with pytest.raises(TypeError):
        trt.DataType("FLOAT")
    with pytest.raises(TypeError):
        trt.DataType(trt.ActivationType.RELU)
    with pytest.raises(TypeError):
        trt.DataType.FLOAT < trt.ActivationType.RELU


def test_element_sizes():
    sizes = {trt.float32: 4, trt.float16: 2, trt.bfloat16: 2, trt.int8: 1, trt.int32: 4, trt.int64: 8, trt.bool: 1,
             trt.uint8: 1, trt.fp8: 1, trt.int4: 0.5, trt.fp4: 0.5, trt.e8m0: None, trt.DataType.DOUBLE: 8,
             trt.DataType.FP8E5M2: 1, trt.DataType.UINT4: 0.5, trt.DataType.INT2: 0.25}
    assert {dtype: dtype.itemsize for dtype in sizes} == sizes


def test_nptype():
    assert trt.nptype(trt.float32) is np.float32 and trt.nptype(trt.bool) is np.bool_
    assert trt.nptype(trt.DataType.DOUBLE) is np.float64
    for dtype in (trt.int4, trt.fp4, trt.DataType.UINT2):
        with pytest.raises(TypeError, match="packed"):
            trt.nptype(dtype)


def test_nptype_of_ml_dtypes():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    for dtype, name in ((trt.bfloat16, "bfloat16"), (trt.fp8, "float8_e4m3fn"), (trt.e8m0, "float8_e8m0fnu"),
                        (trt.DataType.FP8E5M2, "float8_e5m2"), (trt.DataType.FP8E4M3FNUZ, "float8_e4m3fnuz"),
                        (trt.DataType.FP8E5M2FNUZ, "float8_e5m2fnuz")):
        assert trt.nptype(dtype) is getattr(ml_dtypes, name)


def test_weights_of_ml_dtypes():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    eights = np.array([1, -2, 448], ml_dtypes.float8_e4m3fn)
    weights = trt.Weights(eights)
    assert (weights.dtype, weights.size, weights.nbytes) == (trt.fp8, 3, 3)
    assert weights.numpy().dtype == eights.dtype and (weights.numpy() == eights).all()
    weights = trt.Weights(np.array([1, -1, 7, -8, 2], ml_dtypes.int4))
    assert (weights.dtype, weights.size, weights.nbytes) == (trt.int4, 5, 3)
    assert weights.numpy().tobytes() == bytes([0xF1, 0x87, 0x02])
    weights = trt.Weights(np.array([3, 2, 1, 0, 3], ml_dtypes.uint2))
    assert weights.numpy().tobytes() == bytes([0b00011011, 0b11])
