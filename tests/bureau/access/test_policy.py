"""The table of roles: what each may do, and what none may."""

import pytest

from biomatch.bureau.access import policy
from biomatch.bureau.access.policy import POLICY, Role
from biomatch.bureau.scopes import GRANTED, Scope

PRINTS = {Scope.ENCOUNTER_READ, Scope.ENCOUNTER_WRITE, Scope.IDENTIFY, Scope.VERIFY}


def test_every_role_has_a_rule_and_nobody_may_what_is_for_the_gallery_s_own_machine():
    assert set(POLICY) == set(Role)
    assert all(rule.scopes and rule.scopes <= GRANTED for rule in POLICY.values())


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.AUDITOR])
def test_who_runs_or_audits_the_service_sees_no_prints(role):
    assert not POLICY[role].scopes & PRINTS


def test_roles_add_up_and_one_that_is_not_known_gives_nothing():
    assert policy.scopes_of(["auditor", "verifier"]) == POLICY[Role.AUDITOR].scopes | POLICY[Role.VERIFIER].scopes
    assert policy.scopes_of(["emperor"]) == frozenset()


def test_the_docs_show_the_table(root):
    assert "\n".join(policy.table()) in (root / "docs" / "people.md").read_text(encoding="utf-8")
