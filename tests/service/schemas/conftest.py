"""What the schemas of answers are made of: a template, a print of the store, an encounter's evidence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from biomatch.gallery.interface import Evidence
from biomatch.store import StoredPrint
from biomatch.template import BIFURCATION, ENDING, OTHER, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType


@pytest.fixture
def template() -> Template:
    """Three minutiae, one of each kind."""
    minutiae = Minutiae.of([10, 20, 30], [11, 21, 31], [0.0, 1.0, 2.0], [ENDING, BIFURCATION, OTHER], [0.123, 0.5, 1.0])
    return Template(minutiae, 300, 360, FingerPosition.RIGHT_INDEX, ImpressionType.LIVE_SCAN_PLAIN, 70, "example/1")


@pytest.fixture
def stored() -> Callable[..., StoredPrint]:
    """stored(field=...): a print of Ada's."""

    def make(**fields: Any) -> StoredPrint:
        plain: dict[str, Any] = {
            "person": "ada",
            "encounter": "first",
            "print_id": "p1",
            "position": FingerPosition.RIGHT_INDEX,
            "impression": ImpressionType.LIVE_SCAN_PLAIN,
            "quality": 70,
            "extractor": "learned/1",
            "labels": frozenset(),
            "source_sha256": None,
            "media_type": "image/png",
            "ppi": 500.0,
            "created": "2026-05-21T08:00:00Z",
        }
        return StoredPrint(**(plain | fields))

    return make


@pytest.fixture
def evidence() -> Evidence:
    """Two pairs of minutiae, and a score with more places than are told."""
    matched = np.array([4, 2]), np.array([7, 1]), np.array([0.98765, 0.5])
    motion = np.array([1.5, -2.0, 0.25])
    return Evidence(0, "p1", "first", FingerPosition.RIGHT_INDEX, 51.2349, 4.5678, False, 3.0, matched, motion)
