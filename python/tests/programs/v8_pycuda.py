# SPDX-License-Identifier: Apache-2.0
"""TensorRT 8: the ways programs handle memory, streams and events with pycuda around one engine."""

import atexit

import numpy as np
import pycuda.driver as cuda
import tensorrt as trt

import reference

TRT_LOGGER = trt.Logger()


def build(shape):
    with trt.Builder(TRT_LOGGER) as builder:
        network = builder.create_network(1 << int(trt.NetworkDefinitionCreationFlag.EXPLICIT_BATCH))
        x = network.add_input("x", trt.float32, shape)
        y = network.add_activation(x, trt.ActivationType.SIGMOID)
        y.get_output(0).name = "y"
        network.mark_output(y.get_output(0))
        engine = builder.build_engine(network, builder.create_builder_config())
        return engine


class Model:
    """A wrapper class with its own CUDA context, as in many a repository."""

    def __init__(self, shape):
        cuda.init()
        self.cfx = cuda.Device(0).make_context()
        self.stream = cuda.Stream()
        self.engine = build(shape)
        self.context = self.engine.create_execution_context()
        self.host_inputs, self.host_outputs = [], []
        self.cuda_inputs, self.cuda_outputs, self.bindings = [], [], []
        for binding in self.engine:
            dims = self.engine.get_binding_shape(binding)
            host_mem = cuda.pagelocked_empty(
                shape=[trt.volume(dims)], dtype=trt.nptype(self.engine.get_binding_dtype(binding))
            )
            cuda_mem = cuda.mem_alloc(host_mem.nbytes)
            self.bindings.append(int(cuda_mem))
            if self.engine.binding_is_input(binding):
                self.host_inputs.append(host_mem)
                self.cuda_inputs.append(cuda_mem)
            else:
                self.host_outputs.append(host_mem)
                self.cuda_outputs.append(cuda_mem)
        self.shape = tuple(dims)

    def infer(self, x):
        self.cfx.push()
        np.copyto(self.host_inputs[0], x.ravel())
        cuda.memcpy_htod_async(self.cuda_inputs[0], self.host_inputs[0], self.stream)
        self.context.execute_async_v2(bindings=self.bindings, stream_handle=self.stream.handle)
        cuda.memcpy_dtoh_async(self.host_outputs[0], self.cuda_outputs[0], self.stream)
        self.stream.synchronize()
        self.cfx.pop()
        return self.host_outputs[0].reshape(self.shape)

    def destroy(self):
        self.cfx.pop()


def idioms(model, x, right):
    context, stream = model.context, model.stream
    d_x, d_y = cuda.mem_alloc(x.nbytes), cuda.mem_alloc(1 * x.nbytes)
    y = np.empty_like(x)

    cuda.memcpy_htod(d_x, np.ascontiguousarray(x))
    assert context.execute_v2(bindings=[int(d_x), int(d_y)])
    cuda.memcpy_dtoh(y, d_y)
    reference.check("synchronous", y, right)

    y.fill(0)  # memory that is not page-locked, and no stream
    cuda.memcpy_htod_async(d_x, x)
    context.execute_async_v2([int(d_x), int(d_y)], 0)
    cuda.memcpy_dtoh_async(y, d_y)
    cuda.Context.synchronize()
    reference.check("null stream", y, right)

    start, end, copied = cuda.Event(), cuda.Event(), cuda.Event()
    other = cuda.Stream()
    start.record(stream)
    cuda.memcpy_htod_async(d_x, model.host_inputs[0], stream)
    copied.record(stream)
    other.wait_for_event(copied)
    for _ in range(10):
        context.execute_async_v2([int(d_x), int(d_y)], other.handle)
    cuda.memcpy_dtoh_async(model.host_outputs[0], d_y, other)
    end.record(other)
    end.synchronize()
    assert start.time_till(end) >= 0 and end.query()
    reference.check("two streams", model.host_outputs[0].reshape(x.shape), right)

    y.fill(0)
    cuda.memset_d32(d_y, 0, x.size)
    cuda.memcpy_dtod(d_y, d_x, x.nbytes)
    cuda.memcpy_dtoh(y, d_y)
    reference.check("copy on the device", y, x, 0)

    registered = cuda.register_host_memory(cuda.aligned_empty(x.shape, x.dtype))
    registered.base[...] = x
    cuda.memcpy_htod_async(d_x, registered.base, stream)
    stream.synchronize()
    registered.base.unregister() if hasattr(registered.base, "unregister") else None

    front = x[: len(x) // 2]
    half = cuda.to_device(front)
    reference.check("from_device", cuda.from_device(half, front.shape, x.dtype), front, 0)
    for mistake in (
        lambda: cuda.memcpy_htod(half, x),  # too large
        lambda: cuda.memcpy_dtoh(np.empty(x.size * 4, np.float32), d_y),
        lambda: cuda.mem_alloc(1 << 60),
    ):
        try:
            mistake()
        except (cuda.Error, cuda.LogicError, cuda.MemoryError, ValueError):
            continue
        raise SystemExit("a copy over the end was accepted")
    assert not context.execute_v2([int(d_x), int(half)]), "a buffer too small was accepted"
    assert context.execute_v2([int(d_x), int(d_y)])
    d_x.free()
    d_y.free()
    try:
        d_x.free()
    except cuda.Error:
        pass
    assert not context.execute_v2([model.bindings[0], 0])
    free, total = cuda.mem_get_info()
    assert 0 < free <= total
    assert cuda.Device.count() == 1 and isinstance(cuda.Device(0).name(), str)


def shrunk_block(model):
    """A block that comes back at the same address, but smaller, is not taken for the old one."""
    nbytes = model.host_inputs[0].nbytes
    for _ in range(5):
        d_x, d_y = cuda.mem_alloc(nbytes), cuda.mem_alloc(nbytes)
        assert model.context.execute_v2([int(d_x), int(d_y)])
        del d_x, d_y
        d_x, d_y = cuda.mem_alloc(4), cuda.mem_alloc(4)
        assert not model.context.execute_v2([int(d_x), int(d_y)]), "4 bytes were enough"
        del d_x, d_y


def main():
    shape = (4, 3, 8, 8)
    model = Model(shape)
    atexit.register(model.destroy)
    x = np.random.default_rng(0).standard_normal(shape).astype(np.float32)
    right = reference.sigmoid(x.astype(np.float64))
    for _ in range(3):
        reference.check("wrapper", model.infer(x), right)
    idioms(model, x, right)
    shrunk_block(model)


if __name__ == "__main__":
    main()
