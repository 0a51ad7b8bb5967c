# SPDX-License-Identifier: Apache-2.0
"""The helpers that programs for TensorRT 10 carry along, on cuda-python."""

import ctypes
from typing import List, Optional

import numpy as np
import tensorrt as trt

try:
    from cuda.bindings import driver as cuda, runtime as cudart
except ImportError:
    from cuda import cuda, cudart


def check_cuda_err(err):
    if isinstance(err, cuda.CUresult):
        if err != cuda.CUresult.CUDA_SUCCESS:
            raise RuntimeError("Cuda Error: {}".format(err))
    elif isinstance(err, cudart.cudaError_t):
        if err != cudart.cudaError_t.cudaSuccess:
            raise RuntimeError("Cuda Runtime Error: {}".format(err))
    else:
        raise RuntimeError("Unknown error type: {}".format(err))


def cuda_call(call):
    err, res = call[0], call[1:]
    check_cuda_err(err)
    if len(res) == 1:
        res = res[0]
    return res


class HostDeviceMem:
    """Pair of page-locked host and device memory, where the host memory is a NumPy array."""

    def __init__(self, size: int, dtype: Optional[np.dtype] = None):
        dtype = dtype or np.dtype(np.uint8)
        nbytes = size * dtype.itemsize
        host_mem = cuda_call(cudart.cudaMallocHost(nbytes))
        pointer_type = ctypes.POINTER(np.ctypeslib.as_ctypes_type(dtype))
        self._host = np.ctypeslib.as_array(ctypes.cast(host_mem, pointer_type), (size,))
        self._device = cuda_call(cudart.cudaMalloc(nbytes))
        self._nbytes = nbytes

    @property
    def host(self) -> np.ndarray:
        return self._host

    @host.setter
    def host(self, data):
        if data.size > self.host.size:
            raise ValueError(f"{data.size} elements do not fit into {self.host.size}")
        np.copyto(self.host[: data.size], data.flat, casting="safe")

    @property
    def device(self) -> int:
        return self._device

    @property
    def nbytes(self) -> int:
        return self._nbytes

    def free(self):
        cuda_call(cudart.cudaFree(self.device))
        cuda_call(cudart.cudaFreeHost(self.host.ctypes.data))


def largest_shapes(engine, profile_idx):
    """The shape of every tensor when the inputs are as large as the profile allows."""
    context = engine.create_execution_context()
    names = [engine.get_tensor_name(i) for i in range(engine.num_io_tensors)]
    if profile_idx is not None:
        for name in names:
            if engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT:
                largest = engine.get_tensor_profile_shape(name, profile_idx)[-1]
                context.set_input_shape(name, largest)
    return {name: context.get_tensor_shape(name) for name in names}


def allocate_buffers(engine: trt.ICudaEngine, profile_idx: Optional[int] = None):
    """Buffers for every tensor, large enough for the profile's maximum."""
    inputs: List[HostDeviceMem] = []
    outputs: List[HostDeviceMem] = []
    bindings = []
    stream = cuda_call(cudart.cudaStreamCreate())
    for name, shape in largest_shapes(engine, profile_idx).items():
        if any(extent < 0 for extent in shape):
            raise ValueError(f"tensor {name} has a dynamic shape: choose a profile")
        dtype = np.dtype(trt.nptype(engine.get_tensor_dtype(name)))
        memory = HostDeviceMem(trt.volume(shape), dtype)
        bindings.append(int(memory.device))
        if engine.get_tensor_mode(name) == trt.TensorIOMode.INPUT:
            inputs.append(memory)
        else:
            outputs.append(memory)
    return inputs, outputs, bindings, stream


def free_buffers(inputs, outputs, stream):
    for mem in inputs + outputs:
        mem.free()
    cuda_call(cudart.cudaStreamDestroy(stream))


def memcpy_host_to_device(device_ptr: int, host_arr: np.ndarray):
    kind = cudart.cudaMemcpyKind.cudaMemcpyHostToDevice
    cuda_call(cudart.cudaMemcpy(device_ptr, host_arr.ctypes.data, host_arr.nbytes, kind))


def memcpy_device_to_host(host_arr: np.ndarray, device_ptr: int):
    kind = cudart.cudaMemcpyKind.cudaMemcpyDeviceToHost
    cuda_call(cudart.cudaMemcpy(host_arr.ctypes.data, device_ptr, host_arr.nbytes, kind))


def do_inference(context, engine, bindings, inputs, outputs, stream):
    """Sets every address, copies in, runs, copies out, waits."""
    for i in range(engine.num_io_tensors):
        context.set_tensor_address(engine.get_tensor_name(i), bindings[i])
    to_device = cudart.cudaMemcpyKind.cudaMemcpyHostToDevice
    for inp in inputs:
        cuda_call(cudart.cudaMemcpyAsync(inp.device, inp.host, inp.nbytes, to_device, stream))
    if not context.execute_async_v3(stream_handle=stream):
        raise RuntimeError("execute_async_v3 gave False")
    to_host = cudart.cudaMemcpyKind.cudaMemcpyDeviceToHost
    for out in outputs:
        cuda_call(cudart.cudaMemcpyAsync(out.host, out.device, out.nbytes, to_host, stream))
    cuda_call(cudart.cudaStreamSynchronize(stream))
    return [out.host for out in outputs]
