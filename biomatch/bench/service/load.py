"""How fast is a bureau over HTTP, with a large gallery and all its rules on? -> service.json

A real `biomatch serve` with encryption at rest, over synthetic prints and the sample's images. Locust makes the load, on the
same cores: one client and four that search, with an image and with a template; then clients that enrol images. What was
acknowledged is asked for: it must be there, and be found. The gallery is kept; what is measured runs on a copy.
"""

from __future__ import annotations

import json
import os
import random
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
from biomatch.evaluation.galleries.searcher import drop_from_cache
from biomatch.evaluation.plots import COLOURS, STYLES, canvas, dress
from biomatch.observe import NO_PROGRESS, Progress

if TYPE_CHECKING:
    from matplotlib.figure import Figure

NAME = "service"
PRINTS = 100_000
CLIENTS = (1, 4)
ENROLLERS = 4
STARTS = 3
ASKED_FOR = 50  # enrolments that are looked for afterwards
WARM_SECONDS = 5.0
POINTS = (*(round(0.05 * n, 2) for n in range(1, 20)), 0.98, 0.99)  # of the distributions that are drawn
WISHED = {  # ms, p50: by kind and clients
    ("image", 1): 90,
    ("template", 1): 30,
    ("image", 4): 200,
    ("template", 4): 70,
}


def measure(work: Path, count: int = PRINTS, *, seconds: float = 60.0, seed: int = 1, progress: Progress = NO_PROGRESS) -> Run:
    """Measures `seconds` for each kind of load. Raises ExtraMissing, Unavailable."""
    folder = served.kept_gallery(work, count, seed, progress=progress)
    copy, inbox = served.working_copy(folder, work / "copy"), served.load_prints(work / "load")
    token = served.new_token(copy)
    run = Run(
        NAME,
        threads=os.cpu_count() or 1,
        seed=seed,
        prints=count,
        seconds_each=seconds,
        candidates=20,
        encryption="AES-256-GCM",
    )
    progress.start("Starting and loading", STARTS + 2 * len(CLIENTS) + 1)
    run.note("start", _starts(copy, token, progress))
    with served.serving(copy, token) as server:
        run.facts["load_before"] = machine.described()["load_before"]
        run.note("searches", _searches(server, inbox, seconds, progress))
        run.note("enrolment", _enrolment(server, inbox, seconds))
        progress.advance()
        run.note("memory_mb", _memory(server))
    progress.done()
    return run


def _starts(folder: Path, token: str, progress: Progress) -> dict[str, Any]:
    """Measures seconds until /readyz said so: with nothing of the gallery in memory, and again."""
    taken = []
    for n in range(STARTS):
        if n == 0:
            drop_from_cache(folder)
        with served.serving(folder, token) as server:
            taken.append(server.started)
        progress.advance()
    return {"cold_s": rounded(taken[0]), "again_s": [rounded(one) for one in taken[1:]]}


def _searches(server: Server, inbox: Path, seconds: float, progress: Progress) -> dict[str, Any]:
    served.load(server, inbox, "identify-image=1,identify-template=1", users=2, seconds=WARM_SECONDS)
    found = {}
    for clients in CLIENTS:
        for kind in ("image", "template"):
            act = f"identify-{kind}"
            done = served.load(server, inbox, f"{act}=1", users=clients, seconds=seconds)
            found[f"{kind} in, {_clients(clients)}"] = _figures(done, act, clients)
            progress.advance()
    return found


def _figures(done: Load, act: str, clients: int) -> dict[str, Any]:
    rows = done.of(act)
    return {
        "clients": clients,
        "ms": spread(rows["ms"]),
        "engine_ms": spread(rows["engine"]),
        "beside_engine_ms": spread(rows["ms"] - rows["engine"]),
        "searches_a_second": rounded(_rate(rows)),
        "statuses": done.statuses,
        "ms_at": {str(point): rounded(np.quantile(rows["ms"], point)) for point in POINTS},
    }


def _enrolment(server: Server, inbox: Path, seconds: float) -> dict[str, Any]:
    done = served.load(server, inbox, "enrol=1", users=ENROLLERS, seconds=seconds, prefix="enrolled")
    rows = done.of("enrol")
    persons = random.Random(1).sample(sorted(done.there), min(ASKED_FOR, len(done.there)))
    images = sorted((inbox / "enrol").glob("*.png"))
    return {
        "clients": ENROLLERS,
        "images": len(rows),
        "images_a_second": rounded(_rate(rows)),
        "ms": spread(rows["ms"]),
        "statuses": done.statuses,
        "a_second_in_each_second": _by_second(rows),
        "asked_for": len(persons),
        "readable": sum(_there(server, person) for person in persons),
        "found": sum(_found(server, person, images[done.there[person]].read_bytes()) for person in persons),
    }


def _there(server: Server, person: str) -> bool:
    return server.ask("GET", f"/v1/persons/{quote(person)}/encounters")[0] == 200


def _found(server: Server, person: str, image: bytes) -> bool:
    """Tells whether a search with the same image brings the person, among others who were enrolled with it."""
    why = "purpose=benchmark&legalBasis=none&maxNbCand=200"
    status, body = server.ask("POST", f"/v1/identify/ALL?{why}", image, **{"Content-Type": "image/png"})
    return status == 200 and person in {one["personId"] for one in json.loads(body)["candidates"]}


def _rate(rows: np.ndarray) -> float:
    """Answers a second, from the first request to the last answer."""
    return len(rows) / float((rows["at"] + rows["ms"] / 1e3).max() - rows["at"].min())


def _by_second(rows: np.ndarray) -> list[int]:
    """Answers in each whole second of the run but the last, which is not whole."""
    ends = rows["at"] + rows["ms"] / 1e3
    counted = np.bincount((ends - rows["at"].min()).astype(int))
    return [int(one) for one in counted[:-1]]


def _memory(server: Server) -> dict[str, float]:
    """Reads the memory of its own, of the server and of its workers together, MB."""
    own, *workers = (machine.memory(task).anonymous / 1e6 for task in server.tasks)
    return {"server": rounded(own), "workers": rounded(sum(workers))}


def _clients(count: int) -> str:
    return "one client" if count == 1 else f"{count} clients"


def findings(figures: dict[str, Any]) -> list[str]:
    """Lists in words what contradicts what was acknowledged."""
    one = figures["enrolment"]
    lost = one["asked_for"] - one["readable"]
    return [f"enrolments that were acknowledged and cannot be read: {lost:,}"] if lost else []


def draw(found: dict[str, Any]) -> dict[str, Figure]:
    """Draws how long searches take, and enrolments a second."""
    from biomatch.bench.report.plots import log_axis

    latency, axes = canvas(
        "Searches over HTTP", "ms, from request to answer", "Share of searches that took no longer", (7.2, 4.2)
    )
    for n, (name, one) in enumerate(found["searches"].items()):
        x, y = list(one["ms_at"].values()), [float(point) for point in one["ms_at"]]
        axes.plot(x, y, color=COLOURS[n], linestyle=STYLES[n % 4], linewidth=2, label=name)
    log_axis(axes, "x")
    axes.legend(frameon=False, fontsize=8)
    throughput, other = canvas("", "", "", (7.2, 3.2))
    counts = found["enrolment"]["a_second_in_each_second"]
    dress(other, f"Enrolment, {found['enrolment']['clients']} clients", "Seconds since the first", "Images a second")
    other.plot(range(len(counts)), counts, color=COLOURS[0], linewidth=1.6)
    other.set_ylim(bottom=0)
    return {"service_latency": latency, "service_enrolment": throughput}


def table(results: Results) -> Iterator[str]:
    document = results.get(NAME)
    if document is None:
        yield MISSING
        return
    found = document["figures"]
    yield from head("over HTTP", "p50 / p95, ms", "wished p50", "engine, p50", "beside the engine, p50", "a second")
    for name, one in found["searches"].items():
        wished = WISHED.get((name.partition(" ")[0], one["clients"]))
        middles = (number(one[part]["p50"]) for part in ("engine_ms", "beside_engine_ms"))
        yield row(f"search, {name}", two(one["ms"]), str(wished or "-"), *middles, number(one["searches_a_second"]))
    one = found["enrolment"]
    yield row(f"enrolment of images, {_clients(one['clients'])}", two(one["ms"]), "-", "-", "-", number(one["images_a_second"]))
    start, memory = found["start"], found["memory_mb"]
    again = ", ".join(f"{taken:g}" for taken in start["again_s"])
    yield ""
    yield (
        f"From start to ready with {document['settings']['prints']:,} prints: {start['cold_s']:g} s with nothing of the "
        f"gallery in memory, {again} s again. Of {one['asked_for']} acknowledged enrolments {one['readable']} could be read "
        f"and {one['found']} were found by a search. Memory of its own: {number(memory['server'])} MB, and "
        f"{number(memory['workers'])} MB of the workers."
    )
