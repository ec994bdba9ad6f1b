"""Cylinder sums to vectors."""

import importlib.util
from pathlib import Path

import numpy as np

from biomatch.descriptors.projection import add_products, mapped

SPEC = importlib.util.spec_from_file_location("descriptors_plain", Path(__file__).with_name("plain.py"))
plain = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(plain)


def example(n=30, d=200, k=64):
    rng = np.random.default_rng(3)
    sums = np.maximum(0, rng.normal(0, 1, (n, d))).astype(np.float32)
    return sums, rng.normal(0, 0.1, (n, k)).astype(np.float32), rng.normal(0, 1, (d, k)).astype(np.float32)


def test_kernels_agree_with_their_plain_twins():
    fast, slow = mapped(*example()), plain.mapped(*example())
    np.testing.assert_allclose(fast, slow, rtol=1e-4, atol=1e-4)


def test_a_row_is_the_same_whatever_stands_beside_it():
    sums, start, matrix = example()
    np.testing.assert_array_equal(mapped(sums[7:8], start[7:8], matrix)[0], mapped(sums, start, matrix)[7])


def test_nothing_around_gives_zeros():
    sums, start, matrix = example()
    sums[4] = 0
    assert not mapped(sums, start, matrix)[4].any()


def test_products_are_added():
    rng = np.random.default_rng(4)
    rows, matrix, out = (rng.normal(size=shape).astype(np.float32) for shape in ((5, 8), (8, 64), (5, 64)))
    expected = out + rows @ matrix
    add_products(rows, matrix, out)
    np.testing.assert_allclose(out, expected, atol=1e-5)
