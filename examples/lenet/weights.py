# SPDX-License-Identifier: Apache-2.0
"""Read and write safetensors files with NumPy alone.

A file is: header length (u64, little endian), a JSON header {name: {dtype, shape, data_offsets}},
then the data. The reader takes no length on trust: every tensor must lie inside the file, and
together they must tile it.
"""

import json
import math
import struct

import numpy as np

DTYPES = {
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
}
MAX_HEADER_BYTES = 1 << 20


def load(path):
    """{name: array}. The arrays are read-only views of the file's bytes."""
    with open(path, "rb") as file:
        data = file.read()
    if len(data) < 8:
        raise ValueError("%s: shorter than its length field" % path)
    header_bytes = struct.unpack_from("<Q", data)[0]
    if header_bytes > min(len(data) - 8, MAX_HEADER_BYTES):
        raise ValueError("%s: header of %d bytes in a file of %d" % (path, header_bytes, len(data)))
    header = json.loads(data[8 : 8 + header_bytes])
    header.pop("__metadata__", None)
    payload = memoryview(data)[8 + header_bytes :]

    arrays, at = {}, 0
    for name, entry in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        dtype, shape = DTYPES[entry["dtype"]], tuple(entry["shape"])
        begin, end = entry["data_offsets"]
        if begin != at or end > len(payload) or any(extent < 0 for extent in shape):
            raise ValueError(
                '%s: tensor "%s" at [%d, %d), expected to begin at %d and to end by %d'
                % (path, name, begin, end, at, len(payload))
            )
        if end - begin != math.prod(shape) * dtype.itemsize:
            raise ValueError(
                '%s: tensor "%s" of shape %s in %d bytes' % (path, name, shape, end - begin)
            )
        arrays[name] = np.frombuffer(payload[begin:end], dtype).reshape(shape)
        at = end
    if at != len(payload):
        raise ValueError("%s: %d bytes after the last tensor" % (path, len(payload) - at))
    return arrays


def save(path, arrays):
    """Write {name: array} in the given order, the data 8-byte aligned."""
    names = {dtype: name for name, dtype in DTYPES.items()}
    header, chunks, at = {}, [], 0
    for name, array in arrays.items():
        array = np.ascontiguousarray(array)
        header[name] = {
            "dtype": names[array.dtype],
            "shape": list(array.shape),
            "data_offsets": [at, at + array.nbytes],
        }
        chunks.append(array.tobytes())
        at += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + b"".join(chunks))
