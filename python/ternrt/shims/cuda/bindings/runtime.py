# SPDX-License-Identifier: Apache-2.0
"""cuda.bindings.runtime is ternrt.cuda.runtime."""
from ternrt.cuda.runtime import *  # noqa: F401,F403
