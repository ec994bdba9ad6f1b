"""biomatch convert: an image or a template in another format, without a second loss."""

from pathlib import Path

import cv2
import numpy as np
import pytest

from biomatch.cli.console import Exit
from biomatch.formats import write_iso2005
from biomatch.imaging import header, wsq
from biomatch.synthesis import synthesise_templates


def test_a_wsq_is_converted_to_wsq_without_a_second_loss(biomatch, wsq_file, tmp_path):
    file = wsq_file()
    assert biomatch("convert", file, tmp_path / "same.wsq").code == Exit.OK
    assert (tmp_path / "same.wsq").read_bytes() == file.read_bytes()
    for name, *options in (("smaller.wsq", "--rate", 0.75), ("coarser.wsq", "--ppi", 250)):
        assert biomatch("convert", file, tmp_path / name, *options).code == Exit.OK
        assert (tmp_path / name).read_bytes() != file.read_bytes()
    assert header.read((tmp_path / "coarser.wsq").read_bytes()).ppi == 250


def pixels_of(data):
    """All of a WSQ file but its comments."""
    return wsq.without_comments(data)


@pytest.mark.parametrize("says", [b"PPI   0", b"PPI 250", b"XXX 250", b"PPI 500"], ids=["none", "another", "no line", "same"])
def test_only_the_resolution_of_a_wsq_is_written_where_only_it_is_said(biomatch, wsq_file, says, tmp_path):
    """Nothing is compressed a second time."""
    file = wsq_file(says)
    assert biomatch("convert", file, tmp_path / "b.wsq", "--ppi", 500).code == Exit.OK
    written = (tmp_path / "b.wsq").read_bytes()
    assert header.read(written).ppi == 500
    assert pixels_of(written) == pixels_of(file.read_bytes())
    assert (wsq.decode(written) == wsq.decode(file.read_bytes())).all()


def test_a_wsq_without_comments_gets_one_that_says_its_resolution(biomatch, wsq_file, tmp_path):
    bare = tmp_path / "bare.wsq"
    bare.write_bytes(pixels_of(wsq_file().read_bytes()))
    assert header.read(bare.read_bytes()).ppi is None
    assert biomatch("convert", bare, tmp_path / "b.wsq", "--ppi", 1000).code == Exit.OK
    assert header.read((tmp_path / "b.wsq").read_bytes()).ppi == 1000
    assert pixels_of((tmp_path / "b.wsq").read_bytes()) == bare.read_bytes()


@pytest.mark.parametrize("suffix", [".png", ".jp2"])
def test_an_image_is_converted_without_loss(biomatch, sample, suffix, tmp_path):
    source = sample / "enrol" / "P03-right-index_2.png"
    assert biomatch("convert", source, tmp_path / f"a{suffix}").code == Exit.OK
    before, after = (cv2.imread(str(path), cv2.IMREAD_GRAYSCALE) for path in (source, tmp_path / f"a{suffix}"))
    assert (before == after).all()
    assert header.read((tmp_path / f"a{suffix}").read_bytes()).ppi == pytest.approx(500, abs=0.1)


def test_an_image_is_converted_to_wsq_at_a_rate(biomatch, sample, tmp_path):
    source = sample / "enrol" / "P03-right-index_2.png"
    sizes = []
    for rate in (0.75, 2.25):
        assert biomatch("convert", source, tmp_path / "a.wsq", "--rate", rate).code == Exit.OK
        sizes.append((tmp_path / "a.wsq").stat().st_size)
    assert sizes[1] > 1.5 * sizes[0]


def test_a_resolution_stays_as_it_is(biomatch, sample, tmp_path):
    source = sample / "enrol" / "P03-right-index_2.png"
    assert biomatch("convert", source, tmp_path / "a.png", "--ppi", 1000).code == Exit.OK
    found = header.read((tmp_path / "a.png").read_bytes())
    assert found.ppi == pytest.approx(1000, abs=0.1)
    assert found.width == header.read(source.read_bytes()).width


def test_records_are_converted_with_all_their_prints(biomatch, tmp_path):
    prints = synthesise_templates(2, seed=5)
    (tmp_path / "a.ist").write_bytes(write_iso2005(prints))
    for form in ("iso2011", "ansi2004", "iso2005"):
        assert biomatch("convert", tmp_path / "a.ist", tmp_path / f"{form}.fmr", "--to", form).code == Exit.OK
    assert (tmp_path / "iso2005.fmr").read_bytes() == (tmp_path / "a.ist").read_bytes()
    assert biomatch("convert", tmp_path / "iso2011.fmr", tmp_path / "b.fmr").code == Exit.OK  # .fmr: ISO/IEC 19794-2
    assert (tmp_path / "b.fmr").read_bytes() == (tmp_path / "a.ist").read_bytes()
    ran = biomatch("convert", tmp_path / "a.ist", tmp_path / "a.bmt")
    assert ran.code == Exit.BAD_INPUT
    assert "holds 2 prints" in ran.err


@pytest.mark.parametrize(
    ("name", "target", "reason"),
    [
        ("a.png", "b.ist", "biomatch extract"),
        ("a.ist", "b.png", "no picture"),
        ("a.png", "b.xyz", "--to"),
        ("a.txt", "b.ist", "none of the formats"),
    ],
)
def test_what_cannot_be_converted_says_why(biomatch, name, target, reason, sample, tmp_path):
    (tmp_path / "a.png").write_bytes((sample / "enrol" / "P03-right-index_2.png").read_bytes())
    (tmp_path / "a.ist").write_bytes(write_iso2005(synthesise_templates(1, seed=5)))
    (tmp_path / "a.txt").write_text("neither a picture nor a template")
    ran = biomatch("convert", tmp_path / name, tmp_path / target)
    assert ran.code == Exit.BAD_INPUT
    assert reason in " ".join(ran.err.split())
    assert not Path(tmp_path / target).exists()


@pytest.mark.parametrize("options", [("--rate", "99", "out.wsq"), ("--rate", "-1", "out.wsq"), ("--rate", "2.25", "out.png")])
def test_a_rate_that_means_nothing_is_refused(biomatch, files, options):
    ran = biomatch("convert", "good.png", *options)
    assert ran.code == Exit.BAD_INPUT
    assert "rate" in ran.err


def test_a_format_that_is_named_counts_before_the_file_s_name(biomatch, probe, tmp_path):
    assert biomatch("convert", probe, tmp_path / "a.png", "--to", "jp2").code == Exit.OK
    assert (tmp_path / "a.png").read_bytes()[4:8] == b"jP  "


def test_an_image_that_says_no_resolution_needs_one(biomatch, tmp_path):
    cv2.imwrite(str(tmp_path / "bare.bmp"), np.full((60, 60), 128, np.uint8))
    bare = (tmp_path / "bare.bmp").read_bytes()
    (tmp_path / "bare.bmp").write_bytes(bare[:38] + bytes(8) + bare[46:])  # pixels a metre: not said
    ran = biomatch("convert", tmp_path / "bare.bmp", tmp_path / "a.png")
    assert (ran.code, "say it with --ppi" in ran.err) == (Exit.BAD_INPUT, True)
    assert biomatch("convert", tmp_path / "bare.bmp", tmp_path / "a.png", "--ppi", 500).code == Exit.OK
