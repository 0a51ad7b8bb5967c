# SPDX-License-Identifier: Apache-2.0
"""pycuda.autoinit is ternrt.cuda.autoinit."""
from ternrt.cuda.autoinit import context, device  # noqa: F401
