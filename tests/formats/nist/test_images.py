from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from biomatch.formats.nist import ImageRecord, Transaction, images, read
from biomatch.formats.nist.images import Box, QualityScore, standard_ppi
from biomatch.formats.nist.records import RS, US, GreyRecord, Record, tagged
from biomatch.imaging import FINGER, PALM, SLAP, ImageFormat, encode
from biomatch.vocabulary import FingerPosition, ImpressionType

PIXELS = np.tile(np.arange(40, dtype=np.uint8) * 6, (50, 1))
SOUND = {
    2: b"01", 3: b"0", 6: b"40", 7: b"50", 8: b"1", 9: b"500", 10: b"500", 11: b"NONE", 12: b"8", 13: b"2",
    999: PIXELS.tobytes(),
}  # fmt: skip


def one(record: Record, resolution: bytes = b"19.69") -> ImageRecord:
    first = tagged(1, [(2, b"0502"), (3, b""), (12, resolution)])
    return images(read(Transaction((first, record)).listed().to_bytes(), strict=True))[0]


def image(kind: int = 14, **changed: bytes | None) -> ImageRecord:
    values = SOUND | {int(name[1:]): value for name, value in changed.items()}
    return one(tagged(kind, [(number, value) for number, value in values.items() if value is not None]))


def grey(**changed: object) -> ImageRecord:
    values = {
        "type": 4, "idc": 1, "impression": 1, "positions": bytes((2,)).ljust(6, b"\xff"), "resolution": 0, "width": 40,
        "height": 50, "compression": 0, "data": PIXELS.tobytes(),
    } | changed  # fmt: skip
    resolution = values.pop("ppmm", b"19.69")
    assert isinstance(resolution, bytes)
    return one(GreyRecord(**values), resolution)  # type: ignore[arg-type]


def test_an_image_says_all_that_its_record_says() -> None:
    found = image(
        _13=b"13",
        _18=b"4" + US + b"XX",
        _21=RS.join(US.join(b"%d" % value for value in row) for row in ((2, 1, 9, 3, 30), (3, 10, 19, 2, 31))),
        _24=US.join((b"2", b"77", b"00FD", b"10")),
        _22=b"3" + US + b"5",
    )
    assert found.fault is None
    assert (found.record, found.type, found.idc, found.ppi, found.compression) == (2, 14, 1, 500, "NONE")
    assert found.impression is ImpressionType.LIVE_SCAN_PLAIN
    assert [finger.name for finger in found.fingers] == ["RIGHT_INDEX", "RIGHT_MIDDLE", "RIGHT_LITTLE"]
    assert found.missing == ((4, "XX"),)
    assert found.boxes == (Box(2, 1, 9, 3, 30), Box(3, 10, 19, 2, 31))
    assert found.qualities == (QualityScore(2, 77, "00FD", "10"), QualityScore(3, 5, "", ""))
    assert found.bare == (40, 50)
    assert found.is_slap
    assert found.is_comparable


def test_a_polygon_stands_for_a_box_where_there_is_none() -> None:
    corners = (b"7", b"3", b"5", b"6", b"20", b"4", b"15", b"33")
    assert image(_13=b"14", _25=US.join(corners)).boxes == (Box(7, 5, 20, 4, 33),)


@pytest.mark.parametrize(
    ("code", "fingers", "limits"),
    [
        (0, [0], FINGER),
        (7, [7], FINGER),
        (11, [1], FINGER),
        (12, [6], FINGER),
        (14, [10, 9, 8, 7], SLAP),
        (15, [6, 1], SLAP),
        (43, [8, 7], SLAP),
        (19, [], PALM),
        (25, [], PALM),
    ],
)
def test_positions_stand_for_fingers_from_left_to_right(code: int, fingers: list[int], limits: object) -> None:
    found = image(_13=b"%d" % code)
    assert found.fingers == tuple(FingerPosition(finger) for finger in fingers)
    assert found.limits is limits
    assert found.is_comparable == bool(fingers)


@pytest.mark.parametrize(
    ("unit", "across", "ppi"), [(b"1", b"500", 500), (b"2", b"197", 500), (b"2", b"394", 1000), (b"1", b"600", 600)]
)
def test_resolutions_come_in_two_units(unit: bytes, across: bytes, ppi: float) -> None:
    assert image(_8=unit, _9=across, _10=across).ppi == ppi


def test_rounded_resolutions_mean_standard_ones() -> None:
    assert standard_ppi(19.69 * 25.4) == 500
    assert standard_ppi(39.37 * 25.4) == 1000
    assert standard_ppi(508) == 508


@pytest.mark.parametrize(
    ("changed", "field", "reason"),
    [
        ({"_8": b"0"}, "14.009", "the resolution is missing"),
        ({"_9": None}, "14.009", "the resolution is missing"),
        ({"_9": b"five"}, "14.009", "'five' is no number"),
        ({"_10": b"250"}, "14.010", "its pixels are not square: 500 across, 250 down"),
        ({"_6": b"41"}, "14.999", "41 x 50 px need 2,050 bytes, there are 2,000"),
        ({"_999": None}, "14.999", "the record holds no image"),
        ({"_12": b"16"}, "14.012", "pixels of 16 bits are not read"),
        ({"_11": b"ZIP"}, "14.011", "'ZIP' is no compression that is read"),
        ({"_11": b"WSQ20"}, "14.999", "none of the formats"),
        ({"_11": b"WSQ20", "_999": encode(PIXELS, ImageFormat.PNG)}, "14.999", "field 011 says WSQ20, the image begins as PNG"),
    ],
)
def test_an_image_that_cannot_be_used_says_why(changed: dict[str, bytes | None], field: str, reason: str) -> None:
    found = image(**changed)
    assert found.fault is not None
    assert (found.fault.record, found.fault.type, found.fault.field) == (2, 14, field)
    assert found.fault.offset > 0
    assert reason in found.fault.reason
    assert not found.is_comparable


def test_the_fault_of_a_field_points_at_it() -> None:
    first = tagged(1, [(2, b"0502"), (3, b"")])
    values = SOUND | {9: b"five"}
    data = Transaction((first, tagged(14, list(values.items())))).listed().to_bytes()
    fault = images(read(data))[0].fault
    assert fault is not None
    assert data[fault.offset :].startswith(b"14.009:five")


def test_records_of_type_4_say_their_resolution_once_for_all() -> None:
    assert grey().ppi == 500
    assert grey(resolution=1).ppi == 500
    for ppmm in (b"", b"00.00", b"-19.69"):
        lost = grey(resolution=1, ppmm=ppmm)
        assert lost.fault is not None
        assert "the resolution is missing" in lost.fault.reason


@pytest.mark.parametrize(("ppmm", "ppi"), [(b"19.30", 490.2), (b"39.37", 1000)])
def test_a_record_of_type_4_at_another_resolution_is_read_as_it_says(ppmm: bytes, ppi: float) -> None:
    found = grey(resolution=1, ppmm=ppmm)
    assert (found.ppi, found.fault, found.is_comparable) == (ppi, None, True)
    (flaw,) = found.flaws
    assert f"a type-4 record holds images at 500 ppi, 1.012 says {ppi:g} ppi" in flaw.reason
    assert found.faults == (flaw,)


def test_an_image_of_another_size_than_its_record_says_is_read_in_its_own_size() -> None:
    found = image(_11=b"PNG", _6=b"44", _999=encode(PIXELS, ImageFormat.PNG))
    assert (found.width, found.height, found.fault, found.is_comparable) == (40, 50, None, True)
    (flaw,) = found.flaws
    assert (flaw.record, flaw.field) == (2, "14.006")
    assert "says 44 x 50 px, the image has 40 x 50" in flaw.reason


@pytest.mark.parametrize("ppi", [b"96", b"5000"])
def test_an_image_at_a_resolution_that_no_print_has_is_shown_and_not_compared(ppi: bytes) -> None:
    found = image(_9=ppi, _10=ppi)
    assert (found.fault, found.is_comparable) == (None, False)


@pytest.mark.parametrize("kind", [5, 6])
def test_compressions_of_images_of_two_levels_have_codes_of_their_own(kind: int) -> None:
    """Code 1 is WSQ in a record of type 3 or 4 and facsimile in one of type 5 or 6."""
    assert grey(type=kind, data=bytes(50 * 5)).compression == "NONE"
    facsimile = grey(type=kind, compression=1, data=b"\x00\x10\x01")
    assert facsimile.compression == "FACSIMILE"
    assert facsimile.fault is not None
    assert "images of two levels that are compressed (FACSIMILE) are not read" in facsimile.fault.reason
    other = grey(type=kind, compression=4, data=b"\x00\x10\x01")
    assert other.compression == "4"
    assert other.fault is not None


def test_poor_images_are_shown_and_not_compared() -> None:
    found = grey(type=3)
    assert (found.ppi, found.fault, found.is_comparable) == (250, None, False)


def test_images_of_transactions_of_other_makers_are_read_with_their_flaws(real_data: Path) -> None:
    folder = real_data / "interop" / "an2"
    sizes = images(read(next(folder.glob("*valid1.8.an2")).read_bytes()))
    assert [(one.width, one.height, one.is_comparable, len(one.flaws)) for one in sizes] == [
        (1600, 976, True, 1),
        (1600, 976, True, 1),
        (1600, 800, True, 1),
    ]
    scanned = images(read(next(folder.glob("*all-supported-types.an2")).read_bytes()))[0]
    assert (scanned.type, scanned.ppi, scanned.is_comparable, len(scanned.flaws)) == (4, 490.2, True, 1)


def test_images_of_real_transactions(real_data: Path) -> None:
    found = {path.name: images(read(path.read_bytes())) for path in sorted((real_data / "transactions").iterdir())}
    assert not [one.fault for pictures in found.values() for one in pictures if one.fault]
    card = found["type-4-tpcard.an2"]
    assert [one.positions[0] for one in card] == [*range(1, 11), 14, 12, 11, 13]
    assert {one.ppi for one in card} == {500}
    assert found["type-15-palms.an2"][1].ppi == 1000
    assert not any(one.fingers for one in found["type-15-palms.an2"])
    gone = found["type-14-amp-nqm-utf8.an2"][2]
    assert gone.missing == ((9, "XX"),)
    assert len(gone.fingers) == 3
    assert found["type9-15.an2k"][0].qualities == (QualityScore(21, 254, "65261", "1234"),)
