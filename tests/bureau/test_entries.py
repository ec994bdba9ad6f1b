"""What may be a name, and what an entry says of its upload."""

import hashlib
from dataclasses import replace
from datetime import date, datetime

import pytest

from biomatch.bureau.entries import MAX_NAME, check_names, new_entry, new_id, of_copy, receipt
from biomatch.bureau.uploads import COPY
from biomatch.errors import (
    BadName,
)
from biomatch.gallery.interface import Source
from biomatch.template import Minutiae, Template


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 201, " ada", "..", "\u3164", "\u2800"])
def test_a_name_that_cannot_stand_in_an_address_is_refused(bureau, me, image, name):
    with pytest.raises(BadName):
        bureau.encounters.enrol(name, [image(1)], me)


def test_no_label_is_called_all(bureau, me, image):
    with pytest.raises(BadName):
        bureau.encounters.enrol("ada", [image(1)], me, labels=frozenset({"ALL"}))


@pytest.mark.parametrize("name", ["a", "x" * MAX_NAME, "José", "a b", "...", "all"])
def test_other_names_stand(name):
    check_names(name, name, frozenset((name,)))


def test_an_entry_says_what_it_was_made_from_and_when(image):
    upload = replace(image(1), ppi=500.0, captured=date(2026, 3, 1))
    entry = new_entry("ada", "e1", Template(Minutiae.none(), 8, 8), upload, frozenset(("staff",)), active=False)
    assert entry.source == Source(hashlib.sha256(upload.data).hexdigest(), "image/png", 500.0)
    assert (entry.captured, entry.active, entry.labels) == (date(2026, 3, 1), False, {"staff"})
    assert datetime.fromisoformat(entry.enrolled).tzinfo is not None


def test_ids_are_never_the_same():
    assert len({new_id() for _ in range(1_000)}) == 1_000


def test_the_receipt_of_a_copy_says_that_it_is_one(image):
    template = Template(Minutiae.none(), 8, 8, quality=70, warnings=("dry",))
    made = receipt(new_entry("ada", "e1", template, image(1), frozenset()))
    assert (made.quality, made.minutiae, made.warnings, made.existed) == (70, 0, ("dry",), False)
    copy = of_copy(made)
    assert (copy.print_id, copy.existed, copy.warnings) == (made.print_id, True, ("dry", COPY))
