"""The model "texture", from real prints: what they show, the network's run, its ONNX file."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch

from biomatch.errors import NothingToDo
from biomatch.evaluation.protocol import Sample
from biomatch.extraction import LearnedExtractor
from biomatch.learned import Models, save_file
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis.texture import MODEL
from biomatch.training.texture.fit import FitParams, fit
from biomatch.training.texture.network import to_onnx
from biomatch.training.texture.prints import KIND_OF_SET, Sheet, real, synthetic
from biomatch.training.weights import TERMS_REAL, WEIGHTS, found

LIMITS = "paints plain prints of sensors like those of `data`; it knows no ink, no latents, no rolled prints"


def _has_amx() -> bool:
    """Whether the processor multiplies matrices of bfloat16 by itself."""
    known = getattr(torch.cpu, "_is_amx_tile_supported", None)
    return known is not None and bool(known())


@dataclass(frozen=True)
class TextureParams:
    steps: int = 40_000
    fingers: int = 120  # synthetic ones
    threads: int = 1
    fit: FitParams = field(default_factory=lambda: FitParams(brain_floats=_has_amx()))


PARAMS = TextureParams()


def train_texture(
    samples: Sequence[Sample],
    models: Path | None,
    out: Path,
    cache: Path | None,
    *,
    seed: int = 1,
    start: Path | None = None,
    card: Mapping[str, Any],
    progress: Progress = NO_PROGRESS,
    params: TextureParams = PARAMS,
) -> None:
    """Writes the model into `out`.

    models  folder of the learned extractor that finds real prints' ridges; None: the package's
    cache   folder that keeps the run, so that one that was stopped goes on
    start   folder of models whose weights.npz the run begins with
    card    made_by, seed

    Raises NothingToDo where no print is of a known sensor, ModelMissing, ModelDamaged.
    """
    torch.set_num_threads(params.threads)
    sheets = real(samples, models, progress)
    if not sheets:
        raise NothingToDo(f"textures are learned from prints of {', '.join(KIND_OF_SET)}, and none of them is there")
    made = synthetic(params.fingers, seed, {one.kind for one in sheets}, progress)
    begin, state = found(start, MODEL), None
    if cache is not None:
        cache.mkdir(parents=True, exist_ok=True)
        state = cache / f"{MODEL}-{_digest([*sheets, *made], seed, begin, params)}.state"
    painter, weights = fit(sheets, made, params.steps, state, seed=seed, begin=begin, progress=progress, params=params.fit)
    sets = Counter(one.origin for one in sheets)
    told = {
        **card,
        "data": f"{len(sheets):,} prints: {', '.join(f'{count} of {name}' for name, count in sorted(sets.items()))}",
        "ridges_by": LearnedExtractor(Models(models)).version,
        "terms": TERMS_REAL,
        "goes_on": f"{WEIGHTS}, weights of both networks: biomatch train texture --start DIR",
        "scores": {"steps": params.steps, "synthetic_prints": len(made)},
        "limits": LIMITS,
    }
    save_file(out, MODEL, "network.onnx", to_onnx(painter), told)
    (out / MODEL / WEIGHTS).write_bytes(weights)


def _digest(sheets: Sequence[Sheet], seed: int, begin: bytes | None, params: TextureParams) -> str:
    """Of all that a run depends on but its length, which may be changed while it lasts."""
    shape = replace(params.fit, brain_floats=False)  # a run may go on on another machine
    known = hashlib.sha256(repr((seed, shape)).encode() + (begin or b""))
    for one in sheets:
        for values in (one.image, one.ridges, one.contact):
            known.update(values.tobytes())
    return known.hexdigest()[:12]
