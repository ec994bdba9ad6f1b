from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomatch import formats
from biomatch.errors import BadTemplate, CorruptTemplate, TooManyPrints
from biomatch.formats import RecordFormat, iso19794_2011
from biomatch.template import ENDING, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

Make = Callable[..., Template]

VIEW = bytes.fromhex("ffffffffffffffffff 00 0000 0000 01 4d0000 0000 02 00 00c5 00c5 01 012c 0190 60 01 4064 00c8 40 5a 0000")


def record(*views: bytes, certified: int = 0) -> bytes:
    body = b"".join(struct.pack(">I", 4 + len(view)) + view for view in views)
    return b"FMR\x00030\0" + struct.pack(">IHB", 15 + len(body), len(views), certified) + body


def test_a_record_written_by_hand_is_read() -> None:
    (template,) = formats.read_templates(record(VIEW))
    assert template.minutiae == Minutiae.of([100], [200], [np.pi / 2], [ENDING], [0.9])
    assert (template.width, template.height, template.quality) == (300, 400, 77)
    assert (template.position, template.impression) == (FingerPosition.RIGHT_INDEX, ImpressionType.LIVE_SCAN_ROLLED)


def test_minutiae_of_five_bytes_have_no_quality() -> None:
    short = VIEW.replace(bytes.fromhex("60 01 4064 00c8 40 5a"), bytes.fromhex("50 01 4064 00c8 40"))
    (template,) = iso19794_2011.read(record(short))
    assert template.minutiae == Minutiae.of([100], [200], [np.pi / 2], [ENDING], [0])


def test_certificates_are_passed_over() -> None:
    certified = VIEW.replace(bytes.fromhex("01 4d0000 0000"), bytes.fromhex("01 4d0000 0000 02 010203 040506"))
    assert iso19794_2011.read(record(certified, certified, certified=1)) == iso19794_2011.read(record(VIEW, VIEW))


def test_a_quality_that_is_not_known_is_none() -> None:
    unknown = VIEW.replace(bytes.fromhex("01 4d0000 0000"), bytes.fromhex("02 ff0000 0000 320000 0000"))
    assert iso19794_2011.read(record(unknown))[0].quality == 50
    assert iso19794_2011.read(record(VIEW.replace(bytes.fromhex("01 4d0000 0000"), b"\0")))[0].quality is None


def test_each_view_has_its_own_size_and_resolution() -> None:
    large = VIEW.replace(bytes.fromhex("00c5 00c5 01 012c 0190"), bytes.fromhex("018a 018a 01 0258 0320"))
    found = iso19794_2011.read(record(VIEW, large))
    assert [(one.width, one.height) for one in found] == [(300, 400), (300, 400)]
    assert [one.minutiae.x.tolist() for one in found] == [[100], [50]]


@pytest.mark.parametrize("count", [0, 1, 40, 255])
def test_what_is_written_is_read_back(count: int, a_template: Make) -> None:
    templates = [a_template(count), replace(a_template(3, FingerPosition.LEFT_THUMB), width=320, quality=None)]
    data = iso19794_2011.write(templates)
    assert iso19794_2011.read(data, strict=True) == [replace(one, extractor=iso19794_2011.MADE_BY) for one in templates]


def test_types_of_impression_that_the_first_edition_lacks_are_written(a_template: Make) -> None:
    template = replace(a_template(3), impression=ImpressionType.LIVE_SCAN_OPTICAL_CONTACTLESS_PLAIN)
    assert iso19794_2011.read(iso19794_2011.write([template]))[0].impression is template.impression


def test_every_cut_is_noticed(a_template: Make) -> None:
    for data in (record(VIEW), iso19794_2011.write([a_template(3), a_template(2)])):
        for end in range(4, len(data)):
            with pytest.raises(CorruptTemplate):
                formats.read_templates(data[:end])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (record(VIEW.replace(b"\x60\x01\x40", b"\x70\x01\x40")), "7 bytes, neither 5 nor 6"),
        (record(VIEW.replace(b"\x60\x01\x40", b"\x60\x09\x40")), "within a print"),
        (record(VIEW[:14] + b"\xff" + VIEW[15:]), "within a print"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BadTemplate, match=reason):
        formats.read_templates(data)


@given(st.binary(max_size=120), st.integers(0, 3))
def test_any_bytes_give_templates_or_a_bad_template(tail: bytes, views: int) -> None:
    for data in (record(*[tail] * views), record(tail, certified=1)):
        with suppress(BadTemplate):
            formats.read_templates(data)


def test_nbis_reads_what_is_written_and_writes_what_is_read(a_template: Make) -> None:
    nbis = pytest.importorskip("nbis")
    settings = nbis.NbisExtractorSettings(
        min_quality=0.0, get_center=False, check_fingerprint=False, compute_nfiq2=False, ppi=500.0
    )
    extractor = nbis.new_nbis_extractor(settings)
    template = a_template(40)
    found = extractor.load_iso_19794_2_2011(formats.write([template], RecordFormat.ISO2011))
    theirs = [(m.x(), m.y()) for m in found.get()]
    assert theirs == list(zip(template.minutiae.x.tolist(), template.minutiae.y.tolist(), strict=True))
    (back,) = iso19794_2011.read(found.to_iso_19794_2_2011())
    assert len(back.minutiae) == 40


def test_a_record_of_more_prints_than_other_editions_hold_is_refused_before_any_is_read(a_template: Make) -> None:
    """Two bytes count them here: in 2 MB lie 65,535 prints without minutiae."""
    one = iso19794_2011.write([a_template(0)])[15:]
    data = b"FMR\x00030\0" + struct.pack(">IHB", 15 + 256 * len(one), 256, 0) + 256 * one
    with pytest.raises(TooManyPrints, match="256 prints were given, at most 255"):
        formats.read_templates(data)
    data = b"FMR\x00030\0" + struct.pack(">IHB", 15 + 255 * len(one), 255, 0) + 255 * one
    assert len(formats.read_templates(data)) == 255
