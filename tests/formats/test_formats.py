from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomatch import formats
from biomatch.errors import BadTemplate, CorruptTemplate, RecordNotRead, UnknownFormat
from biomatch.template import Template

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
    with pytest.raises(RecordNotRead, match="'030'"):
        formats.read_template(b"FMR\x00030\x00" + bytes(100))


def test_a_cut_record_says_so(a_template: Make) -> None:
    with pytest.raises(CorruptTemplate, match="length"):
        formats.read_template(formats.write_iso2005([a_template()])[:-3])


@pytest.mark.parametrize("data", [b"", b"a letter", b"\x89PNG\r\n\x1a\n"])
def test_what_is_no_record_is_told_apart(data: bytes) -> None:
    assert not formats.is_record(data)
    with pytest.raises(UnknownFormat):
        formats.read_template(data)


@given(st.sampled_from([b"FMR\0", b"FMR\0 20\0", b"BMT\1"]), st.binary(max_size=120))
def test_anything_that_begins_as_a_record_gives_templates_or_a_bad_template(start: bytes, rest: bytes) -> None:
    with suppress(BadTemplate):
        formats.read_templates(start + rest)


def test_the_samples_of_each_standard_are_read_or_named(real_data: Path) -> None:
    folder = real_data / "templates"
    assert len(formats.read_templates((folder / "fmr.iso2005").read_bytes())) == 2
    assert len(formats.read_templates((folder / "fmr.ansi2004").read_bytes())) == 3
    with pytest.raises(RecordNotRead):
        formats.read_templates((folder / "fmr.ansi2007").read_bytes())
