# SPDX-License-Identifier: Apache-2.0
"""pycuda.autoprimaryctx is ternrt.cuda.autoprimaryctx."""
from ternrt.cuda.autoprimaryctx import context, device  # noqa: F401
