"""Files named on the command line -> bytes, prints, persons, positions."""

from __future__ import annotations

import getpass
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from biomatch.cli.console import warn
from biomatch.errors import BadInput, FileEmpty, FileUnreadable, NothingToDo, PersonNotNamed, UnknownName
from biomatch.vocabulary import impression_of, position_of

if TYPE_CHECKING:
    from biomatch.bureau import Bureau, KeyPlace
    from biomatch.bureau.cases import Actor, Upload
    from biomatch.bureau.workshop import Workshop
    from biomatch.comparison import Comparison
    from biomatch.gallery.interface import Effort
    from biomatch.learned import Models
    from biomatch.template import Template

HEAD = 64  # bytes from which a file's format is told
NAMES_SHOWN = 5  # of files that are of no format that is read


def read_bytes(path: Path) -> bytes:
    """Raises FileUnreadable, FileEmpty."""
    try:
        data = path.read_bytes()
    except OSError as error:
        raise FileUnreadable(str(path), error.strerror or str(error)) from None
    if not data:
        raise FileEmpty(str(path))
    return data


@contextmanager
def about(path: Path) -> Iterator[None]:
    """Wraps the work on one file: an error of the input names the file."""
    try:
        yield
    except BadInput as error:
        raise error.about(str(path)) from None


def files_in(paths: Sequence[Path]) -> list[Path]:
    """Lists named files as they are, and what lies in named folders and begins as a print or a transaction does, sorted.

    Hidden files and folders are left out; what is of another format is told in one line. Raises NothingToDo.
    """
    found: list[Path] = []
    others: list[Path] = []
    for path in paths:
        for file in sorted(_inside(path)) if path.is_dir() else ():
            (found if _may_be_print(file) else others).append(file)
        if not path.is_dir():
            found.append(path)
    if not found:
        raise NothingToDo(_nothing_in(paths))
    if others:
        _say_others(others)
    return found


def _inside(folder: Path) -> Iterator[Path]:
    """Yields regular files of a folder and of those in it; what begins with a dot is hidden."""
    for path in folder.rglob("*"):
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts):
            yield path


def _may_be_print(path: Path) -> bool:
    """Tells whether a file begins as an image, a template, a minutiae record or a transaction; or cannot be opened to tell."""
    from biomatch import formats
    from biomatch.formats import nist
    from biomatch.imaging import header

    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError:
        return True  # whoever reads it says why not
    return formats.is_record(head) or nist.is_transaction(head) or header.is_image(head)


def _say_others(paths: Sequence[Path]) -> None:
    names = [f"{path.name}{'' if path.stat().st_size else ' (empty)'}" for path in paths[:NAMES_SHOWN]]
    more = ", ..." if len(paths) > NAMES_SHOWN else ""
    files = "1 file is" if len(paths) == 1 else f"{len(paths):,} files are"
    warn(f"{files} of no format that is read: {', '.join(names)}{more}")


def _nothing_in(paths: Sequence[Path]) -> str:
    if not paths:
        return "no prints were named; give images, templates, or folders that hold some"
    return (
        f"{', '.join(map(str, paths))} holds no images, templates or transactions; give another folder, or the files themselves"
    )


def person_of(path: Path) -> str:
    """Returns the file's stem before its last underscore: 101_1.png is a print of person 101."""
    return path.stem.rpartition("_")[0] or path.stem


_DEVICE_WORDS = frozenset(
    (
        "img", "imgp", "image", "images", "mvimg", "bild", "imagen", "pic", "pict", "picture", "photo", "foto", "pxl", "dsc",
        "dscn", "dscf", "cimg", "gopr", "whatsapp", "screenshot", "capture", "scan", "scans", "scanned", "scanner", "doc",
        "document", "page", "file", "new", "copy", "unnamed", "untitled", "at", "from", "of", "print", "prints", "fingerprint",
        "fingerprints", "fp", "finger", "fingers", "doigt", "dedo", "huella", "thumb", "index", "middle", "ring", "little",
        "left", "right", "plain", "rolled", "slap", "slaps", "card", "latent", "latents",
    )
)  # fmt: skip
"""Words that name a device, a document or a finger, and no person."""

_FINGER = re.compile(
    r"(?<=.)[-_. ]+(?:(?:left|right)[-_. ]*)?(?:thumb|index|middle|ring|little)(?:[-_. ]*finger)?$", re.IGNORECASE
)

_NUMBERED = re.compile(r"0\d*|(19|20)\d\d[-. ]?[01]\d[-. ]?[0-3]\d([-. ]?[0-2]\d[-. ]?[0-5]\d[-. ]?[0-5]\d)?")
"""Numbers that a device gives: counted with leading zeros, or the day and time."""


def named_person(path: Path) -> str:
    """Returns the person whose print a file is, as its name says before the last underscore.

    Raises PersonNotNamed where that is no person: it has no other words than those of a device, a document or a finger (img,
    scan, right-index); it is a day; or the whole stem is a number that begins with 0.
    """
    person = person_of(path)
    words = re.findall(r"[^\W\d_]+", person.casefold())
    if words:
        named = not _DEVICE_WORDS.issuperset(words)
    else:
        named = _NUMBERED.fullmatch(person) is None or (person != path.stem and person.startswith("0"))
    if not named:
        raise PersonNotNamed(str(path), person)
    return person


def without_finger(person: str) -> str:
    """Returns a name without the finger that it ends in: P01-right-index is P01."""
    return _FINGER.sub("", person)


def effort_of(text: str) -> Effort:
    """Reads fast, normal or exhaustive. Raises UnknownName."""
    from biomatch.gallery.interface import Effort

    try:
        return Effort(text)
    except ValueError:
        raise UnknownName("effort", text, [one.value for one in Effort]) from None


def master() -> KeyPlace:
    """Reads the environment: BIOMATCH_MASTER_KEY is the master key itself, BIOMATCH_MASTER_KEY_FILE is where it is; neither: it
    is in the folder."""
    from biomatch.bureau import KeyPlace

    file = os.environ.get("BIOMATCH_MASTER_KEY_FILE")
    return KeyPlace(Path(file) if file else None, os.environ.get("BIOMATCH_MASTER_KEY", ""))


def opened(gallery: Path, models: Path | None, **how: Any) -> Bureau:
    """Opens a gallery, with the models and the master key that were named; how: as bureau.open_gallery takes it."""
    from biomatch.bureau import open_gallery

    return open_gallery(gallery, master=master(), models=models_of(models), **how)


def actor(unit: str = "") -> Actor:
    """Returns who runs the command. unit: that has what they enrol. Raises BadName."""
    from biomatch.bureau.cases import Actor
    from biomatch.bureau.entries import check_name

    if unit:
        check_name("unit", unit)
    return Actor(name=getpass.getuser(), door="cli", unit=unit)


def upload(path: Path, *, position: str | None = None, impression: str | None = None, ppi: float | None = None) -> Upload:
    from biomatch.bureau.cases import Upload

    return Upload(read_bytes(path), path.name, position_of(position), impression_of(impression), ppi)


@contextmanager
def workshop(models_folder: Path | None, count: int, extractor: str) -> Iterator[Workshop]:
    """Makes a workshop for prints that stand alone, outside any gallery: sandboxed processes, at most one a core."""
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
    """Compares two templates in every step."""
    from biomatch.bureau.pairs import PairComparer

    return PairComparer(models_of(models_folder)).compare(probe, reference)


def models_of(folder: Path | None) -> Models | None:
    """Opens a folder of models; None: what comes with the package."""
    from biomatch.learned import Models

    return None if folder is None else Models(folder)
