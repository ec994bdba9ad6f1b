"""Does a bureau stay well under mixed load for long? -> soak.json

Locust enrols, searches, updates and deletes, within a bound, and keeps a ledger of what was acknowledged. Meanwhile the memory
of the server and of its workers is read, and the sizes that /metrics tells. At the end everybody in the ledger is asked for,
and `biomatch check` holds everything against everything.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import numpy as np

from biomatch.bench.frame import Run, rounded, spread
from biomatch.bench.report.cells import MISSING, Results, head, number, row, two
from biomatch.bench.service import served
from biomatch.bench.service.served import Load, Server
from biomatch.evaluation import machine
from biomatch.evaluation.plots import COLOURS, dress
from biomatch.observe import NO_PROGRESS, Progress

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "soak"
PRINTS = 10_000
MIX = "enrol=3,identify-image=3,identify-template=2,update=1,delete=2"
USERS, PACE = 4, 0.25  # a user's seconds from one request to the next, at least
BOUND = 2_000  # persons of the load's own
WATCHED = ("prints", "audit_leaves", "index_lag_records", "index_segments", "prints_removed_not_compacted")
STEPS = 60  # of the plots
LEGEND_ROOM = 1.4  # of the highest value: three rows of a legend lie above every line
WARM = 1 / 3  # of the time: caches fill, and the first segments are written


def measure(
    work: Path, count: int = PRINTS, *, minutes: float = 30.0, users: int = USERS, pace: float = PACE, bound: int = BOUND,
    seed: int = 1, progress: Progress = NO_PROGRESS,
) -> Run:  # fmt: skip
    """Raises ExtraMissing, Unavailable."""
    folder = served.kept_gallery(work, count, seed, progress=progress)
    copy, inbox = served.working_copy(folder, work / "copy"), served.load_prints(work / "load")
    token = served.new_token(copy)
    how: dict[str, Any] = {"prints": count, "minutes": minutes, "users": users, "pace_s": pace, "bound": bound, "mix": MIX}
    run = Run(NAME, threads=os.cpu_count() or 1, seed=seed, **how, encryption="AES-256-GCM")
    progress.start("Loading", round(60 * minutes))
    with served.serving(copy, token) as server:
        watch = _Watch(server, progress)
        done = served.load(
            server, inbox, MIX, users=users, seconds=60 * minutes, pace=pace, bound=bound, prefix="soak", watch=watch
        )
        run.note("requests", _requests(done))
        run.note("statuses", done.statuses)
        run.note("ledger", _held_against(server, done))
        run.note("memory", _memory(watch.rows))
        run.note("over_time", _over_time(watch.rows, done.rows))
    run.note("check", json.loads(served.command("check", "--gallery", str(copy), "--json", fine=(0, 1)).stdout))
    progress.done()
    return run


class _Watch:
    """Reads memory (MB) and sizes, each time that it is called. rows: what was read, and when (`at`, s since 1970)."""

    def __init__(self, server: Server, progress: Progress):
        self._server, self._progress = server, progress
        self.rows: list[dict[str, float]] = []

    def __call__(self) -> None:
        own, *workers = (machine.memory(task).anonymous / 1e6 for task in self._server.tasks)
        row = {"at": time.time(), "server_mb": own, "workers_mb": sum(workers)}
        self.rows.append(row | self._sizes())
        self._progress.advance()

    def _sizes(self) -> dict[str, float]:
        text = self._server.ask("GET", "/metrics")[1].decode()
        found = dict(line.rsplit(" ", 1) for line in text.splitlines() if line.startswith("biomatch_") and "{" not in line)
        return {name: float(found[f"biomatch_{name}"]) for name in WATCHED}


def _requests(done: Load) -> dict[str, Any]:
    return {
        act: {"ms": spread(done.of(act)["ms"]), "done": len(done.of(act))}
        for act in sorted(set(done.rows["act"].tolist()))
        if len(done.of(act))
    }


def _held_against(server: Server, done: Load) -> dict[str, int]:
    """Checks what the service says of everybody in the ledger."""

    def known(person: str) -> bool:
        return server.ask("GET", f"/v1/persons/{quote(person)}/encounters")[0] == 200

    return {
        "there": len(done.there),
        "gone": len(done.gone),
        "unsure": len(done.unsure),
        "lost": sum(not known(person) for person in done.there),
        "come back": sum(known(person) for person in done.gone),
    }


def _memory(rows: list[dict[str, float]]) -> dict[str, Any]:
    """Measures MB of its own: the median of each third of the time after warm-up, and how the line through all of them
    climbs."""
    kept = rows[int(WARM * len(rows)) :]
    at = np.array([row["at"] for row in kept])
    found: dict[str, Any] = {}
    for who in ("server_mb", "workers_mb"):
        values = np.array([row[who] for row in kept])
        slope = float(np.polyfit(at - at[0], values, 1)[0]) if len(kept) > 1 else 0.0
        thirds = [rounded(np.median(third)) for third in np.array_split(values, 3)]
        found[who] = {"thirds": thirds, "most": rounded(values.max()), "mb_an_hour": rounded(3_600 * slope)}
    return found


def _over_time(watched: list[dict[str, float]], rows: np.ndarray) -> dict[str, list[float | None]]:
    """Computes for each step of the time the last size, the median latency of each act in ms, and requests a second."""
    began, ended = rows["at"].min(), rows["at"].max()
    edges = np.linspace(began, ended, STEPS + 1)
    found: dict[str, list[float | None]] = {"minute": [rounded((edge - began) / 60) for edge in edges[1:]]}
    at = np.array([row["at"] for row in watched])
    last = np.clip(np.searchsorted(at, edges[1:], side="right") - 1, 0, len(at) - 1)
    for name in ("server_mb", "workers_mb", *WATCHED):
        found[name] = [rounded(watched[n][name]) for n in last]
    step = np.clip(np.searchsorted(edges, rows["at"], side="right") - 1, 0, STEPS - 1)
    found["requests_a_second"] = [rounded(one) for one in np.bincount(step, minlength=STEPS) * STEPS / (ended - began)]
    for act in sorted(set(rows["act"].tolist())):
        own = [rows["ms"][(step == n) & (rows["act"] == act)] for n in range(STEPS)]
        found[f"{act}, ms"] = [rounded(np.median(one)) if len(one) else None for one in own]
    return found


def findings(figures: dict[str, Any]) -> list[str]:
    """Lists in words what contradicts what was acknowledged."""
    ledger = figures["ledger"]
    said = {"lost": "persons who had to be there and are not", "come back": "persons who were deleted and came back"}
    wrong = [f"{words}: {ledger[what]:,}" for what, words in said.items() if ledger[what]]
    return [*wrong, *(f"check: {one}" for one in figures["check"]["findings"])]


def draw(found: dict[str, Any]) -> dict[str, Figure]:
    """Draws memory, latency and counts over time."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.2, 8.4), layout="constrained")
    FigureCanvasAgg(figure)
    memory, latency, counts = figure.subplots(3, 1, sharex=True)
    over = found["over_time"]
    dress(memory, "Memory of its own", "", "MB")
    dress(latency, "Latency, median of each step", "", "ms")
    dress(counts, "Gallery and requests", "Minutes", "Number")
    shown = (
        (memory, {"server": over["server_mb"], "workers, together": over["workers_mb"]}),
        (latency, {name.removesuffix(", ms"): values for name, values in over.items() if name.endswith(", ms")}),
        (
            counts,
            {
                "prints, thousands": [value / 1_000 for value in over["prints"]],
                "leaves of the audit tree, thousands": [value / 1_000 for value in over["audit_leaves"]],
                "segments of the index": over["index_segments"],
                "requests a second": over["requests_a_second"],
            },
        ),
    )
    for axes, lines in shown:
        for n, (name, values) in enumerate(lines.items()):
            y = [np.nan if value is None else value for value in values]
            axes.plot(over["minute"], y, color=COLOURS[n], linewidth=1.6, label=name)
        highest = max(value for values in lines.values() for value in values if value is not None)
        axes.set_ylim(0, LEGEND_ROOM * max(highest, 1))
        axes.legend(frameon=False, fontsize=8, ncols=2, loc="upper left")
    return {"soak": figure}


def table(results: Results) -> Iterator[str]:
    document = results.get(NAME)
    if document is None:
        yield MISSING
        return
    found, how = document["figures"], document["settings"]
    yield from head(f"{how['minutes']:g} minutes, {how['users']} clients", "done", "p50 / p95, ms")
    for act, one in found["requests"].items():
        yield row(act, f"{one['done']:,}", two(one["ms"]))
    ledger, check = found["ledger"], found["check"]
    statuses = ", ".join(f"{count:,} of {status}" for status, count in found["statuses"].items())
    yield ""
    yield (
        f"Statuses: {statuses}. Of {ledger['there']:,} persons who had to be there {ledger['lost']} were not, and of "
        f"{ledger['gone']:,} who were deleted {ledger['come back']} came back. `check` found {len(check['findings'])} "
        f"differences among {check['prints']:,} prints, {check['originals']:,} originals and {check['leaves']:,} leaves."
    )
    for who, words in (("server_mb", "Memory of the server's own"), ("workers_mb", "Memory of its workers")):
        one = found["memory"][who]
        thirds = ", ".join(number(third) for third in one["thirds"])
        yield ""
        yield (
            f"{words}, MB, in each third of the time after warm-up: {thirds}; the line through all of it "
            f"{'climbs' if one['mb_an_hour'] >= 0 else 'falls'} by {abs(one['mb_an_hour']):g} MB an hour."
        )
