"""Versions of what makes images and templates: by the same version a seed makes the same.

A version is told from the sources of all files of this folder that have a say in what is made, so that no number in them can
change without it. A changed comment changes it, too, and a run that was stopped before cannot be gone on with: a number that
was overlooked would cost more, as it gives other prints the old name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from importlib import resources
from importlib.resources.abc import Traversable

# These write, list or look at what was made, and change nothing in it.
_ONLOOKERS = frozenset(("__init__", "files", "making", "parts", "ridge_map", "sample_readme", "sheet", "versions"))
# What is drawn as minutiae only grows no ridges and meets no sensor; orders and the sample say which finger is whose.
_OF_TEMPLATES = frozenset(("distortion", "fingers", "orders", "sample", "sample_listing", "templates", "truth_record"))
_NO_IMAGE = frozenset(("fingers", "templates"))


def of_images(folder: Traversable | None = None) -> str:
    """Eight hex digits. folder: of the sources; None: of this package."""
    folder = folder or _here()
    return _digest(folder, _names(folder) - _ONLOOKERS - _NO_IMAGE)


def of_templates(folder: Traversable | None = None) -> str:
    """The same of what draws minutiae, but for the model."""
    return _digest(folder or _here(), _OF_TEMPLATES)


def _here() -> Traversable:
    return resources.files("biomatch.synthesis")


def _names(folder: Traversable) -> frozenset[str]:
    return frozenset(place.name.removesuffix(".py") for place in folder.iterdir() if place.name.endswith(".py"))


def _digest(folder: Traversable, names: Iterable[str]) -> str:
    """Of the text of files, whatever ends its lines."""
    found = hashlib.sha256()
    for name in sorted(names):
        text = (folder / f"{name}.py").read_text(encoding="utf-8")
        found.update(f"{name}\0{text}\0".encode())
    return found.hexdigest()[:8]
