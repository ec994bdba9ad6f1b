"""The prints that are scored, and how: a manifest or a folder of prints; all pairs inside each set; enrolled and searched
prints.

Prints of one finger carry the same `finger`, in every set; they are mates and never a non-mated pair.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from biomatch.errors import BadManifest, NothingToDo

MANIFEST = "manifest.csv"
COLUMNS = ("path", "set", "finger", "impression")  # ppi may be left out; any other column is ignored
IMAGES = frozenset((".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg", ".jp2", ".wsq", ".pgm"))
SUFFIXES = IMAGES | {".ist", ".fmr", ".iso", ".iso-fmr", ".bmt"}


@dataclass(frozen=True, order=True)
class Sample:
    """One print on file. Sorted by set, finger and impression, whatever order it was listed in."""

    set: str
    finger: str
    impression: int
    path: Path
    ppi: float | None = None


def read(place: Path, only: Sequence[str] = ()) -> list[Sample]:
    """Reads samples of a manifest (CSV) or of a folder, sorted; `only` names the sets to keep (default all).

    Raises BadManifest, NothingToDo.
    """
    return read_several([place], only)


def read_several(places: Sequence[Path], only: Sequence[str] = ()) -> list[Sample]:
    """Reads samples of manifests and folders together, as `read` gives them. Raises BadManifest, NothingToDo."""
    samples = sorted(sample for place in places for sample in (_folder(place) if place.is_dir() else _manifest(place)))
    told = ", ".join(map(str, places))
    known = sorted({sample.set for sample in samples})
    for name in only:
        if name not in known:
            raise NothingToDo(f"there is no set '{name}' in {told}; its sets are {', '.join(known) or 'none'}")
    kept = [sample for sample in samples if not only or sample.set in only]
    if not kept:
        raise NothingToDo(f"{told} holds no prints named FINGER_IMPRESSION.ext, such as 101_1.png")
    return kept


def lists_of(places: Sequence[Path]) -> list[Path]:
    """Lists manifests as they are, and of each folder its manifest.csv."""
    return [place / MANIFEST if place.is_dir() else place for place in places]


def rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Yields lines of a CSV file by number, each with a value in all of these columns. Raises BadManifest."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = csv.DictReader(file)
            named, found = bool(lines.fieldnames), list(lines)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadManifest.because(str(path), error) from None
    if not found:
        raise BadManifest(str(path), "it has no line below the column names" if named else "it is empty")
    for line, row in enumerate(found, start=2):
        missing = [name for name in columns if not row.get(name)]
        if missing:
            raise BadManifest(str(path), f"line {line} has no value for {', '.join(missing)}")
        yield line, row


def _manifest(path: Path) -> Iterable[Sample]:
    for line, row in rows(path, COLUMNS):
        try:
            impression = int(row["impression"])
        except ValueError:
            raise BadManifest(str(path), f"line {line}: impression '{row['impression']}' is no whole number") from None
        try:
            ppi = float(row["ppi"]) if row.get("ppi") else None
        except ValueError:
            raise BadManifest(str(path), f"line {line}: ppi '{row['ppi']}' is no number") from None
        yield Sample(row["set"], row["finger"], impression, path.parent / row["path"], ppi)


def _folder(folder: Path) -> Iterable[Sample]:
    """Lists a folder's samples; each folder is a set of its own; so fingers of different folders are different fingers."""
    for path in folder.rglob("*"):
        finger, _, impression = path.stem.rpartition("_")
        if path.suffix.lower() in SUFFIXES and finger and impression.isdecimal() and path.is_file():
            name = path.parent.relative_to(folder).as_posix()
            name = folder.resolve().name if name == "." else name
            yield Sample(name, f"{name}/{finger}", int(impression), path)


def sets_of(samples: Sequence[Sample]) -> dict[str, np.ndarray]:
    """Returns the positions (n,) int64 of each set's samples, by name."""
    names = np.array([sample.set for sample in samples])
    return {str(name): np.flatnonzero(names == name) for name in np.unique(names)}


def finger_numbers(samples: Sequence[Sample]) -> np.ndarray:
    """Gives a number to each finger, the same in all sets, (n,) int64."""
    return np.unique([sample.finger for sample in samples], return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True, eq=False)
class Identification:
    """Positions of the samples that are enrolled, and of those that are searched, (g,) and (p,) int64."""

    enrolled: np.ndarray
    probes: np.ndarray


def identification(samples: Sequence[Sample]) -> Identification:
    """Splits samples: each finger's lowest impression in each set is enrolled; the other prints of these fingers in that set
    are probes."""
    first: dict[tuple[str, str], int] = {}
    probes = []
    for at, sample in sorted(enumerate(samples), key=lambda item: item[1]):
        if (sample.set, sample.finger) in first:
            probes.append(at)
        else:
            first[sample.set, sample.finger] = at
    return Identification(np.array(sorted(first.values()), np.int64), np.array(sorted(probes), np.int64))
