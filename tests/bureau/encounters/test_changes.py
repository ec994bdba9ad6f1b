"""What is enrolled changes: prints, status, galleries, and whose it is; the audit tree follows each of them."""

import json
from dataclasses import replace
from datetime import date

import pytest

from biomatch.bureau import Actor, SearchRequest, Upload
from biomatch.errors import (
    BadName,
    EncounterExists,
    EncounterNotFound,
    KeyReused,
    LabelNotFound,
    NotAllowed,
    PersonNotFound,
    PrintNotFound,
    SamePerson,
    UnreadableImage,
)
from biomatch.gallery.filters import Biography, Filter
from biomatch.vocabulary import Sex


@pytest.fixture
def filled(bureau, me, image):
    """Ada in two encounters, bob in one."""
    bureau.encounters.enrol("ada", [image(1)], me, encounter="one", labels=frozenset({"staff"}))
    bureau.encounters.enrol("ada", [image(2)], me, encounter="two")
    bureau.encounters.enrol("bob", [image(3)], me, encounter="three")
    return bureau


def found(bureau, me, upload, **options):
    return [
        candidate.person for candidate in bureau.searches.identify([upload], me, SearchRequest(**options)).search.candidates
    ]


def sound(bureau, me):
    checked = bureau.upkeep.check(me)
    assert checked.ok, checked.findings
    return True


def test_other_prints_take_the_place_of_an_encounters(filled, me, image, record):
    (old,) = filled.encounters.read("ada", me, encounter="one").prints
    (made,) = filled.encounters.update("ada", "one", [image(5)], me)
    assert found(filled, me, record(5, again=1))[0] == "ada"
    assert filled.encounters.read("ada", me, encounter="one").prints[0].labels == {"staff"}
    with pytest.raises(PrintNotFound):
        filled.encounters.stored(old.print_id, me)
    assert filled._context.store.blobs.get("ada", old.source_sha256) is None
    assert made.encounter == "one"
    told = json.dumps([item.content for leaf in filled.upkeep.audit_leaves(me) for item in leaf.items])
    assert old.print_id not in told
    assert sound(filled, me)


def test_an_encounter_is_enrolled_inactive_and_the_tree_says_so(filled, me, image, record):
    (made,) = filled.encounters.enrol("eve", [image(7)], me, encounter="one", active=False)
    assert filled.upkeep.audit_leaves(me)[-1].said["details"]["inactive"] == [made.print_id]
    assert not filled.encounters.stored(made.print_id, me).active
    assert "eve" not in found(filled, me, image(7))
    assert sound(filled, me)
    filled.encounters.set_status("eve", "one", True, me)
    assert found(filled, me, image(7))[0] == "eve"
    assert sound(filled, me)
    filled.encounters.remove(me, person="eve")
    assert sound(filled, me)


def test_an_update_says_the_status_or_leaves_it(filled, me, image):
    for active, now in ((False, False), (None, False), (True, True)):
        (made,) = filled.encounters.update("ada", "one", [image(5)], me, active=active)
        assert filled.encounters.stored(made.print_id, me).active is now
    assert sound(filled, me)


def test_another_status_is_another_request(filled, image):
    actor = Actor("tester", "test", key="k")
    filled.encounters.enrol("eve", [image(7)], actor, encounter="one", active=False)
    filled.encounters.enrol("eve", [image(7)], actor, encounter="one", active=False)
    assert len(filled.encounters.read("eve", actor).prints) == 1
    with pytest.raises(KeyReused):
        filled.encounters.enrol("eve", [image(7)], actor, encounter="one")


def test_an_update_that_fails_leaves_the_encounter_as_it_was(filled, me, image):
    with pytest.raises(UnreadableImage):
        filled.encounters.update("ada", "one", [image(5), Upload(b"no image")], me)
    with pytest.raises(EncounterNotFound):
        filled.encounters.update("ada", "nine", [image(5)], me)
    assert found(filled, me, image(1))[0] == "ada"
    assert sound(filled, me)


def test_an_inactive_encounter_is_kept_and_not_found(open_bureau, me, image, record):
    bureau = open_bureau()
    bureau.encounters.enrol("ada", [image(1)], me, encounter="one")
    bureau.encounters.enrol("bob", [image(3)], me)
    bureau.encounters.set_status("ada", "one", False, me)
    assert found(bureau, me, record(1, again=1)) == ["bob"]
    assert [stored.active for stored in bureau.encounters.read("ada", me).prints] == [False]
    assert sound(bureau, me)
    bureau.close()
    bureau = open_bureau()
    assert found(bureau, me, record(1, again=1)) == ["bob"]
    bureau.encounters.update("ada", "one", [image(6)], me)
    assert "ada" not in found(bureau, me, image(6))
    bureau.encounters.set_status("ada", "one", True, me)
    assert found(bureau, me, image(6))[0] == "ada"
    assert sound(bureau, me)
    bureau.encounters.set_status("ada", "one", False, me)
    bureau.encounters.remove(me, person="ada")
    with pytest.raises(PersonNotFound):
        bureau.encounters.read("ada", me)
    assert sound(bureau, me)


def test_what_is_so_already_is_no_act(filled, me):
    before = len(filled.upkeep.audit_leaves(me))
    filled.encounters.set_status("ada", "one", True, me)
    filled.encounters.set_galleries("ada", "one", frozenset({"staff"}), me)
    assert len(filled.upkeep.audit_leaves(me)) == before


def test_an_encounter_changes_its_galleries(filled, me, image):
    filled.encounters.set_galleries("ada", "two", frozenset({"wanted", "border"}), me)
    assert filled.encounters.labels(me) == {"border": 1, "staff": 1, "wanted": 1}
    assert found(filled, me, image(2), where=Filter(label="wanted")) == ["ada"]
    filled.encounters.set_galleries("ada", "two", frozenset(), me)
    with pytest.raises(LabelNotFound):
        filled.searches.identify([image(2)], me, SearchRequest(where=Filter(label="wanted")))
    with pytest.raises(BadName):
        filled.encounters.set_galleries("ada", "two", frozenset({"ALL"}), me)
    assert sound(filled, me)


def test_two_persons_become_one_and_two_again(filled, me, image):
    filled.encounters.merge("bob", "ada", me)
    assert sorted(filled.encounters.read("bob", me).encounters) == ["one", "three", "two"]
    with pytest.raises(PersonNotFound):
        filled.encounters.read("ada", me)
    assert found(filled, me, image(1)) == ["bob"]
    assert sound(filled, me)
    for encounter in ("one", "two"):
        filled.encounters.move("ada", "bob", encounter, me)
    assert sorted(filled.encounters.read("ada", me).encounters) == ["one", "two"]
    assert found(filled, me, image(1))[0] == "ada"
    assert found(filled, me, image(3))[0] == "bob"
    assert sound(filled, me)


def test_encounters_of_one_name_keep_two_persons_apart(filled, me, image):
    filled.encounters.enrol("bob", [image(4)], me, encounter="one")
    with pytest.raises(EncounterExists, match="one"):
        filled.encounters.merge("bob", "ada", me)
    with pytest.raises(EncounterExists):
        filled.encounters.move("bob", "ada", "one", me)
    assert sorted(filled.encounters.read("ada", me).encounters) == ["one", "two"]


def test_nobody_is_merged_with_nobody_or_themselves(filled, me):
    for target, source in (("ada", "nobody"), ("nobody", "ada")):
        with pytest.raises(PersonNotFound, match="nobody"):
            filled.encounters.merge(target, source, me)
    with pytest.raises(SamePerson):
        filled.encounters.merge("ada", "ada", me)
    with pytest.raises(SamePerson):
        filled.encounters.move("ada", "ada", "one", me)
    with pytest.raises(EncounterNotFound):
        filled.encounters.move("bob", "ada", "nine", me)


def test_whoever_is_removed_leaves_no_trace_under_an_earlier_name(filled, me, image):
    filled.searches.identify([image(1)], me)
    filled.encounters.merge("bob", "ada", me)
    filled.encounters.remove(me, person="bob")
    told = [item.content for leaf in filled.upkeep.audit_leaves(me) for item in leaf.items if item.content]
    assert not [content for content in told if '"ada"' in content or '"bob"' in content]
    with filled._context.store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM prints").scalar() == 0
    assert sound(filled, me)


def test_who_else_left_a_persons_prints(filled, me, record):
    filled.encounters.enrol("ada's other name", [record(1, again=1)], me)
    search = filled.searches.identify_person("ada", me).search
    persons = [candidate.person for candidate in search.candidates]
    assert persons[0] == "ada's other name"
    assert "ada" not in persons
    assert search.prints == 2
    one = filled.searches.identify_person("ada", me, encounter="two")
    assert len(one.probes) == 1
    with pytest.raises(EncounterNotFound):
        filled.searches.identify_person("ada", me, encounter="nine")


def test_every_finger_is_searched_for_before_a_second_print_of_one(bureau, me, record):
    made = bureau.encounters.enrol("ada", [record(number) for number in range(15)], me)
    probes = bureau.searches.identify_person("ada", me).probes
    assert len(probes) == 10
    assert {probe.position for probe in probes} == {one.position for one in made}
    best = max(one.quality for one in made)
    assert best in [probe.quality for probe in probes]


@pytest.mark.parametrize(
    "act",
    [
        lambda bureau, actor: bureau.encounters.merge("ada", "bob", actor),
        lambda bureau, actor: bureau.encounters.move("ada", "bob", "three", actor),
        lambda bureau, actor: bureau.encounters.set_status("ada", "one", False, actor),
        lambda bureau, actor: bureau.encounters.set_galleries("ada", "one", frozenset(), actor),
        lambda bureau, actor: bureau.encounters.set_biography("ada", "one", Biography(Sex.FEMALE), actor),
    ],
)
def test_a_change_needs_the_scope_of_writing(filled, act):
    with pytest.raises(NotAllowed):
        act(filled, Actor("reader", "http", scopes=frozenset()))
    assert sorted(filled._context.store.prints.of_person("ada").encounters) == ["one", "two"]


def test_what_is_known_of_a_person_is_changed_and_survives_other_prints(filled, me, image):
    women, men = (Filter(sexes=frozenset({sex})) for sex in (Sex.FEMALE, Sex.MALE))
    for encounter in ("one", "two"):
        filled.encounters.set_biography("ada", encounter, Biography(Sex.FEMALE), me)
    created = {one.created for one in filled.encounters.read("ada", me, encounter="one").prints}
    assert "ada" in found(filled, me, image(1), where=women)
    assert "ada" not in found(filled, me, image(1), where=men)
    filled.encounters.set_galleries("ada", "one", frozenset({"staff"}), me)
    assert {one.created for one in filled.encounters.read("ada", me, encounter="one").prints} == created
    filled.encounters.update("ada", "one", [replace(image(6), captured=date(2020, 5, 1))], me)
    (stored,) = filled.encounters.read("ada", me, encounter="one").prints
    assert (stored.biography, stored.captured) == (Biography(Sex.FEMALE), date(2020, 5, 1))
    assert filled.upkeep.check(me).ok
