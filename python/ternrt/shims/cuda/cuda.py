# SPDX-License-Identifier: Apache-2.0
"""cuda.cuda is ternrt.cuda.driver_api."""
from ternrt.cuda.driver_api import *  # noqa: F401,F403
