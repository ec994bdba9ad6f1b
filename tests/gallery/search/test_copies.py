"""The same print, however often it is there, is one piece of evidence."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.interface import Candidate, Entry, Source
from biomatch.template import Minutiae, Template
from biomatch.vocabulary import FingerPosition

Opened = Callable[..., LocalGallery]
Entries = Callable[..., Entry]
Again = Callable[..., Template]
Answer = Callable[..., tuple[float, float]]
IMAGE, OTHER_IMAGE, RECORD = (
    Source(digit * 64, kind) for digit, kind in zip("abc", ["image/png", "image/bmp", "x/record"], strict=True)
)
UNKNOWN, THUMB, INDEX = FingerPosition.UNKNOWN, FingerPosition.RIGHT_THUMB, FingerPosition.RIGHT_INDEX


def copy(of: Entry, number: int, **changed: object) -> Entry:
    return replace(of, encounter=f"E{number}", print_id=f"{of.print_id}-{number}", **changed)  # type: ignore[arg-type]


def says(found: Candidate) -> tuple[float, float]:
    return found.score, found.llr


@pytest.fixture(params=["identify", "verify"])
def answer(request: pytest.FixtureRequest, open_gallery: Opened) -> Answer:
    """answer(entries, *probes): score and log10 LR of their person."""

    def ask(entries: list[Entry], *probes: Template) -> tuple[float, float]:
        gallery = open_gallery()
        gallery.enrol(entries)
        if request.param == "identify":
            return says(gallery.identify(probes).candidates[0])
        return says(gallery.verify(probes, entries[0].person))

    return ask


def test_a_print_enrolled_four_times_speaks_once(answer: Answer, entry: Entries, again: Again) -> None:
    first = entry(1)
    probe = again(first.template, 5)
    four = [first, *(copy(first, number) for number in range(3))]
    assert answer(four, probe) == answer([first], probe)


def test_another_impression_of_the_finger_does_speak(answer: Answer, entry: Entries, again: Again) -> None:
    first = entry(1)
    probe, other = again(first.template, 5), again(first.template, 6)
    assert answer([first, copy(first, 2, template=other)], probe) > answer([first], probe)


def test_what_two_versions_made_of_one_image_is_one_print(answer: Answer, entry: Entries, again: Again) -> None:
    first = replace(entry(1), source=IMAGE)
    older = copy(first, 2, template=again(first.template, 6))
    probe = again(first.template, 5)
    assert answer([first, older], probe) == answer([first], probe)


def test_the_prints_of_one_record_are_several(answer: Answer, entry: Entries, again: Again) -> None:
    thumb, index = (replace(entry(n, person="P", position=at), source=RECORD) for n, at in [(1, THUMB), (2, INDEX)])
    probes = [again(one.template, 5) for one in (thumb, index)]
    assert answer([thumb, index], *probes) > max(answer([thumb], probes[0]), answer([index], probes[1]))


def test_the_same_pixels_in_another_file_are_one_print(answer: Answer, entry: Entries, again: Again) -> None:
    first = replace(entry(1), source=IMAGE)
    probe = again(first.template, 5)
    assert answer([first, copy(first, 2, source=OTHER_IMAGE)], probe) == answer([first], probe)


def test_a_copy_of_a_copy_is_one(answer: Answer, entry: Entries, again: Again) -> None:
    """Two versions made different minutiae of one image; the newer ones came in another file, too."""
    first = replace(entry(1), source=IMAGE)
    newer = copy(first, 2, template=again(first.template, 6))
    in_another_file = copy(newer, 3, source=OTHER_IMAGE)
    probe = again(first.template, 5)
    assert answer([first, newer, in_another_file], probe) == answer([first], probe)


@pytest.mark.parametrize("named", [UNKNOWN, INDEX])
def test_a_copy_under_another_fingers_name_answers_no_second_probe(
    answer: Answer, entry: Entries, again: Again, named: FingerPosition
) -> None:
    thumb = entry(1, position=THUMB)
    both = [thumb, copy(thumb, 2, template=replace(thumb.template, position=named))]
    probes = [again(replace(thumb.template, position=at), n) for n, at in [(5, THUMB), (6, INDEX)]]
    assert answer(both, *probes) == answer([thumb], *probes)


def test_a_probe_given_twice_is_asked_once(open_gallery: Opened, entry: Entries, again: Again) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(150)])
    probe = again(entry(1).template, 5)
    once, twice = (gallery.identify([probe] * count) for count in (1, 2))
    assert [(c.person, says(c), len(c.evidence)) for c in twice.candidates] == [
        (c.person, says(c), len(c.evidence)) for c in once.candidates
    ]
    assert (twice.miss, twice.false_positive) == (once.miss, once.false_positive)
    assert says(gallery.verify([probe, probe], "P1")) == says(gallery.verify([probe], "P1"))


def test_a_probe_given_twice_is_repeated_as_it_was(open_gallery: Opened, entry: Entries, again: Again) -> None:
    gallery = open_gallery()
    entries = [entry(n) for n in range(30)]
    gallery.enrol(entries)
    probes = [again(entry(1).template, 5)] * 2
    then = gallery.identify(probes)
    now = gallery.repeat(probes, entries, then.compared, prints=then.prints, top=20, effort=then.effort, fpir=None)
    assert [(c.person, says(c)) for c in now.candidates] == [(c.person, says(c)) for c in then.candidates]
    assert now.miss == then.miss


def test_blank_prints_are_no_copies_of_each_other(open_gallery: Opened, entry: Entries) -> None:
    """Without minutiae nothing says that they are."""
    gallery = open_gallery()
    blank = Template(Minutiae.none(), 300, 300)
    gallery.enrol([entry(1)])
    assert gallery.identify([blank, blank]).miss == 1.0


def test_what_a_print_was_made_from_outlives_a_restart(
    open_gallery: Opened, entry: Entries, again: Again, tmp_path: Path
) -> None:
    log = MemoryLog()
    first = replace(entry(1), source=IMAGE)
    probe = again(first.template, 5)
    gallery = open_gallery(log, tmp_path)
    gallery.enrol([first])
    alone = says(gallery.verify([probe], first.person))
    gallery.enrol([copy(first, 2, template=again(first.template, 6))])
    gallery.close()
    assert says(open_gallery(log, tmp_path).verify([probe], first.person)) == alone
