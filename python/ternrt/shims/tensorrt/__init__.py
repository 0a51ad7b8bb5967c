# SPDX-License-Identifier: Apache-2.0
"""`import tensorrt` is Tern: every name is ternrt's, the version is that of the era."""
from . import tensorrt  # noqa: F401
from .tensorrt import *  # noqa: F401,F403
from .tensorrt import __getattr__  # noqa: F401
