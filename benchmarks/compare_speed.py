"""How long does each step of a comparison take, a candidate? -> results/compare_speed.json

One probe against 1,000 prints of about 40 minutiae, one thread: relaxed scores of all, full scores of fifty, the ridge check
of ten; Bozorth3 on MINDTCT's minutiae of the same prints in turn.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import samples
from peers import NbisEngine, nbis_version

from biomatch.comparison import Block, Comparer, evidence
from biomatch.evaluation.engine import OurSetup
from biomatch.evaluation.run import Run, timed
from biomatch.evaluation.runner import one_thread
from biomatch.learned import shipped

PROBES, REFERENCES, REFINED, CHECKED = 30, 1_000, 50, 10
SMALLEST, LARGEST = 30, 50  # minutiae


def main(data: Path, out: Path) -> None:
    one_thread()
    chosen = samples.prints(data, "uareu", "fvc2000_db1", "fvc2000_db2")[::2]
    engine, peer = OurSetup().open(""), NbisEngine()
    prints = [(engine.extract(sample), peer.extract(sample)) for sample in chosen]
    ours = [mine for mine, _ in prints if SMALLEST <= len(mine.template.minutiae) <= LARGEST]
    theirs = [other for mine, other in prints if SMALLEST <= len(mine.template.minutiae) <= LARGEST]
    run = Run(
        "compare_speed",
        threads=1,
        peer=nbis_version(),
        minutiae=float(np.mean([len(one.template.minutiae) for one in ours])),
        prints=len(ours),
    )
    references = [ours[n % len(ours)] for n in range(REFERENCES)]
    probes = ours[:: max(1, len(ours) // PROBES)][:PROBES]
    _time_steps(run, probes, references)
    many = [theirs[n % len(theirs)] for n in range(100)]
    _record(run, "Bozorth3", lambda one: peer.compare(one, many), theirs[:PROBES], len(many))
    print(run.save(out))


def _time_steps(run: Run, probes: Sequence[Any], references: Sequence[Any]) -> None:
    block = Block.of(references)
    with_ridges, without = Comparer(shipped()), Comparer(shipped(), use_ridges=False)
    few = references[:CHECKED]
    for one in references:
        _ = one.ridges  # unpacked once, as an arena keeps them
    _record(run, "relaxed", lambda probe: with_ridges.relaxed(probe, block), probes, len(block))
    fifty = Block.of(references[:REFINED])
    _record(run, "full, evidence alone", lambda probe: evidence.gather(probe, fifty), probes, REFINED)
    full = _record(run, "full", lambda probe: without.refine(probe, references[:REFINED]), probes, REFINED)
    few_full = _record(run, "full, of ten", lambda probe: without.refine(probe, few), probes, CHECKED)
    both = _record(run, "full and ridge check, of ten", lambda probe: with_ridges.refine(probe, few), probes, CHECKED)
    run.note("ridge check alone, us", round(both["median"] - few_full["median"], 1))

    def search(probe: Any) -> None:
        best = np.argsort(-with_ridges.relaxed(probe, block), kind="stable")[:REFINED]
        with_ridges.refine(probe, [references[at] for at in best])

    _record(run, "search of 1,000, a print", search, probes, len(block))
    run.note("steps", {"relaxed of": len(block), "full of": REFINED, "ridge check of": CHECKED, "full_us": full["median"]})


def _record(run: Run, name: str, work: Any, probes: Sequence[Any], candidates: int) -> dict[str, Any]:
    work(probes[0])
    return run.record(name, [timed(work, probe) for probe in probes], unit="us a candidate", scale=1e6 / candidates)


if __name__ == "__main__":
    options = samples.arguments(__doc__).parse_args()
    main(options.data, options.out)
