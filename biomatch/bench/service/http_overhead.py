"""How much does HTTP add to the engine's own time? -> http.json

One client, one connection, a server in a process of its own with one extraction worker. Each probe is identified in turn by
the engine in this process and by the server, over galleries with the same prints. Recorded are the wall clock, and the CPU time
of all processes that take part: client, server and worker follow each other, so on an idle machine the two are alike, and on a
busy one the CPU time still tells. The synthetic sample's images are the probes; synthetic templates fill the gallery.
"""

from __future__ import annotations

import json
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import biomatch
from biomatch.bench.engine import prints
from biomatch.bench.frame import Run
from biomatch.bench.service import served
from biomatch.bench.service.served import Server
from biomatch.errors import Unavailable
from biomatch.evaluation import machine
from biomatch.evaluation.runner import one_thread
from biomatch.gallery.interface import Entry
from biomatch.gallery.local import LocalGallery
from biomatch.gallery.memory import MemoryLog
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import synthesise_templates
from biomatch.template import Template

NAME = "http"
FILL = 1_000  # prints: a search that takes as long as a small bureau's
PROBES = 20
WARMED = 5
_BOUNDARY = "biomatch-benchmark"


def measure(fill: int = FILL, rounds: int = 5, progress: Progress = NO_PROGRESS) -> Run:
    one_thread()
    run = Run(NAME, threads=1, prints=fill, candidates=20, rounds=rounds)
    images = [one.path.read_bytes() for one in prints.evenly(prints.listed(None), PROBES)]
    templates = synthesise_templates(fill, 1)
    gallery = LocalGallery(MemoryLog())
    gallery.enrol([Entry(f"T{n}", "", f"T{n}", template) for n, template in enumerate(templates)])
    gallery.warm()
    progress.start("Starting a server", None)
    with (
        tempfile.TemporaryDirectory() as place,
        served.serving(folder := _enrolled(Path(place), templates), served.new_token(folder), **served.ONE_WORKER) as server,
    ):
        progress.start("Asking", 2)
        _measure(run, "image", images, _engine_on_images(gallery), server, rounds)
        progress.advance()
        asked = [biomatch.extract(biomatch.decode(image)).to_bytes() for image in images]
        _measure(run, "template", asked, _engine_on_templates(gallery), server, rounds)
        beside = [_beside_engine(server, template) for _ in range(rounds) for template in asked]
        run.record("beside the engine's stages, template in, wall", beside, unit="ms", scale=1e3)
    progress.done()
    gallery.close()
    return run


@dataclass(frozen=True)
class Times:
    """Seconds a request: by the clock, each; of CPU, on average."""

    wall: list[float]
    cpu: float


def _measure(
    run: Run, what: str, probes: Sequence[bytes], engine: Callable[[bytes], object], server: Server, rounds: int
) -> None:
    """Records the engine's time, that over HTTP, and the difference."""
    for probe in probes[:WARMED]:
        engine(probe)
        _identify(server, probe)
    tasks = server.tasks
    own, over = [], []
    for _ in range(rounds):
        own.append(_times(engine, probes, lambda: 0.0))
        over.append(_times(lambda probe: _identify(server, probe), probes, lambda: machine.cpu_of(tasks)))
    for name, found in (("engine", own), ("over HTTP", over)):
        run.record(f"{name}, {what} in, wall", [wall for times in found for wall in times.wall], unit="ms", scale=1e3)
        run.record(f"{name}, {what} in, CPU", [times.cpu for times in found], unit="ms", scale=1e3)
    added = [b.cpu - a.cpu for a, b in zip(own, over, strict=True)]
    run.record(f"added, {what} in, CPU", added, unit="ms", scale=1e3)
    pairs = zip((wall for times in own for wall in times.wall), (wall for times in over for wall in times.wall), strict=True)
    run.record(f"added, {what} in, wall", [b - a for a, b in pairs], unit="ms", scale=1e3)


def _times(work: Callable[[bytes], object], probes: Sequence[bytes], elsewhere: Callable[[], float]) -> Times:
    """Measures the work on each probe. elsewhere: CPU seconds that other processes have used so far."""
    began, wall = time.process_time() + elsewhere(), []
    for probe in probes:
        start = time.perf_counter()
        work(probe)
        wall.append(time.perf_counter() - start)
    return Times(wall, (time.process_time() + elsewhere() - began) / len(probes))


def _engine_on_images(gallery: LocalGallery) -> Callable[[bytes], object]:
    """Returns a search with the extractor that a service has where nobody says otherwise."""
    return lambda data: gallery.identify([biomatch.extract(biomatch.decode(data))])


def _engine_on_templates(gallery: LocalGallery) -> Callable[[bytes], object]:
    return lambda data: gallery.identify([Template.from_bytes(data)])


def _identify(server: Server, data: bytes) -> dict[str, Any]:
    """Sends a print as a form does. Raises Unavailable."""
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="image"; filename="print"\r\n\r\n'
    body = head.encode() + data + f"\r\n--{_BOUNDARY}--\r\n".encode()
    kind = {"Content-Type": f"multipart/form-data; boundary={_BOUNDARY}"}
    status, text = server.ask("POST", "/v1/identify/ALL", body, **kind)
    if status != 200:
        raise Unavailable(f"the server answered {status} to a benchmark's request: {text.decode()}")
    found: dict[str, Any] = json.loads(text)
    return found


def _beside_engine(server: Server, data: bytes) -> float:
    """Measures seconds of a request's wall clock beyond the stages that the engine itself timed in it."""
    began = time.perf_counter()
    seconds: dict[str, float] = _identify(server, data)["seconds"]
    return time.perf_counter() - began - sum(seconds.values())


def _enrolled(place: Path, templates: Sequence[Template]) -> Path:
    """Makes a gallery's folder with these templates, by the command line as anybody would."""
    inbox, folder = place / "inbox", place / "gallery"
    inbox.mkdir()
    for n, template in enumerate(templates):
        (inbox / f"T{n}_1.bmt").write_bytes(template.to_bytes())
    served.command("enrol", "--gallery", str(folder), str(inbox))
    return folder
