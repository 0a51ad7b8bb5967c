# SPDX-License-Identifier: Apache-2.0
"""`import pycuda` is Tern's: memory, streams and events of the device that Tern runs on."""
