from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomatch import formats
from biomatch.errors import BadTemplate, CorruptTemplate, RecordNotRead, TooManyMinutiae, UnknownFormat
from biomatch.formats import RecordFormat, ansi378, iso19794, iso19794_2011
from biomatch.template import MOST_READ, Template
from biomatch.vocabulary import FingerPosition

Make = Callable[..., Template]


def test_a_template_of_ours_is_known_by_its_content(a_template: Make) -> None:
    template = a_template()
    assert formats.is_record(template.to_bytes())
    assert formats.read_template(template.to_bytes()) == template


def test_an_iso_record_is_known_by_its_content(a_template: Make) -> None:
    data = formats.write_iso2005([a_template()])
    assert formats.is_record(data)
    assert formats.read_template(data).minutiae == a_template().minutiae


def test_one_print_is_not_picked_out_of_several_in_silence(a_template: Make) -> None:
    data = formats.write_iso2005([a_template(), a_template(seed=1)])
    assert len(formats.read_templates(data)) == 2
    with pytest.raises(BadTemplate, match="holds 2 prints"):
        formats.read_template(data)


def test_records_of_other_years_are_named() -> None:
    with pytest.raises(RecordNotRead, match="'040'"):
        formats.read_template(b"FMR\x00040\x00" + bytes(100))
    with pytest.raises(CorruptTemplate, match="length"):
        formats.read_template(b"FMR\x00030\x00" + bytes(100))


@pytest.mark.parametrize("form", list(RecordFormat))
def test_every_format_that_is_written_is_read_as_what_it_is(form: RecordFormat, a_template: Make) -> None:
    prints = [a_template(30), a_template(3, FingerPosition.LEFT_THUMB, seed=1)]
    found = formats.read_templates(formats.write(prints, form))
    names = {RecordFormat.ISO2005: iso19794, RecordFormat.ISO2011: iso19794_2011, RecordFormat.ANSI2004: ansi378}
    assert [one.extractor for one in found] == [names[form].MADE_BY] * 2
    for one, template in zip(found, prints, strict=True):
        assert np.array_equal(one.minutiae.x, template.minutiae.x)
        assert np.array_equal(one.minutiae.kind, template.minutiae.kind)
        turn = (one.minutiae.angle - template.minutiae.angle + np.pi) % (2 * np.pi) - np.pi
        assert np.abs(turn).max() <= (np.radians(2) if form is RecordFormat.ANSI2004 else 1e-6)
        assert (one.position, one.quality) == (template.position, template.quality)


def test_a_cut_record_says_so(a_template: Make) -> None:
    with pytest.raises(CorruptTemplate, match="length"):
        formats.read_template(formats.write_iso2005([a_template()])[:-3])


@pytest.mark.parametrize("data", [b"", b"a letter", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_record_is_told_apart(data: bytes) -> None:
    assert not formats.is_record(data)
    with pytest.raises(UnknownFormat):
        formats.read_template(data)


@given(st.sampled_from([b"FMR\0", b"FMR\0 20\0", b"FMR\x00030\0", b"BMT\1"]), st.binary(max_size=120))
def test_anything_that_begins_as_a_record_gives_templates_or_a_bad_template(start: bytes, rest: bytes) -> None:
    with suppress(BadTemplate):
        formats.read_templates(start + rest)


def test_the_samples_of_each_standard_are_read_or_named(real_data: Path) -> None:
    folder = real_data / "templates"
    assert len(formats.read_templates((folder / "fmr.iso2005").read_bytes())) == 2
    assert len(formats.read_templates((folder / "fmr.ansi2004").read_bytes())) == 3
    assert len(formats.read_templates((folder / "fmr.ansi2007").read_bytes())) == 2


def test_a_print_with_more_minutiae_than_a_finger_has_is_refused(a_template: Make) -> None:
    assert len(formats.read_template(a_template(MOST_READ).to_bytes()).minutiae) == MOST_READ
    data = a_template(MOST_READ + 1).to_bytes()
    with pytest.raises(TooManyMinutiae, match=r"1,025 minutiae, at most 1,024 .* are read; send the best") as raised:
        formats.read_templates(data)
    assert raised.value.values == {"count": 1_025, "limit": 1_024}
    assert len(Template.from_bytes(data).minutiae) == MOST_READ + 1  # an older gallery may hold such a print, and opens
