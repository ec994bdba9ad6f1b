from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from biomatch.template import Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType


@pytest.fixture
def a_template() -> Callable[..., Template]:
    """a_template(count, position=..., seed=...): minutiae on whole px, as records can hold them."""

    def make(count: int = 40, position: FingerPosition = FingerPosition.RIGHT_INDEX, seed: int = 0) -> Template:
        rng = np.random.default_rng(seed)
        minutiae = Minutiae.of(
            x=rng.integers(0, 300, count),
            y=rng.integers(0, 400, count),
            angle=rng.integers(0, 256, count) * (2 * np.pi / 256),
            kind=rng.integers(0, 3, count),
            quality=rng.integers(1, 101, count) / 100,
        )
        return Template(minutiae, 300, 400, position, ImpressionType.LIVE_SCAN_ROLLED, 77, "test/1")

    return make
