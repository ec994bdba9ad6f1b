"""An evaluation from beginning to end: the table of contents of this folder."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from biomatch.evaluation import protocol, report, runner, searching, timing
from biomatch.evaluation.engine import OurSetup
from biomatch.evaluation.runner import Prints, SetScores
from biomatch.evaluation.searching import Found
from biomatch.observe import NO_PROGRESS, Progress


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Error rates on prints whose fingers are known, and what they were made of.

    Attributes
    ----------
    report
        What `biomatch evaluate --json` writes: rates as fractions of one, with 95 % intervals.
    prints
        What extraction made of each sample.
    scores
        All pairs of each set, by its name.
    found
        Searches, one value a probe.
    """

    report: dict[str, Any]
    prints: Prints
    scores: dict[str, SetScores]
    found: Found


def run(
    setup: OurSetup,
    place: Path,
    only: Sequence[str] = (),
    *,
    distractors: int = searching.DISTRACTORS,
    processes: int = 2,
    progress: Progress = NO_PROGRESS,
) -> Evaluation:
    """Scores a manifest or folder of prints. Raises BadManifest, NothingToDo, BadInstallation."""
    samples = protocol.read(place, only)
    prints = runner.extract_all(setup, samples, searching.wanted(setup, samples), processes=processes, progress=progress)
    scores = runner.compare_all(setup, prints, processes=processes, progress=progress)
    found = searching.search_all(setup, prints, distractors=distractors, processes=processes, progress=progress)
    times = timing.measure(setup, prints)
    return Evaluation(report.build(prints, scores, found, times), prints, scores, found)
