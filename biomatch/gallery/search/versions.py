"""The versions that a repeat of a search needs to give the same answer: of everything that took part in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib import metadata

import cv2
import faiss
import numpy as np

import biomatch
from biomatch.gallery.search.stages import PARAMS
from biomatch.index import FAST, NORMAL
from biomatch.index.shortlist import ReachParams
from biomatch.index.voting import VotingParams
from biomatch.template import Template

_LIBRARIES = {"numpy": "numpy", "numba": "numba", "opencv": "opencv-python-headless"}


def running(describer: str, comparer: str) -> dict[str, str]:
    """Names the versions of this process: engine parts, how far a search reaches, libraries, and the SIMD levels that they
    chose."""
    return {
        "biomatch": biomatch.__version__,
        "describer": describer,
        "comparer": comparer,
        "reach": _reach(),
        "faiss": faiss.__version__,
        "faiss_simd": _faiss_simd(),
        "opencv_simd": cv2.getCPUFeaturesLine(),
        "numpy_simd": _numpy_simd(),
        **{name: _installed(distribution) for name, distribution in _LIBRARIES.items()},
    }


def of_probes(probes: Sequence[Template]) -> dict[str, str]:
    """Names what extracted the probes."""
    return {"extractor": ", ".join(sorted({probe.extractor for probe in probes}))} if probes else {}


def _reach() -> str:
    """Digests the numbers that say which prints a search lists and compares."""
    numbers = (PARAMS, FAST, NORMAL, ReachParams(), VotingParams())
    return hashlib.sha256(repr(numbers).encode()).hexdigest()[:8]


def _installed(distribution: str) -> str:
    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "not installed"


def _faiss_simd() -> str:
    """Names faiss's SIMD level, such as "AVX512"; the wheel chooses it when it is loaded."""
    return str(faiss.get_compile_options()).strip() or "generic"


def _numpy_simd() -> str:
    found = np.show_config(mode="dicts")
    levels = found.get("SIMD Extensions", {}) if isinstance(found, dict) else {}
    return " ".join(levels.get("found", ())) or "baseline"
