"""A search of some units is as in a gallery that never held a print of the others."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biomatch.errors import PersonNotFound
from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.caches import building
from biomatch.gallery.filters import Filter
from biomatch.gallery.interface import Effort, Entry, Search
from biomatch.gallery.search import stages
from biomatch.index import GrowthParams, Index
from biomatch.spare_cores import NO_SPARE_CORES
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition
from tests.lanes import often

Opened = Callable[..., LocalGallery]
Entries = Callable[..., Entry]
Again = Callable[..., Template]

SMALL = GrowthParams(seal_vectors=200, ratio=0)  # nothing is merged in the background, at a moment of its own
SHORT = replace(stages.PARAMS, length=8, few=0, few_clear=0, exact_share=0, refined=5, completed=3)
SEEN = Filter(units=frozenset({"north", "east"}))
POSITIONS = (FingerPosition.UNKNOWN, FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_THUMB)


@pytest.fixture(params=[0, 10_000], ids=["by the index", "exactly"])
def small(request: pytest.FixtureRequest) -> Iterator[None]:
    """Indexes that seal early, short lists, and an exact search of a small share, or none."""
    with pytest.MonkeyPatch.context() as patch:
        nobody = np.zeros(1_024, np.bool_)
        patch.setattr(Index, "empty", classmethod(lambda cls, codebooks: cls(codebooks, (), {}, nobody, SMALL)))
        params = replace(SHORT, exact_share=request.param)
        patch.setattr(stages.Seeker.__init__, "__defaults__", (params, NO_SPARE_CORES))
        yield


def told(search: Search) -> list[Any]:
    """All that an answer says, to the bit, but for how long each stage took and for what only a replay needs."""
    evidence = [
        (
            one.probe,
            one.print_id,
            one.score,
            one.llr,
            one.votes,
            one.motion.tobytes(),
            *(part.tobytes() for part in one.matched),
        )
        for candidate in search.candidates
        for one in candidate.evidence
    ]
    people = [(one.person, one.rank, one.score, one.llr, one.extrapolated) for one in search.candidates]
    return [
        people, repr(evidence), search.hit, search.threshold, search.miss, search.false_positive, search.prints,
        search.made_by, sorted(map(repr, search.compared)),
    ]  # fmt: skip


def owned(entry: Entry, unit: str) -> Entry:
    return replace(entry, unit=unit)


@pytest.mark.parametrize("effort", Effort)
def test_what_may_not_be_seen_influences_nothing_that_is_seen(
    small: None, open_gallery: Opened, entry: Entries, again: Again, effort: Effort
) -> None:
    @settings(max_examples=often(6), deadline=None)
    @given(
        st.lists(st.sampled_from(["north", "east", "", "south"]), min_size=24, max_size=40),
        st.sets(st.integers(0, 39), max_size=12),
        st.sampled_from([None, "A"]),
        st.sampled_from([None, *POSITIONS]),
        st.integers(0, 39),
    )
    def check(units: Sequence[str], gone: set[int], label: str | None, position: FingerPosition | None, wanted: int) -> None:
        entries = [
            owned(
                entry(
                    n,
                    person=f"P{n % 20}",  # some persons are known to units of both kinds
                    labels=frozenset({"A"} if n % 3 else ()),
                    position=POSITIONS[n % 3],
                ),
                unit,
            )
            for n, unit in enumerate(units)
        ]
        where = replace(SEEN, label=label, positions=None if position is None else frozenset({position}))
        probe = again(entries[wanted % len(entries)].template, wanted)
        answers = []
        for shown in (entries, [one for one in entries if one.unit in (SEEN.units or ())]):
            gallery = open_gallery()
            for one in shown:
                gallery.enrol([one])
            gallery.remove([one.print_id for one in shown if int(one.print_id[1:]) in gone])
            answers.append(told(gallery.identify([probe], where=where, effort=effort, fpir=0.01, top=10)))
            gallery.close()
        assert answers[0] == answers[1]

    check()


def test_each_unit_has_segments_of_its_own_after_every_kind_of_building(
    small: None, open_gallery: Opened, entry: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = MemoryLog()
    entries = [owned(entry(n), "north" if n % 4 else "south") for n in range(80)]
    with tempfile.TemporaryDirectory() as folder:
        gallery = open_gallery(log, Path(folder))
        for one in entries:
            gallery.enrol([one])
        gallery.close()
        grown = open_gallery(log, Path(folder))
        assert_apart(grown)
        grown.compact()
        assert_apart(grown)
        assert len(grown.state.index.segments) == 2
        grown.close()
        assert_apart(open_gallery(log, Path(folder)))
    monkeypatch.setattr(building, "PARAMS", replace(building.PARAMS, fewest=10))
    monkeypatch.setattr(building.Builder.__init__, "__defaults__", (replace(building.PARAMS, part=600, at_once=8),))
    built = open_gallery(log)
    assert_apart(built)
    for n in (0, 1, 40, 41):
        mine, others = entries[n].unit, {"north": "south", "south": "north"}[entries[n].unit]
        assert found(built, entries[n], mine) == f"P{n}"
        assert found(built, entries[n], others) != f"P{n}"


def found(gallery: LocalGallery, entry: Entry, unit: str) -> str:
    return gallery.identify([entry.template], where=Filter(units=frozenset({unit}))).candidates[0].person


def assert_apart(gallery: LocalGallery) -> None:
    """No segment, and no delta, holds prints of two units; each print is in what its unit has."""
    state = gallery.state
    traits, held = state.catalogue.traits, 0
    parts = [(segment.unit, segment.contents().ids) for segment in state.index.segments]
    parts += [(unit, delta.ids[: len(delta)]) for unit, delta in state.index.deltas.items()]
    for unit, ids in parts:
        numbers = np.unique(ids >> 30 & 0xFFFFFFF)
        assert set(traits.units(numbers).tolist()) <= {unit}
        held += len(numbers)
    assert held == len(gallery)


def test_a_print_that_comes_to_another_unit_is_found_there_alone(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    gallery.enrol([owned(entry(n), "north") for n in range(5)])
    gallery.change([owned(entry(3), "south")])
    north, south = (Filter(units=frozenset({unit})) for unit in ("north", "south"))
    probe = entry(3).template
    assert [one.person for one in gallery.identify([probe], where=south).candidates] == ["P3"]
    assert "P3" not in [one.person for one in gallery.identify([probe], where=north).candidates]
    assert gallery.identify([probe], where=north).prints == 4


def test_a_person_is_verified_against_the_prints_of_the_units_alone(open_gallery: Opened, entry: Entries, again: Again) -> None:
    gallery = open_gallery()
    gallery.enrol([owned(entry(1, person="Ann"), "north"), owned(entry(2, person="Ann"), "south")])
    probe = again(entry(2).template, 5)
    everywhere = gallery.verify([probe], "Ann")
    north = gallery.verify([probe], "Ann", where=Filter(units=frozenset({"north"})))
    assert everywhere.score > north.score
    assert [one.print_id for one in north.evidence] == ["p1"]
    with pytest.raises(PersonNotFound):
        gallery.verify([probe], "Ann", where=Filter(units=frozenset({"west"})))


def test_who_asks_for_no_unit_sees_all(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    gallery.enrol([owned(entry(n), unit) for n, unit in enumerate(("", "north", "south"))])
    assert gallery.identify([entry(1).template]).prints == 3
    assert gallery.identify([entry(1).template], where=Filter(units=frozenset())).prints == 0
    assert gallery.identify([entry(1).template], where=Filter(units=frozenset())).candidates == ()
