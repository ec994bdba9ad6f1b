"""Where does the mate of a latent stand among non-mated prints, by each extractor? -> latents.json

DATA/latents/semisynthetic/pairs.csv names latents and their mates among DATA/fillers, one print each of many fingers;
DATA/latents holds three real pairs (NIST SD27, CISL). All mates and fillers are in the gallery, and each is compared.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Protocol

from scipy.stats import binomtest

from biomatch.bench.engine import by_name, prints
from biomatch.bench.frame import Run, rounded
from biomatch.errors import NothingToDo
from biomatch.evaluation import peers, protocol
from biomatch.evaluation.protocol import Sample
from biomatch.evaluation.runner import one_thread
from biomatch.gallery import LocalGallery, MemoryLog
from biomatch.gallery.interface import Effort, Entry
from biomatch.learned import Models, shipped
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition, ImpressionType

NAME = "latents"
NBIS = "nbis"  # MINDTCT and Bozorth3
PPI = 500.0
REAL = (
    ("sd27_good_latent.bmp", "sd27_good_mate.bmp"),
    ("sd27_bad_latent.bmp", "sd27_bad_mate.bmp"),
    ("cisl_A01_latent.bmp", "cisl_A01_mate_aligned.bmp"),
)


@dataclass(frozen=True)
class Pair:
    """A latent and its mate, files; `real`: a crime scene's or a volunteer's, not made from a plain print."""

    latent: Path
    mate: Path
    real: bool


class Engine(Protocol):
    """The engine that searches for latents."""

    def enrol(self, prints: Sequence[Path]) -> None: ...

    def scores(self, latent: Path) -> dict[Path, float]:
        """Scores the enrolled prints that say anything."""
        ...


def measure(data: Path, extractors: Sequence[str] = (), *, models: Path | None = None, progress: Progress = NO_PROGRESS) -> Run:
    """Finds the places of the mates by extractor, our comparison behind each; "nbis" is MINDTCT with Bozorth3.

    extractors  names; none: all whose models or packages are there

    Raises UnknownName, PeerMissing, ModelMissing, BadManifest, NothingToDo, FileUnreadable.
    """
    one_thread()
    opened = Models(models) if models is not None else shipped()
    pairs = listed(data)
    every = [*by_name.available(opened), *([NBIS] if find_spec(peers.PACKAGES["mindtct"]) else [])]
    enrolled = sorted({*(data / "fillers").glob("*/*.png"), *(pair.mate for pair in pairs)})
    prints.need([*enrolled, *(pair.latent for pair in pairs)])
    engines = {name: _opened(name, opened) for name in extractors or every}
    run = Run(NAME, threads=1, models=opened, peer=peers.nbis_version(), enrolled=len(enrolled))
    progress.start("Searching for latents", len(engines) * len(pairs))
    for name, engine in engines.items():
        engine.enrol(enrolled)
        places = []
        for pair in pairs:
            places.append(_place(engine.scores(pair.latent), pair.mate, len(enrolled)))
            progress.advance()
        run.note(name, _figures(pairs, places))
    progress.done()
    return run


def listed(data: Path) -> list[Pair]:
    """Lists the pairs of a data folder. Raises BadManifest, NothingToDo."""
    table = data / "latents" / "semisynthetic" / "pairs.csv"
    if not table.is_file():
        raise NothingToDo(f"{table} is not there: it names latents and their mates")
    made = [Pair(data / row["latent"], data / row["mate"], False) for _, row in protocol.rows(table, ("latent", "mate"))]
    if not made:
        raise NothingToDo(f"{table} names no pair: give it lines with the paths of a latent and of its mate, from {data}")
    real = [Pair(data / "latents" / latent, data / "latents" / mate, True) for latent, mate in REAL]
    return made + [pair for pair in real if pair.latent.is_file() and pair.mate.is_file()]


def _place(scores: dict[Path, float], mate: Path, last: int) -> int:
    """Counts places from 1; a mate stands behind all who score as well, and last where nothing speaks for it."""
    if mate not in scores:
        return last
    return sum(score >= scores[mate] for score in scores.values())


def _figures(pairs: Sequence[Pair], places: Sequence[int]) -> dict[str, Any]:
    made = [place for pair, place in zip(pairs, places, strict=True) if not pair.real]
    first = sum(place == 1 for place in made)
    interval = binomtest(first, len(made)).proportion_ci(method="wilson")
    return {
        "searches": len(made),
        "rank1": rounded(first / len(made)),
        "rank1_interval": [rounded(float(interval.low)), rounded(float(interval.high))],
        "rank10": rounded(sum(place <= 10 for place in made) / len(made)),
        "real": {pair.latent.stem: place for pair, place in zip(pairs, places, strict=True) if pair.real},
    }


def _opened(name: str, models: Models) -> Engine:
    by_name.check(name, more=(NBIS,))
    if name == NBIS:
        peers.need("mindtct")
        return _Nbis()
    return _Ours(by_name.extraction(name, models, PPI), models)


class _Ours:
    """A gallery of ours, whose prints come from one extractor."""

    def __init__(self, extract: Callable[[bytes], Template], models: Models):
        self._extract = extract
        self._gallery = LocalGallery(MemoryLog(), None, models)

    def enrol(self, prints: Sequence[Path]) -> None:
        self._gallery.enrol([Entry(str(one), "1", str(one), self._extract(one.read_bytes())) for one in prints])

    def scores(self, latent: Path) -> dict[Path, float]:
        probe = self._extract(latent.read_bytes()).labelled(FingerPosition.UNKNOWN, ImpressionType.LATENT_IMPRESSION)
        found = self._gallery.identify([probe], top=len(self._gallery), effort=Effort.EXHAUSTIVE)
        return {Path(one.person): one.score for one in found.candidates}


class _Nbis:
    """MINDTCT and Bozorth3."""

    def __init__(self) -> None:
        self._engine = peers.NbisEngine()
        self._prints: dict[Path, bytes] = {}

    def enrol(self, prints: Sequence[Path]) -> None:
        self._prints = {one: self._record(one) for one in prints}

    def scores(self, latent: Path) -> dict[Path, float]:
        found = self._engine.compare(self._record(latent), list(self._prints.values()))
        return dict(zip(self._prints, found[:, 0].tolist(), strict=True))

    def _record(self, path: Path) -> bytes:
        return self._engine.extract(Sample("latents", path.stem, 1, path, PPI))
