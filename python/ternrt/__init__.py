# SPDX-License-Identifier: Apache-2.0
"""Tern with TensorRT's names: `import ternrt as trt` runs what was written for TensorRT 7 to 11.

Everything that does work is the C extension `ternrt._ternrt`; `ternrt.cuda` has pycuda's and cuda-python's names, and
`python -m ternrt shims` prints a folder that gives them, and `tensorrt`, their own names.
"""
from . import _ternrt
from ._ternrt import *  # noqa: F401,F403
from ._ternrt import __version__  # noqa: F401

__all__ = [name for name in dir(_ternrt) if not name.startswith("_")]
