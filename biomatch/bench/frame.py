"""The frame of a benchmark: what ran where, raw figures with their spread, one JSON file.

run = Run("comparison", threads=1, seed=7)
run.record("relaxed", seconds, unit="us", scale=1e6 / 1_000)
run.save(folder)
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

import biomatch
from biomatch.bench import measured
from biomatch.bench.measured import Used
from biomatch.errors import FileUnwritable, ResultExists
from biomatch.evaluation import machine

POINTS = {"p50": 0.5, "p95": 0.95, "p99": 0.99}


class Run:
    """Figures of one benchmark and what is needed to repeat it."""

    def __init__(self, name: str, *, threads: int, seed: int | None = None, models: Used = None, **settings: Any):
        self.name = name
        self.figures: dict[str, Any] = {}
        self.facts: dict[str, Any] = {
            "benchmark": name,
            "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
            "threads": threads,
            "seed": seed,
            **machine.described(),
            "biomatch": biomatch.__version__,
            "commit": machine.commit(),
            "versions": machine.versions(),
            "models": measured.hashes(models),
            "code": measured.code(name),
            "settings": settings,
        }
        self._began, self._cpu = perf_counter(), process_time()

    def record(self, name: str, seconds: Sequence[float], *, unit: str, scale: float, **more: Any) -> dict[str, Any]:
        """Records points of the distribution of times, and their number; `scale` turns seconds into the unit."""
        found = spread(np.asarray(seconds, np.float64) * scale) | {"unit": unit, **more}
        self.figures[name] = found
        return found

    def note(self, name: str, value: Any) -> None:
        """Notes any other figure."""
        self.figures[name] = value

    @property
    def document(self) -> dict[str, Any]:
        """The document that `save` writes."""
        took = {"seconds": round(perf_counter() - self._began, 1), "cpu_seconds": round(process_time() - self._cpu, 1)}
        return {**self.facts, **took, "figures": self.figures}

    def save(self, folder: Path) -> Path:
        """Writes NAME.json; returns its path. Raises FileUnwritable."""
        path = folder / f"{self.name}.json"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_text(json.dumps(self.document, indent=2, allow_nan=False) + "\n", encoding="utf-8")
        except OSError as error:
            raise FileUnwritable(str(path), error.strerror or str(error)) from None
        return path


def claim(folder: Path, name: str, replace: bool) -> None:
    """Makes sure before the work that its result can be written. Raises ResultExists, FileUnwritable."""
    path = folder / f"{name}.json"
    if path.exists() and not replace:
        raise ResultExists(str(path))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with path.open("a", encoding="utf-8"):
            pass
        if not path.stat().st_size:
            path.unlink()
    except OSError as error:
        raise FileUnwritable(str(path), error.strerror or str(error)) from None


def spread(values: np.ndarray) -> dict[str, Any]:
    """Returns p50, p95, p99 and the number of values (n,), at least one."""
    return {name: rounded(np.quantile(values, point)) for name, point in POINTS.items()} | {"repeats": len(values)}


def rounded(value: float | np.floating) -> float:
    """Returns a value in four digits: more would be noise."""
    return float(f"{float(value):.4g}")


def timed(work: Callable[..., object], *arguments: Any) -> float:
    """Measures seconds of CPU that one call takes in this process; what else the machine does counts little."""
    began = process_time()
    work(*arguments)
    return process_time() - began
