"""Which print is whose: print ids, persons, positions and labels by print number.

One thread at a time writes. Readers look up while it does: what belongs to a number is there before a search can meet the
number, and lists of numbers are replaced, never changed.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from biomatch.gallery.arena import Names
from biomatch.vocabulary import FingerPosition


class Catalogue:
    """Names in memory. Print ids and persons are kept once each; everything else of a print lies in the arena."""

    def __init__(self) -> None:
        self._number: dict[str, int] = {}
        self._person: dict[str, int] = {}
        self._persons: list[str] = []
        self._prints: list[tuple[int, ...]] = []
        self._of = np.empty(1_024, np.int32)
        self._position = np.empty(1_024, np.uint8)
        self._labelled: dict[str, tuple[np.ndarray, int]] = {}  # numbers, and how many of the array are filled

    def __contains__(self, print_id: str) -> bool:
        return print_id in self._number

    def __len__(self) -> int:
        """Prints that are not removed."""
        return len(self._number)

    @property
    def persons(self) -> int:
        """Persons with a print that is not removed."""
        return len(self._person)

    def add(self, number: int, names: Names, position: FingerPosition) -> None:
        if number >= len(self._of):
            room = max(number + 1, 2 * len(self._of))
            self._of, self._position = _grown(self._of, room), _grown(self._position, room)
        person = self._person.get(names.person)
        if person is None:
            person = self._person[names.person] = len(self._persons)
            self._persons.append(names.person)
            self._prints.append(())
        self._of[number], self._position[number] = person, int(position)
        self._prints[person] = (*self._prints[person], number)
        for label in names.labels:
            held, filled = self._labelled.get(label, (np.zeros(16, np.int64), 0))
            if filled == len(held):
                held = _grown(held, 2 * filled)
            held[filled] = number
            self._labelled[label] = (held, filled + 1)
        self._number[names.print_id] = number

    def drop(self, print_id: str, labels: Iterable[str]) -> int:
        """Forgets a print; returns its number."""
        number = self._number.pop(print_id)
        person = int(self._of[number])
        self._prints[person] = tuple(n for n in self._prints[person] if n != number)
        if not self._prints[person]:
            self._person.pop(self._persons[person])
        for label in labels:
            held, filled = self._labelled[label]
            left = held[:filled][held[:filled] != number]
            if len(left):
                self._labelled[label] = (left, len(left))
            else:
                self._labelled.pop(label)
        return number

    def number_of(self, print_id: str) -> int | None:
        return self._number.get(print_id)

    def person_of(self, number: int) -> int:
        """The person's number; `name_of` has the name."""
        return int(self._of[number])

    def name_of(self, person: int) -> str:
        return self._persons[person]

    def prints_of(self, person: int) -> tuple[int, ...]:
        """Print numbers of a person, ascending."""
        return self._prints[person]

    def find_person(self, name: str) -> int | None:
        return self._person.get(name)

    def positions(self, numbers: np.ndarray) -> np.ndarray:
        """(m,) int64: codes of the finger positions of prints."""
        return self._position[numbers].astype(np.int64)

    def at_positions(self, positions: Iterable[FingerPosition], length: int) -> np.ndarray:
        """(length,) bool: which of the first prints have one of these positions."""
        wanted = np.zeros(256, np.bool_)
        wanted[[int(position) for position in positions]] = True
        return np.asarray(wanted[self._position[:length]])

    def labelled(self, label: str, length: int) -> np.ndarray:
        """(length,) bool: which of the first prints carry a label."""
        out = np.zeros(length, np.bool_)
        held, filled = self._labelled.get(label, (np.zeros(0, np.int64), 0))
        numbers = held[:filled]
        out[numbers[numbers < length]] = True
        return out


def _grown(array: np.ndarray, room: int) -> np.ndarray:
    out = np.zeros(room, array.dtype)
    out[: len(array)] = array
    return out
