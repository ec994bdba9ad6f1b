"""Copies of the models that caches were made by, beside the caches: with them an index serves on after an upgrade that brings
others, until it is built anew.

    models-DIGEST/shipped/NAME        a model with its card, as learned.py has it
    models-DIGEST/CALIBRATION/NAME    those of a gallery's own calibration
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from biomatch import private
from biomatch.durable import sync
from biomatch.errors import ModelMissing
from biomatch.learned import SHIPPED, Models

_KIND = "models-"
_NEW = ".new"
_NAMES = ("calibration", "comparison", "index", "patch", "projection", "search_rates")  # that a search reads; 2 MB


def keep(folder: Path, models: Models) -> str:
    """Copies what a search reads of these models into the folder, unless it is there; the copy's name. Raises OSError."""
    shipped = models.calibrated(None)
    there = [name for name in _NAMES if _has(models, name)]
    own = [name for name in there if not _has(shipped, name) or models.sha256(name) != shipped.sha256(name)]
    told = "\n".join([models.calibration, *(f"{name} {models.sha256(name)}" for name in there)])
    place = folder / f"{_KIND}{hashlib.sha256(told.encode()).hexdigest()[:16]}"
    if place.is_dir():
        return place.name
    new = place.with_name(place.name + _NEW)
    shutil.rmtree(new, ignore_errors=True)
    private.make_folder(new)
    for name in there:
        if _has(shipped, name):
            shipped.copy(name, new / SHIPPED)
    for name in own:
        models.copy(name, new / models.calibration)
    private.close(new)
    for path in new.rglob("*"):
        sync(path)
    os.replace(new, place)
    sync(folder)
    return place.name


def kept(folder: Path) -> Iterator[Models]:
    """Yields every copy in the folder. A damaged one says so when it is loaded."""
    for place in sorted(folder.glob(f"{_KIND}*")):
        if place.is_dir() and not place.name.endswith(_NEW):
            own = [path for path in place.iterdir() if path.is_dir() and path.name != SHIPPED]
            yield Models(place / SHIPPED, own[0] if own else None)


def tidy(folder: Path, name: str) -> None:
    """Deletes all copies but this one. One that cannot be deleted stays until the next time."""
    for place in folder.glob(f"{_KIND}*"):
        if place.name != name:
            with contextlib.suppress(OSError):
                shutil.rmtree(place)


def _has(models: Models, name: str) -> bool:
    try:
        models.card(name)
    except ModelMissing:
        return False
    return True
