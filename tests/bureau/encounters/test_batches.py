"""Part of a bulk enrolment: what can be used is kept, the rest comes back with its error."""

from biomatch.bureau import Enrolment, Upload
from biomatch.errors import BadName, UnreadableImage


def batch(image, people):
    return [Enrolment(f"person {number}", image(number)) for number in people]


def test_good_uploads_are_kept_and_bad_ones_come_back_with_their_error(bureau, me, image):
    enrolments = [*batch(image, [1, 2]), Enrolment("bad", Upload(b"nothing")), Enrolment("a\tb", image(3))]
    one, two, bad, misnamed = bureau.encounters.enrol_batch(enrolments, me)
    assert one.error is two.error is None
    assert one.prints[0].person == "person 1"
    assert isinstance(bad.error, UnreadableImage)
    assert isinstance(misnamed.error, BadName)
    assert bureau.upkeep.info(me).prints == 2


def test_a_second_run_extracts_nothing_and_keeps_nothing_twice(open_bureau, me, image):
    bureau = open_bureau()
    bureau.encounters.enrol_batch(batch(image, range(4)), me)
    bureau.close()
    bureau = open_bureau()
    outcomes = bureau.encounters.enrol_batch(batch(image, range(6)), me)
    assert [outcome.prints[0].existed for outcome in outcomes] == [True] * 4 + [False] * 2
    assert all(outcome.prints[0].minutiae > 0 for outcome in outcomes)
    assert bureau.pool.extracted == 2
    assert bureau.upkeep.info(me).prints == 6


def test_a_new_extractor_replaces_what_the_old_one_made(open_bureau, me, image, record):
    bureau = open_bureau()
    bureau.encounters.enrol_batch(batch(image, range(3)), me)
    bureau.encounters.enrol("person 1", [record(9)], me)
    bureau.close()
    bureau = open_bureau(version="standin/2")
    outcomes = bureau.encounters.enrol_batch(batch(image, range(3)), me)
    assert not any(outcome.prints[0].existed for outcome in outcomes)
    assert bureau.upkeep.info(me).extractors["standin/2"] == 3
    assert "standin/1" not in bureau.upkeep.info(me).extractors
    assert len(bureau.encounters.read("person 1", me).prints) == 2
    assert bureau.encounters.original(outcomes[0].prints[0].print_id, me)[0] == image(0).data


def test_a_batch_without_encounters_makes_one_for_each_person(bureau, me, image):
    enrolments = [Enrolment("ada", image(1)), Enrolment("ada", image(2)), Enrolment("bob", image(3), "named")]
    one, two, three = (outcome.prints[0].encounter for outcome in bureau.encounters.enrol_batch(enrolments, me))
    assert one == two != three == "named"


def test_a_named_encounter_grows(bureau, me, image):
    bureau.encounters.enrol_batch([Enrolment("ada", image(1), "e")], me)
    bureau.encounters.enrol_batch([Enrolment("ada", image(2), "e")], me)
    assert len(bureau.encounters.read("ada", me).encounters["e"]) == 2
