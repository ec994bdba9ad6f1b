"""The sample that ships: a small gallery of synthetic persons, probes of several kinds, and the truth about them.

Everything follows from one seed; `biomatch synth sample` writes the folder again. What it holds: sample_listing.py.
"""

from __future__ import annotations

import csv
import io
import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from biomatch.errors import BiomatchError, FolderNotEmpty
from biomatch.formats import nist, write_iso2005
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis import sample_listing as listed
from biomatch.synthesis import versions
from biomatch.synthesis.card import Card, Cell, card
from biomatch.synthesis.files import MANIFEST, PPI, Folder, Made, Recipe, listed_in, to_png, write_whole
from biomatch.synthesis.impression import Impression, impression, press
from biomatch.synthesis.latent import LIFTED, latent
from biomatch.synthesis.making import check_processes
from biomatch.synthesis.master import MASTER, NAIL_TO_NAIL, Master
from biomatch.synthesis.orders import check_seed, warm
from biomatch.synthesis.person import TEN, PlacedPrint, as_print, finger_of
from biomatch.synthesis.sample_listing import ENROL, PROBE, SAMPLE, SamplePrint, listing
from biomatch.synthesis.sample_readme import readme
from biomatch.synthesis.sensor import CHIP, COMPACT, GLASS, INK, LARGE, SOFT, Sensor
from biomatch.synthesis.skin import Touch, draw_touch
from biomatch.synthesis.templates import synthesise_templates
from biomatch.synthesis.truth_record import print_record
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition, ImpressionType
from biomatch.workers import TRUSTED, Pool

__all__ = ["PPI", "SEED", "listing", "manifest", "render", "to_png", "write"]

SEED = 2026
COLUMNS = (
    "path", "person", "position", "impression", "ppi", "role", "mate", "kind", "set", "finger", "class", "minutiae", "seed",
    "generator",
)  # fmt: skip
TRUTH = "truth.json"
TRANSACTION = f"card/{listed.WITH_CARD}-card.an2"
UNFINISHED = ".unfinished"
KEPT = frozenset(("__init__.py", "__pycache__", "README.md", MANIFEST, TRUTH, ENROL, PROBE, "card"))

_ENROLLED_ON = (GLASS, COMPACT, GLASS)  # one sensor an impression
_SIDE = (360, 420)  # px of the surface on which fingers are pressed whose template only is kept


@dataclass(frozen=True)
class Rendered:
    """One file of the sample: its bytes, the truth of each finger in it, and its class and number of minutiae in words."""

    data: bytes
    prints: tuple[dict[str, Any], ...]
    kinds: str
    counts: str


def render(one: SamplePrint, seed: int = SEED, params: listed.SampleParams = SAMPLE) -> np.ndarray:
    """Draws the image of a print that has one, (h, w) uint8, dark ridges, 500 ppi."""
    if one.kind in listed.ON_CARD:
        whole = _card(seed)
        return _coarse(whole.image if one.kind == "card" else whole.crop(_cell(whole, one)), params)
    return _coarse(_impression(one, seed, params)[0].image, params)


def make(state: object, seed: int, params: listed.SampleParams, prints: tuple[SamplePrint, ...]) -> tuple[Rendered, ...]:
    """Makes the files of one finger, or of one card, for a worker."""
    return tuple(_rendered(one, seed, params) for one in prints)


def write(
    folder: Path,
    seed: int = SEED,
    params: listed.SampleParams = SAMPLE,
    progress: Progress = NO_PROGRESS,
    processes: int = 1,
) -> int:
    """Writes the files, manifest, truth and card; says how many files. What a stop left behind is gone on with.

    Until all files are made they lie in a folder UNFINISHED within; those of an older sample stay until then.

    Raises ImpossibleSynthesis, FolderNotEmpty where others are in the way, OtherSynthesis where another seed or generator was
    stopped, DiskFull, FileUnwritable.
    """
    check_seed(seed)
    check_processes(processes)
    if not all(map(_ours, listed_in(folder))):
        raise FolderNotEmpty(str(folder))
    prints = listing(params)
    unfinished = folder / UNFINISHED
    drawn = versions.of_templates()
    beside = Folder(unfinished, Recipe("sample", seed, {**asdict(params), "templates": drawn}, versions.IMAGES))
    missing = set(beside.left(_staged(one) for one in prints))
    groups = [group for group in listed.by_finger(prints, params) if any(_staged(one) in missing for one in group)]
    progress.start("Making prints", len(groups))
    with Pool(warm, make, processes=processes, caps=TRUSTED) as pool:
        for group, reply in zip(groups, pool.map(((seed, params, one) for one in groups), progress), strict=True):
            if isinstance(reply, BiomatchError):
                raise reply
            for one, file in zip(group, reply, strict=True):
                if _staged(one) in missing:
                    row = {"class": file.kinds, "minutiae": file.counts}
                    beside.add(Made(_staged(one), file.data, row, {"prints": file.prints}))
    progress.done()
    known = {one.path: beside.truth(_staged(one)) for one in prints}
    for one in prints:
        if listed.drawn_as_minutiae(one, params):
            known[one.path]["generator"] = drawn
        write_whole(folder / one.path, (unfinished / _staged(one)).read_bytes())
    if params.card:
        write_whole(folder / TRANSACTION, transaction(folder, prints))
    truth = {one.path: known[one.path]["prints"] for one in prints if one.path.endswith((".png", ".jpg"))}
    for name, text in (
        ("__init__.py", ""),
        (MANIFEST, manifest(prints, known)),
        (TRUTH, _json_lines(truth)),
        ("README.md", readme(prints, seed, params)),
    ):
        write_whole(folder / name, text.encode())
    shutil.rmtree(unfinished)
    return len(prints)


def transaction(folder: Path, prints: Sequence[SamplePrint]) -> bytes:
    """Writes the boxes of the card that lies in the folder, as a request to enrol its person: WSQ, 0.75 bits a px."""
    pictures = []
    for one in prints:
        if one.kind in listed.ON_CARD and one.kind != "card":
            pixels = np.asarray(cv2.imread(str(folder / one.path), cv2.IMREAD_GRAYSCALE))
            rolled = ImpressionType.NONLIVE_SCAN_ROLLED if one.kind == "rolled" else ImpressionType.NONLIVE_SCAN_PLAIN
            pictures.append(nist.Picture(pixels, listed.cell_number(one), rolled))
    sent = nist.Envelope("SYNTHESIS", "BUREAU", datetime(2026, 1, 1, tzinfo=UTC), serial=1)
    return nist.request(nist.ENROL, pictures, sent, person=listed.WITH_CARD).to_bytes()


def _ours(name: str) -> bool:
    """Tells whether a name at the top of the folder is one that this writes."""
    return name.removeprefix(".").removesuffix(".part") in KEPT or name == UNFINISHED


def _staged(one: SamplePrint) -> str:
    """Names a file until all are made: one stem each, where an image and its marked minutiae share one."""
    return one.path.replace(".", "-")


def manifest(prints: Sequence[SamplePrint], known: dict[str, dict[str, Any]]) -> str:
    """Writes the manifest as CSV, one line a file; known: class, minutiae, seed and generator of each path."""
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, extrasaction="ignore", lineterminator="\n")
    rows.writeheader()
    for one in prints:
        rows.writerow({**one.row(), **known[one.path]})
    return text.getvalue()


def _rendered(one: SamplePrint, seed: int, params: listed.SampleParams) -> Rendered:
    if one.kind in listed.ON_CARD:
        return _from_card(one, seed, params)
    if one.path.endswith(".ist"):
        return _record(one, seed, params)
    made, finger = _impression(one, seed, params)
    return _with_truth(to_png(_coarse(made.image, params)), (as_print(finger, made),))


def _from_card(one: SamplePrint, seed: int, params: listed.SampleParams) -> Rendered:
    whole = _card(seed)
    if one.kind == "card":
        every = tuple(each for cell in whole.cells for each in cell.prints)
        options = [cv2.IMWRITE_JPEG_QUALITY, params.card_quality]
        return _with_truth(cv2.imencode(".jpg", whole.image, options)[1].tobytes(), every)
    cell = _cell(whole, one)
    image = _coarse(whole.crop(cell), replace(params, grey_step=2 * params.grey_step))
    return _with_truth(to_png(image), tuple(each.moved(-cell.box.x, -cell.box.y) for each in cell.prints))


def _record(one: SamplePrint, seed: int, params: listed.SampleParams) -> Rendered:
    """Writes marked minutiae of a latent, or a template of a finger of which there is no image."""
    if listed.drawn_as_minutiae(one, params):
        place = 2 * (listed.number_of(one.person) - params.persons - 1) + (one.position == FingerPosition.LEFT_THUMB)
        drawn = _drawn(seed, 2 * params.templates_only)[place]
        template = drawn.labelled(one.position, ImpressionType.LIVE_SCAN_PLAIN)
        return Rendered(write_iso2005([template]), (), "", str(len(template.minutiae)))
    if one.kind == "marked latent":
        made, finger = _impression(replace(one, kind="latent"), seed, params)
        found, size, form = as_print(finger, made), (LIFTED.width, LIFTED.height), LIFTED.impression
    else:
        finger = _finger(seed, one.person, one.position)
        rng = np.random.default_rng((*listed.name(seed, one.person, one.position), one.number))
        pressed = press(finger, rng, draw_touch(rng, params.enrolled_difficulty), *_SIDE)
        found, size, form = as_print(finger, pressed), _SIDE, ImpressionType.LIVE_SCAN_PLAIN
    template = Template(found.minutiae, *size, one.position, form, extractor="truth")
    return _with_truth(write_iso2005([template]), (found,))


def _with_truth(data: bytes, prints: tuple[PlacedPrint, ...]) -> Rendered:
    kinds = ";".join(str(one.finger.pattern.kind) for one in prints)
    counts = ";".join(str(len(one.minutiae)) for one in prints)
    return Rendered(data, tuple(print_record(one) for one in prints), kinds, counts)


def _impression(one: SamplePrint, seed: int, params: listed.SampleParams) -> tuple[Impression, Master]:
    finger = _finger(seed, one.person, one.position)
    rng = np.random.default_rng((*listed.name(seed, one.person, one.position), one.number))
    if one.kind == "latent":
        return latent(finger, rng), finger
    if one.role == ENROL:
        on = _ENROLLED_ON[(one.number - 1) % len(_ENROLLED_ON)]
        return impression(finger, rng, draw_touch(rng, params.enrolled_difficulty), on), finger
    touch, on, size = _probe_touch(one.kind, rng)
    return impression(finger, rng, touch, on, contact_size=size), finger


def _coarse(image: np.ndarray, params: listed.SampleParams) -> np.ndarray:
    step = params.grey_step
    coarse: np.ndarray = np.minimum(np.rint(image / step) * step, 255).astype(np.uint8)
    return coarse


@lru_cache(maxsize=1)
def _drawn(seed: int, count: int) -> list[Template]:
    return synthesise_templates(count, seed)


@lru_cache(maxsize=2)
def _finger(seed: int, person: str, position: FingerPosition) -> Master:
    size = NAIL_TO_NAIL if person == listed.WITH_CARD else MASTER
    return finger_of(seed, listed.number_of(person), position, size)


@lru_cache(maxsize=1)
def _card(seed: int) -> Card:
    fingers = {position: _finger(seed, listed.WITH_CARD, position) for position in TEN}
    return card(fingers, np.random.default_rng((seed, 13)), f"synthetic person {listed.WITH_CARD}: nobody's")


def _cell(whole: Card, one: SamplePrint) -> Cell:
    number = listed.cell_number(one)
    return next(cell for cell in whole.cells if cell.number == number)


def _probe_touch(kind: str, rng: np.random.Generator) -> tuple[Touch, Sensor, float]:
    """Draws how a probe of a kind is put down, on what, and how much of it touches."""
    usual = draw_touch(rng, 0.7)
    way = 1 if rng.random() < 0.5 else -1
    touches: dict[str, tuple[Touch, Sensor, float]] = {
        "turned": (Touch(0.55 * way, usual.shift, usual.skin, 0.1, 0.0, 0.2), GLASS, 1.0),
        "dry": (Touch(usual.turn, usual.shift, usual.skin, -0.2, -0.7, 0.4), GLASS, 1.0),
        "wet": (Touch(usual.turn, usual.shift, usual.skin, 0.3, 0.7, 0.2), COMPACT, 1.0),
        "dragged": (Touch(usual.turn, usual.shift, 2.2, 0.3, 0.1, 0.2), GLASS, 1.0),
        "partial": (Touch(usual.turn, usual.shift, usual.skin, 0.0, 0.0, 0.3), GLASS, 0.66),
        "soft sensor": (usual, SOFT, 1.0),
        "large sensor": (usual, LARGE, 1.0),
        "chip sensor": (usual, CHIP, 1.0),
        "ink": (usual, replace(INK, width=500, height=560), 1.0),
    }
    return touches.get(kind, (usual, GLASS, 1.0))


def _json_lines(truth: dict[str, Any]) -> str:
    """Writes one line a file, so that a change of one is one line of a diff."""
    lines = [f"{json.dumps(path)}:{json.dumps(prints, separators=(',', ':'))}" for path, prints in truth.items()]
    return "{\n" + ",\n".join(lines) + "\n}\n"
