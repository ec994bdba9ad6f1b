"""A search says all that a repeat of it needs to be the same."""

from __future__ import annotations

from dataclasses import replace
from importlib import metadata

import pytest

import biomatch
from biomatch.gallery.search import stages, versions
from biomatch.template import Minutiae, Template


def test_engine_libraries_and_simd_levels_are_named() -> None:
    told = versions.running("describer/1", "comparer/2")
    assert (told["biomatch"], told["describer"], told["comparer"]) == (biomatch.__version__, "describer/1", "comparer/2")
    assert told["numpy"] == metadata.version("numpy")
    assert all(told[name] for name in ("faiss", "faiss_simd", "opencv", "opencv_simd", "numpy_simd", "numba", "reach"))


def test_another_reach_is_another_version(monkeypatch: pytest.MonkeyPatch) -> None:
    before = versions.running("d", "c")["reach"]
    assert versions.running("d", "c")["reach"] == before
    monkeypatch.setattr(versions, "PARAMS", replace(stages.PARAMS, last=replace(stages.PARAMS.last, prints=1)))
    assert versions.running("d", "c")["reach"] != before


def test_a_library_that_is_not_there_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "_LIBRARIES", {"nothing": "no-such-distribution"})
    assert versions.running("d", "c")["nothing"] == "not installed"


def test_what_extracted_the_probes_is_named_once() -> None:
    probes = [Template(Minutiae.none(), 8, 8, extractor=name) for name in ("b/1", "a/2", "b/1")]
    assert versions.of_probes(probes) == {"extractor": "a/2, b/1"}
    assert versions.of_probes([]) == {}
