"""Searches that not everybody may be found by: filters, labels, a person left out."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.filters import Biography, Days, Filter
from biomatch.gallery.interface import Effort, Entry
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition, Sex

Opened = Callable[..., LocalGallery]
Entries = Callable[..., Entry]
Again = Callable[..., Template]
EFFORTS = list(Effort)


def test_positions_filter_keeps_those_positions_and_the_unknown(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    places = [FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_THUMB, FingerPosition.UNKNOWN]
    gallery.enrol([entry(n, position=places[n % 3]) for n in range(12)])
    where = Filter(positions=frozenset({FingerPosition.RIGHT_INDEX}))
    search = gallery.identify([entry(4).template], where=where)
    assert search.prints == 8
    assert {c.person for c in search.candidates} == {f"P{n}" for n in range(12) if n % 3 != 1}


def test_a_rare_label_does_not_starve_the_list(open_gallery: Opened, entry: Entries, again: Again) -> None:
    gallery = open_gallery()
    wanted = frozenset({"WANTED"})
    gallery.enrol([entry(n, labels=wanted if n % 97 == 5 else frozenset({"CIVIL"})) for n in range(600)])
    search = gallery.identify([again(entry(102).template, 3)], where=Filter(label="WANTED"))
    assert search.prints == 7
    assert search.candidates[0].person == "P102"
    assert {c.person for c in search.candidates} == {f"P{n}" for n in range(5, 600, 97)}
    search = gallery.identify([again(entry(102).template, 3)], where=Filter(label="CIVIL"))
    assert search.prints == 593
    assert "P102" not in {c.person for c in search.candidates}


def test_a_label_that_nobody_carries_finds_nobody(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(1, labels=frozenset({"A"}))])
    assert gallery.identify([entry(1).template], where=Filter(label="B")).candidates == ()
    gallery.remove(["p1"])
    assert gallery.identify([entry(1).template], where=Filter(label="A")).candidates == ()


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize("label", [None, "A"])
def test_a_search_can_leave_a_person_out(
    open_gallery: Opened, entry: Entries, again: Again, effort: Effort, label: str | None
) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n, minutiae=30, labels=frozenset({"A"})) for n in range(230)])
    gallery.enrol([Entry("P7", "E2", "p7-again", again(entry(7, minutiae=30).template, 2), frozenset({"A"}))])
    probe = again(entry(7, minutiae=30).template, 1)
    assert gallery.identify([probe], effort=effort).candidates[0].person == "P7"
    found = gallery.identify([probe], effort=effort, where=Filter(label=label, without="P7"))
    assert "P7" not in {c.person for c in found.candidates}
    assert (found.prints, len(found.candidates)) == (229, 20)
    assert gallery.identify([probe], effort=effort, where=Filter(without="nobody")).prints == 231


@pytest.mark.parametrize("effort", EFFORTS)
@pytest.mark.parametrize(
    "where",
    [
        Filter(sexes=frozenset({Sex.FEMALE})),
        Filter(born=Days(date(1980, 1, 1), date(1989, 12, 31))),
        Filter(taken=Days(last=date(2020, 12, 31))),
        Filter(label="A", sexes=frozenset({Sex.FEMALE}), born=Days(date(1980, 1, 1)), taken=Days(last=date(2020, 12, 31))),
    ],
)
def test_a_filter_finds_a_mate_whom_hundreds_would_crowd_out(
    open_gallery: Opened, entry: Entries, again: Again, effort: Effort, where: Filter
) -> None:
    """600 impressions of one finger, each closer to the probe than the mate: the list holds 500 of so small a print."""
    probe = entry(7, minutiae=20).template
    crowd = [
        replace(
            entry(1_000 + n, labels=frozenset({"B"})),
            template=again(probe, n, noise=0.2, kept=1.0),
            biography=Biography(Sex.MALE, date(1950, 1, 1)),
            captured=date(2026, 1, 1),
        )
        for n in range(600)
    ]
    mate = replace(
        entry(8, person="mate", labels=frozenset({"A"})),
        template=again(probe, 1_000, noise=6.0),
        biography=Biography(Sex.FEMALE, date(1985, 11, 30)),
        captured=date(2019, 5, 1),
    )
    gallery = open_gallery()
    gallery.enrol([*crowd, mate])
    assert "mate" not in {c.person for c in gallery.identify([probe], effort=effort).candidates}
    found = gallery.identify([probe], effort=effort, where=where)
    assert ([c.person for c in found.candidates], found.prints) == (["mate"], 1)


def test_what_filters_look_at_survives_a_restart_and_a_change(open_gallery: Opened, entry: Entries, tmp_path: Path) -> None:
    log, women = MemoryLog(), Filter(sexes=frozenset({Sex.FEMALE}))
    with closing(open_gallery(log, tmp_path)) as gallery:
        gallery.enrol([replace(entry(n), biography=Biography(Sex.FEMALE if n else Sex.MALE)) for n in range(3)])
        gallery.change([replace(entry(2), biography=Biography(Sex.MALE))])
    gallery = open_gallery(log, tmp_path)
    assert [c.person for c in gallery.identify([entry(1).template], where=women).candidates] == ["P1"]
    assert gallery.check() == []
