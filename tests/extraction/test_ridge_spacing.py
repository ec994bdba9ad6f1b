"""Ridge spacing over the range that wrong resolutions make, and what is said of it."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from biomatch.extraction import open_extractor, ridge_spacing
from biomatch.extraction.params import Params
from biomatch.imaging import GreyImage, decode
from biomatch.imaging.decode import resample

P = Params()


def said(spacing: float | None, ppi: float = 500) -> str:
    return ridge_spacing.doubt(spacing, ppi, P.period)


@pytest.mark.parametrize("period", [3.5, 4.5, 6.0, 9.0, 13.0, 18.0, 22.5])
@pytest.mark.parametrize("turned", [0.0, 0.7, 1.9])
def test_the_spacing_of_stripes_is_measured_within_eight_percent(patterns, period: float, turned: float) -> None:
    found = ridge_spacing.of_print(patterns.stripes(300, period, turned), P.spacing)
    assert found == pytest.approx(period, rel=0.08)


def test_a_small_print_on_much_paper_is_measured(patterns) -> None:
    paper = np.full((2000, 1800), 250, np.uint8)
    paper[900:1100, 1200:1400] = patterns.stripes(200, 4.5, 0.6)
    assert ridge_spacing.of_print(paper, P.spacing) == pytest.approx(4.5, rel=0.08)


def test_where_there_are_no_ridges_nothing_is_measured(rng) -> None:
    for picture in (
        np.full((300, 300), 200, np.uint8),
        rng.integers(0, 256, (300, 300)).astype(np.uint8),
        np.zeros((20, 400), np.uint8),
        np.zeros((1, 1), np.uint8),
    ):
        assert ridge_spacing.of_print(picture, P.spacing) is None
    assert said(None) == ""


@pytest.mark.parametrize("spacing", [5.5, 6.5, 9.0, 13.5])
def test_of_usual_ridges_nothing_is_said(spacing: float) -> None:
    assert said(spacing) == ""


@pytest.mark.parametrize(
    ("spacing", "ppi", "factor", "true"),
    [(4.5, 1000, "2.0", 500), (3.6, 1250, "2.5", 500), (18.0, 250, "0.5", 500), (22.5, 200, "0.4", 500),
     (18.0, 500, "0.5", 1000), (4.5, 500, "2.0", 250), (5.2, 1000, "1.7", 500), (2.7, 4000, "3.3", 1000)],
)  # fmt: skip
def test_the_factor_and_the_remedy_are_named(spacing: float, ppi: float, factor: str, true: int) -> None:
    words = said(spacing, ppi)
    assert words.startswith("the resolution is probably wrong")
    assert f"{ppi:g} ppi" in words
    assert f"{factor} times" in words
    assert f"--ppi {true}" in words


@pytest.mark.parametrize("name", ["classical", "learned"])
def test_a_print_whose_resolution_lies_does_not_pass_and_says_why(name: str, sample_print) -> None:
    extractor = open_extractor(name)
    data = sample_print("P01-right-index_1")
    template, assessment = extractor.examine(decode(data, ppi=500))
    assert not [words for words in (*template.warnings, *assessment.reasons) if "resolution" in words]
    for ppi in (1000, 250):
        template, assessment = extractor.examine(decode(data, ppi=ppi))
        assert not assessment.passed
        assert "--ppi 500" in assessment.reasons[0]
        assert [words for words in template.warnings if "--ppi 500" in words] == [assessment.reasons[0]]


def test_the_version_does_not_depend_on_how_the_spacing_is_measured() -> None:
    """It decides on a warning only: prints that were extracted before compare the same."""
    assert replace(P, spacing=replace(P.spacing, blocks=3)).hash() == P.hash()


@pytest.fixture(scope="module")
def real_prints(real_data: Path) -> list[np.ndarray]:
    """Every 20th, at 500 ppi, of all sets."""
    rows: list[dict[str, str]] = []
    for name in ("manifest.csv", "manifest_new_sensors.csv"):
        with (real_data / name).open(newline="", encoding="utf-8") as file:
            rows += csv.DictReader(file)
    return [decode((real_data / row["path"]).read_bytes(), ppi=float(row["ppi"])).pixels for row in rows[::20]]


@pytest.mark.parametrize(
    ("factor", "least", "most"), [(1.0, 0.0, 0.01), (0.4, 0.98, 1.0), (0.5, 0.94, 1.0), (2.0, 0.83, 1.0), (2.5, 0.95, 1.0)]
)
def test_wrong_resolutions_of_real_prints_are_told(
    real_prints: list[np.ndarray], factor: float, least: float, most: float
) -> None:
    """Shares of 111 prints of eleven sensors and ways to capture; docs/input.md says them."""
    told = [bool(said(ridge_spacing.of_print(resample(one, 500 * factor), P.spacing))) for one in real_prints]
    assert least <= np.mean(told) <= most


def test_a_file_that_lies_is_told(real_data: Path) -> None:
    """A JPEG 2000 file of another maker that says 1000 ppi and holds ridges of 500: its score was 97, and nothing was said."""
    (path,) = (real_data / "interop" / "images").glob("*left_index*.jp2")
    extractor = open_extractor()
    template, assessment = extractor.examine(decode(path.read_bytes()))
    assert "--ppi 500" in " ".join(template.warnings)
    assert not assessment.passed
    assert extractor.examine(decode(path.read_bytes(), ppi=500))[1].passed


def test_an_image_that_is_no_print_may_be_of_any_kind(rng) -> None:
    noise = GreyImage.of(rng.integers(0, 256, (200, 200)).astype(np.uint8))
    assert open_extractor("classical").assess(noise).reasons == ("no fingerprint was found",)


def test_advice_on_the_resolution_does_not_go_round_in_circles(patterns, rng) -> None:
    """A print's ridges scale with the resolution at which it is read; bands of every width, and what is no ridge, do not."""
    ridges = patterns.stripes(400, 18.0, 0.6)
    words = ridge_spacing.doubt_of(ridges, 500, P.spacing, P.period)
    assert "--ppi 1000" in words
    assert ridge_spacing.doubt_of(resample(ridges, 1000), 1000, P.spacing, P.period) == ""
    coarse = patterns.stripes(400, 24.0, 0.6)
    wide = np.where(coarse > 127, 220, 40).astype(np.uint8)
    bands = np.kron(rng.integers(0, 2, (9, 9)), np.ones((48, 48))).astype(np.uint8) * 180 + 30
    for picture in (wide, bands):
        ppi, proposed = 500, []
        while found := re.search(r"--ppi (\d+)", ridge_spacing.doubt_of(resample(picture, ppi), ppi, P.spacing, P.period)):
            proposed.append(ppi := int(found[1]))
            assert len(proposed) < 3
        assert len(proposed) <= 1
