"""The catalogue of prints: print ids, persons, traits and labels by print number, in about a hundred bytes a print.

One thread at a time writes. Readers look up while it does: what belongs to a number is there before a search can meet the
number, and what a reader follows only grows. Names themselves lie in the arena.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from biomatch.gallery.caches.block import Names
from biomatch.gallery.caches.names import Keys, digest_of
from biomatch.gallery.filters import Columns, Filter, Traits

NOBODY = -1  # the person of a removed print
_END = -1
_FIRST_ROOM = 1_024  # prints, persons


class Catalogue:
    """Persons are numbered in the order in which they came. The prints of a person form a chain, the newest first."""

    def __init__(self) -> None:
        self._number = Keys()
        self._person = Keys()
        self._of = np.full(_FIRST_ROOM, NOBODY, np.int32)  # person of each print; NOBODY: removed
        self._before = np.full(_FIRST_ROOM, _END, np.int32)  # the next print of the chain
        self._traits = Columns()
        self._newest = np.full(_FIRST_ROOM, _END, np.int32)  # of each person
        self._prints = np.zeros(_FIRST_ROOM, np.int32)  # of each person, how many are not removed
        self._digests = np.zeros((_FIRST_ROOM, 2), np.int64)  # of each person's name
        self._persons = 0  # numbers given
        self._labelled: dict[str, tuple[np.ndarray, int]] = {}  # numbers, and how many of the array are filled

    def __contains__(self, print_id: str) -> bool:
        return self._number.get(print_id) is not None

    def __len__(self) -> int:
        """Counts the prints that are not removed."""
        return len(self._number)

    @property
    def persons(self) -> int:
        """Persons with a print that is not removed."""
        return len(self._person)

    def add(self, first: int, names: Sequence[Names], traits: Sequence[Traits]) -> None:
        """Adds prints with the numbers from `first` on."""
        end = first + len(names)
        self._of, self._before = (_grown(held, end, nothing) for held, nothing in ((self._of, NOBODY), (self._before, _END)))
        self._traits.put(first, traits)
        for number, one in enumerate(names, first):
            person = self._person.get(one.person)
            if person is None:
                person = self._new_person(one.person)
            self._before[number] = self._newest[person]
            self._of[number] = person
            self._newest[person] = number
            self._prints[person] += 1
            for label in one.labels:
                self._label(label, number)
        self._number.put([one.print_id for one in names], np.arange(first, end))

    def drop(self, print_id: str) -> int | None:
        """Forgets a print; returns the number that it had."""
        number = self._number.pop(print_id)
        if number is None:
            return None
        person = int(self._of[number])
        self._of[number] = NOBODY
        self._traits.forget(number)
        self._prints[person] -= 1
        if not self._prints[person]:
            self._person.pop_digest(*self._digests[person].tolist())
        for label, (held, filled) in tuple(self._labelled.items()):
            place = int(np.searchsorted(held[:filled], number))
            if place == filled or held[place] != number:
                continue
            left = np.delete(held[:filled], place)
            if len(left):
                self._labelled[label] = (left, len(left))
            else:
                self._labelled.pop(label)
        return number

    def number_of(self, print_id: str) -> int | None:
        return self._number.get(print_id)

    def person_of(self, number: int) -> int:
        """Returns the person's number; NOBODY when the print is removed."""
        return int(self._of[number])

    def prints_of(self, person: int) -> tuple[int, ...]:
        """Lists the print numbers of a person that are not removed, ascending."""
        found = []
        number = int(self._newest[person])
        while number != _END:
            if self._of[number] == person:
                found.append(number)
            number = int(self._before[number])
        return tuple(reversed(found))

    def find_person(self, name: str) -> int | None:
        return self._person.get(name)

    @property
    def traits(self) -> Columns:
        """The traits that filters look at, by print number."""
        return self._traits

    def passing(self, where: Filter, length: int) -> np.ndarray:
        """Returns (length,) bool: which of the first prints pass a filter; removed ones may."""
        out = self._traits.passing(where, length)
        if where.label is not None:
            out &= self._labelled_mask(where.label, length)
        if where.without is not None and (person := self.find_person(where.without)) is not None:
            out[[number for number in self.prints_of(person) if number < length]] = False
        return out

    def _labelled_mask(self, label: str, length: int) -> np.ndarray:
        out = np.zeros(length, np.bool_)
        held, filled = self._labelled.get(label, (np.zeros(0, np.int64), 0))
        numbers = held[:filled]
        out[numbers[numbers < length]] = True
        return out

    def arrays(self, length: int) -> dict[str, np.ndarray]:
        """Returns everything about so many prints, for `of_arrays`."""
        digests, values = self._number.arrays()
        person_digests, person_values = self._person.arrays()
        labels = sorted(self._labelled)
        held = [self._labelled[label][0][: self._labelled[label][1]] for label in labels]
        return {
            "number_digests": digests,
            "number_values": values,
            "person_digests": person_digests,
            "person_values": person_values,
            "of": self._of[:length],
            "before": self._before[:length],
            **self._traits.arrays(length),
            "newest": self._newest[: self._persons],
            "prints": self._prints[: self._persons],
            "labels": np.frombuffer("\0".join(labels).encode(), np.uint8),
            "labelled": np.concatenate([np.zeros(0, np.int64), *held]),
            "labelled_counts": np.array([len(numbers) for numbers in held], np.int64),
        }

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Catalogue:
        """Rebuilds the catalogue from the output of `arrays`. Raises KeyError."""
        catalogue = cls()
        catalogue._number = Keys(arrays["number_digests"], arrays["number_values"])
        catalogue._person = Keys(arrays["person_digests"], arrays["person_values"])
        catalogue._of, catalogue._before = arrays["of"], arrays["before"]
        catalogue._traits = Columns.of_arrays(arrays)
        catalogue._newest, catalogue._prints = arrays["newest"], arrays["prints"]
        catalogue._persons = len(arrays["newest"])
        there = arrays["person_values"] >= 0
        catalogue._digests = np.zeros((catalogue._persons, 2), np.int64)
        catalogue._digests[arrays["person_values"][there]] = arrays["person_digests"][there]
        labels = arrays["labels"].tobytes().decode().split("\0") if len(arrays["labels"]) else []
        parts = np.split(arrays["labelled"], np.cumsum(arrays["labelled_counts"])[:-1])
        catalogue._labelled = {label: (part, len(part)) for label, part in zip(labels, parts, strict=False)}
        return catalogue

    def _new_person(self, name: str) -> int:
        person = self._persons
        self._newest, self._prints = _grown(self._newest, person + 1, _END), _grown(self._prints, person + 1, 0)
        self._newest[person], self._prints[person] = _END, 0
        if person >= len(self._digests):
            self._digests = np.concatenate([self._digests, np.zeros_like(self._digests), np.zeros((16, 2), np.int64)])
        self._digests[person] = digest_of(name)
        self._persons += 1
        self._person.put([name], [person])
        return person

    def _label(self, label: str, number: int) -> None:
        held, filled = self._labelled.get(label, (np.zeros(0, np.int64), 0))
        held = _grown(held, filled + 1, 0)
        held[filled] = number
        self._labelled[label] = (held, filled + 1)


def _grown(array: np.ndarray, length: int, nothing: int) -> np.ndarray:
    """Returns the array, or a copy with room for `length` and more, filled up with `nothing`."""
    if length <= len(array):
        return array
    out = np.full(max(length, len(array) + len(array) // 2, 16), nothing, array.dtype)
    out[: len(array)] = array
    return out
