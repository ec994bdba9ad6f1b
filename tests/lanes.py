"""Lanes: which tests run when, and how long each lane may take. lanes.toml names them; conftest.py is the plug-in.

    pytest                  the lane `checks`: what the README's second command runs
    pytest --lane fast      those of its folders that take no time
    pytest --lane long      all others: kills, training, a browser, PostgreSQL, fuzzing
    pytest --lane all       everything
    pytest tests/FOLDER     what is named runs, whatever its lane
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

CHECKS, FAST, LONG, ALL = "checks", "fast", "long", "all"


@dataclass(frozen=True)
class Lane:
    """Some tests that run together.

    seconds  that its tests may take together, on one core
    tests    beginnings of their ids; of `checks`, none: it has what no other lane names
    """

    name: str
    seconds: int
    tests: tuple[str, ...] = ()

    def has(self, test: str) -> bool:
        """Tells whether the id begins as one of the lane's, at the end of a name: `a/test_b.py` does not have `a/test_bc.py`."""
        return any(test == one or test.startswith((f"{one}/", f"{one}::", f"{one}[")) for one in self.tests)


def read(file: Path) -> dict[str, Lane]:
    """Reads the lanes by their names."""
    document = tomllib.loads(file.read_text(encoding="utf-8"))
    return {name: Lane(name, one["seconds"], tuple(one.get("tests", ()))) for name, one in document.items()}


def lane_of(test: str, lanes: dict[str, Lane]) -> str:
    """Finds the lane of a test; `fast` is a part of `checks`."""
    return next((name for name, lane in lanes.items() if name != FAST and lane.has(test)), CHECKS)


def chosen(test: str, wanted: str, lanes: dict[str, Lane]) -> bool:
    """Tells whether a test runs where this lane is wanted."""
    if wanted == ALL:
        return True
    own = lane_of(test, lanes)
    if wanted == FAST:
        return own == CHECKS and lanes[FAST].has(test)
    return own != CHECKS if wanted == LONG else own == wanted


def may_run(file: str, wanted: str, lanes: dict[str, Lane]) -> bool:
    """Tells whether a file may have a test that runs: the file as a whole does, or the lanes name single tests of it."""
    return chosen(file, wanted, lanes) or any(one.startswith(f"{file}::") for lane in lanes.values() for one in lane.tests)


def names(lanes: Iterable[str]) -> Sequence[str]:
    """Lists what `--lane` takes."""
    return [*lanes, LONG, ALL]


def table(seconds: dict[str, float], lanes: dict[str, Lane]) -> list[str]:
    """Writes a line for each lane that ran: how long its tests took together, and how long they may."""
    return [
        f"{name:10} {seconds[name]:6.0f} s of {lanes[name].seconds:5} s on one core"
        + ("  OVER ITS BUDGET" if seconds[name] > lanes[name].seconds else "")
        for name in lanes
        if name in seconds
    ]
