# SPDX-License-Identifier: Apache-2.0
"""tensorrt.tensorrt, which some programs name: the same again."""
from ternrt import *  # noqa: F401,F403
