"""A bulk enrolment can be run again: what is there is skipped, what is outdated is replaced."""

from biomatch.bureau import Enrolment


def batch(image, people):
    return [Enrolment(f"person {number}", image(number)) for number in people]


def test_the_same_bytes_twice_in_one_batch_are_one_print(bureau, me, image):
    first, again = bureau.encounters.enrol_batch([*batch(image, [1]), *batch(image, [1])], me)
    assert (first.prints[0].existed, again.prints[0].existed) == (False, True)
    assert first.prints[0].print_id == again.prints[0].print_id


def test_the_same_bytes_of_another_person_are_another_print(bureau, me, image):
    bureau.encounters.enrol_batch([Enrolment("ada", image(1)), Enrolment("bob", image(1))], me)
    assert bureau.upkeep.info(me).prints == 2
