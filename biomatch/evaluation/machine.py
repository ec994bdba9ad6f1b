"""The machine of a benchmark, in words and figures: CPU, versions, commit, memory in use, and how noisy it is."""

from __future__ import annotations

import datetime
import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import clock_gettime, perf_counter, process_time
from typing import Any

import numpy as np

import biomatch
from biomatch.gallery.caches import mapped

PACKAGES = (
    *("numpy", "numba", "opencv-python-headless", "faiss-cpu", "nbis-python"),
    *("fastapi", "uvicorn", "sqlalchemy", "cryptography", "locust"),
)


def described() -> dict[str, Any]:
    """Describes CPU, cores, memory and system."""
    return {
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "memory_gb": round(mapped.memory() / 1e9, 1),
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
    """Returns the checkout's commit, with + when files differ from it; None outside a checkout."""
    root = Path(biomatch.__file__).parents[1]
    try:
        head = subprocess.run(["git", "-C", str(root), "rev-parse", "--short=10", "HEAD"], capture_output=True, text=True)
        dirty = subprocess.run(["git", "-C", str(root), "status", "--porcelain", "-uno"], capture_output=True, text=True)
    except OSError:
        return None
    return head.stdout.strip() + ("+" if dirty.stdout.strip() else "") if head.returncode == 0 else None


def moment() -> dict[str, Any]:
    """Says when something was measured, on which commit, and how busy the machine had been."""
    date = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d")
    return {"date": date, "commit": commit() or "-", "load_before": round(os.getloadavg()[0], 2)}


def versions() -> dict[str, str]:
    """Returns the installed versions of what figures depend on."""
    found = {}
    for name in PACKAGES:
        try:
            found[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return found


@dataclass(frozen=True)
class Memory:
    """The memory of a process, bytes: what is its own (anonymous), and what of files lies in memory and can be given back."""

    anonymous: int
    page_cache: int


def memory(process: int | None = None) -> Memory:
    """Reads the memory of a process, by default this one, from /proc/.../smaps_rollup; zeros where the kernel has none, or the
    process ended."""
    try:
        lines = Path(f"/proc/{process or os.getpid()}/smaps_rollup").read_text(encoding="utf-8").splitlines()
    except OSError:
        return Memory(0, 0)
    fields = {name: 1_024 * int(rest.split()[0]) for name, _, rest in (line.partition(":") for line in lines) if "kB" in rest}
    return Memory(fields["Anonymous"], fields["Rss"] - fields["Anonymous"])


def children(process: int | None = None) -> list[int]:
    """Lists process ids of what a process, by default this one, has started and what still runs (proc(5); Linux)."""
    threads = Path(f"/proc/{process or os.getpid()}/task").glob("*/children")
    return [int(child) for thread in threads for child in thread.read_text(encoding="ascii").split()]


def cpu_of(processes: Sequence[int]) -> float:
    """Sums the seconds of CPU that these have used so far: each has a clock, numbered after it (clock_getcpuclockid(3);
    Linux)."""
    return sum(clock_gettime((~process << 3) | 2) for process in processes)


@dataclass(frozen=True)
class Noise:
    """The steadiness with which the machine does one and the same small task.

    task_ms   p50 and p95 of its wall clock time
    spread    p95 over p50, minus one: 0.05 is a quiet machine
    waited    share of the time in which the task was ready and did not run
    stolen    share of all cores' time that a hypervisor gave to others
    verdict   in words
    """

    task_ms: tuple[float, float]
    spread: float
    waited: float
    stolen: float
    verdict: str


QUIET, NOISY = 0.08, 0.25  # of spread or waiting: below, figures repeat within some percent; above, compare CPU times only


def noise(seconds: float = 4.0) -> Noise:
    """Measures noise: does one task of some milliseconds again and again, for so long."""
    a = np.random.default_rng(0).random((160, 160))
    stolen, whole = _stolen()
    began, cpu, times = perf_counter(), process_time(), list[float]()
    while perf_counter() - began < seconds:
        start = perf_counter()
        for _ in range(10):
            _ = a @ a
        times.append(perf_counter() - start)
    took = perf_counter() - began
    waited = max(0.0, 1 - (process_time() - cpu) / took)
    stolen_after, whole_after = _stolen()
    p50, p95 = np.quantile(times, (0.5, 0.95))
    share = (stolen_after - stolen) / max(1, whole_after - whole)
    worst = max(p95 / p50 - 1, waited)
    return Noise((1e3 * float(p50), 1e3 * float(p95)), float(p95 / p50 - 1), waited, share, _verdict(worst, share))


def _verdict(worst: float, stolen: float) -> str:
    others = f" A hypervisor gave {stolen:.0%} of its time to others." if stolen > 0.01 else ""
    if worst < QUIET:
        return f"quiet: repeated figures differ by some percent.{others}"
    if worst < NOISY:
        return f"somewhat busy: differences below {worst:.0%} mean nothing.{others}"
    return f"noisy: other work takes the cores; trust CPU times, not the clock, and repeat on a quiet machine.{others}"


def _stolen() -> tuple[int, int]:
    """Reads the ticks that were stolen, and all ticks, since boot (proc(5))."""
    try:
        fields = [int(value) for value in Path("/proc/stat").read_text(encoding="utf-8").splitlines()[0].split()[1:]]
    except (OSError, IndexError):
        return 0, 1
    return (fields[7] if len(fields) > 7 else 0), sum(fields[:8])
