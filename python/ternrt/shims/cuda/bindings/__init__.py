# SPDX-License-Identifier: Apache-2.0
"""`from cuda.bindings import runtime` is Tern's."""
