# SPDX-License-Identifier: Apache-2.0
"""`from cuda import cudart` is Tern's."""
