# SPDX-License-Identifier: Apache-2.0
"""Timing caches: made, used by builds, stored, combined, refused."""
import gc

import numpy as np
import pytest

import ternrt as trt
from helpers import Bench


def convolution(width=32):
    bench = Bench()
    x = bench.input("x", (1, width, 28, 28))
    weights = np.ones((width, width, 3, 3), np.float32)
    bench.output(bench.network.add_convolution_nd(x, width, (3, 3), weights).get_output(0))
    bench.config.builder_optimization_level = 5
    return bench


def test_a_build_fills_it_and_the_next_repeats_the_plan():
    bench = convolution()
    empty = bench.config.create_timing_cache(b"")
    assert bench.config.get_timing_cache() is None
    assert bench.config.set_timing_cache(empty, ignore_mismatch=False) is True
    assert bench.config.get_timing_cache() is empty
    before = bytes(empty.serialize())
    plan = bytes(bench.plan())
    filled = bytes(empty.serialize())
    assert len(filled) > len(before)
    again = convolution()
    cache = again.config.create_timing_cache(serialized_timing_cache=filled)
    assert again.config.set_timing_cache(cache, False)
    assert bytes(again.plan()) == plan and bytes(cache.serialize()) == filled


def test_the_config_keeps_it():
    bench = convolution()
    assert bench.config.set_timing_cache(bench.config.create_timing_cache(b""), False)
    gc.collect()
    assert bench.plan() is not None and len(bytes(bench.config.get_timing_cache().serialize())) > 0
    cache = bench.config.get_timing_cache()
    bench.config.reset()
    assert bench.config.get_timing_cache() is None
    assert bench.config.set_timing_cache(cache, True) and bench.config.set_timing_cache(None, True)
    assert bench.config.get_timing_cache() is None
    del bench
    gc.collect()
    assert cache.serialize().nbytes > 0, "it outlives config and builder"


def test_a_flag_turns_it_off():
    bench = convolution()
    cache = bench.config.create_timing_cache(b"")
    empty = bytes(cache.serialize())
    bench.config.set_flag(trt.BuilderFlag.DISABLE_TIMING_CACHE)
    assert bench.config.set_timing_cache(cache, False) and bench.config.get_timing_cache() is cache
    assert bench.plan() is not None and bytes(cache.serialize()) == empty
    bench.config.clear_flag(trt.BuilderFlag.DISABLE_TIMING_CACHE)
    assert bench.plan() is not None and bytes(cache.serialize()) != empty


def test_combine_and_reset():
    caches = []
    for width in (16, 32):
        bench = convolution(width)
        caches.append(bench.config.create_timing_cache(b""))
        assert bench.config.set_timing_cache(caches[-1], False) and bench.plan() is not None
    sizes = [cache.serialize().nbytes for cache in caches]
    assert caches[0].combine(caches[1], ignore_mismatch=True) is True
    assert caches[0].serialize().nbytes > max(sizes)
    assert caches[0].reset() is True
    assert bytes(caches[0].serialize()) == bytes(bench.config.create_timing_cache(b"").serialize())


def test_bytes_that_are_none_are_refused(bench):
    good = bytes(bench.config.create_timing_cache(b"").serialize())
    for wrong in (b"nonsense" * 20, good[:-1], good[:5], bytes(len(good))):
        before = len(bench.logger.errors)
        assert bench.config.create_timing_cache(wrong) is None and len(bench.logger.errors) > before
    for wrong in ("text", 5, None):
        with pytest.raises(TypeError):
            bench.config.create_timing_cache(wrong)
        with pytest.raises(TypeError):
            bench.config.set_timing_cache("text" if wrong is None else wrong, False)
    with pytest.raises(TypeError):
        bench.config.create_timing_cache(good).combine(None, False)
    with pytest.raises(TypeError):
        trt.ITimingCache()
