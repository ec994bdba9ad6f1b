"""Reads of who is enrolled: by person, by name, by source, by label, and page by page."""

import pytest

from biomatch.errors import EncounterNotFound, PersonNotFound, PrintNotFound
from biomatch.gallery.interface import Source
from biomatch.store.database import reading
from biomatch.store.rows.prints import every_print

IMAGE, OTHER = Source("ab" * 32, "image/png", 500.0), Source("cd" * 32, "application/octet-stream", None)


@pytest.fixture
def full(store, entry):
    """Ada has two encounters, of one of which a print is not active; Bob has one; Eve's was changed, Cy's removed."""
    store.log.append(
        [
            entry("a1", labels=frozenset({"staff"}), source=IMAGE),
            entry("a2", labels=frozenset({"staff", "border"})),
            entry("b1", person="bob", source=OTHER, labels=frozenset({"border"})),
            entry("c1", person="cy", source=IMAGE),
            entry("e1", person="eve"),
        ]
    )
    store.log.change([entry("e1", person="eve", labels=frozenset({"wanted"}))])
    store.log.append([entry("a3", active=False, labels=frozenset({"wanted"}))])
    store.log.tombstone(["c1"])
    return store


def names(stored):
    return [one.print_id for one in stored]


def test_a_persons_prints_come_in_the_order_of_enrolment(full):
    assert names(full.prints.of_person("ada").prints) == ["a1", "a2", "a3"]
    assert list(full.prints.of_person("ada").encounters) == ["e1"]
    assert names(full.prints.of_person("ada", "e1").prints) == ["a1", "a2", "a3"]
    with pytest.raises(EncounterNotFound, match="e9"):
        full.prints.of_person("ada", "e9")
    for gone in ("cy", "nobody"):
        with pytest.raises(PersonNotFound, match=gone):
            full.prints.of_person(gone)


def test_those_that_are_enrolled_are_found_by_name_with_what_an_answer_tells_of_them(full):
    asked = ["a1", "b1", "c1", "e1", "none"]
    assert sorted(full.prints.named(asked)) == sorted(full.prints.shown(asked)) == ["a1", "b1", "e1"]
    for name, stored in full.prints.named(asked).items():
        shown = full.prints.shown([name])[name]
        assert (shown.labels, shown.has_image) == (stored.labels, stored.has_image)
    assert [full.prints.named([name])[name].has_image for name in ("a1", "b1", "e1")] == [True, False, False]


def test_more_names_than_one_statement_holds_are_asked_for_in_several(full, monkeypatch):
    monkeypatch.setattr("biomatch.store.rows.prints.NAMES", 2)
    asked = ["a1", "a2", "a3", "b1", "e1"]
    assert sorted(full.prints.named(asked)) == sorted(full.prints.shown(asked)) == asked
    assert full.prints.persons_of(asked) == {"ada", "bob", "eve"}
    assert names(full.prints.all()) == ["a1", "a2", "b1", "e1", "a3"]
    assert names(full.prints.from_sources(["00" * 32, OTHER.sha256, IMAGE.sha256])) == ["b1", "a1"]


def test_labels_are_counted_of_what_prints_are_now(full):
    assert full.prints.labels() == {"border": 2, "staff": 2, "wanted": 2}
    assert [full.prints.has_label(label) for label in ("wanted", "other")] == [True, False]


def test_persons_and_encounters_come_page_by_page(full):
    assert full.prints.page(None, ("", ""), 2) == [("ada", "e1"), ("bob", "e1")]
    assert full.prints.page(None, ("bob", "e1"), 2) == [("eve", "e1")]
    assert full.prints.page("wanted", ("", ""), 9) == [("ada", "e1"), ("eve", "e1")]
    assert full.prints.persons_behind("", None, 9) == ["ada", "bob", "eve"]
    assert full.prints.persons_behind("", "wanted", 9) == ["eve"]  # Ada's is not active
    assert (full.prints.count_persons(None), full.prints.count_persons("border")) == (3, 2)
    assert full.prints.counts() == (3, 3, 5)


def test_only_prints_of_images_can_be_extracted_anew(full):
    assert [stored.print_id for _, stored in full.prints.outdated("made/2", 0, 9)] == ["a1"]
    assert (full.prints.count_outdated("made/2"), full.prints.count_outdated("made/1")) == (1, 0)
    assert full.prints.extractors() == {"made/1": 5}


def test_an_entry_is_what_was_enrolled(full, entry):
    (one,) = full.prints.entries([full.prints.named(["a2"])["a2"]])
    assert (one.person, one.encounter, one.print_id, one.labels) == ("ada", "e1", "a2", {"staff", "border"})
    assert one.template.to_bytes() == entry("a2").template.to_bytes()
    assert one.source is None
    (with_source,) = full.prints.entries([full.prints.named(["b1"])["b1"]])
    assert with_source.source == OTHER
    with pytest.raises(PrintNotFound, match="c1"):
        full.prints.template("c1")


def test_what_changed_counts_as_past_and_is_still_a_row(full):
    with reading(full.engine, full.folder) as connection:
        assert [(row.print_id, labels) for row, labels in every_print(connection)] == [
            ("a1", {"staff"}),
            ("a2", {"staff", "border"}),
            ("b1", {"border"}),
            ("e1", set()),
            ("e1", {"wanted"}),
            ("a3", {"wanted"}),
        ]
    assert full.prints.has_rows("eve")
    assert not full.prints.has_rows("cy")
    assert full.prints.persons() == {"ada", "bob", "eve"}
    assert full.prints.originals() == {("ada", IMAGE.sha256), ("bob", OTHER.sha256)}
