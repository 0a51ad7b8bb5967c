# SPDX-License-Identifier: Apache-2.0
"""`import tensorrt` is Tern: every name is ternrt's, the version is that of the era."""
import ternrt
from ternrt import *  # noqa: F401,F403


def __getattr__(name):
    if name == "__version__":
        return ternrt._ternrt._compat_version()
    raise AttributeError("module 'tensorrt' has no attribute %r" % name)
