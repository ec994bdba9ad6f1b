"""Which candidates of a person's own prints are told as the same individual."""

from dataclasses import replace

import pytest

from biomatch.bureau.tasks.twins import SHOWN, act_of, twins_in, twins_of

WISH = {"label": None, "effort": "normal", "fpir": None, "score": None, "llr": None}


@pytest.fixture
def filled(bureau, me, record):
    bureau.encounters.enrol("ada", [record(1), record(2)], me)
    bureau.encounters.enrol("also ada", [record(1, again=1)], me, labels=frozenset(("staff",)))
    for number in range(3, 9):
        bureau.encounters.enrol(f"person {number}", [record(number)], me)
    return bureau


@pytest.fixture
def prints(filled):
    store = filled._context.store
    return list(store.prints.of_person("ada").prints)


def test_the_other_is_found_and_the_person_is_not_their_own_twin(filled, prints):
    found, made_by = twins_of(filled._context, "ada", prints, WISH | {"score": 30.0})
    assert [(pair.person, pair.other) for pair in found] == [("ada", "also ada")]
    assert found[0].score >= 30
    assert 1 <= len(found[0].agreements) <= SHOWN
    assert found[0].agreements[0].print_id in {one.print_id for one in prints}
    assert made_by


@pytest.mark.parametrize("limit", [{"score": 1e6}, {"llr": 1e6}])
def test_who_does_not_pass_the_limit_is_not_told(filled, prints, limit):
    assert twins_of(filled._context, "ada", prints, WISH | limit)[0] == []


def test_prints_that_no_search_finds_or_that_are_gone_ask_nothing(filled, prints, me):
    assert twins_of(filled._context, "ada", [replace(one, active=False) for one in prints], WISH) == ([], {})
    filled.encounters.remove(me, person="ada")
    assert twins_of(filled._context, "ada", prints, WISH) == ([], {})


def test_a_search_with_a_threshold_tells_those_that_pass_it(filled, prints, record):
    search = filled._context.gallery.identify([filled._context.store.prints.template(prints[0].print_id)], fpir=0.5)
    passed = [one.person for one in search.candidates if one.score >= search.threshold]
    assert [pair.other for pair in twins_in(search, "ada", prints, None, None)] == passed
    assert len(passed) < len(search.candidates)


def test_the_act_has_an_item_for_each_of_the_two(filled, prints, me):
    found, made_by = twins_of(filled._context, "ada", prints, WISH | {"score": 30.0})
    task = filled.tasks.find_duplicates(me)
    act = act_of(filled._context, task, WISH, 1, found, made_by)
    assert [item.person for item in act.items] == ["ada", "also ada"]
    assert (act.details["searched"], act.details["pairs"], act.made_by) == (1, 1, made_by)
    assert "label" not in act.details
