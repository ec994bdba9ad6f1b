"""Lanes: which tests run when, and how long each lane may take. lanes.toml names them; conftest.py is the plug-in.

pytest                  the lane `checks`: what the README's second command runs
pytest --lane fast      a part of it, for between two edits
pytest --lane long      all others: kills, training, a browser, PostgreSQL, fuzzing
pytest --lane all       everything
pytest --lane weekly    by hand: what is made up anew each time (requests, stories, moments of kills), TIMES as often
pytest tests/FOLDER     what is named runs, whatever its lane
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKS, FAST, WEEKLY, LONG, ALL = "checks", "fast", "weekly", "long", "all"
PARTS = (FAST, WEEKLY)  # their tests are of other lanes, too
TIMES = 20


@dataclass(frozen=True)
class Lane:
    """Some tests that run together.

    seconds  that its tests may take together, on one core
    tests    their files or folders, or single ones as FILE::TEST
    ids      parts of their ids
    """

    name: str
    seconds: int
    tests: tuple[str, ...] = ()
    ids: tuple[str, ...] = ()

    def has(self, test: str) -> bool:
        """Tells whether the lane names a test, by its id, or a file."""
        named = any(test == one or test.startswith((f"{one}/", f"{one}::", f"{one}[")) for one in self.tests)
        return named or any(one in test for one in self.ids)


def read(file: Path) -> dict[str, Lane]:
    """Reads the lanes by their names."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    return {
        name: Lane(name, one["seconds"], tuple(one.get("tests", ())), tuple(one.get("ids", ())))
        for name, one in document.items()
    }


def lane_of(test: str, lanes: dict[str, Lane]) -> str:
    """Finds the lane of a test: the first that names it, else `checks`."""
    return next((name for name, lane in lanes.items() if name not in PARTS and lane.has(test)), CHECKS)


def chosen(test: str, wanted: str, lanes: dict[str, Lane]) -> bool:
    """Tells whether a test runs where this lane is wanted."""
    if wanted == ALL:
        return True
    own = lane_of(test, lanes)
    if wanted in PARTS:
        return lanes[wanted].has(test) and (wanted == WEEKLY or own == CHECKS)
    return own != CHECKS if wanted == LONG else own == wanted


def may_run(file: str, wanted: str, lanes: dict[str, Lane]) -> bool:
    """Tells whether a file may have a test that runs: it does as a whole, or single tests of it may be of another lane."""
    single = any(one.startswith(f"{file}::") for lane in lanes.values() for one in lane.tests)
    return single or chosen(file, wanted, lanes) or any(chosen(f"{file}::{one}", wanted, lanes) for one in _ids(lanes))


def _ids(lanes: dict[str, Lane]) -> list[str]:
    return [one for lane in lanes.values() for one in lane.ids]


def often(count: int) -> int:
    """Says how many of what a test makes up it shall make: `count`, and TIMES as many in the lane `weekly`."""
    return count * int(os.environ.get("BIOMATCH_TIMES", "1"))


def names(lanes: Iterable[str]) -> Sequence[str]:
    """Lists what `--lane` takes."""
    return [*lanes, LONG, ALL]


def table(seconds: dict[str, float], lanes: dict[str, Lane], wanted: str) -> list[str]:
    """Writes a line for each lane that ran, where this one was wanted: how long its tests took, and how long they may."""
    if wanted in PARTS:
        seconds = {wanted: sum(seconds.values())}
    return [
        f"{name:10} {seconds[name]:6.0f} s of {lanes[name].seconds:5} s on one core"
        + ("  OVER ITS BUDGET" if seconds[name] > lanes[name].seconds else "")
        for name in lanes
        if name in seconds
    ]
