"""What a leaf commits to of a print is the same on its way in and as its row has it."""

from datetime import date

import numpy as np
import pytest

from biomatch.gallery.filters import Biography
from biomatch.gallery.interface import Entry, Source
from biomatch.store.audit import committed
from biomatch.store.database import reading
from biomatch.store.rows.prints import every_print
from biomatch.store.rows.templates import open_template
from biomatch.template import Minutiae, Template
from biomatch.vocabulary import Sex

CREATED = "2026-11-27T12:00:00.000+00:00"


def entry(**more):
    template = Template(Minutiae.of(*np.random.default_rng(1).uniform(0, 6, (3, 9))), 300, 300, extractor="made/1")
    return Entry("ada", "e", "a1", template, enrolled=CREATED, **more)


FULL = {
    "labels": frozenset({"staff", "border"}),
    "source": Source("ab" * 32, "image/png", 500.0),
    "biography": Biography(Sex.FEMALE, date(1990, 2, 28)),
    "captured": date(2026, 11, 1),
    "unit": "north",
}


@pytest.mark.parametrize("more", [{}, FULL, {"active": False}], ids=["bare", "full", "inactive"])
def test_a_row_says_what_its_entry_said(store, more):
    one = entry(**more)
    store.log.append([one])
    with reading(store.engine, store.folder) as connection:
        ((row, labels),) = every_print(connection)
        assert committed.of_row(row, open_template(store.keys, row), labels) == committed.of_entry(one)


def test_labels_stand_in_order_and_nothing_is_said_where_nobody_said():
    content = committed.of_entry(entry(**FULL)).content
    assert content["labels"] == ["border", "staff"]
    assert (content["born"], content["captured"], content["mediaType"]) == ("1990-02-28", "2026-11-01", "image/png")
    assert "status" not in content
    bare = committed.of_entry(entry()).content
    assert content["unit"] == "north"
    assert not {"sex", "born", "captured", "status", "unit"} & bare.keys()
    assert committed.of_entry(entry(active=False)).content["status"] == "INACTIVE"


def test_a_leaf_of_before_says_neither_the_time_nor_another_status(store):
    store.log.append([entry()])
    with reading(store.engine, store.folder) as connection:
        ((row, labels),) = every_print(connection)
        template = open_template(store.keys, row)
    older = committed.of_row(row, template, labels, active=False, timed=False).content
    assert "created" not in older
    assert older["status"] == "INACTIVE"


def test_a_template_of_another_bit_is_another_content(store):
    store.log.append([entry()])
    with reading(store.engine, store.folder) as connection:
        ((row, labels),) = every_print(connection)
    assert (
        committed.of_row(row, b"one", labels).content["template"] != committed.of_row(row, b"two", labels).content["template"]
    )
