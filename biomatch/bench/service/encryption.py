"""What does it cost a search that the gallery's caches are sealed? -> encryption.json

Two galleries with the same prints, one in the clear and one sealed. Each probe is identified in both, in turn, first in the one
and first in the other: recorded are the CPU times of this thread, and the quotient of each pair. Synthetic templates, each of
another person, fill the galleries, with ridge pictures of the synthetic sample's images; probes are further impressions.
"""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

import numpy as np

import biomatch
from biomatch.bench.engine import prints
from biomatch.bench.frame import Run, rounded
from biomatch.evaluation.runner import one_thread
from biomatch.gallery.interface import Entry
from biomatch.gallery.local import LocalGallery
from biomatch.gallery.memory import MemoryLog
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.sealing import Sealing
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.template import Template

NAME = "encryption"
PRINTS = 5_000
PROBES = 200
PICTURES = 20


def measure(sealing: Sealing, fill: int = PRINTS, probes: int = PROBES, seed: int = 7, progress: Progress = NO_PROGRESS) -> Run:
    """Measures the cost of sealing. sealing: that of a real store."""
    one_thread()
    run = Run(NAME, threads=1, seed=seed, prints=fill, probes=probes, candidates=20, sealing=sealing.version)
    progress.start("Enrolling", None)
    log = MemoryLog()
    made = _templates(fill, seed)
    log.append([Entry(f"P{n}", "e", f"p{n}", template) for n, template in enumerate(made)])
    with tempfile.TemporaryDirectory() as place:
        clear = LocalGallery(log, Path(place) / "clear")
        sealed = LocalGallery(log, Path(place) / "sealed", sealing=sealing)
        clear.warm()
        which = np.random.default_rng(seed).choice(fill, probes, replace=probes > fill).tolist()
        asked = [_again(made[number], number) for number in which]
        for one in asked[:20]:
            _timed(clear, one)
            _timed(sealed, one)
        progress.start("Searching", probes)
        times = []
        for turn, one in enumerate(asked):
            pair = (_timed(clear, one), _timed(sealed, one)) if turn % 2 else (_timed(sealed, one), _timed(clear, one))[::-1]
            times.append(pair)
            progress.advance()
        clear.close()
        sealed.close()
    run.record("search, caches in the clear", [one for one, _ in times], unit="ms", scale=1e3)
    run.record("search, caches sealed", [one for _, one in times], unit="ms", scale=1e3)
    run.note("sealed by clear, median of pairs", rounded(np.median([b / a for a, b in times])))
    progress.done()
    return run


def _templates(fill: int, seed: int) -> list[Template]:
    images = [one.path.read_bytes() for one in prints.evenly(prints.listed(None), PICTURES)]
    pictures = [biomatch.extract(biomatch.decode(image)).ridges for image in images]
    found = synthesise_templates(fill, seed)
    return [replace(template, ridges=pictures[n % len(pictures)]) for n, template in enumerate(found)]


def _again(template: Template, seed: int) -> Template:
    return replace(press_again(template, np.random.default_rng(seed), strength=0.5), ridges=template.ridges)


def _timed(gallery: LocalGallery, probe: Template) -> float:
    began = time.thread_time()
    gallery.identify([probe])
    return time.thread_time() - began
