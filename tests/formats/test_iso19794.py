from __future__ import annotations

import struct
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomatch.errors import BadTemplate, CorruptTemplate
from biomatch.formats import iso19794
from biomatch.template import BIFURCATION, ENDING, OTHER, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

Make = Callable[..., Template]

ONE_MINUTIA = bytes.fromhex(
    "464d5200 20323000 00000024 0000 012c 0190 00c5 00c5 01 00"  # head: 36 bytes, 300 x 400 px, 197 px a cm, one view
    "02 01 4d 01"  # right index, first view, rolled, quality 77, one minutia
    "4064 00c8 40 5a"  # ending at (100, 200), a quarter turn, quality 90
    "0000"
)


def record(*, width: int = 300, height: int = 400, across: int = 197, down: int = 197, views: int = 1, body: bytes) -> bytes:
    return struct.pack(">8sIHHHHHBB", b"FMR\0 20\0", 24 + len(body), 0, width, height, across, down, views, 0) + body


def view(*minutiae: tuple[int, int, int, int], position: int = 2, quality: int = 50, extended: bytes = b"") -> bytes:
    rows = b"".join(struct.pack(">HHBB", *row) for row in minutiae)
    return struct.pack(">BBBB", position, 0, quality, len(minutiae)) + rows + struct.pack(">H", len(extended)) + extended


def test_a_record_written_by_hand_is_read() -> None:
    (template,) = iso19794.read(ONE_MINUTIA)
    assert template.minutiae == Minutiae.of([100], [200], [np.pi / 2], [ENDING], [0.9])
    assert (template.width, template.height, template.quality) == (300, 400, 77)
    assert (template.position, template.impression) == (FingerPosition.RIGHT_INDEX, ImpressionType.LIVE_SCAN_ROLLED)


def test_a_template_is_written_as_by_hand(a_template: Make) -> None:
    template = replace(a_template(0), minutiae=Minutiae.of([100], [200], [np.pi / 2], [ENDING], [0.9]))
    assert iso19794.write([template]) == ONE_MINUTIA


@pytest.mark.parametrize("count", [0, 1, 40, 255])
def test_what_is_written_is_read_back(count: int, a_template: Make) -> None:
    template = a_template(count)
    (found,) = iso19794.read(iso19794.write([template]))
    assert found == replace(template, extractor=iso19794.MADE_BY)


def test_several_views_keep_their_order_and_are_numbered_by_finger(a_template: Make) -> None:
    thumb, index = FingerPosition.LEFT_THUMB, FingerPosition.LEFT_INDEX
    templates = [a_template(n + 3, position, seed=n) for n, position in enumerate((thumb, index, thumb))]
    data = iso19794.write(templates)
    assert [found.minutiae for found in iso19794.read(data)] == [template.minutiae for template in templates]
    at, numbers = 24, []
    for template in templates:
        numbers.append(data[at + 1] >> 4)
        at += 4 + 6 * len(template.minutiae) + 2
    assert numbers == [0, 0, 1]


def test_positions_are_rounded_and_stay_inside(a_template: Make) -> None:
    template = replace(a_template(0), minutiae=Minutiae.of([299.875, 10.25], [399.875, 10.75], [0, 0]))
    (found,) = iso19794.read(iso19794.write([template]))
    assert (found.minutiae.x.tolist(), found.minutiae.y.tolist()) == ([299, 10], [399, 11])


def test_the_best_255_minutiae_are_written_in_their_order(a_template: Make) -> None:
    template = a_template(400)
    (found,) = iso19794.read(iso19794.write([template]))
    assert len(found.minutiae) == 255
    assert found.minutiae.quality.min() >= np.sort(template.minutiae.quality)[400 - 255]
    order = [list(zip(m.x, m.y, m.turns, strict=True)) for m in (template.minutiae, found.minutiae)]
    places = [order[0].index(minutia) for minutia in order[1]]
    assert places == sorted(places)


def test_quality_zero_means_not_reported() -> None:
    (template,) = iso19794.read(record(body=view((100, 100, 0, 0), quality=0)))
    assert template.quality is None
    assert template.minutiae.quality.tolist() == [0]


def test_qualities_beyond_the_standard_mean_not_reported() -> None:
    (template,) = iso19794.read(record(body=view((100, 100, 0, 255), quality=254)))
    assert template.quality is None
    assert template.minutiae.quality.tolist() == [0]


def test_a_quality_that_is_not_known_is_written_as_not_reported(a_template: Make) -> None:
    (found,) = iso19794.read(iso19794.write([replace(a_template(), quality=None)]))
    assert found.quality is None


@pytest.mark.parametrize(
    ("impression", "read_back"),
    [
        (ImpressionType.LATENT_IMPRESSION, ImpressionType.LATENT_IMPRESSION),
        (ImpressionType.LIVE_SCAN_VERTICAL_SWIPE, ImpressionType.LIVE_SCAN_VERTICAL_SWIPE),
        (ImpressionType.UNKNOWN, ImpressionType.LIVE_SCAN_PLAIN),
        (ImpressionType.LIVE_SCAN_OPTICAL_CONTACTLESS_PLAIN, ImpressionType.LIVE_SCAN_PLAIN),
    ],
)
def test_impression_types_beyond_the_standard_become_live_scan_plain(
    impression: ImpressionType, read_back: ImpressionType, a_template: Make
) -> None:
    (found,) = iso19794.read(iso19794.write([replace(a_template(), impression=impression)]))
    assert found.impression == read_back


def test_a_reserved_impression_type_is_unknown() -> None:
    body = bytearray(view())
    body[1] = 15
    assert iso19794.read(record(body=bytes(body)))[0].impression == ImpressionType.UNKNOWN


def test_the_reserved_kind_is_other() -> None:
    (template,) = iso19794.read(record(body=view((0xC000 | 5, 5, 0, 1), (0x8000 | 6, 6, 0, 1))))
    assert template.minutiae.kind.tolist() == [OTHER, BIFURCATION]


def test_reserved_bits_beside_y_are_ignored() -> None:
    assert iso19794.read(record(body=view((100, 0xC000 | 200, 0, 1))))[0].minutiae.y.tolist() == [200]


def test_other_resolutions_are_brought_to_500_ppi_each_way_for_itself() -> None:
    (template,) = iso19794.read(record(width=600, height=200, across=394, down=98, body=view((400, 100, 0, 1))))
    assert (template.width, template.height) == (300, 402)
    assert template.minutiae.x.tolist() == [200]
    assert template.minutiae.y.tolist() == [201]


def test_extended_data_is_skipped_unread() -> None:
    junk = bytes(range(256)) * 3
    templates = iso19794.read(record(views=2, body=view((100, 100, 0, 1), extended=junk) + view((7, 9, 0, 1))))
    assert [template.minutiae.x.tolist() for template in templates] == [[100], [7]]


@pytest.mark.parametrize("counted", [0, 2, 4, 9])
def test_extended_data_of_the_last_print_may_be_miscounted(counted: int) -> None:
    body = view((100, 100, 0, 1))[:-2] + struct.pack(">H", counted) + b"abcd"
    assert len(iso19794.read(record(body=body))[0].minutiae) == 1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "does not begin"),
        (b"FMR\0 20\0", "within its head"),
        (ONE_MINUTIA[:-1], "announces 36 bytes, there are 35"),
        (ONE_MINUTIA + b"\0", "announces 36 bytes, there are 37"),
        (record(body=b"\1\0\0"), "within a print"),
        (record(body=b"\1\0\0\xff" + bytes(30)), "within a print"),
        (record(body=view()[:-2]), "within a print"),
        (record(views=2, body=view()[:-2] + b"\xff\xff" + view()), "within extended data"),
        (record(views=2, body=view()), "within a print"),
        (record(views=0, body=b""), "no print"),
        (record(across=0, body=view()), "0 px a cm"),
        (record(down=65535, body=view()), "65535 px a cm"),
        (record(body=view(position=11)), "finger position 11"),
        (record(body=view((300, 0, 0, 1))), "outside its 300 x 400 px"),
        (record(body=view((0, 400, 0, 1))), "outside its 300 x 400 px"),
        (record(width=0, body=view()), "side of 0 px"),
        (record(height=60_000, body=view()), "side of 60000 px"),
    ],
)
def test_a_record_that_contradicts_itself_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(BadTemplate, match=reason):
        iso19794.read(data)


def test_no_templates_make_no_record() -> None:
    with pytest.raises(BadTemplate, match="needs a print"):
        iso19794.write([])


def test_more_views_of_a_finger_than_can_be_numbered_are_refused(a_template: Make) -> None:
    assert len(iso19794.read(iso19794.write([a_template(1)] * 16))) == 16
    with pytest.raises(BadTemplate, match="17 of one finger"):
        iso19794.write([a_template(1)] * 17)


@given(st.binary(max_size=200))
def test_any_bytes_give_templates_or_a_bad_template(tail: bytes) -> None:
    with suppress(BadTemplate):
        iso19794.read(tail)
    with suppress(BadTemplate):
        iso19794.read(record(body=tail))
    with suppress(BadTemplate):
        iso19794.read(record(views=len(tail) % 256, across=39 + len(tail), body=tail))


@given(st.data())
def test_a_damaged_record_gives_templates_or_a_bad_template(data: st.DataObject) -> None:
    sound = bytearray(record(views=2, body=view((100, 100, 9, 1), extended=b"abcd") + view((7, 9, 0, 1))))
    for _ in range(data.draw(st.integers(1, 5))):
        sound[data.draw(st.integers(0, len(sound) - 1))] = data.draw(st.integers(0, 255))
    with suppress(BadTemplate):
        assert all(isinstance(template, Template) for template in iso19794.read(bytes(sound)))


def test_every_cut_is_noticed() -> None:
    for end in range(len(ONE_MINUTIA)):
        with pytest.raises(CorruptTemplate):
            iso19794.read(ONE_MINUTIA[:end])


def test_records_of_another_vendor_are_read_and_written_back_the_same(real_data: Path) -> None:
    for path in sorted((real_data / "templates").glob("*.ist")):
        (template,) = iso19794.read(path.read_bytes())
        assert len(template.minutiae) > 20
        assert template.quality == 60
        (again,) = iso19794.read(iso19794.write([template]))
        assert again == template
