"""Files named on the command line -> bytes, prints, persons, positions."""

from __future__ import annotations

import csv
import getpass
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from biomatch.errors import BadManifest, FileUnreadable, NothingToDo, UnknownName
from biomatch.vocabulary import FingerPosition, ImpressionType, Sex

if TYPE_CHECKING:
    from biomatch.bureau import Bureau, KeyPlace
    from biomatch.bureau.cases import Actor, Upload
    from biomatch.bureau.workshop import Workshop
    from biomatch.comparison import Comparison
    from biomatch.gallery.interface import Effort
    from biomatch.learned import Models
    from biomatch.template import Template

IMAGES = frozenset((".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg", ".jp2", ".wsq"))
TRANSACTIONS = frozenset((".an2", ".an2k", ".eft", ".ebts", ".nst", ".nist"))
RECORDS = frozenset((".ist", ".fmr", ".iso", ".iso-fmr", ".bmt"))
Kind = TypeVar("Kind", FingerPosition, ImpressionType, Sex)
TYPES = {
    "plain": ImpressionType.LIVE_SCAN_PLAIN,
    "rolled": ImpressionType.LIVE_SCAN_ROLLED,
    "latent": ImpressionType.LATENT_IMPRESSION,
}


def read_bytes(path: Path) -> bytes:
    """Raises FileUnreadable."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise FileUnreadable(str(path), error.strerror or str(error)) from None


def files_in(paths: Iterable[Path]) -> list[Path]:
    """Named files as they are, and what lies in named folders and looks like a print, sorted. Raises NothingToDo."""
    found: list[Path] = []
    for path in paths:
        inside = path.rglob("*") if path.is_dir() else [path]
        kept = [one for one in inside if not path.is_dir() or one.suffix.lower() in IMAGES | RECORDS | TRANSACTIONS]
        found += sorted(kept)
    if not found:
        raise NothingToDo("no prints were named; give images, templates, or folders that hold some")
    return found


def person_of(path: Path) -> str:
    """The file's stem before its last underscore: 101_1.png is a print of person 101."""
    return path.stem.rpartition("_")[0] or path.stem


def position_of(text: str | None) -> FingerPosition:
    """A code 0..10, or a name such as right-index. Raises UnknownName."""
    return FingerPosition.UNKNOWN if not text else _named(text, FingerPosition, "finger position")


def impression_of(text: str | None) -> ImpressionType:
    """plain, rolled, latent, or a full name; a number counts impressions and says no type. Raises UnknownName."""
    if not text or text.isdecimal():
        return ImpressionType.UNKNOWN
    known = TYPES.get(text.lower())  # plain is 0, which is no reason to look further
    return known if known is not None else _named(text, ImpressionType, "impression type")


def sex_of(text: str) -> Sex:
    """M, F, X, or a name. Raises UnknownName."""
    try:
        return Sex.of_letter(text.strip().upper())
    except KeyError:
        return _named(text, Sex, "sex")


def effort_of(text: str) -> Effort:
    """fast, normal or exhaustive. Raises UnknownName."""
    from biomatch.gallery.interface import Effort

    try:
        return Effort(text)
    except ValueError:
        raise UnknownName("effort", text, [one.value for one in Effort]) from None


def master() -> KeyPlace:
    """BIOMATCH_MASTER_KEY: the master key itself; BIOMATCH_MASTER_KEY_FILE: where it is; neither: it is in the folder."""
    from biomatch.bureau import KeyPlace

    file = os.environ.get("BIOMATCH_MASTER_KEY_FILE")
    return KeyPlace(Path(file) if file else None, os.environ.get("BIOMATCH_MASTER_KEY", ""))


def opened(gallery: Path, models: Path | None, **how: Any) -> Bureau:
    """A gallery, with the models and the master key that were named; how: as bureau.open_gallery wants it."""
    from biomatch.bureau import open_gallery

    return open_gallery(gallery, master=master(), models=models_of(models), **how)


def _named(text: str, kind: type[Kind], what: str) -> Kind:
    name = text.strip().upper().replace("-", "_").replace(" ", "_")
    try:
        return kind(int(name)) if name.isdecimal() else kind[name]
    except (KeyError, ValueError):
        raise UnknownName(what, text, [one.name.lower().replace("_", "-") for one in kind]) from None


def actor() -> Actor:
    from biomatch.bureau.cases import Actor

    return Actor(name=getpass.getuser(), door="cli")


def upload(path: Path, *, position: str | None = None, impression: str | None = None, ppi: float | None = None) -> Upload:
    from biomatch.bureau.cases import Upload

    return Upload(read_bytes(path), path.name, position_of(position), impression_of(impression), ppi)


@dataclass(frozen=True)
class Listed:
    """One line of an enrolment list."""

    path: Path
    person: str
    position: str | None
    impression: str | None
    ppi: float | None


def enrolment_list(manifest: Path) -> list[Listed]:
    """Columns path and person, and where known position, impression, ppi; lines whose role is another than enrol are left out.

    Raises BadManifest.
    """
    try:
        with manifest.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadManifest(str(manifest), str(error)) from None
    listed = []
    for line, row in enumerate(rows, start=2):
        if row.get("role") not in (None, "", "enrol"):
            continue
        missing = [name for name in ("path", "person") if not row.get(name)]
        if missing:
            raise BadManifest(str(manifest), f"line {line} has no value for {', '.join(missing)}")
        position = row.get("position") or row.get("finger_position") or row.get("finger position")
        try:
            ppi = float(row["ppi"]) if row.get("ppi") else None
        except ValueError as error:
            raise BadManifest(str(manifest), f"line {line}: {error}") from None
        listed.append(Listed(manifest.parent / row["path"], row["person"], position, row.get("impression"), ppi))
    return listed


@contextmanager
def workshop(models_folder: Path | None, count: int, extractor: str) -> Iterator[Workshop]:
    """Where prints that stand alone, outside any gallery, become templates: sandboxed processes, at most one a core."""
    from biomatch.bureau.workshop import Workshop, set_up, work
    from biomatch.errors import UnreadableImage
    from biomatch.extraction import open_extractor
    from biomatch.workers import Pool

    models = models_of(models_folder)
    processes = max(1, min(count, os.cpu_count() or 1))
    pool = Pool(partial(set_up, models, extractor), work, processes=processes, blame=UnreadableImage)
    shop = Workshop(pool, open_extractor(extractor, models).version, processes)
    try:
        yield shop
    finally:
        shop.close()


def compare(probe: Template, reference: Template, models_folder: Path | None) -> Comparison:
    """Every step of the comparison of two templates."""
    from biomatch.bureau.pairs import PairComparer

    return PairComparer(models_of(models_folder)).compare(probe, reference)


def models_of(folder: Path | None) -> Models | None:
    """None: what comes with the package."""
    from biomatch.learned import Models

    return None if folder is None else Models(folder)
