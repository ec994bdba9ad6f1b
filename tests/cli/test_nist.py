import csv
import json
from pathlib import Path

import cv2
import pytest

from biomatch.cli.console import Exit
from biomatch.cli.making import position_name
from biomatch.formats import nist, write_iso2005
from biomatch.imaging import ImageFormat, decode, encode, header, wsq
from biomatch.imaging.polarity import is_inverted
from biomatch.private import is_open
from biomatch.synthesis import synthesise_templates


@pytest.fixture
def card(sample):
    return sample / "card"


@pytest.fixture(scope="module")
def letter(sample, tmp_path_factory):
    """P03's right index, which the gallery of these tests knows, as a search; made by the command itself."""
    return tmp_path_factory.mktemp("letters") / "search.an2", sample / "enrol" / "P03-right-index_2.png"


@pytest.fixture
def search_file(biomatch, letter):
    path, image = letter
    if not path.exists():
        ran = biomatch(
            "nist", "make", "-o", path, f"right-index={image}", "--person", "P03", "--candidates", 3, "--from", "POST7"
        )
        assert ran.code == Exit.OK, ran.err
    return path


def test_what_is_made_is_shown(biomatch, search_file):
    found = biomatch("nist", "show", search_file, "--json").json
    assert (found["type"], found["from"], found["version"]) == ("CPS", "POST7", "0502")
    assert found["faults"] == []
    (image,) = found["images"]
    assert (image["positions"], image["compression"], image["ppi"], image["comparable"]) == ([2], "WSQ20", 500, True)
    assert image["names"] == ["right_index"]
    assert [(one["type"], one["what"]) for one in found["records"]] == [
        (1, "transaction"),
        (2, "description"),
        (14, "fingerprint"),
    ]
    text = biomatch("nist", "show", search_file).out
    assert "right-index, live scan plain" in text


def test_a_search_is_answered_by_a_transaction(biomatch, search_file, gallery, tmp_path):
    ran = biomatch("nist", "search", search_file, "-g", gallery, "-o", tmp_path / "sre.an2")
    assert ran.code == Exit.OK
    assert "P03" in ran.out
    answer = nist.read((tmp_path / "sre.an2").read_bytes(), strict=True)
    assert answer.first.text(4) == nist.RESULT
    assert answer.first.text(10) == nist.read(search_file.read_bytes()).first.text(9)
    respondents, _ = nist.respondents(answer)
    assert respondents[0].person == "P03"
    assert len(respondents) <= 3
    assert "1. P03" in biomatch("nist", "show", tmp_path / "sre.an2").out


def test_the_same_transaction_is_a_print_for_other_commands(biomatch, search_file, gallery):
    found = biomatch("identify", "-g", gallery, search_file, "--json").json
    assert found["candidates"][0]["person"] == "P03"


def test_a_search_that_cannot_be_done_is_answered_by_an_error(biomatch, gallery, tmp_path):
    (tmp_path / "junk.an2").write_bytes(b"no transaction")
    ran = biomatch("nist", "search", tmp_path / "junk.an2", "-g", gallery, "-o", tmp_path / "err.an2")
    assert ran.code == Exit.BAD_INPUT
    answer = nist.read((tmp_path / "err.an2").read_bytes(), strict=True)
    assert answer.first.text(4) == nist.ERROR
    assert answer.records[1].text(74).startswith("bad-transaction: ")


def test_a_slap_is_enrolled_as_four_fingers(biomatch, card, tmp_path):
    prints = [f"right-four={card / 'P01-right-four_1.png'}", f"right-index:rolled={card / 'P01-right-index_6.png'}"]
    made = biomatch("nist", "make", "-o", tmp_path / "a.an2", *prints, "--type", "atp", "--person", "P01", "--format", "jp2")
    assert made.code == Exit.OK
    found = biomatch("nist", "enrol", tmp_path / "a.an2", "-g", tmp_path / "g", "--json").json
    assert found[0]["person"] == "P01"
    positions = [one["position"] for one in found[0]["prints"]]
    assert positions == ["right_index", "right_middle", "right_ring", "right_little", "right_index"]


def test_a_slap_given_as_one_print_is_refused_and_the_named_command_cuts_it(biomatch, card, tmp_path):
    slap, made, gallery = card / "P01-left-four_1.png", tmp_path / "slap.an2", tmp_path / "g"
    ran = biomatch("enrol", "-g", gallery, slap, "--person", "P01", "--failures", tmp_path / "failed.csv")
    assert ran.code == Exit.BAD_INPUT
    assert "biomatch nist make -o slap.an2 right-four=IMAGE" in " ".join(ran.err.split())
    assert biomatch("quality", slap, "--json").json["error"]["code"] == "several-prints"
    assert biomatch("nist", "make", "-o", made, f"left-four={slap}").code == Exit.OK
    ran = biomatch("enrol", "-g", gallery, made, "--person", "P01")
    assert ran.out.startswith("enrolled 4 prints of 1 person in ")


def test_whose_prints_they_are_must_be_said(biomatch, card, tmp_path):
    biomatch("nist", "make", "-o", tmp_path / "a.an2", f"right-index={card / 'P01-right-index_6.png'}")
    ran = biomatch("nist", "enrol", tmp_path / "a.an2", "-g", tmp_path / "g")
    assert ran.code == Exit.BAD_INPUT
    assert "--person" in ran.err


def test_images_and_fingers_are_extracted_with_a_list(biomatch, card, tmp_path):
    prints = [f"left-four={card / 'P01-left-four_1.png'}", f"left-thumb:rolled={card / 'P01-left-thumb_6.png'}"]
    biomatch("nist", "make", "-o", tmp_path / "a.an2", *prints, "--person", "P01")
    found = biomatch("nist", "extract", tmp_path / "a.an2", "-o", tmp_path / "out", "--json").json
    names = [f"03-left-four-left-{finger}.png" for finger in ("little", "ring", "middle", "index")]
    assert found["files"] == [*names, "04-left-thumb.wsq"]
    written = (tmp_path / "out" / "04-left-thumb.wsq").read_bytes()
    assert written == nist.images(nist.read((tmp_path / "a.an2").read_bytes()))[1].data
    assert (tmp_path / "out" / "03-left-four.wsq").exists()
    with (tmp_path / "out" / "manifest.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["position"] for row in rows] == ["left-little", "left-ring", "left-middle", "left-index", "left-thumb"]
    assert {row["person"] for row in rows} == {"P01"}


def test_images_are_shown_as_png(biomatch, search_file, tmp_path):
    assert biomatch("nist", "show", search_file, "--png", tmp_path / "pictures").code == Exit.OK
    (path,) = (tmp_path / "pictures").iterdir()
    assert path.name == "03-right-index.png"
    assert header.read(path.read_bytes()).ppi == pytest.approx(500, abs=0.1)


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


def test_slaps_missing_fingers_and_what_has_no_name_are_named(biomatch, sample, tmp_path):
    assert [position_name(code) for code in (0, 1, 10, 11, 13, 14, 15, 21)] == [
        *("unknown", "right_thumb", "left_little", "plain_right_thumb", "right_four", "left_four", "thumbs", "position_21")
    ]
    found = biomatch("nist", "show", sample / "card" / "P01-card.an2", "--json").json
    assert {one["names"][0] for one in found["images"]} >= {"right_four", "left_four", "right_thumb"}


def test_faults_are_listed_and_the_rest_is_shown(biomatch, search_file, tmp_path):
    (tmp_path / "cut.an2").write_bytes(search_file.read_bytes()[:-40])
    ran = biomatch("nist", "show", tmp_path / "cut.an2", "--json")
    assert ran.code == Exit.OK
    assert ran.json["faults"][0]["record"] == 3
    assert "fault:" in biomatch("nist", "show", tmp_path / "cut.an2").err


def test_an_image_that_differs_from_its_record_is_written_and_what_is_wrong_is_said(biomatch, search_file, tmp_path):
    sound = nist.read(search_file.read_bytes())
    records = (*sound.records[:2], sound.records[2].with_field(6, b"4000"))
    (tmp_path / "wide.an2").write_bytes(nist.Transaction(records).to_bytes())
    for command in (("show",), ("extract", "-o", tmp_path / "out")):
        ran = biomatch("nist", command[0], tmp_path / "wide.an2", *command[1:])
        assert ran.code == Exit.OK
        assert "fault: record 3 (type 14), field 14.006" in ran.err
    assert (tmp_path / "out" / "03-right-index.wsq").exists()


@pytest.mark.parametrize("spec", ["right-index", "right-toe=a.png", "right-index=missing.png"])
def test_a_print_that_is_not_named_rightly_is_refused(biomatch, spec, tmp_path):
    ran = biomatch("nist", "make", "-o", tmp_path / "a.an2", spec)
    assert ran.code == Exit.BAD_INPUT
    assert not (tmp_path / "a.an2").exists()


@pytest.fixture
def wsq_file(sample, tmp_path):
    """A function that writes the same print as WSQ that says a resolution, or none."""
    pixels = cv2.imread(str(sample / "enrol" / "P03-right-index_2.png"), cv2.IMREAD_GRAYSCALE)

    def write(says=b"PPI 500", pixels=pixels):
        data = encode(pixels, ImageFormat.WSQ, rate=2.25)
        assert data.count(b"PPI 500") == 1
        (tmp_path / "given.wsq").write_bytes(data.replace(b"PPI 500", says))
        return tmp_path / "given.wsq"

    return write


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
    [("a.png", "b.ist", "biomatch extract"), ("a.ist", "b.png", "no picture"), ("a.png", "b.xyz", "--to")],
)
def test_what_cannot_be_converted_says_why(biomatch, name, target, reason, sample, tmp_path):
    (tmp_path / "a.png").write_bytes((sample / "enrol" / "P03-right-index_2.png").read_bytes())
    (tmp_path / "a.ist").write_bytes(write_iso2005(synthesise_templates(1, seed=5)))
    ran = biomatch("convert", tmp_path / name, tmp_path / target)
    assert ran.code == Exit.BAD_INPUT
    assert reason in " ".join(ran.err.split())
    assert not Path(tmp_path / target).exists()


def test_what_of_a_cut_off_transaction_was_not_enrolled_is_said_by_every_door(biomatch, sample, tmp_path):
    prints = [f"right-{finger}={sample / 'enrol' / 'P03-right-index_2.png'}" for finger in ("index", "middle")]
    biomatch("nist", "make", "-o", tmp_path / "whole.an2", *prints, "--person", "P03", "--type", "ATP")
    whole = (tmp_path / "whole.an2").read_bytes()
    cut = tmp_path / "cut.an2"
    cut.write_bytes(whole[: nist.read(whole).records[-1].offset + 40])
    said = "only 3 of the 4 records that 1.003 names were read"
    for command in (
        ("nist", "enrol", cut, "-g", tmp_path / "a"),
        ("enrol", cut, "-g", tmp_path / "b", "--person", "P03", "--failures", tmp_path / "failed.csv"),
    ):
        ran = biomatch(*command)
        assert ran.code == Exit.BAD_INPUT
        assert said in ran.err
        assert "enrolled 1 print of 1" in ran.out
        ran = biomatch(*(str(tmp_path / "c") if one in (tmp_path / "a", tmp_path / "b") else one for one in command), "--json")
        assert ran.code == Exit.BAD_INPUT
        assert said in json.dumps(ran.json)
    ran = biomatch("identify", "-g", tmp_path / "a", cut)
    assert (ran.code, said in ran.err) == (Exit.OK, True)
    assert said in biomatch("identify", "-g", tmp_path / "a", cut, "--json").json["warnings"]


def test_of_several_transactions_the_good_ones_are_enrolled_and_the_others_named(biomatch, search_file, tmp_path):
    junk, missing = tmp_path / "junk.an2", tmp_path / "missing.an2"
    junk.write_bytes(b"no transaction")
    command = ("nist", "enrol", junk, missing, search_file, "-g")
    ran = biomatch(*command, tmp_path / "g", "--json")
    assert ran.code == Exit.BAD_INPUT
    assert [Path(row["path"]) for row in ran.json] == [junk, missing, search_file]
    assert [row.get("error", {}).get("code") for row in ran.json] == ["bad-transaction", "file-unreadable", None]
    assert len(ran.json[2]["prints"]) == 1
    ran = biomatch(*command, tmp_path / "h")
    assert ran.code == Exit.BAD_INPUT
    assert "enrolled 1 print of 1 finger of P03" in ran.out
    lines = [line for line in ran.err.splitlines() if "error:" in line]
    assert [line.count(str(path)) for line, path in zip(lines, (junk, missing), strict=True)] == [1, 1]


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


def test_why_a_request_was_not_answered_is_shown(biomatch, tmp_path):
    answer = nist.error(["bad-image: it is blank", "too-few: 3 minutiae"], nist.Envelope("HERE", "THERE"))
    second = answer.records[1].with_field(60, b"send it again").with_field(63, b"see\x1bthe desk")
    (tmp_path / "err.an2").write_bytes(nist.Transaction((answer.records[0], second)).listed().to_bytes())
    found = biomatch("nist", "show", tmp_path / "err.an2", "--json").json
    assert found["messages"] == [
        {"field": "2.060", "text": "send it again"},
        {"field": "2.063", "text": "see the desk"},
        {"field": "2.074", "text": "bad-image: it is blank"},
        {"field": "2.074", "text": "too-few: 3 minutiae"},
    ]
    told = biomatch("nist", "show", tmp_path / "err.an2").out
    assert "2.074: bad-image: it is blank" in told
    assert "2.063: see the desk" in told


def test_what_is_taken_out_of_a_transaction_is_its_owner_s_alone(biomatch, card, tmp_path):
    prints = [f"right-four={card / 'P01-right-four_1.png'}", f"right-index:rolled={card / 'P01-right-index_6.png'}"]
    biomatch("nist", "make", "-o", tmp_path / "a.an2", *prints)
    assert biomatch("nist", "extract", tmp_path / "a.an2", "-o", tmp_path / "out").code == Exit.OK
    biomatch("convert", prints[0].partition("=")[2], tmp_path / "b.wsq")
    files = [tmp_path / "a.an2", tmp_path / "b.wsq", tmp_path / "out", *(tmp_path / "out").iterdir()]
    assert len(files) > 6
    assert not [path.name for path in files if is_open(path)]


@pytest.mark.parametrize("command", ["verify", "quality", "extract"])
def test_a_command_on_lone_prints_says_which_one_takes_transactions(biomatch, search_file, command):
    ran = biomatch(command, *[search_file] * (2 if command == "verify" else 1))
    assert ran.code == Exit.BAD_INPUT
    assert "`biomatch nist extract`" in " ".join(ran.err.split())
