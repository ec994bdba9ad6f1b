from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomatch.errors import BadTemplate, CorruptTemplate
from biomatch.formats import ansi378, iso19794
from biomatch.template import ENDING, Minutiae, Template
from biomatch.vocabulary import FingerPosition

VIEW = bytes.fromhex("02 01 4d 01 4064 00c8 2d 5a 0000")  # right index, rolled, quality 77; ending at (100, 200), 90 degrees
REST = struct.pack(">IHHHHHBB", 0x00420011, 0, 300, 400, 197, 197, 1, 0)


def short(view: bytes = VIEW) -> bytes:
    return b"FMR\0 20\0" + struct.pack(">H", 10 + len(REST) + len(view)) + REST + view


def long(view: bytes = VIEW) -> bytes:
    return b"FMR\0 20\0" + struct.pack(">HI", 0, 14 + len(REST) + len(view)) + REST + view


@pytest.mark.parametrize("data", [short(), long()], ids=["length of two bytes", "length of six bytes"])
def test_a_record_written_by_hand_is_read(data: bytes) -> None:
    (template,) = ansi378.read(data)
    assert template.minutiae == Minutiae.of([100], [200], [np.pi / 2], [ENDING], [0.9])
    assert (template.width, template.height, template.quality) == (300, 400, 77)
    assert template.extractor == ansi378.MADE_BY


def test_it_is_told_from_iso_by_its_length() -> None:
    assert not iso19794.is_record(short())
    assert not iso19794.is_record(long())


def test_an_angle_of_a_whole_turn_or_more_is_refused() -> None:
    with pytest.raises(CorruptTemplate, match="180 of 180"):
        ansi378.read(short(VIEW[:8] + b"\xb4" + VIEW[9:]))


def test_every_cut_is_noticed() -> None:
    for data in (short(), long()):
        for end in range(len(data)):
            with pytest.raises(CorruptTemplate):
                ansi378.read(data[:end])


def test_a_head_that_is_cut_but_honest_about_it_is_noticed() -> None:
    with pytest.raises(CorruptTemplate, match="within its head"):
        ansi378.read(b"FMR\0 20\0\0\x10" + bytes(6))


@given(st.binary(max_size=100))
def test_any_bytes_give_templates_or_a_bad_template(tail: bytes) -> None:
    for data in (tail, short(tail), long(tail)):
        with suppress(BadTemplate):
            ansi378.read(data)


def test_what_is_written_is_read_back(a_template: Callable[..., Template]) -> None:
    templates = [a_template(40), a_template(0, FingerPosition.LEFT_INDEX), a_template(255, seed=3)]
    data = ansi378.write(templates)
    assert ansi378.is_record(data)
    found = ansi378.read(data, strict=True)
    for one, template in zip(found, templates, strict=True):
        assert one.minutiae.x.tolist() == template.minutiae.x.tolist()
        assert one.minutiae.quality.tolist() == template.minutiae.quality.tolist()
        turn = (one.minutiae.angle - template.minutiae.angle + np.pi) % (2 * np.pi) - np.pi
        assert np.abs(turn).max(initial=0) <= np.radians(1) + np.pi / 256  # a step of 2 degrees, then one of 1.4
    assert ansi378.read(ansi378.write(found)) == found


def test_a_long_record_has_a_long_length(a_template: Callable[..., Template]) -> None:
    templates = [a_template(255, FingerPosition(number % 11), seed=number) for number in range(60)]
    data = ansi378.write(templates)
    assert len(data) > 65_535
    assert data[8:10] == b"\0\0"
    assert len(ansi378.read(data, strict=True)) == 60


def test_the_same_prints_in_both_standards_agree(real_data: Path) -> None:
    """ANSI's sample holds one view more."""
    iso = iso19794.read((real_data / "templates" / "fmr.iso2005").read_bytes())
    ansi = ansi378.read((real_data / "templates" / "fmr.ansi2004").read_bytes())
    assert [template.minutiae for template in iso] == [template.minutiae for template in ansi[:2]]
