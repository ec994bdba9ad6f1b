"""The rights of an actor: a scope for each verb, named as OSIA names them, and the check that stands before every use case."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from enum import StrEnum
from functools import wraps
from typing import Concatenate, ParamSpec, TypeVar

from biomatch import deadlines

Self = TypeVar("Self")
Arguments = ParamSpec("Arguments")
Result = TypeVar("Result")


class Scope(StrEnum):
    """The rights that an actor may have. LOCAL is only for persons who run commands on the gallery's own machine: no token can
    have it."""

    ENCOUNTER_READ = "abis.encounter.read"
    ENCOUNTER_EXPORT = "abis.encounter.export"
    ENCOUNTER_WRITE = "abis.encounter.write"
    ENCOUNTER_DELETE = "abis.encounter.delete"
    IDENTIFY = "abis.identify"
    VERIFY = "abis.verify"
    GALLERY_READ = "abis.gallery.read"
    TASK_READ = "abis.task.read"
    TASK_UPDATE = "abis.task.update"
    QUALITY_READ = "quality.read"
    AUDIT_READ = "audit.read"
    METRICS_READ = "metrics.read"
    USER_READ = "user.read"
    USER_WRITE = "user.write"
    LOCAL = "local"


OF_ROLES = frozenset((Scope.ENCOUNTER_DELETE, Scope.ENCOUNTER_EXPORT, Scope.USER_READ, Scope.USER_WRITE))
"""Comes with a role alone: no token can be given it by name."""

GRANTED = frozenset(Scope) - {Scope.LOCAL} - OF_ROLES
"""What tokens can be given."""

INCLUDES = {
    Scope.ENCOUNTER_READ: frozenset((Scope.ENCOUNTER_EXPORT,)),
    Scope.ENCOUNTER_WRITE: frozenset((Scope.ENCOUNTER_DELETE,)),
}
"""Says what a token's scope includes: a token that reads may export, and one that writes may delete."""

FRESH = frozenset((Scope.ENCOUNTER_DELETE, Scope.ENCOUNTER_EXPORT, Scope.USER_WRITE))
"""Asks a user for a sign-in of the last FRESH_MINUTES: what is done cannot be taken back."""

FRESH_MINUTES = 10


def of_token(given: Iterable[Scope]) -> frozenset[Scope]:
    """Returns all that a token may do which was given these scopes."""
    scopes = frozenset(given)
    return scopes.union(*(INCLUDES.get(scope, frozenset()) for scope in scopes))


Method = Callable[Concatenate[Self, Arguments], Result]


def needs(scope: Scope) -> Callable[[Method[Self, Arguments, Result]], Method[Self, Arguments, Result]]:
    """Refuses the use case to an actor without this scope, before anything else happens. Raises NotAllowed, SignInTooOld.

    So is one whose purpose, legal basis or name cannot stand in the audit. Raises BadText.
    It is not begun either for a request that waited for too long. Raises DeadlinePassed.
    """

    def guarded(use_case: Method[Self, Arguments, Result]) -> Method[Self, Arguments, Result]:
        signature = inspect.signature(use_case)

        @wraps(use_case)
        def checked(self: Self, /, *arguments: Arguments.args, **options: Arguments.kwargs) -> Result:
            actor = signature.bind(self, *arguments, **options).arguments["actor"]
            actor.require(scope)
            actor.check_texts()
            deadlines.check()
            return use_case(self, *arguments, **options)

        checked.scope = scope  # type: ignore[attr-defined]
        return checked

    return guarded
