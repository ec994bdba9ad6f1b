"""Times one extraction and one comparison: one process, one thread, warmed.

Times are of the CPU, so that what else the machine does counts little.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from statistics import median
from time import process_time
from typing import Any

import numpy as np

from biomatch.errors import BiomatchError
from biomatch.evaluation.engine import OurEngine, Setup
from biomatch.evaluation.protocol import Sample
from biomatch.evaluation.runner import Prints, one_thread
from biomatch.formats import is_record
from biomatch.gallery.search.stages import PARAMS

EXTRACTIONS = 60
PROBES = 20
REFERENCES = 1_000


def measure(setup: Setup, prints: Prints) -> dict[str, float | None]:
    """Measures median ms from an image's bytes to its template (None where no print is an image), and median us a reference of
    one probe's search through 1,000 prints, step by step."""
    one_thread()
    samples = prints.samples
    engine = setup.open(setup.key(samples[0].set))
    assert isinstance(engine, OurEngine)
    readable = [at for at, sample in enumerate(samples) if prints.ready[at, setup.key(sample.set)] is not None]
    if not readable:
        return {"extract_ms_median": None, "compare_us_median": None, "compare_pair_us_median": None}
    images = [samples[at] for at in readable if not is_record(samples[at].path.read_bytes())]
    spread = images[:: max(1, len(images) // EXTRACTIONS)]
    ready = [prints.ready[at, setup.key(samples[at].set)] for at in readable]
    references = [ready[n % len(ready)] for n in range(REFERENCES)]
    probes = ready[:: max(1, len(ready) // PROBES)]
    return {
        "extract_ms_median": 1e3 * median(_extract_seconds(engine, spread)) if spread else None,
        "compare_us_median": 1e6 / REFERENCES * median(_search_seconds(engine, probes, references)),
        "compare_pair_us_median": 1e6 / 100 * median(_pair_seconds(engine, probes, references[:100])),
    }


def _extract_seconds(engine: OurEngine, samples: Sequence[Sample]) -> list[float]:
    seconds = []
    for sample in [samples[0], *samples]:  # the first one warms
        data = sample.path.read_bytes()
        began = process_time()
        try:
            engine.template(data, sample)
        except BiomatchError:
            continue
        seconds.append(process_time() - began)
    return seconds[1:] or seconds


def _search_seconds(engine: OurEngine, probes: Sequence[Any], references: Sequence[Any]) -> list[float]:
    """Compares one probe with all references: relaxed scores of all, the best in full, as a search does it."""
    from biomatch.comparison import Block

    block = Block.of(references)

    def search(probe: Any) -> None:
        relaxed = engine.comparer.relaxed(probe, block)
        engine.comparer.refine(probe, [references[at] for at in np.argsort(-relaxed, kind="stable")[: PARAMS.refined]])

    return _each(search, probes)


def _pair_seconds(engine: OurEngine, probes: Sequence[Any], references: Sequence[Any]) -> list[float]:
    """Takes every step for every reference, as all-pairs scoring does it."""
    return _each(lambda probe: engine.compare(probe, references), probes)


def _each(work: Callable[[Any], object], items: Sequence[Any]) -> list[float]:
    work(items[0])
    seconds = []
    for item in items:
        began = process_time()
        work(item)
        seconds.append(process_time() - began)
    return seconds
