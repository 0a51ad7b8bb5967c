# SPDX-License-Identifier: Apache-2.0
"""Importing this makes device 0's primary context current, as pycuda.autoprimaryctx does."""
from . import driver

driver.init()
device = driver.Device(0)
context = device.retain_primary_context()
context.push()
