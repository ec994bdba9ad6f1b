"""Prints of a made sensor, as templates: they are read, not extracted; and pairs and searches that are made from numbers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomatch.evaluation.engine import OurSetup
from biomatch.evaluation.laws import Answers
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.training.sensor import Prints, read, searches
from biomatch.training.sensor.scores import Pairs

FINGERS, EACH = 26, 2


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """So many fingers, each pressed so often, named FINGER_IMPRESSION.bmt."""
    place = tmp_path_factory.mktemp("sensor")
    rng = np.random.default_rng(3)
    for n, one in enumerate(synthesise_templates(FINGERS, seed=901)):
        for k in range(1, EACH + 1):
            (place / f"{n:02}_{k}.bmt").write_bytes(press_again(one, rng).to_bytes())
    return place


@pytest.fixture(scope="session")
def prints(folder: Path) -> Prints:
    return read(OurSetup(), folder)


@pytest.fixture
def made_answers():
    """made_answers(count, missed, score, rng): searches like one another, of which so many are missed."""

    def make(count, missed, score, rng):
        column = np.full(count, 1.0)
        return Answers(
            10_000 * column, 40 * column, 24 * column, 60 * column, column, 0 * column, np.arange(count) % 2.0,
            (rng.random(count) < missed).astype(float), score,
        )  # fmt: skip

    return make


@pytest.fixture
def trials_of():
    """trials_of(answers, fingers): trials of whole prints of so many fingers, whose mates have a score of 70."""

    def make(answers, fingers):
        count = len(answers.size)
        stage = np.full(count, "minutiae")
        return searches.Trials(
            answers,
            np.arange(count) % fingers,
            np.ones(count, bool),
            np.zeros(count, np.int64),
            np.full(count, 70.0),
            stage,
            stage,
        )

    return make


@pytest.fixture
def strangers():
    """strangers(law, answers, rng): best strangers (n,) that come as often as a law says."""

    def make(law, answers, rng):
        return np.array(
            [law.threshold(float(p), one) for p, one in zip(rng.random(len(answers.size)), answers.asked(), strict=True)]
        )

    return make


@pytest.fixture
def made_pairs():
    """made_pairs(count, shift, rng): raw scores of pairs whose non-mated pairs come nearer by `shift` than those that the
    shipped calibration saw.
    """

    def make(count, shift, rng):
        finger = rng.integers(0, 60, (2, count))
        finger[1, : count // 5] = finger[0, : count // 5]
        same = finger[0] == finger[1]
        raw = np.where(same, rng.normal(6, 2, count), rng.normal(-5 + shift, 1.5, count))
        return Pairs(
            *finger, np.zeros(count, np.int64), np.full(count, 40), raw, np.full(count, np.nan), np.full(count, np.nan)
        )

    return make
