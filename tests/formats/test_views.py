"""Extended data: kept as they stand, translated into another standard, refused where they lie and that is asked for."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomatch import formats
from biomatch.deadlines import Deadline, within
from biomatch.errors import BadTemplate, CorruptTemplate, DeadlinePassed
from biomatch.formats import RecordFormat, View, ansi378, iso19794, iso19794_2011
from biomatch.formats.views import ANSI, CORES_AND_DELTAS, ISO, RIDGE_COUNTS, VENDORS_OWN, ZONAL_QUALITY, Block, Frame
from biomatch.template import Template

Make = Callable[..., Template]
HERE = Frame(300, 400, 197, 197)
ISO_POINTS = (
    bytes((2,))
    + struct.pack(">HHBHH", 0x4000 | 100, 200, 64, 50, 60)
    + bytes((1,))
    + struct.pack(">HHBBB", 0x4000 | 70, 80, 0, 85, 171)
)
COUNTS = bytes((0, 1, 2, 5, 1, 3, 2))


def test_cores_and_deltas_are_read(a_template: Make) -> None:
    view = View(a_template(3), (Block(CORES_AND_DELTAS, ISO_POINTS),), ISO, HERE)
    first, second = view.cores
    assert (first.x, first.y, first.angles) == (100, 200, (np.pi / 2,))
    assert (second.x, second.y, second.angles) == (50, 60, ())
    (delta,) = view.deltas
    assert (delta.x, delta.y) == (70, 80)
    assert delta.angles == pytest.approx((0, 85 / 128 * np.pi, 171 / 128 * np.pi))


def test_without_the_block_there_are_no_points(a_template: Make) -> None:
    assert View(a_template(3)).cores == View(a_template(3)).deltas == ()


@pytest.mark.parametrize("size", range(len(ISO_POINTS)))
def test_points_that_are_cut_off_are_left_out(size: int, a_template: Make) -> None:
    view = View(a_template(3), (Block(CORES_AND_DELTAS, ISO_POINTS[:size]),), ISO, HERE)
    assert len(view.cores) <= 2
    assert len(view.deltas) <= 1


BLOCKS = st.lists(st.builds(Block, st.sampled_from([1, 2, 3, 4, 255, 256, 65_535]), st.binary(max_size=30)), max_size=4).map(
    tuple
)


@given(BLOCKS, st.sampled_from([iso19794, iso19794_2011, ansi378]))
def test_extended_data_are_written_as_they_were(blocks: tuple[Block, ...], edition: object) -> None:
    from biomatch.template import Minutiae

    print_ = Template(Minutiae.of([1, 2], [3, 4], [0, np.pi]), 300, 400)
    dialect = ANSI if edition is ansi378 else ISO
    views = [View(print_, blocks, dialect, HERE), View(print_, (), dialect, HERE)]
    data = edition.write(views)  # type: ignore[attr-defined]
    found = edition.read_views(data, strict=True)  # type: ignore[attr-defined]
    assert [view.blocks for view in found] == [blocks, ()]
    assert edition.write(found) == data  # type: ignore[attr-defined]


def test_cores_and_deltas_are_translated_between_the_standards(a_template: Make) -> None:
    blocks = (Block(RIDGE_COUNTS, COUNTS), Block(CORES_AND_DELTAS, ISO_POINTS), Block(ZONAL_QUALITY, b"zz"), Block(777, b"own"))
    view = View(a_template(5), blocks, ISO, HERE)
    (there,) = ansi378.read_views(ansi378.write([view]), strict=True)
    assert [block.type for block in there.blocks] == [RIDGE_COUNTS, CORES_AND_DELTAS, 777]
    assert there.block(RIDGE_COUNTS) == COUNTS
    assert [(core.x, core.y) for core in there.cores] == [(100, 200), (50, 60)]
    assert [core.angles for core in there.cores] == [(), ()]  # ANSI says for all whether they have one
    assert there.deltas[0].angles == pytest.approx(view.deltas[0].angles, abs=np.radians(1))
    (back,) = iso19794.read_views(iso19794.write([there]), strict=True)
    assert back.deltas[0].angles == pytest.approx(view.deltas[0].angles, abs=np.radians(2))


def test_cores_are_brought_to_the_resolution_that_is_written(a_template: Make) -> None:
    view = View(a_template(5), (Block(CORES_AND_DELTAS, ISO_POINTS),), ISO, Frame(600, 800, 394, 394))
    assert view.cores[0].x == 50
    (there,) = iso19794_2011.read_views(iso19794_2011.write([view]), strict=True)
    assert (there.cores[0].x, there.cores[0].y) == (50, 100)


def test_ridge_counts_of_minutiae_that_are_left_out_are_not_written(a_template: Make) -> None:
    view = View(a_template(300), (Block(RIDGE_COUNTS, COUNTS),), ISO, HERE)
    assert iso19794.read_views(iso19794.write([view]))[0].blocks == ()


def test_too_much_for_a_record_is_refused(a_template: Make) -> None:
    view = View(a_template(3), (Block(300, bytes(65_000)), Block(301, bytes(600))), ISO, HERE)
    with pytest.raises(BadTemplate, match="65,608 bytes"):
        iso19794.write([view])


def test_bytes_that_are_no_blocks_are_kept_and_refused_if_strict(a_template: Make) -> None:
    plain = iso19794.write([a_template(2)])
    data = bytearray(plain[:-2] + b"\0\5\0\1\0\2x")
    data[8:12] = len(data).to_bytes(4, "big")
    (view,) = iso19794.read_views(bytes(data))
    assert view.blocks == (Block(-1, b"\0\1\0\2x"),)
    assert iso19794.write([view]) == bytes(data)
    with pytest.raises(CorruptTemplate, match="do not add up to their 5 bytes"):
        iso19794.read_views(bytes(data), strict=True)


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (23, 1, "a reserved byte is 1"),
        (25, 0x0F, "impression type 15"),
        (26, 101, "quality of finger 2 is 101"),
        (28, 0xC0, "minutia 1 is of the reserved type 3"),
        (30, 0xC0, "minutia 1 has reserved bits set beside y"),
        (33, 200, "minutia 1 has a quality of 200"),
        (35, 7, "announce 7 bytes, there are 0"),
    ],
)
def test_what_the_standard_forbids_is_read_unless_strict(offset: int, value: int, reason: str) -> None:
    data = bytearray(
        bytes.fromhex("464d5200 20323000 00000024 0000 012c 0190 00c5 00c5 01 00 02 01 4d 01 4064 00c8 40 5a 0000")
    )
    assert len(iso19794.read(bytes(data), strict=True)) == 1
    data[offset] = value
    assert len(iso19794.read(bytes(data))) == 1
    with pytest.raises(CorruptTemplate, match=reason):
        iso19794.read(bytes(data), strict=True)


def test_real_samples_keep_all_that_they_hold(real_data: Path) -> None:
    for path in sorted((real_data / "templates").iterdir()):
        if path.is_dir():
            continue
        data = path.read_bytes()
        found = formats.read_views(data)
        form = RecordFormat.ANSI2004 if "ansi" in path.name else RecordFormat.ISO2005
        again = formats.read_views(formats.write(found, form))
        assert [view.template.minutiae for view in again] == [view.template.minutiae for view in found]
        assert [view.blocks for view in again] == [view.blocks for view in found]
        if path.suffix == ".ist":
            assert formats.write(found, form)[24:] == data[24:]  # the head names the vendor's device
    samples = formats.read_views((real_data / "templates" / "fmr.ansi2004").read_bytes())
    assert [len(view.template.minutiae) for view in samples] == [27, 22, 28]
    assert samples[2].block(RIDGE_COUNTS) is not None
    iso = formats.read_views((real_data / "templates" / "fmr.iso2005").read_bytes())[1]
    assert (len(iso.cores), len(iso.deltas)) == (2, 4)
    assert [len(delta.angles) for delta in iso.deltas] == [3, 0, 3, 3]
    assert (iso.cores[0].x, iso.cores[0].y) == (150, 250)


def test_views_and_templates_may_stand_side_by_side(a_template: Make) -> None:
    template = replace(a_template(4), extractor=iso19794.MADE_BY)
    assert iso19794.read(iso19794.write([View(template), template])) == [template, template]


def test_of_very_many_blocks_the_rest_is_kept_in_one_piece(a_template: Make) -> None:
    """A record of 16 MB may hold four million empty ones."""
    blocks = tuple(Block(VENDORS_OWN, b"") for _ in range(16_383))
    data = iso19794.write([View(a_template(2), blocks, ISO, HERE), View(a_template(2), (), ISO, HERE)])
    for strict in (False, True):
        found = iso19794.read_views(data, strict=strict)
        assert len(found[0].blocks) < 100
        assert iso19794.write(found) == data


def test_reading_a_record_ends_where_nobody_waits_any_more(a_template: Make) -> None:
    data = iso19794.write([a_template(2)] * 16)
    with within(Deadline(0)), pytest.raises(DeadlinePassed):
        iso19794.read(data)
