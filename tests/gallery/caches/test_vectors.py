"""Descriptors of the minutiae that comparison and index read, of one print or of many."""

import numpy as np
import pytest

from biomatch.comparison.evidence import MOST
from biomatch.descriptors import Describer
from biomatch.gallery.caches import vectors
from biomatch.synthesis import synthesise_templates


@pytest.mark.parametrize("at_once", [1, 130, 40_000])
def test_many_are_described_as_one_by_one_wherever_they_are_cut(monkeypatch, at_once):
    monkeypatch.setattr(vectors, "AT_ONCE", at_once)
    templates, describer = synthesise_templates(5, 9), Describer()
    together = vectors.described_each(templates, describer)
    for found, one in zip(together, templates, strict=True):
        np.testing.assert_array_equal(found, describer.describe(one, max(MOST, round(0.45 * len(one.minutiae)))))
        np.testing.assert_array_equal(found, vectors.described(one, describer))
    assert vectors.described_each([], describer) == []
