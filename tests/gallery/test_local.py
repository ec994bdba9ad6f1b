"""The gallery's promises, one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from biomatch.errors import DiskFull, NothingGiven, PersonNotFound, PrintExists, PrintNotFound
from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.caches.arena import Arena
from biomatch.gallery.filters import Filter
from biomatch.gallery.interface import Effort, Entry
from biomatch.spare_cores import NO_SPARE_CORES, SpareCores
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition

Opened = Callable[..., LocalGallery]
Entries = Callable[..., Entry]
Again = Callable[..., Template]
EFFORTS = list(Effort)


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
def test_spare_cores_change_nothing(open_gallery: Opened, entry: Entries, again: Again, effort: Effort) -> None:
    log = MemoryLog()
    open_gallery(log).enrol([entry(n) for n in range(300)])
    probes = [again(entry(7).template, 1), again(entry(9).template, 2)]
    alone, shared = (
        open_gallery(log, spare=spare).identify(probes, effort=effort) for spare in (NO_SPARE_CORES, SpareCores(2))
    )
    assert [(one.person, one.score) for one in shared.candidates] == [(one.person, one.score) for one in alone.candidates]
    assert [one.print_id for one in shared.compared] == [one.print_id for one in alone.compared]


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
    assert {"extractor", "describer", "comparer", "index", "reach", "numpy", "faiss", "opencv", "faiss_simd"} <= set(
        search.made_by
    )
    assert {"describe", "index", "relaxed", "refine"} <= set(search.seconds)


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
