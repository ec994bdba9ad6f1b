"""Unit vectors on few values, and four bits a number."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from biomatch.descriptors.grid import GRID, MOST, STEP, on_grid, packed, unpacked

SPEC = importlib.util.spec_from_file_location("descriptors_plain", Path(__file__).with_name("plain.py"))
plain = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(plain)


def vectors(n=200, k=64):
    return np.random.default_rng(7).normal(0, 3, (n, k)).astype(np.float32)


def test_kernel_agrees_with_its_plain_twin():
    placed = on_grid(vectors())
    assert placed.dtype == np.int8
    off = np.abs(placed.astype(int) - plain.on_grid(vectors()))
    assert set(np.unique(off)) <= {0, STEP}
    assert (off > 0).mean() < 1e-3


def test_vectors_have_unit_length_and_few_values():
    placed = on_grid(vectors())
    assert set(np.unique(placed)) <= set(range(-MOST * STEP, MOST * STEP + 1, STEP))
    lengths = np.linalg.norm(placed.astype(float), axis=1) / GRID
    assert abs(lengths.mean() - 1) < 0.01
    assert np.abs(lengths - 1).max() < 0.12


def test_one_large_number_is_cut_off():
    one = np.zeros((1, 64), np.float32)
    one[0, 5] = -2
    assert on_grid(one)[0, 5] == -MOST * STEP
    assert np.count_nonzero(on_grid(one)) == 1


def test_nothing_stays_nothing():
    assert not on_grid(np.zeros((3, 64), np.float32)).any()
    assert not unpacked(packed(np.zeros((3, 64), np.int8))).any()


def test_what_is_packed_comes_back():
    placed = on_grid(vectors())
    numbers = packed(placed)
    assert numbers.shape == (200, 32)
    assert numbers.dtype == np.uint8
    np.testing.assert_array_equal(unpacked(numbers), placed)


@pytest.mark.parametrize("value", range(-MOST, MOST + 1))
def test_even_dimensions_lie_in_the_low_half(value):
    """FAISS's codes of four bits lie so, too: a segment takes these as they are."""
    one = np.zeros((1, 64), np.int8)
    one[0, 6], one[0, 7] = STEP * value, -STEP * value
    assert packed(one)[0, 3] == (8 + value) | (8 - value) << 4


@pytest.mark.parametrize("number", [1, 12, -5, 127, -127, -8 * STEP, 8 * STEP])
def test_what_does_not_lie_on_the_grid_is_refused(number):
    one = np.zeros((2, 64), np.int8)
    one[1, 9] = number
    with pytest.raises(ValueError, match="grid"):
        packed(one)


def test_damaged_bytes_give_numbers_of_a_byte():
    assert unpacked(np.zeros((1, 32), np.uint8)).tolist() == [[-8 * STEP] * 64]


def test_none_are_none():
    assert unpacked(packed(np.zeros((0, 64), np.int8))).shape == (0, 64)
