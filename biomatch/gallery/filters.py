"""Filters: which prints a search is limited to, what a filter looks at, and columns of that for many prints.

What is not known is no reason to leave anybody out: a print without a position, a person without a sex or a date of birth takes
part whatever the filter says. It leaves out those who are known not to fit.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from biomatch.vocabulary import FingerPosition, Sex

_NO_DAY = 0  # date.toordinal() begins with 1
_FIRST_ROOM = 1_024  # prints


@dataclass(frozen=True)
class Biography:
    """Facts about a person beside prints, as far as searches are limited by them. None: not known."""

    sex: Sex = Sex.UNKNOWN
    born: date | None = None


NOT_KNOWN = Biography()


@dataclass(frozen=True)
class Traits:
    """The fields of a print that a filter looks at. taken: the day of its capture, else of its enrolment; None: not known.
    unit: whose it is; empty: of no unit."""

    position: FingerPosition
    biography: Biography = NOT_KNOWN
    taken: date | None = None
    unit: str = ""


@dataclass(frozen=True)
class Days:
    """A span of days, first and last included. None: open."""

    first: date | None = None
    last: date | None = None

    def __contains__(self, day: date) -> bool:
        return (self.first is None or self.first <= day) and (self.last is None or day <= self.last)

    def __and__(self, other: Days) -> Days:
        """Returns the days that are in both spans."""
        firsts = [day for day in (self.first, other.first) if day is not None]
        lasts = [day for day in (self.last, other.last) if day is not None]
        return Days(max(firsts, default=None), min(lasts, default=None))


def born_at_age(least: int | None, most: int | None, today: date) -> Days:
    """Returns the days of birth of persons who are so many whole years old today."""
    first = None if most is None else years_before(today, most + 1) + timedelta(days=1)
    return Days(first, None if least is None else years_before(today, least))


def years_before(day: date, years: int) -> date:
    """Returns the day so many years before; a person born on 29 February is a year older on 1 March."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


@dataclass(frozen=True)
class Filter:
    """The prints that take part in a search. None: whatever it is.

    Attributes
    ----------
    positions
        Fingers.
    label
        Name of a group that the print belongs to.
    without
        A person whose prints do not take part.
    sexes
        The person's.
    born
        The person's date of birth.
    taken
        The day of the print's capture, or of its enrolment where nobody said when it was taken.
    units
        Whose prints take part. Those of others have no part in any result, and in no time that it takes.
    """

    positions: frozenset[FingerPosition] | None = None
    label: str | None = None
    without: str | None = None
    sexes: frozenset[Sex] | None = None
    born: Days | None = None
    taken: Days | None = None
    units: frozenset[str] | None = None

    @property
    def by_print(self) -> bool:
        """True where more than positions and units decides which prints take part: each print must be looked at."""
        return replace(self, positions=None, units=None) != EVERYBODY

    @property
    def criteria(self) -> dict[str, Any]:
        """All but `without`, in the form of JSON; empty criteria are left out."""
        found = {
            "positions": None if self.positions is None else sorted(map(int, self.positions)),
            "label": self.label,
            "sexes": None if self.sexes is None else sorted(map(int, self.sexes)),
            "born": _words(self.born),
            "taken": _words(self.taken),
            "units": None if self.units is None else sorted(self.units),
        }
        return {name: value for name, value in found.items() if value is not None}

    @classmethod
    def of_criteria(cls, said: Mapping[str, Any], without: str | None = None) -> Filter:
        """Rebuilds the filter from `criteria`."""
        return cls(
            positions=frozenset(map(FingerPosition, said["positions"])) if "positions" in said else None,
            label=said.get("label"),
            without=without,
            sexes=frozenset(map(Sex, said["sexes"])) if "sexes" in said else None,
            born=_days(said.get("born")),
            taken=_days(said.get("taken")),
            units=frozenset(said["units"]) if "units" in said else None,
        )

    def admits(self, person: str, labels: Collection[str], traits: Traits) -> bool:
        """Tells whether one print takes part. `Columns.passing` says the same of many."""
        about = traits.biography
        return (
            person != self.without
            and (self.label is None or self.label in labels)
            and (self.positions is None or traits.position in self.positions | {FingerPosition.UNKNOWN})
            and (self.sexes is None or about.sex in self.sexes | {Sex.UNKNOWN})
            and (self.born is None or about.born is None or about.born in self.born)
            and (self.taken is None or traits.taken is None or traits.taken in self.taken)
            and (self.units is None or traits.unit in self.units)
        )


EVERYBODY = Filter()


class Columns:
    """Traits by print number, twelve bytes a print. One thread at a time writes, where no search reads yet or any more."""

    def __init__(self) -> None:
        self._held = {name: np.zeros(_FIRST_ROOM, kind) for name, kind in _COLUMNS.items()}
        self._units = [""]  # names, by number; one that was given stays

    @property
    def named_units(self) -> tuple[str, ...]:
        """Names of the units that ever had a print."""
        return tuple(self._units[1:])

    def unit_number(self, unit: str) -> int:
        """Returns the number that stands for a unit, which gets one where it has none."""
        if unit not in self._units:
            self._units.append(unit)
        return self._units.index(unit)

    def unit_numbers(self, units: Collection[str]) -> frozenset[int]:
        """Returns the numbers that stand for those of the units that ever had a print."""
        return frozenset(number for number, unit in enumerate(self._units) if unit in units)

    def of_units(self, units: Collection[str], length: int) -> np.ndarray:
        """Returns (length,) bool: which of the first prints are of these units; removed ones count as of none."""
        return _among(self._held["unit"][:length], self.unit_numbers(units), len(self._units))

    def put(self, first: int, traits: Sequence[Traits]) -> None:
        """Puts the traits of the prints with the numbers from `first` on."""
        end = first + len(traits)
        if end > len(self._held["position"]):
            self._held = {name: _grown(column, end) for name, column in self._held.items()}
        for name, values in (
            ("position", [int(one.position) for one in traits]),
            ("sex", [int(one.biography.sex) for one in traits]),
            ("born", [_number(one.biography.born) for one in traits]),
            ("taken", [_number(one.taken) for one in traits]),
            ("unit", [self.unit_number(one.unit) for one in traits]),
        ):
            self._held[name][first:end] = values

    def forget(self, number: int) -> None:
        """Clears the traits of a removed print."""
        for column in self._held.values():
            column[number] = 0

    def of(self, number: int) -> Traits:
        position, sex, born, taken, unit = (int(self._held[name][number]) for name in _COLUMNS)
        return Traits(FingerPosition(position), Biography(Sex(sex), _day(born)), _day(taken), self._units[unit])

    def positions(self, numbers: np.ndarray) -> np.ndarray:
        """Returns the codes of the finger positions of prints, (m,) int64."""
        return self._held["position"][numbers].astype(np.int64)

    def units(self, numbers: np.ndarray) -> np.ndarray:
        """Returns the numbers that stand for the units of prints, (m,) int64."""
        return self._held["unit"][numbers].astype(np.int64)

    def passing(self, where: Filter, length: int) -> np.ndarray:
        """Returns (length,) bool: which of the first prints pass, by their traits. Twin: Filter.admits."""
        held, out = self._held, np.ones(length, np.bool_)
        if where.positions is not None:
            out &= _among(held["position"][:length], {*where.positions, FingerPosition.UNKNOWN})
        if where.sexes is not None:
            out &= _among(held["sex"][:length], {*where.sexes, Sex.UNKNOWN})
        if where.born is not None:
            out &= _within(held["born"][:length], where.born)
        if where.taken is not None:
            out &= _within(held["taken"][:length], where.taken)
        if where.units is not None:
            out &= self.of_units(where.units, length)
        return out

    def arrays(self, length: int) -> dict[str, np.ndarray]:
        """Returns everything about so many prints, for `of_arrays`."""
        names = np.frombuffer("\0".join(self._units).encode(), np.uint8)
        return {name: column[:length] for name, column in self._held.items()} | {"units": names}

    @classmethod
    def of_arrays(cls, arrays: Mapping[str, np.ndarray]) -> Columns:
        """Rebuilds the columns from the output of `arrays`, or of a version that knew no units. Raises KeyError."""
        columns = cls()
        if "units" in arrays:
            columns._held = {name: arrays[name] for name in _COLUMNS}
            columns._units = arrays["units"].tobytes().decode().split("\0")
        else:
            nothing = np.zeros(len(arrays["position"]), _COLUMNS["unit"])
            columns._held = {name: nothing if name == "unit" else arrays[name] for name in _COLUMNS}
        return columns


_COLUMNS = {"position": np.uint8, "sex": np.uint8, "born": np.int32, "taken": np.int32, "unit": np.uint16}


def _among(codes: np.ndarray, wanted: Collection[int], size: int = 256) -> np.ndarray:
    table = np.zeros(size, np.bool_)
    table[[int(one) for one in wanted]] = True
    return np.asarray(table[codes])


def _within(days: np.ndarray, wanted: Days) -> np.ndarray:
    first = _NO_DAY if wanted.first is None else wanted.first.toordinal()
    last = date.max.toordinal() if wanted.last is None else wanted.last.toordinal()
    return np.asarray((days == _NO_DAY) | ((days >= first) & (days <= last)))


def _grown(column: np.ndarray, length: int) -> np.ndarray:
    out = np.zeros(max(length, len(column) + len(column) // 2), column.dtype)
    out[: len(column)] = column
    return out


def _number(day: date | None) -> int:
    return _NO_DAY if day is None else day.toordinal()


def _day(number: int) -> date | None:
    return None if number == _NO_DAY else date.fromordinal(number)


def _words(days: Days | None) -> list[str | None] | None:
    return None if days is None else [None if day is None else day.isoformat() for day in (days.first, days.last)]


def _days(said: Sequence[str | None] | None) -> Days | None:
    return None if said is None else Days(*(None if day is None else date.fromisoformat(day) for day in said))
