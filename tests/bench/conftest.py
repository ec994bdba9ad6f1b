"""One identification benchmark of a few hundred prints, made once in this process for all tests that read it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from biomatch.bench.engine import identification
from biomatch.bench.engine.identification import steps
from biomatch.evaluation.galleries import population
from biomatch.evaluation.galleries.population import Population
from biomatch.index import Reach

SIZES = (260, 400)


class HerePool:
    """A pool whose jobs run in this process."""

    def __init__(self, setup: Callable[[], Any], call: Callable[..., Any], **_: Any):
        self._setup, self._call, self._state = setup, call, None

    def call(self, *arguments: Any) -> Any:
        self._state = self._state or self._setup()
        return self._call(self._state, *arguments)

    def map(self, jobs: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        return (self.call(*job) for job in jobs)

    def __enter__(self) -> HerePool:
        return self

    def __exit__(self, *_: object) -> None:
        return None


@pytest.fixture(scope="session")
def here_pool() -> type[HerePool]:
    return HerePool


@dataclass(frozen=True)
class Made:
    """A run's document, and what it was made from."""

    document: dict[str, Any]
    population: Population
    plan: identification.Plan
    work: Path


@pytest.fixture(scope="session")
def people() -> Population:
    return population.synthetic(12, 6, seed=5)


@pytest.fixture(scope="session")
def identified(people: Population, tmp_path_factory: pytest.TempPathFactory) -> Made:
    work = tmp_path_factory.mktemp("work")
    reaches = (Reach(12, 8, 64), Reach(32, 16, 64))
    plan = identification.Plan(
        SIZES, exhaustive=4, exhausted_at_once=3, reached=6, timed=4, memory_mb=None, seed=5, processes=1, reaches=reaches
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(steps, "Pool", HerePool)
        run = identification.measure(people, plan, work)
    return Made(json.loads(json.dumps(run.document)), people, plan, work)
