"""Real prints, labelled: the teacher's minutiae of each, found once and kept, and what the impressions of a finger agree on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from biomatch.evaluation import peers
from biomatch.evaluation.protocol import Sample
from biomatch.imaging import decode
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.template import Minutiae
from biomatch.training.extractor import labels
from biomatch.training.extractor.labelled import LabelledPrint


def prints(samples: Sequence[Sample], folder: Path, progress: Progress = NO_PROGRESS) -> list[LabelledPrint]:
    """Makes labelled prints of samples; what the teacher found is kept in `folder`. Raises PeerMissing, BadImage."""
    peers.need("leader")
    folder.mkdir(parents=True, exist_ok=True)
    progress.start(f"the teacher looks at {len(samples):,} prints", len(samples))
    taught = []
    for sample in samples:
        path = folder / f"{sample.set}-{sample.path.stem}.npy"
        data = sample.path.read_bytes()
        if not path.exists():
            _keep(path, peers.leader_template(data, sample.ppi, least=labels.PARAMS.doubtful).minutiae)
        image = decode(data, ppi=sample.ppi)
        taught.append(labels.look(sample.finger, image, Minutiae.of(*np.load(path, allow_pickle=False))))
        progress.advance()
    progress.done()
    return labels.agreed(taught)


def _keep(path: Path, found: Minutiae) -> None:
    temporary = path.with_suffix(".part.npy")
    np.save(temporary, np.stack([found.x, found.y, found.angle, found.kind, found.quality]).astype(np.float32))
    temporary.replace(path)
