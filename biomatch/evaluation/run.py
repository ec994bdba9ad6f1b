"""The frame of a benchmark: what ran where, raw figures with their spread, one JSON file.

run = Run("compare_speed", threads=1, seed=7)
run.record("relaxed", seconds, unit="us", scale=1e6 / 1_000)
run.save(folder)
"""

from __future__ import annotations

import datetime
import importlib.metadata
import json
import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import numpy as np

import biomatch
from biomatch.learned import Models, shipped

PACKAGES = ("numpy", "numba", "opencv-python-headless", "faiss-cpu", "nbis-python")


class Run:
    """Figures of one benchmark and what is needed to repeat it."""

    def __init__(self, name: str, *, threads: int, seed: int | None = None, models: Models | None = None, **facts: Any):
        self.name = name
        self.figures: dict[str, Any] = {}
        self.facts: dict[str, Any] = {
            "benchmark": name,
            "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d"),
            "threads": threads,
            "seed": seed,
            **machine(),
            "biomatch": biomatch.__version__,
            "commit": commit(),
            "versions": versions(),
            "models": model_hashes(models),
            **facts,
        }
        self._began, self._cpu = perf_counter(), process_time()

    def record(self, name: str, seconds: Sequence[float], *, unit: str, scale: float, **more: Any) -> dict[str, Any]:
        """Median, 95 % point and count of times; `scale` turns seconds into the unit."""
        values = np.asarray(seconds, np.float64) * scale
        self.figures[name] = {
            "median": round(float(np.median(values)), 3),
            "p95": round(float(np.quantile(values, 0.95)), 3),
            "count": len(values),
            "unit": unit,
            **more,
        }
        found: dict[str, Any] = self.figures[name]
        return found

    def note(self, name: str, value: Any) -> None:
        """Any other figure."""
        self.figures[name] = value

    def save(self, folder: Path) -> Path:
        """Writes NAME.json; returns its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.name}.json"
        took = {"seconds": round(perf_counter() - self._began, 1), "cpu_seconds": round(process_time() - self._cpu, 1)}
        path.write_text(json.dumps({**self.facts, **took, "figures": self.figures}, indent=2) + "\n", encoding="utf-8")
        return path


def timed(work: Any, *arguments: Any) -> float:
    """Seconds of CPU that one call takes in this process; what else the machine does counts little."""
    began = process_time()
    work(*arguments)
    return process_time() - began


def machine() -> dict[str, Any]:
    """CPU, cores and system, in words."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "load_before": round(os.getloadavg()[0], 2),
    }


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    fields: dict[str, str] = {}
    for line in lines:
        name, _, value = line.partition(":")
        fields.setdefault(name.strip(), value.strip())
    return f"{fields.get('model name', platform.machine())} (family {fields.get('cpu family')}, model {fields.get('model')})"


def commit() -> str | None:
    """The checkout's commit, with + when files differ from it; None outside a checkout."""
    root = Path(biomatch.__file__).parents[1]
    try:
        head = subprocess.run(["git", "-C", str(root), "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True)
        dirty = subprocess.run(["git", "-C", str(root), "status", "--porcelain", "-uno"], capture_output=True, text=True)
    except OSError:
        return None
    return head.stdout.strip() + ("+" if dirty.stdout.strip() else "") if head.returncode == 0 else None


def versions() -> dict[str, str]:
    """Installed versions of what figures depend on."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


def model_hashes(models: Models | None = None) -> dict[str, str]:
    """First eight digits of each model's sha256."""
    models = models or shipped()
    return {name: models.version(name) for name in models.names()}
