"""Persons, encounters and prints that are named, given or missing."""

from __future__ import annotations

from biomatch.errors.base import BadInput, Conflict, NotFound


class NothingGiven(BadInput):
    code = "nothing-given"

    def __init__(self, what: str, empty: str = ""):
        """Takes `empty`: the name of the file that was given and holds nothing."""
        found = f": '{empty[:80]}' is empty" if empty else ""
        super().__init__(f"no {what} was given{found}; hand over at least one", what=what, **({"path": empty} if empty else {}))


class TooManyPrints(BadInput):
    code = "too-many-prints"

    def __init__(self, count: int, limit: int):
        super().__init__(
            f"{count:,} prints were given, at most {limit:,} are taken at once; split them", count=count, limit=limit
        )


class BadName(BadInput):
    code = "bad-name"

    def __init__(self, what: str, name: str):
        super().__init__(
            f"{name[:80]!r} cannot name a {what}; use 1 to 200 printable characters, no blank at either end",
            what=what,
            name=name[:80],
        )


class PersonNotFound(NotFound):
    code = "person-not-found"

    def __init__(self, person: str):
        super().__init__(f"nobody is enrolled as '{person}'; check the id, or enrol the person first", person=person)


class EncounterNotFound(NotFound):
    code = "encounter-not-found"

    def __init__(self, person: str, encounter: str):
        super().__init__(
            f"'{person}' has no encounter '{encounter}'; read the person to see which there are",
            person=person,
            encounter=encounter,
        )


class PrintNotFound(NotFound):
    code = "print-not-found"

    def __init__(self, print_id: str):
        super().__init__(f"no print '{print_id}' is enrolled; read the person to see which there are", print=print_id)


class FingerNotFound(NotFound):
    code = "finger-not-found"

    def __init__(self, person: str, finger: str):
        super().__init__(
            f"person '{person}' has no print of the {finger} there; read the person to see which there are",
            person=person,
            finger=finger,
        )


class SearchNotFound(NotFound):
    code = "search-not-found"

    def __init__(self, search: str):
        super().__init__(f"no search '{search}' is kept; its answer and its leaf of the audit tree name it", search=search)


class ProbesErased(NotFound):
    code = "probes-erased"

    def __init__(self, search: str):
        super().__init__(
            f"search '{search}' cannot be repeated, since the person whose prints were searched with was erased; "
            "its leaf of the audit tree still tells what it answered",
            search=search,
        )


class OriginalNotKept(NotFound):
    code = "original-not-kept"

    def __init__(self, print_id: str):
        super().__init__(
            f"print '{print_id}' was enrolled as a template, there is no image of it; enrol its image to see it", print=print_id
        )


class LabelNotFound(NotFound):
    code = "gallery-not-found"

    def __init__(self, label: str):
        super().__init__(
            f"no enrolled print has the label '{label}'; leave the label out to search everything, over HTTP name the gallery "
            "'ALL'",
            label=label,
        )


class UnitNotFound(NotFound):
    code = "unit-not-found"

    def __init__(self, unit: str):
        super().__init__(f"no enrolled print is of the unit '{unit}'; look for its name in `biomatch info`", unit=unit)


class KeyReused(Conflict):
    code = "key-reused"

    def __init__(self, key: str):
        super().__init__(f"the idempotency key '{key}' stood with another request before; make a key for each", key=key)


class SamePerson(Conflict):
    code = "same-person"

    def __init__(self, person: str):
        super().__init__(f"'{person}' is on both sides; name two persons", person=person)


class EncounterExists(Conflict):
    code = "encounter-exists"

    def __init__(self, person: str, encounter: str):
        super().__init__(
            f"'{person}' already has an encounter '{encounter}'; choose another id, or delete it first",
            person=person,
            encounter=encounter,
        )


class PrintExists(Conflict):
    code = "print-exists"

    def __init__(self, print_id: str):
        super().__init__(f"a print '{print_id}' is enrolled already; choose another id, or remove it first", print=print_id)
