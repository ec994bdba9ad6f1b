"""Whom a search lists, and when the list is everybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from biomatch.deadlines import Deadline, within
from biomatch.errors import DeadlinePassed
from biomatch.gallery import LocalGallery
from biomatch.gallery.filters import Filter
from biomatch.gallery.interface import Effort, Entry
from biomatch.template import Template

Opened = Callable[..., LocalGallery]
Entries = Callable[..., Entry]
Again = Callable[..., Template]
EFFORTS = list(Effort)
NOTHING = 1e-9  # of a probability


def test_the_index_lists_the_mate_among_many(open_gallery: Opened, entry: Entries, again: Again) -> None:
    """Seen: 30 of 30."""
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(500)])
    found = [gallery.shortlist(again(entry(n).template, 3), length=20) for n in range(0, 500, 17)]
    assert sum(f"p{n}" in names for n, names in zip(range(0, 500, 17), found, strict=True)) >= 28
    assert all(len(names) == 20 for names in found)


def test_votes_say_whether_the_index_was_asked(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n, minutiae=30) for n in range(300)])
    probe = entry(4, minutiae=30).template
    asked = gallery.identify([probe]).candidates[0].evidence[0]
    told = gallery.identify([probe], effort=Effort.EXHAUSTIVE).candidates[0].evidence[0]
    assert asked.votes > 0
    assert told.votes != told.votes


def test_a_probe_of_few_minutiae_gets_a_longer_list(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(300)])
    few = gallery.identify([entry(4).template]).candidates[0].evidence[0]
    assert few.votes != few.votes  # 500 hold all of the 300: the index was not asked


@pytest.mark.parametrize("effort", EFFORTS)
def test_where_everybody_is_compared_nobody_is_missed(
    open_gallery: Opened, entry: Entries, again: Again, effort: Effort
) -> None:
    """A list of 100 holds all that pass the filter; one of 500, of a probe of few minutiae, the whole gallery."""
    gallery = open_gallery()
    gallery.enrol([entry(n, minutiae=40, labels=frozenset({"watch"} if n < 20 else ())) for n in range(110)])
    full, few = again(entry(7, minutiae=40).template, 1), entry(7).template
    watched = gallery.identify([full], effort=effort, where=Filter(label="watch"))
    assert max(watched.miss, gallery.identify([few], effort=effort).miss) < NOTHING
    assert watched.effort is effort
    entries = [entry(n, minutiae=40) for n in range(20)]
    repeated = gallery.repeat([full], entries, watched.compared, prints=watched.prints, top=20, effort=effort, fpir=None)
    assert repeated.miss == watched.miss
    assert (gallery.identify([full], effort=effort).miss > NOTHING) == (effort is not Effort.EXHAUSTIVE)


@pytest.mark.parametrize("effort", EFFORTS)
def test_a_search_ends_before_its_next_stage_when_its_time_is_over(
    open_gallery: Opened, entry: Entries, effort: Effort
) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(30)])
    stages: list[float] = []

    def clock() -> float:
        stages.append(0)
        return float(len(stages) > 4)  # the fourth time that somebody asks, it is over

    with within(Deadline(0.5, clock)), pytest.raises(DeadlinePassed):
        gallery.identify([entry(1).template], effort=effort)
    assert gallery.identify([entry(1).template], effort=effort).candidates[0].person == "P1"
