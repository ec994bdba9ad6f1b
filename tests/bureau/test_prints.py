"""Enrolled prints are found by their ids, and the best of a person's are chosen to search with."""

from dataclasses import replace

import pytest

from biomatch.bureau.prints import best_of, original_of, print_of
from biomatch.errors import OriginalNotKept, PrintNotFound
from biomatch.store import StoredPrint
from biomatch.vocabulary import FingerPosition, ImpressionType

THUMB, INDEX = FingerPosition.RIGHT_THUMB, FingerPosition.RIGHT_INDEX
PRINT = StoredPrint(
    "ada", "e", "p", THUMB, ImpressionType.LIVE_SCAN_PLAIN, 50, "made/1", frozenset(), None, None, None, "2026-11-27"
)


def chosen(*prints):
    return [one.print_id for one in best_of([replace(PRINT, print_id=f"p{at}", **told) for at, told in enumerate(prints)])]


def test_the_best_of_each_finger_come_first_then_the_others_by_quality():
    told = [
        {"quality": 60},
        {"quality": 90},
        {"quality": 70, "position": INDEX},
        {"quality": 80},
        {"quality": None, "position": INDEX},
    ]
    assert chosen(*told) == ["p1", "p2", "p3", "p0", "p4"]


def test_an_image_that_was_enrolled_twice_counts_once_and_templates_are_each_their_own():
    twice = {"source_sha256": "s", "media_type": "image/png"}
    assert chosen(twice | {"quality": 50}, twice | {"quality": 60}) == ["p1"]
    record = {"source_sha256": "s", "media_type": "application/octet-stream"}
    assert len(chosen(record, record)) == 2


def test_there_are_never_more_than_a_person_has_fingers():
    assert len(chosen(*({} for _ in range(30)))) == 10


def test_a_print_is_found_with_its_original_or_it_is_said_why_not(bureau, me, image):
    (made,) = bureau.encounters.enrol("ada", [image(1)], me, labels=frozenset(("staff",)))
    store = bureau._context.store
    stored = print_of(store, made.print_id)
    assert original_of(store, stored) == (image(1).data, "image/png")
    with pytest.raises(PrintNotFound):
        print_of(store, "nobody's")
    with pytest.raises(OriginalNotKept):
        original_of(store, replace(stored, source_sha256="0" * 64))
    with pytest.raises(OriginalNotKept):
        original_of(store, replace(stored, source_sha256=None))
