"""Codebooks learned from made-up fingers: whole, repeatable, and good enough to find mates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomatch.descriptors import Describer
from biomatch.descriptors.describer import cylinder_sums
from biomatch.index import Codebooks, Index, Print, shortlist
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.training import codebooks
from biomatch.training.codebooks import CodebookParams
from biomatch.training.data import Print as DataPrint
from biomatch.vocabulary import FingerPosition

SMALL = CodebookParams(sizes=(16, 64), cells=(0, 8), sample_prints=60, trial_prints=60, rounds=3, probes_a_finger=1)


@pytest.fixture(scope="module")
def prints() -> list[DataPrint]:
    fingers = synthesise_templates(25, 5)
    rng = np.random.default_rng(1)
    return [
        DataPrint(f"{n}_{i}.png", "made", f"f{n}", i, "made", finger if i == 1 else press_again(finger, rng))
        for n, finger in enumerate(fingers)
        for i in (1, 2)
    ]


@pytest.fixture(scope="module")
def describer(prints: list[DataPrint]) -> Describer:
    sums = np.sqrt(np.concatenate([cylinder_sums(p.template.minutiae) for p in prints]))
    matrix = np.random.default_rng(2).normal(size=(sums.shape[1], 64)).astype(np.float32)
    return Describer.of_arrays({"mean": sums.mean(axis=0) @ matrix, "matrix": matrix}, None)


@pytest.fixture(scope="module")
def fitted(prints: list[DataPrint], describer: Describer) -> tuple[dict[str, np.ndarray], dict[str, float]]:
    arrays, figures = codebooks.fit(prints, describer, describer, 1, SMALL)
    return arrays, dict(figures)


def test_the_model_is_whole(fitted: tuple[dict[str, np.ndarray], dict[str, float]]) -> None:
    arrays, figures = fitted
    books = Codebooks(arrays, "test")
    assert books.sizes == [16, 64]
    assert arrays["lists_64"].shape == (64, 64)
    assert len(np.unique(arrays["lists_64"], axis=0)) == 64
    assert figures["trials"] == 25


def test_weights_fall_with_distance_and_with_rank(fitted: tuple[dict[str, np.ndarray], dict[str, float]]) -> None:
    weights = fitted[0]["weights"]
    assert np.all(np.diff(weights, axis=0) <= 0)
    assert np.all(np.diff(weights, axis=1) <= 0)
    assert weights.min() >= 0
    assert weights[0, 0] > weights[-1, -1]


def test_the_same_prints_and_seed_give_the_same_model(
    prints: list[DataPrint], describer: Describer, fitted: tuple[dict[str, np.ndarray], dict[str, float]]
) -> None:
    again, _ = codebooks.fit(prints, describer, describer, 1, SMALL)
    for name, array in fitted[0].items():
        assert np.array_equal(array, again[name]), name


def test_mates_are_found_with_it(
    prints: list[DataPrint], describer: Describer, fitted: tuple[dict[str, np.ndarray], dict[str, float]], tmp_path: Path
) -> None:
    """Seen: 25 of 25 first."""
    enrolled = [p for p in prints if p.impression == 1]
    index = Index.empty(Codebooks(fitted[0], "test")).with_prints(
        [Print(n, FingerPosition.UNKNOWN, p.template.minutiae, describer.describe(p.template)) for n, p in enumerate(enrolled)]
    )
    index = index.sealed()
    probes = [p.template for p in prints if p.impression == 2]
    first = [shortlist(index, t.minutiae, describer.describe(t), length=5).numbers[:1].tolist() for t in probes]
    assert sum(found == [n] for n, found in enumerate(first)) >= 20
