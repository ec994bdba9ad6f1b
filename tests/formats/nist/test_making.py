from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from biomatch.errors import BadTemplate, UnwritableImage
from biomatch.formats.nist import Box, Envelope, Picture, Respondent, error, images, read, request, respondents, result
from biomatch.formats.nist.making import control_number
from biomatch.formats.nist.records import TaggedRecord, Transaction
from biomatch.imaging import ImageFormat, decode
from biomatch.vocabulary import ImpressionType

WHEN = datetime(2026, 2, 3, 4, 5, 6, tzinfo=UTC)
LETTER = Envelope("KIT7", "BUREAU", WHEN, serial=12)
PIXELS = (128 + 100 * np.cos(np.hypot(*np.mgrid[-60:60, -50:50]) * 0.7)).astype(np.uint8)


def test_a_search_says_who_asks_and_what_for() -> None:
    pictures = [
        Picture(PIXELS, 2, ImpressionType.LIVE_SCAN_PLAIN, form=ImageFormat.JP2),
        Picture(PIXELS, 13, ImpressionType.LIVE_SCAN_PLAIN, missing=((4, "XX"),), boxes=(Box(2, 1, 9, 3, 30),)),
    ]
    made = read(request("CPS", pictures, LETTER, person="A-17", expected=5).to_bytes(), strict=True)
    first, second = made.records[:2]
    assert isinstance(second, TaggedRecord)
    said = [made.first.text(number) for number in (2, 4, 5, 7, 8, 9, 14)]
    assert said == ["0502", "CPS", "20260203", "BUREAU", "KIT7", "2600000012U", "20260203040506Z"]
    assert made.first[3].subfields == [[b"1", b"3"], [b"2", b"00"], [b"14", b"01"], [b"14", b"02"]]
    assert (second.text(9), second.text(320)) == ("A-17", "5")
    one, slap = images(made)
    assert (one.compression, slap.compression, one.fault, slap.fault) == ("JP2L", "WSQ20", None, None)
    assert np.array_equal(decode(one.data, ppi=500).pixels, PIXELS)
    assert (slap.missing, slap.boxes, len(slap.fingers)) == (((4, "XX"),), (Box(2, 1, 9, 3, 30),), 3)
    assert first is made.first


def test_latents_lose_nothing() -> None:
    latent = Picture(PIXELS, 0, ImpressionType.LATENT_LIFT, form=ImageFormat.PNG, ppi=1000)
    found = images(request("MPS", [latent], LETTER))[0]
    assert (found.type, found.ppi, found.compression) == (13, 1000, "PNG")
    with pytest.raises(UnwritableImage, match="a latent must lose nothing"):
        request("MPS", [Picture(PIXELS, 0, ImpressionType.LATENT_LIFT)], LETTER)


def test_wsq_is_for_500_ppi() -> None:
    with pytest.raises(UnwritableImage, match="1000 ppi are beyond the 500 ppi"):
        request("CPS", [Picture(PIXELS, 2, ImpressionType.LIVE_SCAN_PLAIN, ppi=1000)], LETTER)


def test_a_line_that_is_no_candidate_is_a_fault_and_the_others_are_read() -> None:
    made = result([Respondent(1, "ada", 61.5, 3.25, 7, "print-1")], LETTER)
    second = made.records[1]
    assert isinstance(second, TaggedRecord)
    for line in (b"1 ada", b"1 ada nan 1 2 p", b"x ada 1 1 2 p", b"1 \xff 1 1 2 p"):
        lines = second.with_field(64, line.replace(b" ", b"\x1f") + b"\x1e" + second[64].value)
        found, (fault,) = respondents(Transaction((made.first, lines)))
        assert [one.person for one in found] == ["ada"]
        assert (fault.record, fault.field, fault.reason) == (2, "2.064", "line 1 is no candidate")


def test_a_request_needs_a_print() -> None:
    with pytest.raises(BadTemplate, match="needs a print"):
        request("CPS", [], LETTER)


def test_an_answer_names_its_request_and_lists_its_candidates() -> None:
    listed = [Respondent(1, "P\x1e1", 61.5, 3.25, 7, "print-1"), Respondent(2, "füß", 12.0, -1.0, 0, "print-2")]
    made = read(result(listed, Envelope(reference="26123Z"), notes=["a\x1fb", "c"]).to_bytes(), strict=True)
    assert (made.first.text(4), made.first.text(10)) == ("SRE", "26123Z")
    assert respondents(made) == ([Respondent(1, "P 1", 61.5, 3.25, 7, "print-1"), listed[1]], [])
    second = made.records[1]
    assert isinstance(second, TaggedRecord)
    assert second[63].subfields == [[b"a b"], [b"c"]]
    assert respondents(read(result([], LETTER).to_bytes(), strict=True)) == ([], [])


def test_an_error_gives_its_reasons() -> None:
    made = read(error(["one", "two"], LETTER, person="A").to_bytes(), strict=True)
    second = made.records[1]
    assert isinstance(second, TaggedRecord)
    assert made.first.text(4) == "ERR"
    assert second[74].subfields == [[b"one"], [b"two"]]


def test_a_control_number_bears_its_check() -> None:
    assert control_number(WHEN, 0)[:10] == "2600000000"
    assert control_number(WHEN)[2:10] == f"{33 * 86_400 + 4 * 3_600 + 5 * 60 + 6:08d}"
    numbers = {control_number(WHEN, serial)[10] for serial in range(23)}
    assert len(numbers) == 23
    assert not numbers & set("IOS")
