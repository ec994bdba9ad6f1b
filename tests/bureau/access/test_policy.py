"""The table of roles: what each may do, and what none may."""

import pytest

from biomatch.bureau.access import policy
from biomatch.bureau.access.policy import POLICY, Role
from biomatch.bureau.scopes import GRANTED, OF_ROLES, Scope

PRINTS = {
    Scope.ENCOUNTER_READ,
    Scope.ENCOUNTER_EXPORT,
    Scope.ENCOUNTER_WRITE,
    Scope.ENCOUNTER_DELETE,
    Scope.IDENTIFY,
    Scope.VERIFY,
}


def test_every_role_has_a_rule_and_nobody_may_what_is_for_the_gallery_s_own_machine():
    assert set(POLICY) == set(Role)
    assert all(rule.scopes and rule.scopes <= GRANTED | OF_ROLES for rule in POLICY.values())
    assert all(any(scope in rule.scopes for rule in POLICY.values()) for scope in GRANTED | OF_ROLES)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_who_runs_or_audits_the_service_sees_no_prints(role):
    assert not POLICY[role].scopes & PRINTS


def test_roles_add_up_and_one_that_is_not_known_gives_nothing():
    assert policy.scopes_of(["auditor", "verifier"]) == POLICY[Role.AUDITOR].scopes | POLICY[Role.VERIFIER].scopes
    assert policy.scopes_of(["emperor"]) == frozenset()


def test_an_auditor_has_the_tree_alone_and_an_administrator_the_state_of_the_service():
    assert POLICY[Role.AUDITOR].scopes == {Scope.AUDIT_READ}
    assert not POLICY[Role.ADMINISTRATOR].scopes & (PRINTS | {Scope.GALLERY_READ, Scope.QUALITY_READ, Scope.AUDIT_READ})


def test_whoever_deletes_may_write_and_an_integrator_has_all_that_an_operator_has_but_deletion():
    assert all(Scope.ENCOUNTER_READ in rule.scopes for rule in POLICY.values() if Scope.ENCOUNTER_EXPORT in rule.scopes)
    assert all(Scope.ENCOUNTER_WRITE in rule.scopes for rule in POLICY.values() if Scope.ENCOUNTER_DELETE in rule.scopes)
    assert POLICY[Role.OPERATOR].scopes - POLICY[Role.INTEGRATOR].scopes == {Scope.ENCOUNTER_DELETE}
    assert POLICY[Role.INTEGRATOR].scopes < POLICY[Role.OPERATOR].scopes


@pytest.mark.parametrize("role", [Role.DEVICE, Role.PARTNER, Role.GUEST])
def test_who_comes_from_outside_deletes_nothing_and_sees_no_list(role):
    assert not POLICY[role].scopes & {
        Scope.ENCOUNTER_DELETE,
        Scope.ENCOUNTER_EXPORT,
        Scope.GALLERY_READ,
        Scope.TASK_READ,
        Scope.AUDIT_READ,
    }


def test_the_docs_show_the_table(root):
    page = (root / "docs" / "people.md").read_text(encoding="utf-8")
    assert policy.renewed(page) == page  # else: python -m biomatch.cli.manual docs/people.md
    assert "\n".join(policy.table()) in (root / "docs" / "people.md").read_text(encoding="utf-8")
