"""The steps of benchmarks/all.py beside the results that they repeat: options, given or by default, are their settings."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from biomatch import cli
from biomatch.bench.engine import accuracy

OPTION = {"at_most": "prints", "pace_s": "pace", "seconds_each": "seconds", "sets": "only"}
"""Of a setting that has another name."""
SPREAD = ("accuracy", "extractors")  # whose threads are their processes
HELD_OUT = Path("held-out")


@pytest.fixture(scope="module")
def everything(root: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("every_benchmark", root / "benchmarks" / "all.py")
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


@pytest.fixture(scope="module")
def results(root: Path) -> dict[str, dict[str, Any]]:
    return {path.stem: json.loads(path.read_text()) for path in (root / "benchmarks" / "results").glob("*.json")}


@pytest.fixture(scope="module")
def options(everything: ModuleType) -> dict[str, dict[str, Any]]:
    """Values of all options by the result that they make."""
    commands = typer.main.get_command(cli.app).commands["bench"].commands
    steps = everything.steps(Path("data"), HELD_OUT, Path("boxed"), Path("work"), "postgresql://there/empty")
    found: dict[str, dict[str, Any]] = {}
    for name, *arguments in (command for step in steps.values() for command in step):
        given = commands[name].make_context(name, arguments).params
        found |= dict.fromkeys(made_by(name, given), given)
    return found


def made_by(name: str, given: dict[str, Any]) -> Iterator[str]:
    """The results of a command."""
    if name == "accuracy":
        yield from (accuracy.name(part, given["held_out"]) for part in given["part"])
    elif name == "kills" and given["database"]:
        yield "kills_postgresql"
    elif name == "identification" and given["sizes"] == "10000000":
        yield "identification_large"
    elif name == "identification" and given["held_out"]:
        yield "identification_folds"
    elif name == "identification" and given["sets_only"]:
        yield "identification_sets"
    else:
        yield name.replace("-", "_")


def test_every_result_has_a_step(options: dict[str, Any], results: dict[str, Any]) -> None:
    assert set(results) == set(options)


def test_steps_have_the_options_behind_the_results(options: dict[str, Any], results: dict[str, Any]) -> None:
    compared, other = 0, []
    for name, document in results.items():
        settings = document.get("settings", {}) | {"seed": document.get("seed")}
        if name.startswith(SPREAD):
            settings["processes"] = document["threads"]
        elif name == "concurrent":
            settings["threads"] = document["threads"]
        for setting, value in settings.items():
            given = options[name].get(OPTION.get(setting, setting))
            if alike(value, given):
                compared += 1
                if given != value:
                    other.append(f"{name}: {setting} was {value}, but the step has {given}")
    assert other == []
    assert compared > 50


def alike(value: Any, given: Any) -> bool:
    """Whether both can name the same thing; of a folder of cards a setting has their number, of a database its kind."""
    numbers = isinstance(value, int | float) and isinstance(given, int | float)
    return numbers or (type(value) is type(given) and bool(given) and value not in ("SQLite", "PostgreSQL"))


def test_cards_are_made_of_as_many_persons_as_were_measured(everything: ModuleType, results: dict[str, Any]) -> None:
    (cards,) = everything.made_before("finger-order", Path("nosuch"))
    assert cards[cards.index("--persons") + 1] == str(results["finger_order"]["settings"]["cards"])
