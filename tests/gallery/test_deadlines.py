"""A search, a verification or an enrolment stops soon after nobody waits for it any more, whatever it is at.

The clock goes on by one with every step of a kind, so that what is counted is how many were taken before the work stopped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

from biomatch.comparison import Comparer, evidence, ridge_check
from biomatch.deadlines import Deadline, within
from biomatch.descriptors import Describer
from biomatch.errors import DeadlinePassed
from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.caches.arena import View
from biomatch.gallery.interface import Effort, Entry
from biomatch.gallery.search import latent_sizes
from biomatch.spare_cores import SpareCores
from biomatch.synthesis import synthesise_templates
from biomatch.template import MOST_READ, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

STEPS = 3  # that are taken before the deadline passes


class Steps:
    """Counts, and is the clock."""

    def __init__(self) -> None:
        self.taken = 0

    def counting(self, step: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*arguments: Any, **options: Any) -> Any:
            self.taken += 1
            return step(*arguments, **options)

        return counted

    @contextmanager
    def in_time(self) -> Iterator[None]:
        with within(Deadline(STEPS, clock=lambda: float(self.taken))):
            yield


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture(scope="module")
def gallery() -> LocalGallery:
    """One person of 1,100 prints, and 60 others."""
    finger, *others = synthesise_templates(61, 3)
    made = LocalGallery(MemoryLog(), spare=SpareCores(2))
    made.enrol([Entry("many", f"e{n}", f"m{n}", finger) for n in range(1_100)])
    made.enrol([Entry(f"P{n}", "e", f"p{n}", one) for n, one in enumerate(others)])
    return made


def largest(seed: int = 0) -> Template:
    """As many minutiae as are read, close together, where they cost most."""
    rng = np.random.default_rng(seed)
    xy = rng.uniform(100, 250, (2, MOST_READ))
    minutiae = Minutiae.of(*xy, rng.uniform(0, 6.28, MOST_READ), None, rng.uniform(0.3, 1, MOST_READ))
    return Template(minutiae, 400, 400, extractor="learned/1")


def test_an_exhaustive_search_ends_within_a_block(gallery, steps, monkeypatch):
    monkeypatch.setattr(View, "block", steps.counting(View.block))
    probe = largest().labelled(FingerPosition.UNKNOWN, ImpressionType.LATENT_LIFT)  # in seven sizes
    with steps.in_time(), pytest.raises(DeadlinePassed):
        gallery.identify([probe], effort=Effort.EXHAUSTIVE)
    assert steps.taken == STEPS


def test_of_several_prints_the_next_is_not_described(gallery, steps, monkeypatch):
    monkeypatch.setattr(Describer, "describe_each", steps.counting(Describer.describe_each))
    with steps.in_time(), pytest.raises(DeadlinePassed):
        gallery.identify([largest(n) for n in range(10)])
    assert steps.taken == STEPS


def test_the_next_size_of_a_latent_is_not_described(gallery, steps, monkeypatch):
    monkeypatch.setattr(latent_sizes, "prepare", steps.counting(latent_sizes.prepare))
    with steps.in_time(), pytest.raises(DeadlinePassed):
        gallery.identify([largest().labelled(FingerPosition.UNKNOWN, ImpressionType.LATENT_LIFT)])
    assert steps.taken == STEPS


def test_the_next_print_of_a_person_is_not_read(gallery, steps, monkeypatch):
    monkeypatch.setattr(View, "read", steps.counting(View.read))
    with steps.in_time(), pytest.raises(DeadlinePassed):
        gallery.verify([largest()], "many")
    assert steps.taken == STEPS


def test_the_next_prints_of_a_person_are_not_compared(gallery, steps, monkeypatch):
    """In threads, too, that take part: each may have begun one more."""
    monkeypatch.setattr(evidence, "gather", steps.counting(evidence.gather))
    with steps.in_time(), pytest.raises(DeadlinePassed):
        gallery.verify([largest()], "many")
    assert STEPS <= steps.taken <= STEPS + 1


def test_the_next_ridges_are_not_compared(gallery, steps, monkeypatch):
    monkeypatch.setattr(ridge_check, "check", steps.counting(ridge_check.check))
    with steps.in_time(), pytest.raises(DeadlinePassed):
        gallery.verify([synthesise_templates(1, 3)[0]], "many")
    assert STEPS <= steps.taken <= STEPS + 1


def test_the_next_prints_are_not_described_and_none_is_enrolled(open_gallery, entry, steps, monkeypatch):
    gallery = open_gallery()
    kind = type(gallery.engine.indexing.describer)
    monkeypatch.setattr(kind, "describe_each", steps.counting(kind.describe_each))
    with steps.in_time(), pytest.raises(DeadlinePassed):
        gallery.enrol([entry(n) for n in range(100)])
    assert (steps.taken, len(gallery)) == (STEPS, 0)


def test_a_comparison_does_not_change_with_how_many_references_it_takes_at_a_time(monkeypatch):
    from biomatch.comparison import comparer as module
    from biomatch.comparison import prepare

    describer, comparer = Describer(), Comparer()
    probe, *references = [prepare(one, describer) for one in synthesise_templates(20, 8)]
    whole = comparer.refine(probe, references)
    monkeypatch.setattr(module, "_AT_ONCE", 3)
    for one, other in zip(comparer.refine(probe, references), whole, strict=True):
        assert (one.raw, one.score, one.llr, one.features) == (other.raw, other.score, other.llr, other.features)
