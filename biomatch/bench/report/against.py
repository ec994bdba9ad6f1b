"""A result beside an earlier one of the same benchmark: every figure that both have, and their ratio."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biomatch.errors import BadBaseline
from biomatch.json_text import parse

SAME_MACHINE = ("cpu", "cores", "threads")


@dataclass(frozen=True)
class Ratio:
    """`name` is the path to the figure; the ratio is new / old: below 1 is faster, smaller or rarer."""

    name: str
    old: float
    new: float

    @property
    def ratio(self) -> float:
        return self.new / self.old


def read(path: Path, *names: str) -> dict[str, Any]:
    """Reads an earlier result of one of these benchmarks. Raises BadBaseline."""
    try:
        found = parse(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise BadBaseline(str(path), error.strerror or str(error)) from None
    except ValueError as error:
        raise BadBaseline(str(path), f"it is no JSON document ({error})") from None
    if not isinstance(found, dict) or "figures" not in found or "benchmark" not in found:
        raise BadBaseline(str(path), "it was not written by `biomatch bench`")
    if found["benchmark"] not in names:
        wanted = " or ".join(f"'{name}'" for name in names)
        raise BadBaseline(str(path), f"it is of '{found['benchmark']}', not of {wanted}")
    return found


def compare(new: dict[str, Any], old: dict[str, Any]) -> list[Ratio]:
    """Compares figures that both results of one benchmark have and that are not zero."""
    before, after = dict(_leaves(old["figures"])), dict(_leaves(new["figures"]))
    return [Ratio(name, before[name], value) for name, value in after.items() if before.get(name) and value]


def unlike(new: dict[str, Any], old: dict[str, Any]) -> list[str]:
    """Lists in words what makes the two results hard to compare."""
    found = [f"{name}: {old.get(name)} then, {new.get(name)} now" for name in SAME_MACHINE if old.get(name) != new.get(name)]
    kinds = {"models": "models", "settings": "settings", "versions": "versions"}
    for name, words in kinds.items():
        before, after = old.get(name) or {}, new.get(name) or {}
        changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
        if changed:
            found.append(f"{words} that differ: {', '.join(changed)}")
    return found


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, float]]:
    """Yields numbers by their path; counts of repeats and intervals are no figures."""
    if isinstance(value, dict):
        for key, item in value.items():
            if key not in ("repeats", "count", "interval", "trials", "searches"):
                yield from _leaves(item, f"{path}, {key}" if path else str(key))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield path, float(value)
