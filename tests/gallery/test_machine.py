"""A gallery that lives through enrolments, removals, compactions and restarts, against an oracle in plain loops."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import hypothesis
import numpy as np
import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule, run_state_machine_as_test

from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.filters import Filter
from biomatch.gallery.interface import Effort, Entry
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition
from tests.lanes import often

PLACES = [FingerPosition.UNKNOWN, FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_THUMB]
LABELS = [frozenset[str](), frozenset({"A"}), frozenset({"A", "B"})]


class Oracle:
    """Every enrolled print in a dict; a search compares with all of them, one by one."""

    def __init__(self, plain: SimpleNamespace):
        self.plain = plain
        self.prints: dict[str, Entry] = {}
        self.vectors: dict[str, np.ndarray] = {}

    def enrol(self, entry: Entry) -> None:
        self.prints[entry.print_id] = entry
        self.vectors[entry.print_id] = self.plain.describe(entry.template.minutiae)

    def remove(self, print_id: str) -> None:
        del self.prints[print_id], self.vectors[print_id]

    def identify(self, probe: Template, where: Filter) -> list[tuple[str, float, float]]:
        """(person, score, llr) of every person with a print that passes the filter, best first."""
        vectors = self.plain.describe(probe.minutiae)
        if not len(vectors):
            return []
        of_person: dict[str, list[Any]] = {}
        for print_id, entry in self.prints.items():
            place = entry.template.position
            if where.positions is not None and place not in where.positions and place is not FingerPosition.UNKNOWN:
                continue
            if where.label is not None and where.label not in entry.labels:
                continue
            comparison = self.plain.comparison(self.plain.score(vectors, self.vectors[print_id]))
            of_person.setdefault(entry.person, []).append((comparison, place))
        out = []
        for person, found in of_person.items():
            found.sort(key=lambda item: -item[0].llr)
            best, place = found[0]
            further = [
                c.llr
                for c, at in found[1:]
                if (c.llr > 0 and FingerPosition.UNKNOWN in (at, place)) or at == place != FingerPosition.UNKNOWN
            ][:3]
            more = 0.2 * sum(further)
            out.append((person, max(0.0, best.score + 10 * more), best.llr + more))
        return sorted(out, key=lambda item: (-item[1], -item[2], item[0]))


class Life(RuleBasedStateMachine):
    plain: SimpleNamespace
    parts: dict[str, Any]

    @initialize(on_disk=st.booleans())
    def begin(self, on_disk: bool) -> None:
        self.folder = Path(tempfile.mkdtemp()) if on_disk else None
        self.log = MemoryLog()
        self.oracle = Oracle(self.plain)
        self.next = 0
        self.gallery = self.opened()

    def opened(self) -> LocalGallery:
        return LocalGallery(self.log, self.folder, **self.parts)

    @rule(count=st.integers(1, 4), person=st.integers(0, 5), place=st.sampled_from(PLACES), labels=st.sampled_from(LABELS),
          again=st.booleans())  # fmt: skip
    def enrol(self, count: int, person: int, place: FingerPosition, labels: frozenset[str], again: bool) -> None:
        entries = []
        for _ in range(count):
            self.next += 1
            template = self.plain.template(person if again else 1_000 + self.next, position=place)
            if again:
                template = self.plain.again(template, self.next)
            entries.append(Entry(f"P{person}", "E", f"p{self.next}", template, labels))
        self.gallery.enrol(entries)
        for entry in entries:
            self.oracle.enrol(entry)

    @precondition(lambda self: self.oracle.prints)
    @rule(data=st.data())
    def remove(self, data: st.DataObject) -> None:
        some = data.draw(st.lists(st.sampled_from(sorted(self.oracle.prints)), min_size=1, max_size=3, unique=True))
        self.gallery.remove(some)
        for print_id in some:
            self.oracle.remove(print_id)

    @rule()
    def compact(self) -> None:
        self.gallery.compact()

    @rule()
    def seal(self) -> None:
        self.gallery._upkeep.caches.seal()

    @rule()
    def close_and_open(self) -> None:
        self.gallery.close()
        self.gallery = self.opened()

    @rule()
    def die_and_open(self) -> None:
        self.end_merging()
        self.gallery = self.opened()

    def end_merging(self) -> None:
        """A process that died writes nothing more into the folder."""
        if (merger := self.gallery._upkeep._merger) is not None:
            merger.join()

    @rule(person=st.integers(0, 6), seed=st.integers(0, 3), minutiae=st.sampled_from([0, 3, 24]),
          positions=st.sampled_from([None, *PLACES]), label=st.sampled_from([None, "A", "B", "C"]))  # fmt: skip
    def identify(self, person: int, seed: int, minutiae: int, positions: FingerPosition | None, label: str | None) -> None:
        probe = self.plain.again(self.plain.template(person, minutiae=minutiae), seed)
        where = Filter(None if positions is None else frozenset({positions}), label)
        search = self.gallery.identify([probe], effort=Effort.EXHAUSTIVE, where=where, top=100)
        expected = self.oracle.identify(probe, where)
        assert [c.person for c in search.candidates] == [person for person, _, _ in expected]
        assert [c.score for c in search.candidates] == pytest.approx([score for _, score, _ in expected])
        assert [c.llr for c in search.candidates] == pytest.approx([llr for _, _, llr in expected])

    @invariant()
    def it_holds_what_the_oracle_holds(self) -> None:
        if hasattr(self, "oracle"):
            assert len(self.gallery) == len(self.oracle.prints)
            assert self.gallery.info()["persons"] == len({e.person for e in self.oracle.prints.values()})

    def teardown(self) -> None:
        if getattr(self, "folder", None) is not None:
            self.end_merging()
            shutil.rmtree(self.folder)


def test_a_gallery_never_differs_from_an_exhaustive_oracle(plain: SimpleNamespace, models: Any, open_gallery: Any) -> None:
    sample = open_gallery()
    Life.plain = plain
    Life.parts = {"models": models, "describer": sample.engine.indexing.describer, "comparer": sample.engine.comparer}
    settings = hypothesis.settings(max_examples=often(30), stateful_step_count=25, deadline=None)
    run_state_machine_as_test(Life, settings=settings)
