"""A write that is sent again is done once."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from biomatch.bureau import Actor, Upload
from biomatch.errors import DiskFull, EncounterExists, KeyReused, PersonNotFound, UnreadableImage
from biomatch.store.rows import answers


def keyed(key, token=""):
    return Actor("tester", "test", token=token, key=key)


def leaves(bureau, me):
    return len(bureau.upkeep.audit_leaves(me))


def test_an_enrolment_sent_again_gets_the_first_receipt(open_bureau, me, image):
    bureau = open_bureau()
    first = bureau.encounters.enrol("ada", [image(1), image(2)], keyed("k"))
    told = leaves(bureau, me)
    assert bureau.encounters.enrol("ada", [image(1), image(2)], keyed("k")) == first
    assert leaves(bureau, me) == told
    assert bureau.pool.extracted == 2  # it was not even read again
    bureau.close()
    again = open_bureau()
    assert again.encounters.enrol("ada", [image(1), image(2)], keyed("k")) == first
    assert len(again.encounters.read("ada", me).prints) == 2


def test_without_a_key_each_is_done(bureau, me, image):
    bureau.encounters.enrol("ada", [image(1)], me)
    bureau.encounters.enrol("ada", [image(1)], me)
    assert len(bureau.encounters.read("ada", me).encounters) == 2


def test_an_encounter_sent_again_under_its_name_is_no_conflict(bureau, me, image):
    first = bureau.encounters.enrol("ada", [image(1)], keyed("k"), encounter="one")
    assert bureau.encounters.enrol("ada", [image(1)], keyed("k"), encounter="one") == first
    with pytest.raises(EncounterExists):
        bureau.encounters.enrol("ada", [image(1)], keyed("l"), encounter="one")


@pytest.mark.parametrize(
    "other",
    [
        lambda bureau, image: bureau.encounters.enrol("bob", [image(1)], keyed("k")),
        lambda bureau, image: bureau.encounters.enrol("ada", [image(2)], keyed("k")),
        lambda bureau, image: bureau.encounters.enrol("ada", [image(1)], keyed("k"), labels=frozenset({"x"})),
        lambda bureau, image: bureau.encounters.remove(keyed("k"), person="ada"),
    ],
)
def test_a_key_stands_for_one_request(bureau, me, image, other):
    bureau.encounters.enrol("ada", [image(1)], keyed("k"))
    with pytest.raises(KeyReused, match="'k'"):
        other(bureau, image)
    assert len(bureau.encounters.read("ada", me).prints) == 1


def test_the_same_key_of_another_token_is_another_key(bureau, me, image):
    bureau.encounters.enrol("ada", [image(1)], keyed("k", "one"))
    bureau.encounters.enrol("bob", [image(2)], keyed("k", "two"))
    assert bureau.upkeep.counts(me)[0] == 2


def test_a_removal_sent_again_is_no_error(bureau, me, image):
    bureau.encounters.enrol("ada", [image(1)], me)
    assert bureau.encounters.remove(keyed("k"), person="ada") == 1
    assert bureau.encounters.remove(keyed("k"), person="ada") == 1
    with pytest.raises(PersonNotFound):
        bureau.encounters.remove(keyed("l"), person="ada")


def test_changes_sent_again_are_done_once(bureau, me, image):
    bureau.encounters.enrol("ada", [image(1)], me, encounter="one")
    bureau.encounters.enrol("bob", [image(2)], me, encounter="two")
    made = bureau.encounters.update("ada", "one", [image(3)], keyed("a"))
    acts = [
        lambda: bureau.encounters.merge("bob", "ada", keyed("b")),
        lambda: bureau.encounters.move("eve", "bob", "two", keyed("c")),
        lambda: bureau.encounters.set_status("eve", "two", False, keyed("d")),
        lambda: bureau.encounters.set_galleries("eve", "two", frozenset({"x"}), keyed("e")),
    ]
    for act in acts:
        act()
    told = leaves(bureau, me)
    for act in acts:
        act()
    assert bureau.encounters.update("ada", "one", [image(3)], keyed("a")) == made
    assert leaves(bureau, me) == told
    assert bureau.upkeep.check(me).ok


def test_what_failed_is_tried_anew(bureau, me, image, monkeypatch):
    def full(*_):
        raise DiskFull("here")

    with pytest.raises(UnreadableImage):
        bureau.encounters.enrol("ada", [Upload(b"no image")], keyed("k"))
    with monkeypatch.context() as patch:
        patch.setattr(bureau._context.store.log, "append", full)
        with pytest.raises(DiskFull):
            bureau.encounters.enrol("ada", [image(1)], keyed("k"))
    assert len(bureau.encounters.enrol("ada", [image(1)], keyed("k"))) == 1


def test_two_at_the_same_moment_get_one_answer(bureau, me, image):
    together, found = threading.Barrier(4), []

    def send():
        together.wait()
        found.append(bureau.encounters.enrol("ada", [image(1)], keyed("k")))

    threads = [threading.Thread(target=send) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 4
    assert len({receipts[0].print_id for receipts in found}) == 1
    assert len(bureau.encounters.read("ada", me).prints) == 1
    assert bureau.upkeep.check(me).ok


def test_an_answer_goes_with_the_person_it_tells_of(bureau, me, image):
    bureau.encounters.enrol("ada", [image(1)], keyed("k"))
    bureau.encounters.remove(me, person="ada")
    with bureau._context.store.engine.connect() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM answers").scalar() == 0


def test_answers_are_kept_for_a_while(bureau, me, image, monkeypatch):
    bureau.encounters.enrol("ada", [image(1)], keyed("k"))
    monkeypatch.setattr(answers, "KEPT", timedelta(seconds=-1))
    bureau.encounters.enrol("bob", [image(2)], keyed("l"))
    assert bureau._context.store.answers.find("", "k") is None


@pytest.mark.parametrize("act", ["an enrolment under its name", "a removal", "a merge"])
def test_what_is_sent_again_while_it_is_at_work_gets_the_first_answer(bureau, me, image, act):
    """A client whose connection was lost cannot know that the first request still runs."""
    for person, number in (("ada", 1), ("bob", 2)):
        bureau.encounters.enrol(person, [image(number)], me)
    acts = {
        "an enrolment under its name": lambda: bureau.encounters.enrol("eve", [image(3)], keyed("k"), encounter="first"),
        "a removal": lambda: bureau.encounters.remove(keyed("k"), person="ada"),
        "a merge": lambda: bureau.encounters.merge("ada", "bob", keyed("k")),
    }
    together = threading.Barrier(6)

    def send():
        together.wait()
        return acts[act]()

    with ThreadPoolExecutor(6) as threads:
        found = [sent.result() for sent in [threads.submit(send) for _ in range(6)]]
    assert found == [found[0]] * 6
