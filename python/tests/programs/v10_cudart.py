# SPDX-License-Identifier: Apache-2.0
"""TensorRT 10: LeNet from a saved plan with cuda-python's runtime calls: page-locked memory as
NumPy arrays, two contexts on two streams, events, errors as codes."""

import ctypes

import numpy as np
import tensorrt as trt
from cuda import cuda, cudart

import reference
from common_cudart import cuda_call

SIZE = (8, 1, 28, 28)
H2D = cudart.cudaMemcpyKind.cudaMemcpyHostToDevice
D2H = cudart.cudaMemcpyKind.cudaMemcpyDeviceToHost


def build(weights, path):
    logger = trt.Logger(trt.Logger.WARNING)
    builder = trt.Builder(logger)
    network = builder.create_network(0)
    x = network.add_input("image", trt.float32, SIZE)
    for i in (1, 2):
        name = "conv%d" % i
        kernel, bias = weights[name + ".weight"], weights[name + ".bias"]
        conv = network.add_convolution_nd(x, kernel.shape[0], kernel.shape[2:], kernel, bias)
        conv.name = name
        pool = network.add_pooling_nd(conv.get_output(0), trt.PoolingType.MAX, (2, 2))
        pool.stride_nd = (2, 2)
        x = pool.get_output(0)
    flatten = network.add_shuffle(x)
    flatten.reshape_dims = (SIZE[0], -1)
    x = flatten.get_output(0)
    for i in (1, 2):
        kernel, bias = weights["fc%d.weight" % i], weights["fc%d.bias" % i]
        w = network.add_constant(kernel.shape, kernel).get_output(0)
        b = network.add_constant((1, len(bias)), bias).get_output(0)
        none, transpose = trt.MatrixOperation.NONE, trt.MatrixOperation.TRANSPOSE
        x = network.add_matrix_multiply(x, none, w, transpose)
        x = network.add_elementwise(x.get_output(0), b, trt.ElementWiseOperation.SUM).get_output(0)
        if i == 1:
            x = network.add_activation(x, trt.ActivationType.RELU).get_output(0)
    x.name = "logits"
    network.mark_output(x)
    config = builder.create_builder_config()
    config.set_memory_pool_limit(trt.MemoryPoolType.WORKSPACE, 1 << 26)
    with open(path, "wb") as f:
        f.write(builder.build_serialized_network(network, config))


class Lane:
    def __init__(self, engine):
        self.context = engine.create_execution_context()
        self.stream = cuda_call(cudart.cudaStreamCreate())
        self.done = cuda_call(cudart.cudaEventCreate())
        self.hosts, self.devices, self.pointers = {}, {}, []
        for index in range(engine.num_io_tensors):
            name = engine.get_tensor_name(index)
            shape = tuple(self.context.get_tensor_shape(name))
            dtype = np.dtype(trt.nptype(engine.get_tensor_dtype(name)))
            nbytes = trt.volume(shape) * dtype.itemsize
            pointer = cuda_call(cudart.cudaHostAlloc(nbytes, cudart.cudaHostAllocDefault))
            self.pointers.append(pointer)
            buffer = (ctypes.c_byte * nbytes).from_address(pointer)
            self.hosts[name] = np.frombuffer(buffer, dtype).reshape(shape)
            self.devices[name] = cuda_call(cudart.cudaMalloc(nbytes))
            self.context.set_tensor_address(name, self.devices[name])

    def start(self, images):
        np.copyto(self.hosts["image"], images)
        for name, kind in (("image", H2D), (None, None), ("logits", D2H)):
            if name is None:
                assert self.context.execute_async_v3(self.stream)
                continue
            host, device = self.hosts[name], self.devices[name]
            ends = (device, host.ctypes.data) if kind == H2D else (host.ctypes.data, device)
            cuda_call(cudart.cudaMemcpyAsync(*ends, host.nbytes, kind, self.stream))
        cuda_call(cudart.cudaEventRecord(self.done, self.stream))

    def answer(self):
        cuda_call(cudart.cudaEventSynchronize(self.done))
        return self.hosts["logits"].copy()

    def free(self):
        cuda_call(cudart.cudaStreamSynchronize(self.stream))
        self.hosts.clear()
        for pointer in self.pointers:
            cuda_call(cudart.cudaFreeHost(pointer))
        for device in self.devices.values():
            cuda_call(cudart.cudaFree(device))
        cuda_call(cudart.cudaEventDestroy(self.done))
        cuda_call(cudart.cudaStreamDestroy(self.stream))


def errors_are_codes():
    success = cudart.cudaError_t.cudaSuccess
    error, pointer = cudart.cudaMalloc(1 << 60)
    assert error == cudart.cudaError_t.cudaErrorMemoryAllocation and not pointer
    assert cudart.cudaGetLastError()[0] == error and cudart.cudaGetLastError()[0] == success
    small = cuda_call(cudart.cudaMalloc(16))
    array = np.arange(16, dtype=np.float32)
    assert cudart.cudaMemcpy(small, array.ctypes.data, array.nbytes, H2D)[0] != success
    assert cudart.cudaFree(small)[0] == success and cudart.cudaFree(small)[0] != success
    assert cudart.cudaFree(0)[0] == success, "freeing a null pointer does nothing"
    assert cudart.cudaStreamSynchronize(123456789)[0] != success
    assert cudart.cudaSetDevice(0)[0] == success and cudart.cudaSetDevice(9)[0] != success
    assert cuda_call(cudart.cudaGetDeviceCount()) == 1
    free, total = cuda_call(cudart.cudaMemGetInfo())
    assert 0 < free <= total
    assert isinstance(cuda_call(cudart.cudaGetErrorName(error)), bytes)


def show_device():
    """What programs print before they begin."""
    cuda_call(cuda.cuInit(0))
    device = cuda_call(cuda.cuDeviceGet(0))
    context = cuda_call(cuda.cuCtxCreate(0, device))
    properties = cuda_call(cudart.cudaGetDeviceProperties(0))
    print("Device:", properties.name.decode(), "memory:", properties.totalGlobalMem >> 20, "MiB")
    print("Compute capability: {}.{}".format(properties.major, properties.minor))
    count = cudart.cudaDeviceAttr.cudaDevAttrMultiProcessorCount
    assert cuda_call(cudart.cudaDeviceGetAttribute(count, 0)) == properties.multiProcessorCount > 0
    print("CUDA:", cuda_call(cudart.cudaRuntimeGetVersion()), cuda_call(cudart.cudaDriverGetVersion()))
    return context


def main():
    context = show_device()
    weights = reference.lenet_weights(2)
    build(weights, "lenet.plan")
    with open("lenet.plan", "rb") as f:
        engine = trt.Runtime(trt.Logger(trt.Logger.WARNING)).deserialize_cuda_engine(f.read())
    lanes = [Lane(engine) for _ in range(2)]
    rng = np.random.default_rng(3)
    for _ in range(5):
        batches = [rng.random(SIZE, np.float32) for _ in lanes]
        for lane, images in zip(lanes, batches):
            lane.start(images)
        for lane, images in zip(lanes, batches):
            reference.check("lane", lane.answer(), reference.lenet(images, weights))
    [lane.free() for lane in lanes]
    errors_are_codes()
    cuda_call(cuda.cuCtxDestroy(context))
    cuda_call(cudart.cudaDeviceReset())


if __name__ == "__main__":
    main()
