"""How much does HTTP add to the engine's own time? -> results/http_overhead.json

One client, one connection, a server in a process of its own with one extraction worker. Each probe is identified in turn by
the engine in this process and by the server, over galleries with the same prints. Recorded are the wall clock, and the CPU time
of all processes that take part: client, server and worker follow each other, so on an idle machine the two are alike, and on a
busy one the CPU time still tells. The synthetic sample's images are the probes; synthetic templates fill the gallery.
"""

from __future__ import annotations

import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

import biomatch
from biomatch.bureau import Actor, Enrolment, Upload, open_gallery
from biomatch.evaluation.run import Run
from biomatch.evaluation.runner import one_thread
from biomatch.extraction import ClassicalExtractor
from biomatch.gallery.local import LocalGallery
from biomatch.store import open_store
from biomatch.synthesis import sample, synthesise_templates
from biomatch.template import Template
from biomatch.workers import one_thread_each

ROOT = Path(__file__).resolve().parents[1]
FILL = 1_000  # prints: a search that takes as long as a small bureau's
PROBES = 20
ROUNDS = 5
ME = Actor("benchmark", "cli")


def main(out: Path) -> None:
    one_thread()
    one_thread_each()
    run = Run("http_overhead", threads=1, prints=FILL, candidates=20)
    probes = [_png(one) for one in sample.listing() if one.role == sample.PROBE][:PROBES]
    with tempfile.TemporaryDirectory() as place:
        served, copied = Path(place, "served"), Path(place, "copied")
        _fill(served)
        shutil.copytree(served, copied)
        gallery = _opened(copied)
        with _serving(served) as server:
            _measure(run, "image", probes, _engine_on_images(gallery), server)
            templates = [biomatch.extract(biomatch.decode(probe)).to_bytes() for probe in probes]
            _measure(run, "template", templates, _engine_on_templates(gallery), server)
            beside = [server.beside_engine(template) for _ in range(ROUNDS) for template in templates]
            run.record("beside the engine's stages, template in, wall", beside, unit="ms", scale=1e3)
            print(f"template in: {statistics.median(beside) * 1e3:.1f} ms by the clock beside the engine's own stages")
    print(run.save(out))


@dataclass(frozen=True)
class Times:
    """Seconds a request: by the clock, each; of CPU, on average."""

    wall: list[float]
    cpu: float


def _measure(run: Run, what: str, probes: list[bytes], engine: Callable[[bytes], object], server: Server) -> None:
    """Records the engine's time, that over HTTP, and the difference."""
    for probe in probes[:5]:
        engine(probe)
        server.identify(probe)
    own, over = [], []
    for _ in range(ROUNDS):
        own.append(_times(engine, probes, lambda: 0.0))
        over.append(_times(server.identify, probes, server.cpu))
    for name, found in (("engine", own), ("over HTTP", over)):
        run.record(f"{name}, {what} in, wall", [wall for times in found for wall in times.wall], unit="ms", scale=1e3)
        run.record(f"{name}, {what} in, CPU", [times.cpu for times in found], unit="ms", scale=1e3)
    added = [b.cpu - a.cpu for a, b in zip(own, over, strict=True)]
    run.record(f"added, {what} in, CPU", added, unit="ms", scale=1e3)
    pairs = zip((wall for times in own for wall in times.wall), (wall for times in over for wall in times.wall), strict=True)
    waited = [b - a for a, b in pairs]
    run.record(f"added, {what} in, wall", waited, unit="ms", scale=1e3)
    cpu, wall = statistics.median(added) * 1e3, statistics.median(waited) * 1e3
    print(f"{what} in: HTTP adds {cpu:.1f} ms of CPU, {wall:.1f} ms by the clock")


def _times(work: Callable[[bytes], object], probes: list[bytes], elsewhere: Callable[[], float]) -> Times:
    """elsewhere  CPU seconds that other processes have used so far"""
    began, wall = time.process_time() + elsewhere(), []
    for probe in probes:
        start = time.perf_counter()
        work(probe)
        wall.append(time.perf_counter() - start)
    return Times(wall, (time.process_time() + elsewhere() - began) / len(probes))


def _engine_on_images(gallery: LocalGallery) -> Callable[[bytes], object]:
    extractor = ClassicalExtractor()
    return lambda data: gallery.identify([extractor.extract(biomatch.decode(data))])


def _engine_on_templates(gallery: LocalGallery) -> Callable[[bytes], object]:
    return lambda data: gallery.identify([Template.from_bytes(data)])


class Server:
    """`biomatch serve` in a process of its own, with its workers."""

    def __init__(self, process: subprocess.Popen[bytes], client: httpx.Client):
        self._client = client
        threads = Path(f"/proc/{process.pid}/task").glob("*/children")
        self._tasks = [process.pid, *(int(child) for thread in threads for child in thread.read_text().split())]

    def identify(self, data: bytes) -> dict[str, Any]:
        answer: dict[str, Any] = self._client.post("/v1/identify/ALL", files={"image": data}).raise_for_status().json()
        return answer

    def beside_engine(self, data: bytes) -> float:
        """Seconds of a request's wall clock beyond the stages that the engine itself timed in it."""
        began = time.perf_counter()
        answer = self.identify(data)
        seconds: dict[str, float] = answer["seconds"]
        return time.perf_counter() - began - sum(seconds.values())

    def cpu(self) -> float:
        """Seconds used so far (proc(5): utime and stime)."""
        stats = [Path(f"/proc/{task}/stat").read_text().rpartition(")")[2].split() for task in self._tasks]
        return sum(int(stat[11]) + int(stat[12]) for stat in stats) / os.sysconf("SC_CLK_TCK")


def _png(one: sample.SamplePrint) -> bytes:
    return sample.to_png(sample.render(one), sample.PPI)


def _fill(folder: Path) -> None:
    people = [Enrolment(f"T{n}", Upload(t.to_bytes())) for n, t in enumerate(synthesise_templates(FILL, 1))]
    people += [Enrolment(one.person, Upload(_png(one))) for one in sample.listing() if one.role == sample.ENROL]
    with open_gallery(folder) as bureau:
        for start in range(0, len(people), 500):
            bureau.enrol_batch(people[start : start + 500], ME)


def _opened(folder: Path) -> LocalGallery:
    """A copy of the folder's gallery in this process, index and all."""
    gallery = LocalGallery(open_store(folder).log, folder / "caches")
    gallery.warm()
    return gallery


@contextmanager
def _serving(folder: Path) -> Iterator[Server]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["-c", "from biomatch.cli import main; main()", "serve", "--gallery", str(folder), "--port", str(port)]
    with subprocess.Popen(
        [sys.executable, *command], env=os.environ | {"BIOMATCH_WORKERS": "1", "OMP_NUM_THREADS": "1"}
    ) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=120) as client:
                _wait(client)
                yield Server(process, client)
        finally:
            process.terminate()


def _wait(client: httpx.Client) -> None:
    for _ in range(600):
        try:
            client.get("/healthz")
        except httpx.TransportError:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError("the server does not answer")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=ROOT / "benchmarks" / "results", help="folder for the figures")
    main(parser.parse_args().out)
