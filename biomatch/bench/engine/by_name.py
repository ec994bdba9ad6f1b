"""Extractors by the names that benchmarks take: ours, and foreign ones whose packages are installed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path

import biomatch
from biomatch.errors import ModelMissing, UnknownName
from biomatch.evaluation import peers
from biomatch.evaluation.engine import OurSetup
from biomatch.extraction import NAMES, open_extractor
from biomatch.learned import Models
from biomatch.template import Template


def available(models: Models) -> list[str]:
    """Lists the extractors that can be run here."""
    ours = []
    for name in NAMES:
        try:
            open_extractor(name, models)
        except ModelMissing:
            continue
        ours.append(name)
    return ours + [name for name in peers.FOREIGN if find_spec(peers.PACKAGES[name])]


def check(name: str, more: Sequence[str] = ()) -> None:
    """Checks that there is an extractor of this name. `more` are further names that the caller knows. Raises UnknownName,
    PeerMissing."""
    known = (*more, *NAMES, *peers.FOREIGN)
    if name not in known:
        raise UnknownName("extractor", name, list(known))
    if name in peers.FOREIGN:
        peers.need(name)


def setup(name: str, models: Path | None) -> OurSetup:
    """Sets up our comparison on that extractor's templates. Raises UnknownName, PeerMissing."""
    check(name)
    if name in NAMES:
        return OurSetup(models=models, extractor=name)
    return peers.OursOnForeignSetup(models=models, foreign=name)


def extraction(name: str, models: Models, ppi: float) -> Callable[[bytes], Template]:
    """Returns the function from image bytes to Template. Raises UnknownName, PeerMissing, ModelMissing."""
    check(name)
    if name in NAMES:
        ours = open_extractor(name, models)
        return lambda data: ours.extract(biomatch.decode(data, ppi=ppi))
    return lambda data: peers.FOREIGN[name](data, ppi)
