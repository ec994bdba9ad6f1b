"""Whatever comes and goes, the catalogue says whose each print is, as plain dictionaries do."""

from __future__ import annotations

from datetime import date

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from biomatch.gallery.caches.block import Names
from biomatch.gallery.caches.catalogue import NOBODY, Catalogue
from biomatch.gallery.filters import EVERYBODY, Filter, Traits
from biomatch.vocabulary import FingerPosition

LABELS = ("staff", "wanted", "José")
ANY = Traits(FingerPosition.UNKNOWN)

steps = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.integers(0, 5), st.sets(st.sampled_from(LABELS))),
        st.tuples(st.just("drop"), st.integers(0, 40), st.just(frozenset())),
        st.tuples(st.just("save"), st.just(0), st.just(frozenset())),
    ),
    max_size=40,
)


@settings(max_examples=60, deadline=None)
@given(steps)
def test_it_agrees_with_plain_dictionaries(steps: list[tuple[str, int, frozenset[str]]]) -> None:
    found, plain, given_ = Catalogue(), dict[str, tuple[int, str, frozenset[str]]](), 0
    for step, which, labels in steps:
        if step == "add":
            names = Names(f"p{given_}", f"person {which}", "e", frozenset(labels))
            found.add(given_, [names], [ANY])
            plain[names.print_id] = (given_, names.person, names.labels)
            given_ += 1
        elif step == "drop":
            gone = plain.pop(f"p{which}", None)
            assert found.drop(f"p{which}") == (None if gone is None else gone[0])
        else:
            found = Catalogue.of_arrays(found.arrays(given_))
    people = {person for _, person, _ in plain.values()}
    assert (len(found), found.persons) == (len(plain), len(people))
    for number in range(given_):
        owner = plain.get(f"p{number}")
        assert (f"p{number}" in found) == (owner is not None)
        assert found.number_of(f"p{number}") == (None if owner is None else number)
        assert (found.person_of(number) == NOBODY) == (owner is None)
    for person in (f"person {which}" for which in range(6)):
        at = found.find_person(person)
        mine = tuple(number for number, name, _ in plain.values() if name == person)
        assert (at is None) == (not mine)
        assert at is None or found.prints_of(at) == mine
        without = found.passing(Filter(without=person), given_)
        assert not without[list(mine)].any()
        assert without[[number for number, name, _ in plain.values() if name != person]].all()
    for label in LABELS:
        wanted = {number for number, _, labels in plain.values() if label in labels}
        assert set(np.flatnonzero(found.passing(Filter(label=label), given_)).tolist()) == wanted


def test_many_prints_of_one_person_outgrow_the_first_room() -> None:
    found = Catalogue()
    for first in range(0, 3_000, 500):
        names = [Names(f"p{number}", f"person {number % 7}", "e", frozenset()) for number in range(first, first + 500)]
        found.add(first, names, [ANY] * 500)
    person = found.find_person("person 3")
    assert person is not None
    assert found.prints_of(person) == tuple(range(3, 3_000, 7))
    assert found.passing(EVERYBODY, 3_000).all()


def test_traits_go_with_their_print() -> None:
    found, thumb = Catalogue(), Traits(FingerPosition.RIGHT_THUMB, taken=date(2026, 3, 1))
    found.add(0, [Names("a", "ada", "e", frozenset()), Names("b", "bob", "e", frozenset())], [thumb, ANY])
    index_only = Filter(positions=frozenset({FingerPosition.RIGHT_INDEX}))
    assert found.passing(index_only, 2).tolist() == [False, True]  # who is not known to fit not is not left out
    found.drop("a")
    assert found.traits.positions(np.array([0])).tolist() == [FingerPosition.UNKNOWN]
