"""The gallery's promises, one by one."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from biomatch.deadlines import Deadline, within
from biomatch.errors import DeadlinePassed, DiskFull, NothingGiven, PersonNotFound, PrintExists, PrintNotFound
from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.arena import Arena
from biomatch.gallery.filters import Biography, Days, Filter
from biomatch.gallery.interface import Effort, Entry
from biomatch.index import GrowthParams, Index
from biomatch.index.delta import Delta
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition, Sex

Opened = Callable[..., LocalGallery]
Entries = Callable[..., Entry]
Again = Callable[..., Template]
EFFORTS = list(Effort)
NOBODY = np.zeros(1_024, np.bool_)


@pytest.mark.parametrize("effort", EFFORTS)
def test_another_impression_finds_its_person_first(open_gallery: Opened, entry: Entries, again: Again, effort: Effort) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(30)])
    search = gallery.identify([again(entry(7).template, 1)], effort=effort)
    assert search.candidates[0].person == "P7"
    assert search.candidates[0].evidence[0].print_id == "p7"
    assert [c.rank for c in search.candidates] == list(range(1, 21))
    assert search.prints == len(gallery) == 30


@pytest.mark.parametrize("effort", EFFORTS)
def test_an_empty_gallery_has_no_candidates(open_gallery: Opened, entry: Entries, effort: Effort) -> None:
    search = open_gallery().identify([entry(1).template], effort=effort, fpir=0.01)
    assert (search.candidates, search.hit, search.prints, search.miss) == ((), False, 0, 0.0)
    assert search.false_positive is None


@pytest.mark.parametrize("effort", EFFORTS)
def test_a_probe_without_minutiae_has_no_candidates_and_surely_misses(
    open_gallery: Opened, entry: Entries, effort: Effort
) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(1)])
    search = gallery.identify([entry(2, minutiae=0).template], effort=effort)
    assert (search.candidates, search.miss) == ((), 1.0)


def test_a_print_without_minutiae_can_be_enrolled_and_removed_and_is_no_candidate(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(1, minutiae=0), entry(2)])
    found = gallery.identify([entry(2).template], effort=Effort.EXHAUSTIVE).candidates
    assert [candidate.person for candidate in found] == ["P2"]
    gallery.remove(["p1"])
    assert len(gallery) == 1


def test_a_removed_print_is_gone_at_once(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(5)])
    gallery.remove(["p3"])
    assert len(gallery) == 4
    assert "P3" not in {c.person for c in gallery.identify([entry(3).template]).candidates}
    with pytest.raises(PersonNotFound, match="P3"):
        gallery.verify([entry(3).template], "P3")


def test_a_removed_print_can_be_enrolled_again(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(1), entry(2)])
    gallery.remove(["p1"])
    gallery.enrol([entry(1)])
    assert gallery.identify([entry(1).template]).candidates[0].person == "P1"


@pytest.mark.parametrize("taken", [["p1"], ["p9", "p9"], ["p8", "p2"]])
def test_enrolling_a_taken_id_changes_nothing(open_gallery: Opened, entry: Entries, taken: Sequence[str]) -> None:
    log = MemoryLog()
    gallery = open_gallery(log)
    gallery.enrol([entry(1), entry(2)])
    with pytest.raises(PrintExists):
        gallery.enrol([entry(int(name[1:])) for name in taken])
    assert (len(gallery), log.head) == (2, 2)


def test_removing_an_unknown_id_changes_nothing(open_gallery: Opened, entry: Entries) -> None:
    log = MemoryLog()
    gallery = open_gallery(log)
    gallery.enrol([entry(1)])
    with pytest.raises(PrintNotFound, match="p5"):
        gallery.remove(["p1", "p5"])
    assert (len(gallery), log.head) == (1, 1)


def test_a_print_named_twice_is_removed_once(open_gallery: Opened, entry: Entries) -> None:
    log = MemoryLog()
    gallery = open_gallery(log)
    gallery.enrol([entry(1), entry(2)])
    gallery.remove(["p1", "p1"])
    gallery.enrol([entry(3)])
    assert (len(gallery), log.head) == (2, 4)


def test_a_full_disk_refuses_the_print_before_the_log_has_it(
    open_gallery: Opened, entry: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = MemoryLog()
    gallery = open_gallery(log)
    gallery.enrol([entry(1)])

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device", "arena-1")

    with monkeypatch.context() as patch:
        patch.setattr(Arena, "stage", full)
        with pytest.raises(DiskFull, match="arena-1"):
            gallery.enrol([entry(2)])
    assert (len(gallery), log.head) == (1, 1)
    gallery.enrol([entry(2)])
    assert gallery.identify([entry(2).template]).candidates[0].person == "P2"


def test_a_log_that_refuses_leaves_the_gallery_as_it_was(
    open_gallery: Opened, entry: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = MemoryLog()
    gallery = open_gallery(log)

    def refuse(*_: object) -> int:
        raise DiskFull("the log")

    with monkeypatch.context() as patch:
        patch.setattr(log, "append", refuse)
        with pytest.raises(DiskFull):
            gallery.enrol([entry(1)])
    assert len(gallery) == 0
    gallery.enrol([entry(2)])
    assert gallery.identify([entry(2).template]).candidates[0].person == "P2"


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


def test_several_probe_prints_make_one_list_and_raise_the_score(open_gallery: Opened, plain: object, again: Again) -> None:
    gallery = open_gallery()
    fingers = [FingerPosition.RIGHT_THUMB, FingerPosition.RIGHT_INDEX]
    made = {
        (person, finger): plain.template(100 * person + int(finger), position=finger)  # type: ignore[attr-defined]
        for person in range(10)
        for finger in fingers
    }
    gallery.enrol([Entry(f"P{p}", "E", f"{p}-{int(f)}", t) for (p, f), t in made.items()])
    probes = [again(made[4, finger], 9) for finger in fingers]
    alone = gallery.identify(probes[:1]).candidates[0]
    both = gallery.identify(probes).candidates[0]
    assert alone.person == both.person == "P4"
    assert both.llr > alone.llr
    assert both.score > alone.score
    assert {e.probe for e in both.evidence} == {0, 1}


def test_further_impressions_of_an_enrolled_finger_raise_the_score(open_gallery: Opened, entry: Entries, again: Again) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(5)])
    probe = again(entry(2).template, 50)
    before = gallery.identify([probe]).candidates[0]
    gallery.enrol([Entry("P2", "E2", "p2-again", again(entry(2).template, 51))])
    after = gallery.identify([probe]).candidates[0]
    assert (before.person, after.person) == ("P2", "P2")
    assert after.llr > before.llr
    assert after.extrapolated
    assert {e.print_id for e in after.evidence} == {"p2", "p2-again"}


def test_verify_compares_with_one_person_whatever_the_score(open_gallery: Opened, entry: Entries, again: Again) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(5)])
    mate = gallery.verify([again(entry(3).template, 1)], "P3")
    stranger = gallery.verify([again(entry(3).template, 1)], "P4")
    assert (mate.person, stranger.person, mate.rank) == ("P3", "P4", 1)
    assert mate.score > stranger.score


def test_fpir_turns_the_list_into_hit_or_no_hit_for_this_size(open_gallery: Opened, entry: Entries, again: Again) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(20)])
    mate, stranger = again(entry(3).template, 1), entry(900).template
    search = gallery.identify([mate], fpir=0.01)
    assert search.threshold is not None
    assert search.hit is (search.candidates[0].score >= search.threshold)
    assert gallery.identify([stranger], fpir=1e-9).hit is False
    assert gallery.identify([mate]).hit is None
    gallery.enrol([entry(n) for n in range(100, 180)])
    larger = gallery.identify([mate], fpir=0.01).threshold
    assert larger is not None
    assert larger > search.threshold


def test_a_search_says_what_made_it_and_where_time_went(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n, minutiae=30) for n in range(300)])
    search = gallery.identify([entry(1, minutiae=30).template])
    assert {"extractor", "describer", "comparer", "index", "numpy", "faiss", "opencv", "faiss_simd"} <= set(search.made_by)
    assert {"describe", "index", "relaxed", "refine"} <= set(search.seconds)


@pytest.mark.parametrize("effort", [Effort.NORMAL, Effort.EXHAUSTIVE])
def test_searches_go_on_while_prints_come_and_go(
    open_gallery: Opened, entry: Entries, again: Again, tmp_path: Path, effort: Effort
) -> None:
    gallery = open_gallery(folder=tmp_path)
    gallery.enrol([entry(n) for n in range(60)])
    probe, stop, faults = again(entry(11).template, 4), threading.Event(), []

    def search() -> None:
        while not stop.is_set():
            found = gallery.identify([probe], effort=effort).candidates
            if found[0].person != "P11" or any(c.person.startswith("P9") and len(c.person) == 4 for c in found):
                faults.append(found[0])

    threads = [threading.Thread(target=search) for _ in range(3)]
    for thread in threads:
        thread.start()
    for n in range(200, 320):
        gallery.enrol([entry(n)])
        if n % 3 == 0:
            gallery.remove([f"p{n}"])
        if n % 40 == 0:
            gallery.compact()
    stop.set()
    for thread in threads:
        thread.join()
    assert not faults
    assert len(gallery) == 60 + 120 - 40
    gallery.close()


def test_a_removed_print_never_comes_back_to_a_search_that_begins_later(
    open_gallery: Opened, entry: Entries, again: Again
) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(40)])
    gone: set[str] = set()
    stop, faults = threading.Event(), []

    def search() -> None:
        n = 0
        while not stop.is_set():
            n = (n + 1) % 40
            before = set(gone)
            found = {c.person for c in gallery.identify([entry(n).template]).candidates}
            if found & before:
                faults.append(found & before)

    threads = [threading.Thread(target=search) for _ in range(2)]
    for thread in threads:
        thread.start()
    for n in range(0, 40, 2):
        gallery.remove([f"p{n}"])
        gone.add(f"P{n}")
        if n % 10 == 0:
            gallery.compact()
    stop.set()
    for thread in threads:
        thread.join()
    assert not faults


def test_a_growing_gallery_seals_and_merges_in_the_background(
    open_gallery: Opened, entry: Entries, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = GrowthParams(seal_vectors=200, ratio=3)
    monkeypatch.setattr(Index, "empty", classmethod(lambda cls, codebooks: cls(codebooks, (), Delta.empty(), NOBODY, small)))
    log = MemoryLog()
    gallery = open_gallery(log, tmp_path)
    for n in range(120):
        gallery.enrol([entry(n)])
        assert gallery.shortlist(entry(n).template, length=1) == [f"p{n}"]
    gallery.close()
    info = gallery.info()
    assert 1 <= len(info["segments"]) <= 5  # type: ignore[arg-type]
    assert sum(info["segments"]) + info["delta"] == 120 * 24  # type: ignore[call-overload]
    again = open_gallery(log, tmp_path)
    assert again.info()["segments"] == info["segments"]
    assert [again.shortlist(entry(n).template, length=1) for n in range(120)] == [[f"p{n}"] for n in range(120)]


def test_a_log_that_somebody_else_wrote_to_is_caught_up(open_gallery: Opened, entry: Entries) -> None:
    log = MemoryLog()
    gallery = open_gallery(log)
    gallery.enrol([entry(1)])
    log.append([entry(2), entry(3)])
    gallery.enrol([entry(4)])
    assert len(gallery) == 4
    log.append([entry(5)])
    gallery.remove(["p2"])
    assert {c.person for c in gallery.identify([entry(5).template]).candidates} == {"P1", "P3", "P4", "P5"}


def test_a_print_that_reached_the_log_only_is_searchable_once_enrolment_is_tried_again(
    open_gallery: Opened, entry: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = MemoryLog()
    gallery = open_gallery(log)
    gallery.enrol([entry(1)])
    with monkeypatch.context() as patch:
        patch.setattr(Index, "with_prints", _no_memory)
        with pytest.raises(MemoryError):
            gallery.enrol([entry(2)])
    assert (len(gallery), log.head) == (1, 2)
    with pytest.raises(PrintExists, match="p2"):
        gallery.enrol([entry(2)])
    assert (len(gallery), log.head) == (2, 2)
    found = gallery.identify([entry(2).template]).candidates
    assert [evidence.print_id for evidence in found[0].evidence] == ["p2"]


def test_a_print_whose_removal_reached_the_log_only_is_gone_once_removal_is_tried_again(
    open_gallery: Opened, entry: Entries, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = MemoryLog()
    gallery = open_gallery(log)
    gallery.enrol([entry(1), entry(2)])
    with monkeypatch.context() as patch:
        patch.setattr(Index, "without", _no_memory)
        with pytest.raises(MemoryError):
            gallery.remove(["p2"])
    with pytest.raises(PrintNotFound, match="p2"):
        gallery.remove(["p2"])
    assert (len(gallery), log.head) == (1, 3)
    assert {c.person for c in gallery.identify([entry(2).template]).candidates} == {"P1"}
    gallery.enrol([entry(2)])
    assert gallery.identify([entry(2).template]).candidates[0].person == "P2"


def test_no_print_at_all_is_refused(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(1)])
    with pytest.raises(NothingGiven, match="no print was given"):
        gallery.identify([])
    with pytest.raises(NothingGiven, match="no print was given"):
        gallery.verify([], "P1")


def test_every_print_of_a_small_gallery_is_listed_in_the_order_of_enrolment(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(6)])
    assert gallery.shortlist(entry(5).template, length=6) == [f"p{n}" for n in range(6)]
    assert gallery.shortlist(entry(5).template, effort=Effort.EXHAUSTIVE, length=2) == ["p0", "p1"]


def test_a_changed_print_is_found_as_what_it_is_now(open_gallery: Opened, entry: Entries, again: Again) -> None:
    log = MemoryLog()
    gallery = open_gallery(log)
    gallery.enrol([entry(n, labels=frozenset({"A"})) for n in range(6)])
    gallery.change([replace(entry(3), person="Q", labels=frozenset({"B"})), entry(9)], gone=["p1"])
    probe = again(entry(3).template, 1)
    assert gallery.identify([probe]).candidates[0].person == "Q"
    assert [c.person for c in gallery.identify([probe], where=Filter(label="B")).candidates] == ["Q"]
    assert "Q" not in {c.person for c in gallery.identify([probe], where=Filter(label="A")).candidates}
    assert gallery.identify([entry(9).template]).candidates[0].person == "P9"
    with pytest.raises(PersonNotFound):
        gallery.verify([probe], "P3")
    assert (len(gallery), log.head) == (6, 6 + 4)
    assert gallery.check() == []


def test_a_print_that_is_not_active_is_kept_and_not_found(open_gallery: Opened, entry: Entries, tmp_path: Path) -> None:
    log = MemoryLog()
    gallery = open_gallery(log, tmp_path)
    gallery.enrol([entry(n) for n in range(4)])
    gallery.change([replace(entry(2), active=False)])
    assert "P2" not in {c.person for c in gallery.identify([entry(2).template]).candidates}
    with pytest.raises(PrintExists):
        gallery.enrol([entry(2)])
    gallery.change([replace(entry(2), active=False, labels=frozenset({"A"}))])  # changes while nobody finds it
    gallery.change([entry(2)])
    assert gallery.identify([entry(2).template]).candidates[0].person == "P2"
    gallery.change([replace(entry(2), active=False)])
    gallery.remove(["p2"])
    gallery.enrol([entry(2)])
    assert len(gallery) == 4


def test_a_change_that_names_a_stranger_changes_nothing(open_gallery: Opened, entry: Entries) -> None:
    log = MemoryLog()
    gallery = open_gallery(log)
    gallery.enrol([entry(1)])
    with pytest.raises(PrintNotFound, match="p7"):
        gallery.change([replace(entry(1), person="Q")], gone=["p7"])
    assert gallery.identify([entry(1).template]).candidates[0].person == "P1"
    assert log.head == 1


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


def _no_memory(*_: object) -> None:
    raise MemoryError
