"""Other engines behind the seam of `biomatch.evaluation.engine`, so that they are scored by the same code on the same pairs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from typing import Any

import cv2
import numpy as np

import biomatch
from biomatch.errors import UnreadableImage
from biomatch.evaluation.engine import OurEngine, OurSetup, hardened
from biomatch.evaluation.protocol import Sample
from biomatch.template import BIFURCATION, ENDING, Minutiae, Template


def nbis_version() -> str:
    return f"nbis-python {version('nbis-python')} (mindtct, Bozorth3)"


@cache
def mindtct(ppi: float) -> Any:
    """An extractor of nbis-python; the resolution belongs to the object."""
    import nbis

    settings = nbis.NbisExtractorSettings(
        min_quality=0.0, get_center=False, check_fingerprint=False, compute_nfiq2=False, ppi=ppi
    )
    return nbis.new_nbis_extractor(settings)


def mindtct_minutiae(data: bytes, ppi: float | None) -> Any:
    try:
        return mindtct(ppi or 500.0).extract_minutiae(data)
    except Exception as error:
        raise UnreadableImage(str(error)) from None


@dataclass(frozen=True)
class NbisSetup:
    """hardness: as of OurSetup."""

    hardness: float = 0.0

    def key(self, set_name: str) -> str:
        return "nbis"

    def open(self, key: str) -> NbisEngine:
        return NbisEngine(self.hardness)


@dataclass
class NbisEngine:
    """MINDTCT's minutiae (as ISO records where they cross processes) and Bozorth3."""

    hardness: float = 0.0
    _loaded: dict[bytes, Any] = field(default_factory=dict)

    def extract(self, sample: Sample) -> bytes:
        data = sample.path.read_bytes()
        if self.hardness:
            pixels = hardened(biomatch.decode(data, ppi=sample.ppi).pixels, sample, self.hardness)
            data = bytes(cv2.imencode(".png", pixels)[1])
        return bytes(mindtct_minutiae(data, 500.0 if self.hardness else sample.ppi).to_iso_19794_2_2011())

    def compare(self, probe: bytes, references: Sequence[bytes]) -> np.ndarray:
        mine = self._load(probe)
        return np.array([(float(mine.compare(self._load(one))), np.nan) for one in references]).reshape(-1, 2)

    def _load(self, record: bytes) -> Any:
        if record not in self._loaded:
            self._loaded[record] = mindtct(500.0).load_iso_19794_2_2011(record)
        return self._loaded[record]


@dataclass(frozen=True)
class OursOnMindtctSetup(OurSetup):
    """Our comparison on MINDTCT's minutiae: templates without a ridge picture."""

    def open(self, key: str) -> OursOnMindtct:
        engine = super().open(key)
        return OursOnMindtct(engine.models, self)


class OursOnMindtct(OurEngine):
    def template(self, data: bytes, sample: Sample) -> Template:
        return mindtct_template(data, sample.ppi)


def mindtct_template(data: bytes, ppi: float | None) -> Template:
    """MINDTCT's minutiae in our frame: px at 500 ppi, y down, ISO direction."""
    import nbis

    found = mindtct_minutiae(data, ppi).list()
    image = np.asarray(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_GRAYSCALE))
    scale = 500.0 / (ppi or 500.0)
    height, width = (round(side * scale) for side in image.shape)
    return Template(
        Minutiae.of(
            [one.x * scale for one in found],
            [one.y * scale for one in found],
            [np.deg2rad(one.angle) for one in found],
            [BIFURCATION if one.kind == nbis.MinutiaKind.BIFURCATION else ENDING for one in found],
            [one.reliability for one in found],
        ),
        width=width,
        height=height,
        extractor="mindtct",
    )
