# SPDX-License-Identifier: Apache-2.0
"""`from cuda import cuda, cudart` is Tern's."""
