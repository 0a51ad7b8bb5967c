# SPDX-License-Identifier: Apache-2.0
"""`from cuda.bindings import driver, runtime` is Tern's."""
