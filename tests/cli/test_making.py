"""biomatch nist make: a transaction of images and marks, and what is doubtful about them."""

import pytest

from biomatch.cli.console import Exit
from biomatch.formats import nist, write_iso2005
from biomatch.imaging import decode, header, wsq
from biomatch.imaging.polarity import is_inverted
from biomatch.synthesis import synthesise_templates


def test_marks_travel_with_a_latent(biomatch, sample, tmp_path):
    (marked,) = synthesise_templates(1, seed=5)
    (tmp_path / "marks.ist").write_bytes(write_iso2005([marked]))
    latent = sample / "probe" / "P01-right-index_5.png"
    ran = biomatch(
        *("nist", "make", "-o", tmp_path / "l.an2", f"unknown:latent={latent}", "--marks", tmp_path / "marks.ist"),
        *("--type", "MPS"),
    )
    assert ran.code == Exit.OK, ran.err
    found = biomatch("nist", "show", tmp_path / "l.an2", "--json").json
    assert [record["type"] for record in found["records"]] == [1, 2, 13, 9]
    assert found["marks"][0]["minutiae"] == len(marked.minutiae)
    assert found["images"][0]["compression"] == "JP2L"
    extracted = biomatch("nist", "extract", tmp_path / "l.an2", "-o", tmp_path / "out", "--json").json
    assert "04-marks.ist" in extracted["files"]


@pytest.mark.parametrize("spec", ["right-index", "right-toe=a.png", "right-index=missing.png"])
def test_a_print_that_is_not_named_rightly_is_refused(biomatch, spec, tmp_path):
    ran = biomatch("nist", "make", "-o", tmp_path / "a.an2", spec)
    assert ran.code == Exit.BAD_INPUT
    assert not (tmp_path / "a.an2").exists()


def made_image(biomatch, folder, *arguments):
    ran = biomatch("nist", "make", "-o", folder / "made.an2", *arguments)
    assert ran.code == Exit.OK, ran.err
    (image,) = nist.images(nist.read((folder / "made.an2").read_bytes(), strict=True))
    assert (image.fault, image.ppi) == (None, 500)
    return image


@pytest.mark.parametrize("says", [b"PPI 500", b"PPI   0"], ids=["500 ppi", "no resolution"])
def test_a_wsq_that_is_right_already_goes_into_a_transaction_as_it_is(biomatch, wsq_file, says, tmp_path):
    file = wsq_file(says)
    assert made_image(biomatch, tmp_path, f"right-index={file}").data == file.read_bytes()


def test_a_wsq_is_compressed_anew_where_its_pixels_or_its_resolution_change(biomatch, wsq_file, tmp_path):
    file = wsq_file(b"PPI 600")
    assert header.read(made_image(biomatch, tmp_path, f"right-index={file}").data).ppi == 500
    corrected = made_image(biomatch, tmp_path, f"right-index={file}", "--ppi", 500)
    assert header.read(corrected.data).ppi == 500
    assert (corrected.width, corrected.height) == (header.read(file.read_bytes()).width, header.read(file.read_bytes()).height)
    latent = made_image(biomatch, tmp_path, f"unknown:latent={wsq_file()}")
    assert latent.compression == "JP2L"
    file = wsq_file(pixels=255 - decode(wsq_file().read_bytes()).pixels)
    assert is_inverted(wsq.decode(file.read_bytes()))
    assert not is_inverted(wsq.decode(made_image(biomatch, tmp_path, f"right-index={file}").data))


@pytest.mark.parametrize("kind", ["", "SRE", "err", "C PS", "NOSUCHTRANSACTIONTYPE", "C\x1dS"])
def test_a_type_that_is_no_request_is_refused(biomatch, sample, kind, tmp_path):
    image = f"right-index={sample / 'enrol' / 'P03-right-index_2.png'}"
    ran = biomatch("nist", "make", "-o", tmp_path / "a.an2", image, "--type", kind)
    assert ran.code == Exit.BAD_INPUT
    assert "CPS" in ran.err
    assert not (tmp_path / "a.an2").exists()


def test_a_type_that_others_may_know_is_written_and_told(biomatch, sample, tmp_path):
    image = f"right-index={sample / 'enrol' / 'P03-right-index_2.png'}"
    ran = biomatch("nist", "make", "-o", tmp_path / "a.an2", image, "--type", "LFIS")
    assert ran.code == Exit.OK
    assert "LFIS" in ran.err
    assert nist.read((tmp_path / "a.an2").read_bytes()).first.text(4) == "LFIS"


@pytest.mark.parametrize(
    "options",
    [
        ("--from", ""),
        ("--from", " "),
        ("--to", ""),
        ("--from", "A\x1fB"),
        *(("--person", f"A{chr(n)}B") for n in range(28, 32)),
    ],
)
def test_who_sends_and_who_it_is_are_texts_of_one_line(biomatch, sample, options, tmp_path):
    ran = biomatch(
        "nist", "make", "-o", tmp_path / "a.an2", f"right-index={sample / 'enrol' / 'P03-right-index_2.png'}", *options
    )
    assert ran.code == Exit.BAD_INPUT
    assert "printable characters" in " ".join(ran.err.split())
    assert not (tmp_path / "a.an2").exists()


def test_two_images_of_one_finger_are_told(biomatch, sample, tmp_path):
    images = [sample / "enrol" / f"P03-right-index_{number}.png" for number in (2, 3)]
    plain = [f"right-index={image}" for image in images]
    ran = biomatch("nist", "make", "-o", tmp_path / "a.an2", *plain)
    assert ran.code == Exit.OK
    assert "right-index is there 2 times" in " ".join(ran.err.split())
    ran = biomatch("nist", "make", "-o", tmp_path / "a.an2", plain[0], f"right-index:rolled={images[1]}")
    assert "times" not in ran.err


def test_a_resolution_that_ridges_contradict_is_told_before_a_transaction_is_sent(biomatch, sample, tmp_path):
    image = f"right-index={sample / 'enrol' / 'P03-right-index_2.png'}"
    ran = biomatch("nist", "make", "-o", tmp_path / "a.an2", image, "--ppi", 1000)
    assert ran.code == Exit.OK
    assert "P03-right-index_2.png: the resolution is probably wrong" in " ".join(ran.err.split())
    assert "resolution" not in biomatch("nist", "make", "-o", tmp_path / "a.an2", image).err


def test_a_wrong_position_of_a_transaction_lists_slaps_too(biomatch, files):
    told = biomatch("nist", "make", "-o", "t.an2", "right-hand=good.png").err
    assert "right-four" in told
    assert "right-index" in told


def test_a_print_of_unknown_kind_is_a_plain_one(biomatch, probe, tmp_path):
    for spec, impression in ((f"right-index={probe}", "live scan plain"), (f"2:rolled={probe}", "live scan rolled")):
        assert biomatch("nist", "make", "-o", tmp_path / "a.an2", spec).code == Exit.OK
        assert f"right-index, {impression}" in biomatch("nist", "show", tmp_path / "a.an2").out


@pytest.mark.parametrize("wanted", [0, 1_001, "many"])
def test_as_many_candidates_are_wanted_as_a_field_holds(biomatch, probe, tmp_path, wanted):
    ran = biomatch("nist", "make", "-o", tmp_path / "a.an2", f"right-index={probe}", "--candidates", wanted)
    assert ran.code == Exit.BAD_INPUT
    assert not (tmp_path / "a.an2").exists()


def test_what_is_written_is_counted(biomatch, probe, tmp_path):
    said = biomatch("nist", "make", "-o", tmp_path / "a.an2", f"right-index={probe}", f"left-index={probe}").out
    assert said.startswith(f"wrote {tmp_path / 'a.an2'}: 2 images, ")
