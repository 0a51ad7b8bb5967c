# SPDX-License-Identifier: Apache-2.0
"""What can be asked about device 0, the processor: one table for the runtime, the driver and pycuda.

CUDA's kernels cannot be launched here, so every limit of a launch is 0, and so is the compute capability.  What a
processor has in another form (its cores, its caches, memory that is the host's) is answered for the processor.  What
nobody tells, such as a PCI address, has no answer at all: None here, an error in the APIs.
"""
import enum
import os
import pathlib

NAME = "Tern CPU"
COMPUTE_CAPABILITY = (0, 0)

_CPU = pathlib.Path("/sys/devices/system/cpu/cpu0")


def memory():
    """(free, total) bytes of the machine."""
    page = os.sysconf("SC_PAGE_SIZE")
    return os.sysconf("SC_AVPHYS_PAGES") * page, os.sysconf("SC_PHYS_PAGES") * page


def _text(path):
    try:
        return path.read_text(encoding="ascii").strip()
    except (OSError, ValueError):
        return ""


def _clock_khz():
    """The processor's highest frequency, else the one at which it runs."""
    highest = _text(_CPU / "cpufreq/cpuinfo_max_freq")
    if highest.isdigit():
        return int(highest)
    lines = [line.partition(":") for line in _text(pathlib.Path("/proc/cpuinfo")).splitlines()]
    now = [value for name, _, value in lines if name.strip() == "cpu MHz"]
    return int(float(now[0]) * 1000) if now else None


def _cache_bytes():
    """The second level of the first core's caches."""
    for index in sorted(_CPU.glob("cache/index*")):
        size = _text(index / "size")
        if _text(index / "level") == "2" and size[:-1].isdigit() and size[-1] in "KM":
            return int(size[:-1]) << {"K": 10, "M": 20}[size[-1]]
    return None


def _usable_cores():
    return len(os.sched_getaffinity(0))


# number, name in the runtime (behind cudaDevAttr), name in the driver (behind CU_DEVICE_ATTRIBUTE_) and in pycuda,
# field of cudaDeviceProp, answer: a number, a function that finds it, or None
_TABLE = (
    (1, "MaxThreadsPerBlock", "MAX_THREADS_PER_BLOCK", "maxThreadsPerBlock", 0),
    (2, "MaxBlockDimX", "MAX_BLOCK_DIM_X", "", 0),
    (3, "MaxBlockDimY", "MAX_BLOCK_DIM_Y", "", 0),
    (4, "MaxBlockDimZ", "MAX_BLOCK_DIM_Z", "", 0),
    (5, "MaxGridDimX", "MAX_GRID_DIM_X", "", 0),
    (6, "MaxGridDimY", "MAX_GRID_DIM_Y", "", 0),
    (7, "MaxGridDimZ", "MAX_GRID_DIM_Z", "", 0),
    (8, "MaxSharedMemoryPerBlock", "MAX_SHARED_MEMORY_PER_BLOCK", "sharedMemPerBlock", 0),
    (9, "TotalConstantMemory", "TOTAL_CONSTANT_MEMORY", "totalConstMem", 0),
    (10, "WarpSize", "WARP_SIZE", "warpSize", 0),
    (11, "MaxPitch", "MAX_PITCH", "memPitch", None),
    (12, "MaxRegistersPerBlock", "MAX_REGISTERS_PER_BLOCK", "regsPerBlock", 0),
    (13, "ClockRate", "CLOCK_RATE", "clockRate", _clock_khz),
    (14, "TextureAlignment", "TEXTURE_ALIGNMENT", "textureAlignment", None),
    (15, "GpuOverlap", "GPU_OVERLAP", "deviceOverlap", 1),
    (16, "MultiProcessorCount", "MULTIPROCESSOR_COUNT", "multiProcessorCount", _usable_cores),
    (17, "KernelExecTimeout", "KERNEL_EXEC_TIMEOUT", "kernelExecTimeoutEnabled", 0),
    (18, "Integrated", "INTEGRATED", "integrated", 1),
    (19, "CanMapHostMemory", "CAN_MAP_HOST_MEMORY", "canMapHostMemory", 1),
    (20, "ComputeMode", "COMPUTE_MODE", "computeMode", 0),
    (30, "SurfaceAlignment", "SURFACE_ALIGNMENT", "surfaceAlignment", None),
    (31, "ConcurrentKernels", "CONCURRENT_KERNELS", "concurrentKernels", 1),
    (32, "EccEnabled", "ECC_ENABLED", "ECCEnabled", None),
    (33, "PciBusId", "PCI_BUS_ID", "pciBusID", None),
    (34, "PciDeviceId", "PCI_DEVICE_ID", "pciDeviceID", None),
    (35, "TccDriver", "TCC_DRIVER", "tccDriver", 0),
    (36, "MemoryClockRate", "MEMORY_CLOCK_RATE", "memoryClockRate", None),
    (37, "GlobalMemoryBusWidth", "GLOBAL_MEMORY_BUS_WIDTH", "memoryBusWidth", None),
    (38, "L2CacheSize", "L2_CACHE_SIZE", "l2CacheSize", _cache_bytes),
    (39, "MaxThreadsPerMultiProcessor", "MAX_THREADS_PER_MULTIPROCESSOR", "maxThreadsPerMultiProcessor", 0),
    # 2: copies in both directions run beside other work, each on a stream of its own
    (40, "AsyncEngineCount", "ASYNC_ENGINE_COUNT", "asyncEngineCount", 2),
    (41, "UnifiedAddressing", "UNIFIED_ADDRESSING", "unifiedAddressing", 1),
    (50, "PciDomainId", "PCI_DOMAIN_ID", "pciDomainID", None),
    (75, "ComputeCapabilityMajor", "COMPUTE_CAPABILITY_MAJOR", "major", COMPUTE_CAPABILITY[0]),
    (76, "ComputeCapabilityMinor", "COMPUTE_CAPABILITY_MINOR", "minor", COMPUTE_CAPABILITY[1]),
    (78, "StreamPrioritiesSupported", "STREAM_PRIORITIES_SUPPORTED", "streamPrioritiesSupported", 0),
    (79, "GlobalL1CacheSupported", "GLOBAL_L1_CACHE_SUPPORTED", "globalL1CacheSupported", 1),
    (80, "LocalL1CacheSupported", "LOCAL_L1_CACHE_SUPPORTED", "localL1CacheSupported", 1),
    (81, "MaxSharedMemoryPerMultiprocessor", "MAX_SHARED_MEMORY_PER_MULTIPROCESSOR", "sharedMemPerMultiprocessor", 0),
    (82, "MaxRegistersPerMultiprocessor", "MAX_REGISTERS_PER_MULTIPROCESSOR", "regsPerMultiprocessor", 0),
    (83, "ManagedMemory", "MANAGED_MEMORY", "managedMemory", 1),
    (84, "IsMultiGpuBoard", "MULTI_GPU_BOARD", "isMultiGpuBoard", 0),
    (85, "MultiGpuBoardGroupID", "MULTI_GPU_BOARD_GROUP_ID", "multiGpuBoardGroupID", None),
    (86, "HostNativeAtomicSupported", "HOST_NATIVE_ATOMIC_SUPPORTED", "hostNativeAtomicSupported", 1),
    # a vector has half as many doubles as floats
    (87, "SingleToDoublePrecisionPerfRatio", "SINGLE_TO_DOUBLE_PRECISION_PERF_RATIO",
     "singleToDoublePrecisionPerfRatio", 2),
    (88, "PageableMemoryAccess", "PAGEABLE_MEMORY_ACCESS", "pageableMemoryAccess", 1),
    (89, "ConcurrentManagedAccess", "CONCURRENT_MANAGED_ACCESS", "concurrentManagedAccess", 1),
    (90, "ComputePreemptionSupported", "COMPUTE_PREEMPTION_SUPPORTED", "computePreemptionSupported", 1),
    (91, "CanUseHostPointerForRegisteredMem", "CAN_USE_HOST_POINTER_FOR_REGISTERED_MEM",
     "canUseHostPointerForRegisteredMem", 1),
    (95, "CooperativeLaunch", "COOPERATIVE_LAUNCH", "cooperativeLaunch", 0),
    (97, "MaxSharedMemoryPerBlockOptin", "MAX_SHARED_MEMORY_PER_BLOCK_OPTIN", "sharedMemPerBlockOptin", 0),
    (99, "HostRegisterSupported", "HOST_REGISTER_SUPPORTED", "hostRegisterSupported", 1),
    (100, "PageableMemoryAccessUsesHostPageTables", "PAGEABLE_MEMORY_ACCESS_USES_HOST_PAGE_TABLES",
     "pageableMemoryAccessUsesHostPageTables", 1),
    (101, "DirectManagedMemAccessFromHost", "DIRECT_MANAGED_MEM_ACCESS_FROM_HOST", "directManagedMemAccessFromHost", 1),
    (106, "MaxBlocksPerMultiprocessor", "MAX_BLOCKS_PER_MULTIPROCESSOR", "maxBlocksPerMultiProcessor", 0),
    (115, "MemoryPoolsSupported", "MEMORY_POOLS_SUPPORTED", "memoryPoolsSupported", 0),
)


class _Named(enum.IntEnum):
    """Prints as its name, as pycuda's do."""

    def __str__(self):
        return self.name


cudaDeviceAttr = enum.IntEnum("cudaDeviceAttr", {"cudaDevAttr" + row[1]: row[0] for row in _TABLE}, module=__name__)
CUdevice_attribute = enum.IntEnum("CUdevice_attribute", {"CU_DEVICE_ATTRIBUTE_" + row[2]: row[0] for row in _TABLE},
                                  module=__name__)
device_attribute = _Named("device_attribute", {row[2]: row[0] for row in _TABLE}, module=__name__)

_ANSWERS = {row[0]: row[4] for row in _TABLE}
_FIELDS = {row[3]: row[0] for row in _TABLE if row[3]}


def answer(number):
    """The answer to a number of the table; None where there is none."""
    found = _ANSWERS.get(int(number))
    return found() if callable(found) else found


class cudaDeviceProp:
    """What cudaGetDeviceProperties answers.  A field that nobody tells on this machine is absent: hasattr() says so."""

    def __init__(self):
        self.name = NAME.encode()
        self.totalGlobalMem = memory()[1]
        self.maxThreadsDim = [answer(number) for number in (2, 3, 4)]
        self.maxGridSize = [answer(number) for number in (5, 6, 7)]
        for field, number in _FIELDS.items():
            value = answer(number)
            if value is not None:
                setattr(self, field, value)

    def __getattr__(self, field):
        raise AttributeError("cudaDeviceProp: this machine does not tell %r" % field)

    def __repr__(self):
        return "\n".join("%s : %s" % item for item in vars(self).items())
