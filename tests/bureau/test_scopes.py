"""Every use case asks for a scope before anything else happens."""

import inspect

import pytest

from biomatch import deadlines
from biomatch.bureau import Actor, Scope
from biomatch.bureau.folder.door import use_cases
from biomatch.bureau.scopes import FRESH, GRANTED, OF_ROLES, needs, of_token
from biomatch.errors import BadText, DeadlinePassed, NotAllowed, SignInTooOld


def test_no_use_case_is_open_to_whoever_has_no_scope(bureau):
    """With nothing allowed each refuses, whatever else it is given; with only its own scope none refuses for want of it."""
    found = use_cases(bureau)
    assert len(found) >= 55
    for use_case in found.values():
        needed, parameters = use_case.scope, inspect.signature(use_case).parameters.values()
        arguments = {one.name: None for one in parameters if one.default is one.empty}
        with pytest.raises(NotAllowed, match=needed):
            use_case(**arguments | {"actor": Actor("nobody", "http", scopes=frozenset())})
        with pytest.raises(NotAllowed, match=needed):
            use_case(**arguments | {"actor": Actor("other", "http", scopes=frozenset(Scope) - {needed})})


class Group:
    def __init__(self):
        self.done = []

    @needs(Scope.VERIFY)
    def use(self, what, actor, *, how="well"):
        """Says what it does."""
        self.done.append((what, how))
        return what


@pytest.mark.parametrize("scopes", [frozenset(), GRANTED - {Scope.VERIFY}])
def test_without_its_scope_a_use_case_does_nothing(scopes):
    group = Group()
    ada = Actor("ada", "http", scopes=scopes)
    for ask in (lambda: group.use("x", ada), lambda: group.use("x", actor=ada), lambda: group.use(actor=ada, what="x")):
        with pytest.raises(NotAllowed):
            ask()
    assert group.done == []


def test_with_it_the_use_case_gets_what_was_given_and_tells_its_scope():
    group = Group()
    assert group.use("x", Actor("ada", "http", scopes=frozenset({Scope.VERIFY})), how="fast") == "x"
    assert group.done == [("x", "fast")]
    assert (Group.use.scope, Group.use.__doc__) == (Scope.VERIFY, "Says what it does.")


def test_words_that_cannot_stand_in_the_audit_and_late_requests_come_no_further():
    group = Group()
    with pytest.raises(BadText):
        group.use("x", Actor("ada", "http", "two\nlines"))
    with deadlines.within(deadlines.Deadline(0)), pytest.raises(DeadlinePassed):
        group.use("x", Actor("ada", "http"))
    assert group.done == []


def test_no_token_is_given_what_belongs_to_this_machine():
    assert Scope.LOCAL not in GRANTED | OF_ROLES
    assert frozenset(Scope) == GRANTED | OF_ROLES | {Scope.LOCAL}


@pytest.mark.parametrize("scope", sorted(FRESH))
def test_what_cannot_be_taken_back_asks_for_a_fresh_sign_in(scope):
    Actor("ada", "page", scopes=frozenset({scope})).require(scope)
    with pytest.raises(SignInTooOld, match="sign in again"):
        Actor("ada", "page", scopes=frozenset({scope}), fresh=False).require(scope)
    with pytest.raises(NotAllowed):
        Actor("ada", "page", scopes=frozenset(), fresh=False).require(scope)
    Actor("ada", "page", fresh=False).require(Scope.IDENTIFY)


def test_a_token_that_writes_deletes_too_and_no_other_one_does():
    assert of_token([Scope.ENCOUNTER_WRITE]) == {Scope.ENCOUNTER_WRITE, Scope.ENCOUNTER_DELETE}
    assert of_token([Scope.ENCOUNTER_READ]) == {Scope.ENCOUNTER_READ, Scope.ENCOUNTER_EXPORT}
    others = GRANTED - {Scope.ENCOUNTER_WRITE, Scope.ENCOUNTER_READ}
    assert of_token(others) == others
    assert of_token([]) == frozenset()
