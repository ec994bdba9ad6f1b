"""Roles: what each may do. One table, from which the check before every use case and the docs are made.

Tokens keep the scopes that they were given. A user has the scopes of all their roles, as the table says when they ask.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from biomatch.bureau.scopes import Scope

BEGIN, END = "<!-- roles: generated from the table of roles -->", "<!-- end of roles -->"


class Role(StrEnum):
    """The parts that users play in a bureau."""

    OPERATOR = "operator"
    EXAMINER = "examiner"
    VERIFIER = "verifier"
    SUPERVISOR = "supervisor"
    QUALITY = "quality-assurance"
    AUDITOR = "auditor"
    ADMINISTRATOR = "administrator"
    INTEGRATOR = "integrator"
    DEVICE = "device"
    GUEST = "guest-expert"
    PARTNER = "partner-bureau"


@dataclass(frozen=True)
class Rule:
    """does: the work of a role, in a sentence; scopes: what it needs for that."""

    does: str
    scopes: frozenset[Scope]


_LOOKS = frozenset((Scope.ENCOUNTER_READ, Scope.ENCOUNTER_EXPORT, Scope.GALLERY_READ, Scope.QUALITY_READ))
_SEARCHES = _LOOKS | {Scope.IDENTIFY, Scope.VERIFY}
_ENROLS = _SEARCHES | {Scope.ENCOUNTER_WRITE, Scope.TASK_READ, Scope.TASK_UPDATE}

POLICY: dict[Role, Rule] = {
    Role.OPERATOR: Rule(
        "takes prints, enrols them and asks whether a person is known",
        _ENROLS | {Scope.ENCOUNTER_DELETE},
    ),
    Role.EXAMINER: Rule("searches, compares prints and judges candidates", _SEARCHES | {Scope.TASK_READ}),
    Role.VERIFIER: Rule("looks at the prints of another's judgement, and compares them", _LOOKS | {Scope.VERIFY}),
    Role.SUPERVISOR: Rule(
        "corrects and deletes records, and sees to the queue of tasks",
        _ENROLS | {Scope.ENCOUNTER_DELETE, Scope.METRICS_READ},
    ),
    Role.QUALITY: Rule("watches over the quality of prints and the state of the service", _LOOKS | {Scope.METRICS_READ}),
    Role.AUDITOR: Rule("reads the audit tree, and no record of a person", frozenset((Scope.AUDIT_READ,))),
    Role.ADMINISTRATOR: Rule(
        "runs the service and sees to its users, and sees no prints",
        frozenset((Scope.METRICS_READ, Scope.USER_READ, Scope.USER_WRITE)),
    ),
    Role.INTEGRATOR: Rule(
        "connects another system, which enrols and searches as an operator does, and deletes nothing", _ENROLS
    ),
    Role.DEVICE: Rule(
        "hands in prints that a device took, and learns how good they are, but neither scores nor records",
        frozenset((Scope.ENCOUNTER_WRITE, Scope.QUALITY_READ)),
    ),
    Role.GUEST: Rule(
        "compares the prints that somebody names to them, and neither searches, lists galleries nor exports",
        frozenset((Scope.ENCOUNTER_READ, Scope.QUALITY_READ, Scope.VERIFY)),
    ),
    Role.PARTNER: Rule(
        "asks for another bureau whether a person is known here, and reads no record",
        frozenset((Scope.IDENTIFY, Scope.QUALITY_READ)),
    ),
}


def scopes_of(roles: Iterable[str]) -> frozenset[Scope]:
    """Returns all that roles together may do. A role that this version does not know gives nothing."""
    known = set(Role)
    return frozenset(scope for role in roles if role in known for scope in POLICY[Role(role)].scopes)


def renewed(page: str) -> str:
    """Returns a page of Markdown with the part between its marks as the table says."""
    head, _, rest = page.partition(BEGIN)
    return "\n".join((head + BEGIN, "", *_parts(), "", *table(), "", END + rest.partition(END)[2]))


def _parts() -> list[str]:
    """Writes the work of each role as an item of a list."""
    return [f"- **{role}** {rule.does}." for role, rule in POLICY.items()]


def table() -> list[str]:
    """Writes the table as lines of Markdown: a row for each scope, a column for each role."""
    scopes = [scope for scope in Scope if any(scope in rule.scopes for rule in POLICY.values())]
    lines = [f"| | {' | '.join(POLICY)} |", f"|---|{':---:|' * len(POLICY)}"]
    for scope in scopes:
        lines.append(f"| `{scope}` | {' | '.join('yes' if scope in rule.scopes else '' for rule in POLICY.values())} |")
    return lines
