"""Prints of synthetic fingers as an extractor sees them, from which the network of patches learns."""

from __future__ import annotations

import functools
import io
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from biomatch.errors import BiomatchError
from biomatch.extraction import Extractor, open_extractor
from biomatch.imaging import GreyImage
from biomatch.learned import Models
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import versions
from biomatch.template import Template
from biomatch.training.data import SYNTHETIC, Print
from biomatch.training.extractor.synthetic import SyntheticParams, of_finger
from biomatch.workers import TRUSTED, Pool

PARAMS = SyntheticParams(plain=4)


def seen(
    fingers: int, seed: int, folder: Path, cache: Path | None, extractor: str, progress: Progress = NO_PROGRESS
) -> list[Print]:
    """Makes prints of so many synthetic fingers on several sensors, rolled ones and latents, made and looked at by two
    processes.

    folder  of the models that extraction uses
    cache   keeps templates, one file a finger, for the next time
    """
    made_by = "-".join((versions.IMAGES, _open(folder, extractor).version, str(seed))).replace("/", "-")
    place = None if cache is None else cache / f"patches-{made_by}"
    known = {number: _kept(place, number) for number in range(fingers)}
    missing = [number for number, found in known.items() if found is None]
    progress.start(f"making prints of {len(missing):,} fingers", len(missing))
    setup = functools.partial(_open, folder, extractor)
    with Pool(setup, _look, processes=min(2, os.cpu_count() or 1), caps=TRUSTED) as pool:
        for number, reply in zip(missing, pool.map([(seed, number) for number in missing], progress), strict=True):
            if isinstance(reply, BiomatchError):
                raise reply
            known[number] = reply
            if place is not None:
                _keep(place, number, reply)
    progress.done()
    return [
        Print(f"{SYNTHETIC}/{number}_{k}", SYNTHETIC, f"{SYNTHETIC}/{number}", k, SYNTHETIC, Template.from_bytes(data))
        for number, found in known.items()
        for k, data in enumerate(found or ())
    ]


def _open(folder: Path, extractor: str) -> Extractor:
    return open_extractor(extractor, Models(folder))


def _look(extractor: Extractor, seed: int, number: int) -> list[bytes]:
    return [extractor.measure(GreyImage.of(one.pixels))[0].to_bytes() for one in of_finger(seed, number, PARAMS)]


def _kept(place: Path | None, number: int) -> list[bytes] | None:
    if place is None or not (path := place / f"{number:05}.npz").exists():
        return None
    with np.load(path, allow_pickle=False) as file:
        return [file[name].tobytes() for name in sorted(file.files)]


def _keep(place: Path, number: int, templates: Sequence[bytes]) -> None:
    place.mkdir(parents=True, exist_ok=True)
    out = io.BytesIO()
    np.savez(out, allow_pickle=False, **{f"{k:02}": np.frombuffer(data, np.uint8) for k, data in enumerate(templates)})
    temporary = place / f"{number:05}.part"
    temporary.write_bytes(out.getvalue())
    temporary.replace(temporary.with_suffix(".npz"))
