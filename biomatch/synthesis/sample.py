"""The sample that ships: a small gallery of synthetic persons, probes of several kinds, and the truth about them.

Everything follows from one seed; `biomatch synth sample` writes the folder again.
"""

from __future__ import annotations

import csv
import io
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np

from biomatch.errors import FolderNotEmpty
from biomatch.observe import NO_PROGRESS, Progress
from biomatch.synthesis.impression import Touch, draw_touch, impression
from biomatch.synthesis.latent import latent
from biomatch.synthesis.master import Master, master
from biomatch.synthesis.sensor import CHIP, COMPACT, GLASS, SOFT, Sensor
from biomatch.vocabulary import FingerPosition

SEED = 2026
MANIFEST = "manifest.csv"
COLUMNS = ("path", "person", "position", "impression", "ppi", "role", "mate", "kind", "set", "finger")
PPI = 500

ENROL, PROBE, NONE = "enrol", "probe", "none"

_FINGERS = (FingerPosition.RIGHT_INDEX, FingerPosition.LEFT_THUMB)
_ENROLLED_ON = (GLASS, COMPACT, GLASS)  # one sensor an impression
_MATED_KINDS = ("plain", "turned", "dry", "wet", "dragged", "partial", "soft sensor", "chip sensor")


@dataclass(frozen=True)
class SampleParams:
    persons: int = 10  # two fingers each
    impressions: int = 3  # enrolled of each finger
    strangers: int = 8  # persons who are not enrolled, one probe each
    latents: int = 3
    grey_step: int = 8  # greys are rounded to it: a third of the bytes, and no eye sees it
    enrolled_difficulty: float = 0.8  # enrolment is supervised


SAMPLE = SampleParams()


@dataclass(frozen=True)
class SamplePrint:
    """One image of the sample.

    person  whose finger it is; strangers are S01, S02, ...
    number  of the impression of this finger; probes count on after those that are enrolled
    role    "enrol" or "probe"
    kind    what is special about it: one of _MATED_KINDS, "latent", "stranger"
    mate    the enrolled person that a probe should find, or "none"
    """

    path: str
    person: str
    position: FingerPosition
    number: int
    role: str
    kind: str
    mate: str

    def row(self) -> dict[str, object]:
        """Of the manifest."""
        position = self.position.name.lower().replace("_", "-")
        return {
            "path": self.path,
            "person": self.person,
            "position": position,
            "impression": self.number,
            "ppi": PPI,
            "role": self.role,
            "mate": self.mate,
            "kind": self.kind,
            "set": "latent" if self.kind == "latent" else "plain",
            "finger": f"{self.person}/{position}",
        }


def listing(params: SampleParams = SAMPLE) -> list[SamplePrint]:
    """What the sample holds, in the manifest's order."""
    prints = []
    for who in range(params.persons):
        for position in _FINGERS:
            for number in range(1, params.impressions + 1):
                prints.append(_print(f"P{who + 1:02}", position, number, ENROL, "plain", NONE))
    for who in range(params.persons):
        for place, position in enumerate(_FINGERS):
            kind = _MATED_KINDS[(2 * who + place) % len(_MATED_KINDS)]
            prints.append(_print(f"P{who + 1:02}", position, params.impressions + 1, PROBE, kind, f"P{who + 1:02}"))
    for who in range(params.latents):
        person = f"P{3 * who + 1:02}"
        prints.append(_print(person, _FINGERS[who % 2], params.impressions + 2, PROBE, "latent", person))
    for who in range(params.strangers):
        prints.append(_print(f"S{who + 1:02}", _FINGERS[who % 2], 1, PROBE, "stranger", NONE))
    return prints


def render(one: SamplePrint, seed: int = SEED, params: SampleParams = SAMPLE) -> np.ndarray:
    """Its image, (h, w) uint8, dark ridges, 500 ppi."""
    finger = _finger(seed, one.person, one.position)
    rng = np.random.default_rng((*_name(seed, one.person, one.position), one.number))
    if one.kind == "latent":
        image = latent(finger, rng).image
    elif one.role == ENROL:
        sensor = _ENROLLED_ON[(one.number - 1) % len(_ENROLLED_ON)]
        image = impression(finger, rng, draw_touch(rng, params.enrolled_difficulty), sensor).image
    else:
        touch, sensor, size = _probe_touch(one.kind, rng)
        image = impression(finger, rng, touch, sensor, contact_size=size).image
    coarse = np.minimum(np.rint(image / params.grey_step) * params.grey_step, 255)
    return coarse.astype(np.uint8)


def write(folder: Path, seed: int = SEED, params: SampleParams = SAMPLE, progress: Progress = NO_PROGRESS) -> int:
    """Writes images, manifest and card; says how many images. Raises FolderNotEmpty where other files are in the way."""
    kept = {"__init__.py", "__pycache__", "README.md", MANIFEST, ENROL, PROBE}
    if folder.exists() and any(inside.name not in kept for inside in folder.iterdir()):
        raise FolderNotEmpty(str(folder))
    prints = listing(params)
    progress.start("Making prints", len(prints))
    for one in prints:
        path = folder / one.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(to_png(render(one, seed, params), PPI))
        progress.advance()
    progress.done()
    (folder / "__init__.py").touch()
    (folder / MANIFEST).write_text(manifest(prints), encoding="utf-8")
    (folder / "README.md").write_text(_card(prints, seed, params), encoding="utf-8")
    return len(prints)


def manifest(prints: list[SamplePrint]) -> str:
    """The manifest as CSV, one line a print."""
    text = io.StringIO()
    rows = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    rows.writeheader()
    rows.writerows(one.row() for one in prints)
    return text.getvalue()


def to_png(image: np.ndarray, ppi: float) -> bytes:
    """PNG of an image (h, w) uint8 that says its resolution."""
    options = [cv2.IMWRITE_PNG_COMPRESSION, 9, cv2.IMWRITE_PNG_STRATEGY, cv2.IMWRITE_PNG_STRATEGY_DEFAULT]
    data = cv2.imencode(".png", image, options)[1].tobytes()
    per_metre = round(ppi / 0.0254)
    body = b"pHYs" + struct.pack(">IIB", per_metre, per_metre, 1)
    chunk = struct.pack(">I", 9) + body + struct.pack(">I", zlib.crc32(body))
    return data[:_AFTER_HEADER] + chunk + data[_AFTER_HEADER:]


_AFTER_HEADER = 8 + 25  # signature, IHDR


def _print(person: str, position: FingerPosition, number: int, role: str, kind: str, mate: str) -> SamplePrint:
    finger = position.name.lower().replace("_", "-")
    return SamplePrint(f"{role}/{person}-{finger}_{number}.png", person, position, number, role, kind, mate)


def _name(seed: int, person: str, position: FingerPosition) -> tuple[int, int, int]:
    """Three numbers that name a finger: no two fingers of a sample share them."""
    return seed, int(person[1:]) + (1000 if person[0] == "S" else 0), int(position)


@lru_cache(maxsize=2)
def _finger(seed: int, person: str, position: FingerPosition) -> Master:
    return master(_name(seed, person, position), position)


def _probe_touch(kind: str, rng: np.random.Generator) -> tuple[Touch, Sensor, float]:
    """How a probe of a kind is put down, on what, and how much of it touches."""
    usual = draw_touch(rng, 1.0)
    way = 1 if rng.random() < 0.5 else -1
    touches: dict[str, tuple[Touch, Sensor, float]] = {
        "turned": (Touch(0.55 * way, usual.shift, usual.skin, 0.1, 0.0, 0.2), GLASS, 1.0),
        "dry": (Touch(usual.turn, usual.shift, usual.skin, -0.3, -0.7, 0.5), GLASS, 1.0),
        "wet": (Touch(usual.turn, usual.shift, usual.skin, 0.3, 0.7, 0.2), COMPACT, 1.0),
        "dragged": (Touch(usual.turn, usual.shift, 2.2, 0.4, 0.1, 0.2), GLASS, 1.0),
        "partial": (Touch(usual.turn, usual.shift, usual.skin, 0.0, 0.0, 0.3), GLASS, 0.66),
        "soft sensor": (usual, SOFT, 1.0),
        "chip sensor": (usual, CHIP, 1.0),
    }
    return touches.get(kind, (usual, GLASS, 1.0))


def _card(prints: list[SamplePrint], seed: int, params: SampleParams) -> str:
    return "\n".join(_card_lines(prints, seed, params)) + "\n"


def _card_lines(prints: list[SamplePrint], seed: int, params: SampleParams) -> Iterator[str]:
    enrolled = sum(one.role == ENROL for one in prints)
    probes = [one for one in prints if one.role == PROBE]
    mated = sum(one.mate != NONE for one in probes)
    yield "# Sample prints"
    yield ""
    yield "Synthetic fingerprints: no living person's. Licence: CC0 1.0 (public domain), images and manifest alike."
    yield ""
    yield f"- {enrolled} prints to enrol: {params.persons} persons, {len(_FINGERS)} fingers each, {params.impressions} times"
    yield f"- {len(probes)} probes: {mated} of enrolled persons ({params.latents} of them latent-like partials),"
    yield f"  {len(probes) - mated} of strangers"
    yield "- grey PNG, 500 ppi, ridges dark; sensors: a glass prism, a compact and a soft optical one, a capacitive chip"
    yield ""
    yield "`manifest.csv` holds the truth: path, person, position (finger), impression (number), ppi, role (enrol or probe),"
    yield "mate (the enrolled person that a probe should find, or none), kind (what is special about it), set and finger (for"
    yield "`biomatch evaluate`)."
    yield ""
    yield "Made by this command, again and again the same pixels:"
    yield ""
    yield f"    biomatch synth sample --out sample_data --seed {seed}"
    yield ""
    yield "`biomatch demo` enrols the prints, searches the probes and says how many were right."
