"""Enrols a list: prints that came with it, or that lie in a folder of this machine. Who of them was here before?"""

from __future__ import annotations

import errno
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biomatch.bureau.cases import Actor, Enrolment, Outcome
from biomatch.bureau.context import Context
from biomatch.bureau.encounters.encounters import Encounters
from biomatch.bureau.entries import check_names
from biomatch.bureau.scopes import Scope, needs
from biomatch.bureau.tasks.ledger import Ledger, actor_of
from biomatch.bureau.tasks.manifest import Line, Manifest, of_bytes
from biomatch.bureau.tasks.results import Duplicate, Failure, item_of, packed, unpacked
from biomatch.bureau.tasks.twins import act_of, twins_of
from biomatch.crypto import sha256
from biomatch.errors import BadManifest, BiomatchError, FileUnreadable, ImportRefused
from biomatch.gallery.interface import Effort
from biomatch.store import JobItem, Step, StoredJob, StoredPrint
from biomatch.store.jobs.items import INPUT

ENROL_LIST = "enrol-list"
MAX_BYTES = 64 << 20  # of a file: as of a request's body
_AT_ONCE = 32  # prints of a step: few seconds of work are repeated after a kill


@dataclass(frozen=True)
class _Place:
    """at, line: where the list goes on. new: prints whose twins are to be looked for first. ended: the list is."""

    at: int = 0
    line: int = 1
    new: tuple[str, ...] = ()
    ended: bool = False

    @property
    def kept(self) -> dict[str, Any] | None:
        """Returns the place as the task keeps it; None: nothing is left to do."""
        return None if self.ended and not self.new else {"at": self.at, "line": self.line, "new": self.new, "ended": self.ended}


@dataclass(frozen=True)
class _Part:
    """The next lines, with their bytes, or why there are none. place: behind them; used: number of the last input."""

    lines: Sequence[tuple[Line, bytes | BiomatchError]]
    place: _Place
    used: int | None = None


class Lists:
    """Every step enrols some lines, and tells how far the list is in the same transaction; the next looks for their twins.

    What is enrolled already (the same bytes, the same person) is passed over, and counted.
    """

    def __init__(self, context: Context, ledger: Ledger, encounters: Encounters):
        self._context, self._ledger, self._encounters = context, ledger, encounters

    @needs(Scope.ENCOUNTER_WRITE)
    def enrol_list(
        self,
        manifest: Path,
        actor: Actor,
        *,
        labels: frozenset[str] = frozenset(),
        fpir: float | None = None,
        inside: Path | None = None,
    ) -> StoredJob:
        """Begins to enrol what a list names: paths are relative to it.

        fpir    persons are told who look like another one at this rate of non-mated searches; None: that is not looked for
        inside  the folder that list and prints must lie in; None: anywhere, for who runs commands on this machine

        Raises BadName, BadManifest, ImportRefused, NotAllowed, PurposeMissing, Unavailable.
        """
        actor = self._may_enrol(actor, labels, fpir)
        if inside is None:
            actor.require(Scope.LOCAL)
        path = _allowed(manifest, inside)
        with _opened(path) as file:
            total = sum(1 for _ in Manifest(path.name, file).lines())
        wish = {"labels": sorted(labels), "fpir": fpir, "inside": None if inside is None else str(inside)}
        parameters = {**wish, "manifest": str(path), "version": _version(path)}
        return self._ledger.begin(ENROL_LIST, parameters, actor, request=[parameters], total=total)

    @needs(Scope.ENCOUNTER_WRITE)
    def enrol_sent(
        self,
        manifest: bytes,
        files: Mapping[str, bytes],
        actor: Actor,
        *,
        labels: frozenset[str] = frozenset(),
        fpir: float | None = None,
    ) -> StoredJob:
        """Enrols prints that came with their list; they are kept, sealed, until they are enrolled.

        files  by the path that the list has, or by its last part

        Raises BadName, BadManifest, NotAllowed, PurposeMissing, Unavailable.
        """
        actor = self._may_enrol(actor, labels, fpir)
        inputs = []
        for line, _ in of_bytes("manifest", manifest).lines():
            data = files.get(line.path, files.get(line.path.replace("\\", "/").rpartition("/")[2]))
            if data is None:
                raise BadManifest("manifest", f"line {line.number} names {line.path}, which did not come with it")
            inputs.append(_input(line, data))
        if not inputs:
            raise BadManifest("manifest", "it names no print")
        digests = sorted((name, sha256(data).hex()) for name, data in files.items())
        sent = sha256(json.dumps([sha256(manifest).hex(), digests]).encode()).hex()
        parameters = {"labels": sorted(labels), "fpir": fpir, "manifest": None, "sent": sent}
        return self._ledger.begin(ENROL_LIST, parameters, actor, request=[parameters], inputs=inputs, total=len(inputs))

    def _may_enrol(self, actor: Actor, labels: frozenset[str], fpir: float | None) -> Actor:
        """Checks names and scopes: looking for twins is searching. Raises BadName, NotAllowed, PurposeMissing."""
        check_names("anybody", None, labels)
        if fpir is None:
            return actor
        actor.require(Scope.IDENTIFY)
        return self._context.searching(actor)

    def step(self, job: StoredJob) -> None:
        """Enrols the next lines, or looks for the twins of those that were enrolled last. Raises BadManifest, JobLost."""
        place = _Place(**job.place) if job.place else _Place()
        if place.new:
            self._tell_twins(job, place)
            return
        part = self._sent(job) if job.parameters["manifest"] is None else self._listed(job, place)
        labels = frozenset(job.parameters["labels"])
        enrolments: dict[int, Enrolment] = {}
        failures: list[Failure] = []
        for line, data in part.lines:
            if isinstance(data, BiomatchError):
                failures.append(_failure(line, data))
            else:
                enrolments[line.number] = line.enrolment(data, labels)

        context, batches = self._context, self._encounters.batches
        made = batches.extract(list(enrolments.values()))
        with context.writing, context.store.transaction() as work:
            settled = made.settle(context.store.prints)
            outcomes = dict(zip(enrolments, settled.outcomes, strict=True))
            self._ledger.step(work, job, _step(job, part, outcomes, failures))
            batches.write(work, settled, actor_of(job))

    def _sent(self, job: StoredJob) -> _Part:
        """Reads the next prints that came with the list, and which of them to take away when they are enrolled."""
        items = self._context.store.jobs.items(job.job, INPUT, limit=_AT_ONCE)
        return _Part(
            [_line_of(content) for _, _, content in items],
            _Place(ended=len(items) < _AT_ONCE),
            items[-1][0] if items else None,
        )

    def _listed(self, job: StoredJob, place: _Place) -> _Part:
        """Reads the next prints from a folder. Raises BadManifest where the list was changed since the task began."""
        path, inside = Path(job.parameters["manifest"]), job.parameters["inside"]
        if _version(path) != job.parameters["version"]:
            raise BadManifest(str(path), "it was changed while its prints were enrolled")
        lines: list[tuple[Line, bytes | BiomatchError]] = []
        at = place.at
        with _opened(path) as file:
            for line, behind in Manifest(path.name, file).lines(place.at, place.line):
                lines.append((line, _bytes_of(path.parent / line.path, None if inside is None else Path(inside))))
                at = behind
                if len(lines) == _AT_ONCE:
                    break
        last = lines[-1][0].number if lines else place.line
        return _Part(lines, _Place(at, last, ended=len(lines) < _AT_ONCE))

    def _tell_twins(self, job: StoredJob, place: _Place) -> None:
        """Writes down persons whose new prints look like another person's."""
        wish = {"label": None, "fpir": job.parameters["fpir"], "score": None, "llr": None, "effort": Effort.NORMAL.value}
        by_person: dict[str, list[StoredPrint]] = {}
        for stored in self._context.store.prints.named(place.new).values():
            by_person.setdefault(stored.person, []).append(stored)
        found, made_by = list[Duplicate](), dict[str, str]()
        for person, prints in by_person.items():
            pairs, versions = twins_of(self._context, person, prints, wish)
            found += pairs
            made_by |= versions
        step = Step(_Place(place.at, place.line, ended=place.ended).kept, job.done, items=[item_of(pair) for pair in found])
        self._ledger.write(job, step, act_of(self._context, job, wish, len(by_person), found, made_by))


def _step(job: StoredJob, part: _Part, outcomes: Mapping[int, Outcome], failures: Sequence[Failure]) -> Step:
    """Makes the step that says what came of the lines, by their numbers."""
    lines = {line.number: line for line, _ in part.lines}
    failed = [*failures, *(_failure(lines[number], one.error) for number, one in outcomes.items() if one.error is not None)]
    new = [print_.print_id for one in outcomes.values() for print_ in one.prints if not print_.existed]
    skipped = sum(bool(one.prints) and all(print_.existed for print_ in one.prints) for one in outcomes.values())
    looked_for = tuple(new) if job.parameters["fpir"] is not None else ()
    place = _Place(part.place.at, part.place.line, looked_for, part.place.ended)
    counts = {"enrolled": len(new), "skipped": skipped, "failed": len(failed)}
    items = [item_of(one) for one in sorted(failed, key=lambda one: one.line or 0)]
    return Step(place.kept, job.done + len(part.lines), counts=counts, items=items, used=part.used)


def _failure(line: Line, error: Exception) -> Failure:
    return Failure(line.path, line.person, getattr(error, "code", "error"), str(error), line.number)


def _input(line: Line, data: bytes) -> JobItem:
    return JobItem(INPUT, packed({"line": line.number, "row": line.row}, data), (line.person,))


def _line_of(content: bytes) -> tuple[Line, bytes]:
    told, data = unpacked(content)
    return Line(told["line"], told["row"]), data


def _allowed(path: Path, inside: Path | None) -> Path:
    """Follows the links of a path. Raises ImportRefused where it leads out of the folder."""
    try:
        found = path.resolve()
        if found.is_symlink():  # links in a circle, as Python 3.13 leaves them
            raise RuntimeError(path)
    except (ValueError, RuntimeError):  # a NUL character, links in a circle
        raise ImportRefused(f"{str(path)!r} leads nowhere") from None
    if inside is not None and not found.is_relative_to(inside.resolve()):
        raise ImportRefused(f"{path} does not lie in the folder that lists are read from")
    return found


def _bytes_of(path: Path, inside: Path | None) -> bytes | BiomatchError:
    try:
        found = _allowed(path, inside)
        if not found.is_file():  # a pipe would be waited for
            return FileUnreadable(str(path), "it is no file" if found.exists() else os.strerror(errno.ENOENT))
        if found.stat().st_size > MAX_BYTES:
            return FileUnreadable(str(path), f"it has more than {MAX_BYTES:,} bytes")
        return found.read_bytes()
    except ImportRefused as error:
        return error
    except OSError as error:
        return FileUnreadable(str(path), error.strerror or str(error))


def _opened(path: Path) -> Any:
    """Opens a list. Raises BadManifest."""
    try:
        return path.open("rb")
    except OSError as error:
        raise BadManifest(str(path), error.strerror or str(error)) from None


def _version(path: Path) -> list[int]:
    """Tells one state of a file from another: it changes when the file does. Raises BadManifest."""
    try:
        found = path.stat()
    except OSError as error:
        raise BadManifest(str(path), error.strerror or str(error)) from None
    return [found.st_size, found.st_mtime_ns]
