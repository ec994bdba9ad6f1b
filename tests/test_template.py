from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from biomatch.errors import BadTemplate, CorruptTemplate
from biomatch.template import MAX_MINUTIAE, MAX_SIDE, OTHER, Minutiae, Template, is_template
from biomatch.vocabulary import FingerPosition, ImpressionType


def a_minutiae(count: int = 40, seed: int = 0) -> Minutiae:
    rng = np.random.default_rng(seed)
    return Minutiae.of(
        rng.uniform(0, 388, count),
        rng.uniform(0, 374, count),
        rng.uniform(-10, 10, count),
        rng.integers(0, 3, count),
        rng.uniform(0, 1, count),
    )


def a_template(count: int = 40) -> Template:
    return Template(
        a_minutiae(count),
        388,
        374,
        FingerPosition.LEFT_RING,
        ImpressionType.LATENT_LIFT,
        63,
        "classical/1-3f2a9c01",
        b"ridges",
        ("a warning", "another one: ü"),
    )


# minutiae


def test_values_are_rounded_to_the_grid() -> None:
    found = Minutiae.of([1.06], [2.07], [np.pi / 2 + 0.001], quality=[0.514])
    assert (found.x[0], found.y[0], found.turns[0]) == (1.0, 2.125, 64)
    assert found.quality[0] == np.float32(0.51)


def test_rounding_twice_changes_nothing() -> None:
    once = a_minutiae()
    assert Minutiae.of(once.x, once.y, once.angle, once.kind, once.quality) == once


@pytest.mark.parametrize("turn", [0, 1, 128, 255])
def test_angles_are_taken_round_the_circle(turn: int) -> None:
    angle = turn * 2 * np.pi / 256
    assert Minutiae.of([1] * 3, [1] * 3, [angle, angle - 2 * np.pi, angle + 20 * np.pi]).turns.tolist() == [turn] * 3


def test_an_angle_just_below_a_whole_turn_is_zero() -> None:
    assert Minutiae.of([1], [1], [2 * np.pi - 1e-9]).turns.tolist() == [0]
    assert Minutiae.of([1], [1], [-1e-18]).turns.tolist() == [0]


def test_kind_and_quality_may_be_unknown() -> None:
    found = Minutiae.of([1], [2], [3])
    assert (found.kind.tolist(), found.quality.tolist()) == ([OTHER], [0])


def test_picked_minutiae_keep_their_rows() -> None:
    all_of_them = a_minutiae()
    assert all_of_them[np.array([3, 1])].x.tolist() == [all_of_them.x[3], all_of_them.x[1]]
    assert len(all_of_them[all_of_them.quality > 2]) == 0


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("place", range(4))
def test_values_that_are_not_finite_are_refused(bad: float, place: int) -> None:
    values = [[1.0], [1.0], [1.0], [1.0]]
    values[place] = [bad]
    with pytest.raises(BadTemplate, match="finite"):
        Minutiae.of(values[0], values[1], values[2], quality=values[3])


@pytest.mark.parametrize(("x", "y"), [(-1, 0), (0, -1), (MAX_SIDE + 1, 0), (0, MAX_SIDE + 1)])
def test_coordinates_that_no_print_has_are_refused(x: float, y: float) -> None:
    with pytest.raises(BadTemplate, match="500 ppi"):
        Minutiae.of([x], [y], [0])


def test_arrays_of_different_lengths_are_refused() -> None:
    with pytest.raises(BadTemplate, match="length"):
        Minutiae.of([1, 2], [1], [0])


def test_a_kind_that_does_not_exist_is_refused() -> None:
    with pytest.raises(BadTemplate, match="kind 3"):
        Minutiae.of([1], [1], [0], [3])


def test_more_minutiae_than_can_be_counted_are_refused() -> None:
    many = np.zeros(MAX_MINUTIAE + 1)
    with pytest.raises(BadTemplate, match="65,536"):
        Minutiae.of(many, many, many)


def test_minutiae_equal_only_minutiae() -> None:
    assert a_minutiae() == a_minutiae()
    assert a_minutiae() != a_minutiae(seed=1)
    assert a_minutiae() != "minutiae"


# templates


@pytest.mark.parametrize("count", [0, 1, 40, 400])
def test_what_is_written_is_read_back(count: int) -> None:
    template = a_template(count)
    assert is_template(template.to_bytes())
    assert Template.from_bytes(template.to_bytes()) == template


def test_what_is_not_known_stays_unknown() -> None:
    template = Template(Minutiae.none(), 1, 1)
    assert Template.from_bytes(template.to_bytes()) == template
    assert template.quality is None


def test_seven_bytes_a_minutia_are_written() -> None:
    assert len(a_template(41).to_bytes()) - len(a_template(40).to_bytes()) == 7


def test_a_label_changes_nothing_else() -> None:
    labelled = a_template().labelled(FingerPosition.RIGHT_THUMB, ImpressionType.LIVE_SCAN_ROLLED)
    assert labelled == replace(a_template(), position=FingerPosition.RIGHT_THUMB, impression=ImpressionType.LIVE_SCAN_ROLLED)


@pytest.mark.parametrize(("width", "height"), [(0, 5), (5, 0), (MAX_SIDE + 1, 5), (5, -1)])
def test_sizes_that_no_print_has_are_refused(width: int, height: int) -> None:
    with pytest.raises(BadTemplate, match="sides"):
        Template(Minutiae.none(), width, height)


@pytest.mark.parametrize("quality", [-1, 101, 254])
def test_qualities_out_of_range_are_refused(quality: int) -> None:
    with pytest.raises(BadTemplate, match="quality"):
        Template(Minutiae.none(), 5, 5, quality=quality)


@pytest.mark.parametrize("field", [{"ridges": bytes(65_536)}, {"warnings": ("x" * 65_536,)}])
def test_what_does_not_fit_is_refused(field: dict[str, object]) -> None:
    with pytest.raises(BadTemplate, match="65,535"):
        replace(a_template(), **field)  # type: ignore[arg-type]


def test_every_cut_is_noticed() -> None:
    data = a_template(3).to_bytes()
    for end in range(len(data)):
        with pytest.raises(CorruptTemplate):
            Template.from_bytes(data[:end])


def test_every_damaged_byte_is_noticed() -> None:
    sound = a_template(3).to_bytes()
    for place in range(len(sound)):
        data = bytearray(sound)
        data[place] ^= 0x41
        with pytest.raises(CorruptTemplate):
            Template.from_bytes(bytes(data))


@given(st.data())
def test_a_forged_checksum_gives_a_template_or_a_bad_template(data: st.DataObject) -> None:
    body = bytearray(a_template(3).to_bytes()[:-4])
    for _ in range(data.draw(st.integers(1, 6))):
        body[data.draw(st.integers(4, len(body) - 1))] = data.draw(st.integers(0, 255))
    with suppress(CorruptTemplate):
        Template.from_bytes(bytes(body) + struct.pack("<I", zlib.crc32(body)))


@given(st.binary(max_size=100))
def test_any_bytes_give_a_corrupt_template(data: bytes) -> None:
    for candidate in (data, b"BMT\x01" + data):
        with pytest.raises(CorruptTemplate):
            Template.from_bytes(candidate)


def test_packed_minutiae_are_those_that_were_packed_bit_for_bit(minutiae_of_all_values):
    packed = b"head" + minutiae_of_all_values.packed()
    back = Minutiae.unpacked(packed, len(minutiae_of_all_values), 4)
    for name in ("x", "y", "angle", "kind", "quality"):
        one, other = getattr(minutiae_of_all_values, name), getattr(back, name)
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


@pytest.fixture
def minutiae_of_all_values():
    """Every direction, quality and kind."""
    n = np.arange(MAX_SIDE * 8 + 1)
    return Minutiae.of(n / 8, n[::-1] / 8, n * (2 * np.pi / 256), n % 3, n % 101 / 100)
