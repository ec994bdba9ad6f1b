"""Cylinder sums to unit vectors on the 8-bit grid."""

import importlib.util
from pathlib import Path

import numpy as np

from biomatch.descriptors.projection import project

SPEC = importlib.util.spec_from_file_location("descriptors_plain", Path(__file__).with_name("plain.py"))
plain = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(plain)


def example(n=30, d=200, k=64):
    rng = np.random.default_rng(3)
    sums = np.maximum(0, rng.normal(0, 1, (n, d))).astype(np.float32)
    return sums, rng.normal(0, 0.1, k).astype(np.float32), rng.normal(0, 1, (d, k)).astype(np.float32)


def test_kernel_agrees_with_its_plain_twin():
    fast, slow = project(*example()), plain.project(*example())
    assert fast.dtype == np.int8
    assert np.abs(fast.astype(int) - slow).max() <= 1  # a value on the edge of two steps may fall to either


def test_vectors_have_unit_length_on_the_grid():
    length = np.linalg.norm(project(*example()).astype(float), axis=1)
    assert np.all(np.abs(length - 256) < 6)


def test_a_row_is_the_same_whatever_stands_beside_it():
    sums, mean, matrix = example()
    np.testing.assert_array_equal(project(sums[7:8], mean, matrix)[0], project(sums, mean, matrix)[7])


def test_nothing_around_gives_zeros():
    sums, mean, matrix = example()
    sums[4] = 0
    assert not project(sums, mean, matrix)[4].any()
