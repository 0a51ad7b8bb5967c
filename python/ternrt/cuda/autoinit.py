# SPDX-License-Identifier: Apache-2.0
"""Importing this makes device 0's context current, as pycuda.autoinit does."""
from . import driver

driver.init()
device = driver.Device(0)
context = device.make_context()
