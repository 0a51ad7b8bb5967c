# SPDX-License-Identifier: Apache-2.0
"""The numbers that cuda-python's two APIs answer with, under the names that either has for them: one table for both."""
import enum

# number, name in the runtime, name in the driver, text
_TABLE = (
    (0, "cudaSuccess", "CUDA_SUCCESS", "no error"),
    (1, "cudaErrorInvalidValue", "CUDA_ERROR_INVALID_VALUE", "invalid argument"),
    (2, "cudaErrorMemoryAllocation", "CUDA_ERROR_OUT_OF_MEMORY", "out of memory"),
    (3, "cudaErrorInitializationError", "CUDA_ERROR_NOT_INITIALIZED", "initialization error"),
    (4, "cudaErrorCudartUnloading", "CUDA_ERROR_DEINITIALIZED", "driver shutting down"),
    (17, "cudaErrorInvalidDevicePointer", "", "invalid device pointer"),
    (21, "cudaErrorInvalidMemcpyDirection", "", "invalid copy direction for memcpy"),
    (35, "cudaErrorInsufficientDriver", "", "CUDA driver version is insufficient for CUDA runtime version"),
    (100, "cudaErrorNoDevice", "CUDA_ERROR_NO_DEVICE", "no CUDA-capable device is detected"),
    (101, "cudaErrorInvalidDevice", "CUDA_ERROR_INVALID_DEVICE", "invalid device ordinal"),
    (201, "cudaErrorDeviceUninitialized", "CUDA_ERROR_INVALID_CONTEXT", "invalid device context"),
    (400, "cudaErrorInvalidResourceHandle", "CUDA_ERROR_INVALID_HANDLE", "invalid resource handle"),
    (500, "cudaErrorSymbolNotFound", "CUDA_ERROR_NOT_FOUND", "named symbol not found"),
    (600, "cudaErrorNotReady", "CUDA_ERROR_NOT_READY", "device not ready"),
    (700, "cudaErrorIllegalAddress", "CUDA_ERROR_ILLEGAL_ADDRESS", "an illegal memory access was encountered"),
    (712, "cudaErrorHostMemoryAlreadyRegistered", "CUDA_ERROR_HOST_MEMORY_ALREADY_REGISTERED",
     "part or all of the requested memory range is already mapped"),
    (713, "cudaErrorHostMemoryNotRegistered", "CUDA_ERROR_HOST_MEMORY_NOT_REGISTERED",
     "pointer does not correspond to a registered memory region"),
    (719, "cudaErrorLaunchFailure", "CUDA_ERROR_LAUNCH_FAILED", "unspecified launch failure"),
    (800, "cudaErrorNotPermitted", "CUDA_ERROR_NOT_PERMITTED", "operation not permitted"),
    (801, "cudaErrorNotSupported", "CUDA_ERROR_NOT_SUPPORTED", "operation not supported"),
    (999, "cudaErrorUnknown", "CUDA_ERROR_UNKNOWN", "unknown error"),
)

cudaError_t = enum.IntEnum("cudaError_t", {name: number for number, name, _, _ in _TABLE}, module=__name__)
CUresult = enum.IntEnum("CUresult", {name: number for number, _, name, _ in _TABLE if name}, module=__name__)

SUCCESS, INVALID_VALUE, OUT_OF_MEMORY, INVALID_MEMCPY_DIRECTION, INVALID_DEVICE = 0, 1, 2, 21, 101
INVALID_CONTEXT, INVALID_HANDLE, NOT_READY, ALREADY_REGISTERED, NOT_REGISTERED = 201, 400, 600, 712, 713
LAUNCH_FAILED, NOT_SUPPORTED, UNKNOWN = 719, 801, 999

TEXTS = {number: text.encode() for number, _, _, text in _TABLE}

# The version of CUDA whose names, numbers and answers are followed here.  It says nothing of a CUDA on the machine.
INTERFACE_VERSION = 12000
