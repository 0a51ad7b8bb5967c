# SPDX-License-Identifier: Apache-2.0
"""Scratch memory of contexts: given by the user, and from allocators."""
import gc
import threading

import numpy as np
import pytest

import ternrt as trt
from helpers import Bench, run
from ternrt.cuda import driver as cuda

F = np.float32


@pytest.fixture
def deep(bench, rng):
    """A chain of matrix products with values between them that need scratch."""
    x = bench.input("x", (16, 16))
    for _ in range(3):
        right = bench.constant(rng.standard_normal((16, 16), F))
        none = trt.MatrixOperation.NONE
        x = bench.network.add_matrix_multiply(x, none, right, none).get_output(0)
        x = bench.network.add_softmax(x).get_output(0)
    bench.output(x)
    return bench


def expected(bench, engine, x):
    return run(engine, x=x)[0]


@pytest.mark.parametrize("make", [
    lambda engine: engine.create_execution_context_without_device_memory(),
    lambda engine: engine.create_execution_context(trt.ExecutionContextAllocationStrategy.USER_MANAGED)])
@pytest.mark.parametrize("give", [
    lambda context, block, size: setattr(context, "device_memory", int(block)),
    lambda context, block, size: context.set_device_memory(int(block), size)])
def test_a_context_in_the_users_memory(deep, rng, make, give):
    engine, x = deep.engine(), rng.standard_normal((16, 16), F)
    assert 0 < engine.max_workspace_size <= engine.device_memory_size
    context, errors = make(engine), len(deep.logger.errors)
    y = np.zeros((16, 16), F)
    assert context.set_tensor_address("x", x) and context.set_tensor_address("y0", y)
    assert context.execute_async_v3(0) is False and "made without memory" in deep.logger.errors[errors]
    block = cuda.mem_alloc(engine.device_memory_size)
    give(context, block, engine.device_memory_size)
    assert context.execute_async_v3(0) and (y == expected(deep, engine, x)).all()
    assert context.update_device_memory_size_for_shapes() == engine.device_memory_size
    context.device_memory = 0
    assert context.execute_async_v3(0) is False


def test_two_contexts_share_memory_in_turns(deep, rng):
    engine = deep.engine()
    block = cuda.mem_alloc(engine.device_memory_size)
    contexts = [engine.create_execution_context_without_device_memory() for _ in range(2)]
    for context in contexts:
        context.device_memory = block
    for _ in range(3):
        for context in contexts:
            x = rng.standard_normal((16, 16), F)
            assert (run(engine, context, x=x)[0] == run(engine, x=x)[0]).all()


def test_a_buffer_is_kept(deep, rng):
    engine, x = deep.engine(), rng.standard_normal((16, 16), F)
    context = engine.create_execution_context_without_device_memory()
    context.device_memory = cuda.mem_alloc(engine.device_memory_size)
    gc.collect()
    assert (run(engine, context, x=x)[0] == run(engine, x=x)[0]).all()


def test_memory_that_cannot_be_is_refused(deep):
    engine = deep.engine()
    context, errors = engine.create_execution_context_without_device_memory(), deep.logger.errors
    size, large = engine.max_workspace_size, cuda.mem_alloc(engine.device_memory_size + 64)
    small = cuda.mem_alloc(16)
    for memory, said in ((int(large) + 1, "aligned"), (int(small), "has 16")):
        context.device_memory = memory
        assert said in deep.logger.errors[-1]
    context.set_device_memory(int(large), size - 1)
    assert "works in %d bytes" % size in deep.logger.errors[-1]
    address = int(small)
    small.free()
    context.device_memory = address
    assert len(deep.logger.errors) == len(errors) + 4
    own = engine.create_execution_context()
    own.device_memory = int(large)
    assert "memory of its own" in deep.logger.errors[-1]
    for wrong in ("text", 1.5, -1):
        with pytest.raises((TypeError, OverflowError)):
            context.device_memory = wrong


def test_memory_that_is_freed_later_is_refused(deep, rng):
    engine, x, y = deep.engine(), rng.standard_normal((16, 16), F), np.zeros((16, 16), F)
    context = engine.create_execution_context_without_device_memory()
    block = cuda.mem_alloc(engine.device_memory_size)
    context.device_memory = int(block)
    assert context.set_tensor_address("x", x) and context.set_tensor_address("y0", y)
    assert context.execute_async_v3(0)
    block.free()
    assert context.execute_async_v3(0) is False


class Pool(trt.IGpuAllocator):
    """Gives memory of its own and counts."""

    def __init__(self, gives=True):
        trt.IGpuAllocator.__init__(self)
        self.blocks, self.asked, self.gives = {}, [], gives

    def allocate(self, size, alignment, flags):
        self.asked.append((size, alignment, flags))
        if not self.gives:
            return None
        block = cuda.mem_alloc(size)
        self.blocks[int(block)] = block
        return int(block)

    def deallocate(self, memory):
        self.blocks.pop(memory).free()
        return True


class OldPool(Pool):
    deallocate = trt.IGpuAllocator.deallocate

    def free(self, memory):
        self.blocks.pop(memory).free()


class AsyncPool(trt.IGpuAsyncAllocator):
    def __init__(self):
        trt.IGpuAsyncAllocator.__init__(self)
        self.blocks, self.asked = {}, []

    def allocate_async(self, size, alignment, flags, stream):
        self.asked.append((size, alignment, flags))
        block = cuda.mem_alloc(size)
        self.blocks[int(block)] = block
        return int(block)

    def deallocate_async(self, memory, stream):
        self.blocks.pop(memory).free()
        return True


@pytest.mark.parametrize("kind", [Pool, OldPool, AsyncPool])
def test_contexts_take_memory_from_the_allocator(deep, rng, kind):
    plan, pool, runtime = deep.plan(), kind(), trt.Runtime(deep.logger)
    runtime.gpu_allocator = pool
    engine = runtime.deserialize_cuda_engine(plan)
    assert pool.blocks == {}
    x = rng.standard_normal((16, 16), F)
    context = engine.create_execution_context()
    assert pool.asked == [(engine.max_workspace_size, 256, 0)] and len(pool.blocks) == 1
    answer = run(engine, context, x=x)[0]
    runtime.gpu_allocator = None
    assert (answer == run(runtime.deserialize_cuda_engine(plan), x=x)[0]).all() and len(pool.asked) == 1
    del engine, runtime
    assert len(pool.blocks) == 1
    del context
    assert pool.blocks == {}


def test_engines_of_a_builder_take_its_allocator(deep, rng):
    deep.builder.gpu_allocator = pool = Pool()
    engine = deep.builder.build_engine(deep.network, deep.config)
    run(engine, x=rng.standard_normal((16, 16), F))
    assert len(pool.asked) == 1 and pool.blocks == {} and deep.builder.gpu_allocator is pool


def test_an_allocator_without_memory(deep):
    deep.builder.gpu_allocator = Pool(gives=False)
    engine = deep.builder.build_engine(deep.network, deep.config)
    assert engine.create_execution_context() is None and "gave no memory" in deep.logger.errors[-1]
    assert engine.create_execution_context_without_device_memory() is not None


def test_what_an_allocator_raises_is_raised(deep):
    class Broken(trt.IGpuAllocator):
        def allocate(self, size, alignment, flags):
            raise KeyError(size)

    for allocator, error in ((Broken(), KeyError), (trt.IGpuAllocator(), NotImplementedError),
                             (trt.IGpuAsyncAllocator(), NotImplementedError)):
        deep.builder.gpu_allocator = allocator
        engine = deep.builder.build_engine(deep.network, deep.config)
        with pytest.raises(error):
            engine.create_execution_context()
    with pytest.raises(TypeError, match="IGpuAllocator"):
        deep.builder.gpu_allocator = object()


def test_what_a_subclass_inherits():
    pool = Pool()
    address = pool.allocate_async(64, 64, 0, 0)
    assert pool.blocks and pool.deallocate_async(address, stream=0) and not pool.blocks
    assert pool.reallocate(address, 64, 128) is None
    pool = AsyncPool()
    assert pool.deallocate(memory=pool.allocate(size=64, alignment=64, flags=0)) and not pool.blocks


def test_contexts_with_allocators_on_threads(deep, rng):
    deep.builder.gpu_allocator = pool = Pool()
    engine = deep.builder.build_engine(deep.network, deep.config)
    x = rng.standard_normal((16, 16), F)
    want, wrong = run(engine, x=x)[0], []

    def work():
        for _ in range(10):
            if not (run(engine, x=x)[0] == want).all():
                wrong.append(1)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong and pool.blocks == {} and len(pool.asked) == 41
