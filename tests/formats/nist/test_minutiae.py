from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomatch.formats.nist import Envelope, Marks, Point, Transaction, efs_record, marks, read, request
from biomatch.formats.nist.minutiae import UNITS
from biomatch.formats.nist.records import RS, US, tagged
from biomatch.template import BIFURCATION, ENDING, OTHER, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType


def read_marks(*values: tuple[int, bytes]) -> tuple[list[Marks], list[str]]:
    record = tagged(9, [(2, b"01"), (3, b"4"), *values])
    data = Transaction((tagged(1, [(2, b"0502"), (3, b"")]), record)).listed().to_bytes()
    found, faults = marks(read(data, strict=True))
    return found, [str(fault) for fault in faults]


def row(*items: object) -> bytes:
    return US.join(str(item).encode() for item in items)


def test_efs_counts_from_the_corner_of_its_region_and_points_into_the_ridge() -> None:
    (found,), faults = read_marks(
        (300, row(2540, 5080, 508, 254, "0,0-2540,0-2540,5080")),
        (302, row(7, "", "", "")),
        (307, row("WU", "PW", "") + RS + row("LS", "", "")),
        (320, row(1270, 1270, 90) + RS + row(0, 0)),
        (321, row(508, 508, 30, 120, 240)),
        (331, row(508, 254, 90, "E") + RS + row(0, 0, 180, "B") + RS + row(254, 254, 0, "X", 5, 9)),
        (353, row("VALUE", "Doe", "Jane")),
    )
    assert faults == []
    assert (found.layout, found.pattern, found.assessment) == ("EFS", "WU/PW LS", "VALUE")
    template = found.template
    assert template.minutiae.x.tolist() == [200, 100, 150]  # 508 units are 100 px
    assert template.minutiae.y.tolist() == [100, 50, 100]
    assert template.minutiae.angle.tolist() == pytest.approx([np.pi / 2, np.pi, 0])
    assert template.minutiae.kind.tolist() == [ENDING, BIFURCATION, OTHER]
    assert (template.width, template.height) == (600, 1050)
    assert template.position is FingerPosition.LEFT_INDEX
    assert template.impression is ImpressionType.LATENT_IMPRESSION
    assert found.cores == (Point(350, 300, np.pi / 2), Point(100, 50, None))
    assert found.deltas[0].x == 200
    assert found.region == (Point(100, 50), Point(600, 50), Point(600, 1050))


def test_m1_counts_in_pixels_from_the_top_and_in_two_degrees() -> None:
    (found,), faults = read_marks(
        (128, b"400"), (129, b"500"), (130, b"2"), (131, b"394"), (132, b"394"), (134, b"03"),
        (137, row("001", 200, 100, 45, 1, 80) + RS + row("002", 0, 0, 179, 2, 0)),
        (139, row(50, 60, 0)),
    )  # fmt: skip
    assert faults == []
    assert found.layout == "M1"
    assert found.template.minutiae.x.tolist() == [100, 0]
    assert found.template.minutiae.angle[0] == pytest.approx(np.pi / 2)
    assert found.template.minutiae.quality.tolist() == pytest.approx([0.8, 0])
    assert (found.template.width, found.template.height) == (200, 250)
    assert found.cores == (Point(25, 30),)


def test_the_standard_layout_counts_from_the_bottom_and_points_away() -> None:
    (found,), faults = read_marks(
        (6, b"02"), (7, row("T", "RS")), (8, b"05080508"),
        (12, row("001", "05081016090", "00", "A") + RS + row("002", "10160508000", "02", "B")),
    )  # fmt: skip
    assert faults == []
    assert found.layout == "standard"
    assert found.pattern == "RS"
    template = found.template
    assert template.minutiae.x.tolist() == [100, 200]
    assert template.minutiae.y[1] - template.minutiae.y[0] == 100  # the first lies 5.08 mm above the second
    assert template.minutiae.angle.tolist() == pytest.approx([1.5 * np.pi, np.pi])
    assert template.minutiae.quality.tolist() == [1, 1]


def test_both_layouts_of_one_print_agree(real_data: Path) -> None:
    """NIST wrote the minutiae of one latent in the standard layout and in M1."""
    folder = real_data / "transactions"
    (standard,), _ = marks(read((folder / "type-9-13-std.an2").read_bytes()))
    (m1,), _ = marks(read((folder / "type-9-13-m1.an2").read_bytes()))
    a, b = standard.template.minutiae, m1.template.minutiae
    assert len(a) == len(b) == 48
    assert np.hypot(a.x - b.x, a.y - b.y).max() < 2
    turn = (a.angle - b.angle + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(turn).max() < np.radians(3)


def test_marks_of_real_transactions(real_data: Path) -> None:
    found = {}
    for path in sorted((real_data / "transactions").iterdir()):
        ours, faults = marks(read(path.read_bytes()))
        assert faults == [], path.name
        found[path.name] = [len(one.template.minutiae) for one in ours]
    assert found["type9-efs.an2k"] == [60, 35, 68, 37, 54, 48, 53, 59]
    assert found["type9-15.an2k"] == [28]
    assert found["type-9-14-std.an2"] == [48]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ([(331, row(1, 2))], "record 2 (type 9), field 9.331, byte {at}: subfield 1 has 2 items, at least 3 are needed"),
        ([(331, row(1, "x", 3, "E"))], "record 2 (type 9), field 9.331, byte {at}: 'x' is no number"),
        ([(331, row(1, -9_000, 3, "E"))], "a minutia lies outside"),
        ([(300, row(1, 2, 3)), (331, row(1, 2, 3, "E"))], "3 items stand where 4 are needed"),
        ([(331, row(999_999, 2, 3, "E"))], "outside 0..4095"),
        ([(137, row("001", 1, 2, 3, 1, 5))], "the resolution of its minutiae is missing"),
        ([(12, row("001", "123", "00", "A"))], "'123' are not the 11 digits"),
    ],
)
def test_marks_that_cannot_be_read_say_where(values: list[tuple[int, bytes]], reason: str) -> None:
    found, faults = read_marks(*values)
    assert found == []
    record = tagged(9, [(2, b"01"), (3, b"4"), *values])
    data = Transaction((tagged(1, [(2, b"0502"), (3, b"")]), record)).listed().to_bytes()
    assert reason.format(at=data.find(b"9.331:")) in faults[0]


def test_a_record_without_minutiae_has_no_marks() -> None:
    assert read_marks((302, b"1")) == ([], [])


@pytest.mark.parametrize(
    ("number", "whose"),
    [
        (23, "of the FBI's IAFIS (9.013 to 9.030)"),
        (40, "(9.031 to 9.055)"),
        (110, "(9.100 to 9.125)"),
        (151, "(9.151 to 9.175)"),
    ],
)
def test_minutiae_in_a_block_that_is_not_read_are_named(number: int, whose: str) -> None:
    found, (fault,) = read_marks((number, row("001", "21951869281", "00", "C")))
    assert found == []
    assert whose in fault
    assert f"field 9.{number:03d}" in fault
    assert len(read_marks((number, b"1"), (331, row(1, 2, 3, "E")))[0]) == 1
    assert read_marks((number, b"1"), (331, row(1, 2, 3, "E")))[1] == []


def test_the_fbis_own_block_in_a_file_of_another_maker_is_named(real_data: Path) -> None:
    (path,) = (real_data / "interop" / "an2").glob("*type-9-4-iafis.an2")
    found, (fault,) = marks(read(path.read_bytes()))
    assert found == []
    assert "IAFIS" in fault.reason


@given(
    st.lists(st.tuples(st.integers(0, 3999), st.integers(0, 3999), st.integers(0, 255), st.integers(0, 2)), max_size=40),
    st.sampled_from(list(FingerPosition)),
)
def test_marks_survive_the_extended_feature_set(rows: list[tuple[int, int, int, int]], position: FingerPosition) -> None:
    x, y, turns, kinds = (np.array(column) for column in zip(*rows, strict=True)) if rows else ([], [], [], [])
    minutiae = Minutiae.of(np.asarray(x) / 8, np.asarray(y) / 8, np.asarray(turns) * (2 * np.pi / 256), kinds)
    template = Template(minutiae, 500, 501, position, ImpressionType.LATENT_LIFT)
    record = efs_record(template, 1, cores=(Point(10, 20, 1.0),), deltas=(Point(30, 40),), pattern="LS", assessment="VALUE")
    data = Transaction((tagged(1, [(2, b"0502"), (3, b"")]), record)).listed().to_bytes()
    found, faults = marks(read(data, strict=True))
    assert faults == []
    there = found[0].template
    assert np.abs(there.minutiae.x - minutiae.x).max(initial=0) <= 0.5 / UNITS + 1 / 16
    turn = (there.minutiae.angle - minutiae.angle + np.pi) % (2 * np.pi) - np.pi
    assert np.abs(turn).max(initial=0) <= np.radians(0.5) + np.pi / 256 + 1e-6
    assert np.array_equal(there.minutiae.kind, minutiae.kind)
    assert (there.width, there.height, there.position, there.impression) == (500, 501, position, ImpressionType.LATENT_LIFT)
    assert found[0].cores[0].x == pytest.approx(10, abs=0.1)
    assert (found[0].pattern, found[0].assessment) == ("LS", "VALUE")


def test_marks_alone_make_a_search() -> None:
    template = Template(Minutiae.of([10, 20], [30, 40], [1, 2]), 100, 120, impression=ImpressionType.LATENT_LIFT)
    made = read(request("MPS", (), Envelope(), latent_marks=[template]).to_bytes(), strict=True)
    assert [record.type for record in made.records] == [1, 2, 9]
    assert len(marks(made)[0][0].template.minutiae) == 2
