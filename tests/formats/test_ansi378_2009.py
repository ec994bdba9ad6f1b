from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomatch import formats
from biomatch.errors import BadTemplate, CorruptTemplate
from biomatch.formats import ansi378_2009, iso19794_2011
from biomatch.template import ENDING, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

Make = Callable[..., Template]

VIEW = bytes.fromhex("02 00 01 4d 0000 0000 012c 0190 00c5 00c5 01  4064 00c8 2d 5a 0000")


def record(view: bytes = VIEW, *, views: int = 1, head: bytes = b"\0\x42\0\x11\x80\0\7", version: bytes = b"030") -> bytes:
    """head: product, certification and sensor; two bytes fewer is the draft of 2007."""
    length = 12 + len(head) + 2 + len(view)
    return b"FMR\0" + version + b"\0" + struct.pack(">I", length) + head + bytes((views, 0)) + view


@pytest.mark.parametrize(
    "data", [record(), record(version=b"035"), record(head=b"\0\x42\0\x11\0\x80")], ids=["2009", "amended", "2007"]
)
def test_a_record_written_by_hand_is_read(data: bytes) -> None:
    (template,) = formats.read_templates(data)
    assert template.minutiae == Minutiae.of([100], [200], [np.pi / 2], [ENDING], [0.9])
    assert (template.width, template.height, template.quality) == (300, 400, 77)
    assert (template.position, template.impression) == (FingerPosition.RIGHT_INDEX, ImpressionType.LIVE_SCAN_ROLLED)


def test_it_is_told_from_iso_s_second_edition_by_structure(a_template: Make) -> None:
    assert formats.read_template(record()).extractor == ansi378_2009.MADE_BY
    assert formats.read_template(iso19794_2011.write([a_template()])).extractor == iso19794_2011.MADE_BY
    assert not iso19794_2011.is_record(record())


def test_every_cut_is_noticed() -> None:
    for end in range(4, len(record())):
        with pytest.raises(CorruptTemplate):
            formats.read_templates(record()[:end])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (record(views=0), "no print"),
        (record(views=2), "within a print"),
        (record(VIEW[:13] + b"\0\0" + VIEW[15:]), "0 px a cm"),
        (record(VIEW[:-2] + b"\0\7" + VIEW, views=2), "px a cm"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BadTemplate, match=reason):
        formats.read_templates(data)


@given(st.binary(max_size=120), st.integers(0, 3))
def test_any_bytes_give_templates_or_a_bad_template(tail: bytes, views: int) -> None:
    with suppress(BadTemplate):
        formats.read_templates(record(tail, views=views))


def test_a_draft_sample_of_nist_agrees_with_its_first_edition(real_data: Path) -> None:
    folder = real_data / "templates"
    first = formats.read_templates((folder / "fmr.ansi2004").read_bytes())[:2]
    second = formats.read_templates((folder / "fmr.ansi2007").read_bytes())
    assert [one.minutiae for one in first] == [one.minutiae for one in second]
    assert [(one.position, one.quality) for one in first] == [(one.position, one.quality) for one in second]
