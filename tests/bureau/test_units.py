"""What a unit enrols is its own: a search that is limited to units finds theirs alone, and no row changes its unit unseen."""

from dataclasses import replace

import pytest
from sqlalchemy import create_engine, text

from biomatch.bureau import SearchRequest
from biomatch.errors import UnitNotFound
from biomatch.gallery.filters import Filter


def limited(*units):
    return SearchRequest(where=Filter(units=frozenset(units)))


@pytest.fixture
def north(me):
    return replace(me, unit="north")


@pytest.fixture
def south(me):
    return replace(me, unit="south")


def persons(found):
    return [one.person for one in found.search.candidates]


def test_a_search_of_a_unit_finds_what_it_has(bureau, me, north, south, image, record):
    bureau.encounters.enrol("ada", [image(1)], north)
    bureau.encounters.enrol("bob", [image(2)], south)
    bureau.encounters.enrol("cid", [image(3)], me)
    assert persons(bureau.searches.identify([record(1, again=1)], me, limited("north"))) == ["ada"]
    assert persons(bureau.searches.identify([record(1, again=1)], me, limited("south")))[:1] != ["ada"]
    assert persons(bureau.searches.identify([record(1, again=1)], me))[0] == "ada"
    assert bureau.searches.identify([record(1)], me, limited("north", "south")).search.prints == 2
    assert bureau.upkeep.info(me).units == {"north": 1, "south": 1}
    with pytest.raises(UnitNotFound, match="biomatch info"):
        bureau.searches.identify([record(1)], me, limited("north", "west"))


def test_other_prints_and_another_status_leave_a_unit_what_it_is(bureau, me, north, south, image, record):
    (made,) = bureau.encounters.enrol("ada", [image(1)], north)
    bureau.encounters.update("ada", made.encounter, [image(2)], south)
    bureau.encounters.set_status("ada", made.encounter, False, south)
    bureau.encounters.set_status("ada", made.encounter, True, me)
    assert bureau.upkeep.info(me).units == {"north": 1}
    assert persons(bureau.searches.identify([record(2, again=1)], me, limited("north"))) == ["ada"]
    assert bureau.upkeep.check(me).ok
    assert bureau.upkeep.verify_audit(me).ok


def test_a_list_is_enrolled_for_the_unit_of_who_asked(bureau, me, north, image, done):
    bureau.encounters.enrol("cid", [image(3)], me)
    manifest = b"path,person\n1.png,ada\n2.png,bob\n"
    job = bureau.tasks.enrol_sent(manifest, {f"{n}.png": image(n).data for n in (1, 2)}, north)
    assert done(bureau, job.job, me).counts["enrolled"] == 2
    assert bureau.upkeep.info(me).units == {"north": 2}


def test_units_hold_after_an_opening_and_searches_are_repeated(open_bureau, me, north, south, image, record):
    first = open_bureau()
    first.encounters.enrol("ada", [image(1)], north)
    first.encounters.enrol("bob", [image(2)], south)
    kept = first.searches.identify([record(1, again=1)], me, limited("north")).kept
    first.close()
    again = open_bureau()
    assert again.searches.replay(kept, me).same
    assert persons(again.searches.identify([record(2, again=1)], me, limited("south"))) == ["bob"]
    assert again.upkeep.check(me).ok


def test_a_print_that_somebody_gave_to_another_unit_is_told(bureau, me, north, image):
    (made,) = bureau.encounters.enrol("ada", [image(1)], north)
    engine = create_engine(bureau._context.store.engine.url)  # without what ours does on connecting
    with engine.begin() as connection:
        connection.execute(text("UPDATE prints SET unit = 'south'"))
    engine.dispose()
    (finding,) = bureau.upkeep.verify_audit(me).findings
    assert finding.where == f"print {made.print_id}"
    assert "is not what leaf" in finding.what
