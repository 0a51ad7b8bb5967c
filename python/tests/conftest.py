# SPDX-License-Identifier: Apache-2.0
"""Fixtures: a fresh bench with an explicit-batch network, and the seed of random numbers."""
import pathlib
import sys

import numpy as np
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))


@pytest.fixture
def bench():
    from helpers import Bench
    return Bench()


@pytest.fixture
def rng():
    return np.random.default_rng(20261122)
