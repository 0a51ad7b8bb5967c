# SPDX-License-Identifier: Apache-2.0
"""pycuda.driver is ternrt.cuda.driver."""
from ternrt.cuda.driver import *  # noqa: F401,F403
