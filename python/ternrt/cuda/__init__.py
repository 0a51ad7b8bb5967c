# SPDX-License-Identifier: Apache-2.0
"""Memory, streams and events of the device that Tern runs on, under the names that programs for CUDA use.

driver, autoinit, autoprimaryctx: pycuda's.  runtime, driver_api: cuda-python's, with their (error, value) answers;
errors, attributes and calls are what these two share.  On the CPU device memory is host memory, a stream is a queue
with a worker of its own, and page-locked memory is what asynchronous copies do not wait for.
"""
