# SPDX-License-Identifier: Apache-2.0
"""Memory, streams and events of the device that Tern runs on, under the names that programs for CUDA use.

driver, autoinit: pycuda's.  runtime: cuda-python's, with its (error, value) answers.  On the CPU device memory is host
memory, a stream is a queue with a worker of its own, and page-locked memory is what asynchronous copies do not wait for.
"""
