"""Minutiae that another extractor finds in the training prints: the score of foreign templates is learned from them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from biomatch.errors import BiomatchError
from biomatch.evaluation.peers import mindtct_template, need
from biomatch.evaluation.protocol import Sample
from biomatch.imaging import decode
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis.degrade import harder
from biomatch.template import Template
from biomatch.training.data import FILLER_SUFFIX, Print, group_of, seed_of

KINDS = ("plain", "hard")


def templates(
    samples: Sequence[Sample], cache: Path | None, progress: Progress = NO_PROGRESS, *, hardness: float = 0
) -> list[Print]:
    """Makes MINDTCT's minutiae of the samples, or of degraded copies of them; fillers and what gives an error are left out.

    cache  folder that keeps templates by hardness; None: nothing is kept

    Raises PeerMissing without nbis-python.
    """
    need("mindtct")
    chosen = [s for s in samples if not s.set.endswith(FILLER_SUFFIX)]
    progress.start(f"extracting {len(chosen):,} prints with MINDTCT", len(chosen))
    out = []
    for sample in chosen:
        kept = None if cache is None else cache / f"mindtct-{hardness:g}" / sample.set / f"{sample.path.stem}.bmt"
        template = _kept(kept) or _extracted(sample, hardness, kept)
        progress.advance()
        if template is not None:
            out.append(Print(str(sample.path), sample.set, sample.finger, sample.impression, group_of(sample.set), template))
    progress.done()
    return out


def _kept(path: Path | None) -> Template | None:
    return Template.from_bytes(path.read_bytes()) if path is not None and path.exists() else None


def _extracted(sample: Sample, hardness: float, keep: Path | None) -> Template | None:
    data, ppi = sample.path.read_bytes(), sample.ppi
    try:
        if hardness:
            pixels = harder(decode(data, ppi=ppi).pixels, np.random.default_rng(seed_of(sample)), hardness)
            data, ppi = bytes(cv2.imencode(".png", pixels)[1]), 500.0
        template = mindtct_template(data, ppi)
    except BiomatchError:
        return None
    if keep is not None:
        keep.parent.mkdir(parents=True, exist_ok=True)
        keep.write_bytes(template.to_bytes())
    return template
