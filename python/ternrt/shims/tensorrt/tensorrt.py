# SPDX-License-Identifier: Apache-2.0
"""tensorrt.tensorrt, which some programs name: ternrt's names, and the era's version."""
import ternrt
from ternrt import *  # noqa: F401,F403


def __getattr__(name):
    if name == "__version__":
        return ternrt._ternrt._compat_version()
    raise AttributeError("module 'tensorrt' has no attribute %r" % name)
