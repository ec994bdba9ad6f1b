"""Part of a bulk enrolment: what is there already, what is new, what it replaces, and the result of each upload."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from biomatch.bureau.cases import EnrolledPrint, Enrolment, Outcome
from biomatch.bureau.entries import check_names, new_entry, new_id, receipt
from biomatch.errors import BadName, BiomatchError
from biomatch.gallery.interface import Entry
from biomatch.store import Prints, StoredPrint
from biomatch.template import Template

Key = tuple[str, str]  # person, sha256 of the upload: the same bytes of the same person are one print


class Batch:
    """The steps of a part, in the order of use: find_stored, todo, take, find_stored again under the writer's lock, entries,
    stale, outcomes."""

    def __init__(self, enrolments: Sequence[Enrolment], version: str):
        self._enrolments = enrolments
        self._version = version
        self._keys = [(each.person, hashlib.sha256(each.upload.data).hexdigest()) for each in enrolments]
        self._errors: dict[Key, BiomatchError] = {}
        self._first: dict[Key, Enrolment] = {}
        self._stored: dict[Key, list[StoredPrint]] = {}
        self._made: dict[Key, list[Template]] = {}
        self._new: dict[Key, list[Entry]] = {}
        for key, each in zip(self._keys, enrolments, strict=True):
            try:
                check_names(each.person, each.encounter, each.labels)
                self._first.setdefault(key, each)
            except BadName as error:
                self._errors[key] = error

    def find_stored(self, prints: Prints) -> None:
        """Looks up what the gallery holds of these uploads."""
        self._stored = {}
        for stored in prints.from_sources(sorted({sha for _, sha in self._first})):
            assert stored.source_sha256 is not None
            self._stored.setdefault((stored.person, stored.source_sha256), []).append(stored)

    def todo(self) -> list[Enrolment]:
        """Lists the enrolments whose templates have to be made."""
        return [each for key, each in self._first.items() if not self._current(key)]

    def take(self, results: Sequence[list[Template] | BiomatchError]) -> None:
        """Takes the results of `todo`, in its order."""
        keys = [key for key in self._first if not self._current(key)]
        for key, result in zip(keys, results, strict=True):
            if isinstance(result, BiomatchError):
                self._errors[key] = result
            else:
                self._made[key] = result

    def entries(self) -> tuple[list[Entry], list[tuple[str, bytes]]]:
        """Returns what is to be kept, with its originals: person and bytes."""
        encounters: dict[str, str] = {}
        for key, templates in self._made.items():
            if self._current(key):
                continue
            each = self._first[key]
            encounter = each.encounter or encounters.setdefault(each.person, new_id())
            self._new[key] = [
                new_entry(each.person, encounter, made, each.upload, each.labels, each.biography) for made in templates
            ]
        originals = [(key[0], self._first[key].upload.data) for key in self._new]
        return [entry for entries in self._new.values() for entry in entries], originals

    def stale(self) -> list[str]:
        """Lists prints of the same uploads that another version of the extractor made, now that this version's are there."""
        return [
            stored.print_id
            for key, found in self._stored.items()
            if key in self._new or self._current(key)
            for stored in found
            if not self._is_current(stored)
        ]

    def outcomes(self, prints: Prints) -> list[Outcome]:
        """Lists the result of each upload, in the order in which they came."""
        told: set[Key] = set()
        found = []
        for key, each in zip(self._keys, self._enrolments, strict=True):
            if key in self._errors:
                found.append(Outcome(each, error=self._errors[key]))
                continue
            existed = key in told or key not in self._new
            told.add(key)
            found.append(Outcome(each, self._receipts(key, prints, existed)))
        return found

    def _receipts(self, key: Key, prints: Prints, existed: bool) -> tuple[EnrolledPrint, ...]:
        if key in self._new:
            return tuple(receipt(entry, existed=existed) for entry in self._new[key])
        return tuple(
            receipt(Entry(stored.person, stored.encounter, stored.print_id, prints.template(stored.print_id)), existed=existed)
            for stored in self._stored[key]
            if self._is_current(stored)
        )

    def _current(self, key: Key) -> bool:
        return any(self._is_current(stored) for stored in self._stored.get(key, []))

    def _is_current(self, stored: StoredPrint) -> bool:
        """Tells whether a print is of this version. Records are kept as they came: only extracted images go out of date."""
        return not stored.has_image or stored.extractor == self._version
