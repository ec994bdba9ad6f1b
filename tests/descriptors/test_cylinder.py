"""Cylinder sums: what lies around a minutia, in its own frame."""

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest

from biomatch.descriptors import cylinder, cylinder_sums
from biomatch.descriptors.cylinder import CylinderParams
from biomatch.descriptors.describer import neighbour_weights
from biomatch.template import Minutiae

SPEC = importlib.util.spec_from_file_location("descriptors_plain", Path(__file__).with_name("plain.py"))
plain = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(plain)


def scattered(count, seed=1, size=300):
    rng = np.random.default_rng(seed)
    return Minutiae.of(
        rng.uniform(0, size, count),
        rng.uniform(0, size, count),
        rng.uniform(0, 2 * math.pi, count),
        None,
        rng.uniform(0, 1, count),
    )


def kernel(minutiae, params):
    numbers, shares = cylinder.cell_numbers(params), cylinder.angular_shares(params)
    weight = neighbour_weights(minutiae.quality)
    what = (minutiae.x, minutiae.y, minutiae.turns, weight, numbers, shares)
    fast = np.empty((len(minutiae), cylinder.SECTIONS * (int(numbers.max()) + 1)), np.float32)
    cylinder.fill(*what, cylinder.bell(params), params.radius, params.sigma_space, np.arange(len(minutiae)), fast)
    return fast, plain.sums(*what, params.radius, params.sigma_space)


@pytest.mark.parametrize("cells", [8, 16])
def test_kernel_agrees_with_its_plain_twin(cells):
    fast, slow = kernel(scattered(12), CylinderParams(radius=90, cells=cells))
    np.testing.assert_allclose(fast, slow, rtol=1e-4, atol=1e-7)


def test_every_neighbour_is_shared_out_whole_over_the_turn():
    shares = cylinder.angular_shares(CylinderParams(radius=90))
    assert np.all((shares.sum(axis=1) > 0.99) & (shares.sum(axis=1) < 1.001))


def test_as_many_cells_lie_in_the_circle_as_published():
    assert (cylinder.cell_numbers(CylinderParams(radius=70, cells=16)) >= 0).sum() == 208
    assert (cylinder.cell_numbers(CylinderParams(radius=70, cells=8)) >= 0).sum() == 52


def test_a_quarter_turn_of_the_print_changes_nothing():
    """The trap of y down: a print that is turned as seen, its directions with it, looks the same to each of its minutiae."""
    m = scattered(20)
    turned = Minutiae.of(m.y, 300 - m.x, m.angle + math.pi / 2, m.kind, m.quality)  # counter-clockwise, y down
    np.testing.assert_allclose(cylinder_sums(turned), cylinder_sums(m), rtol=1e-3, atol=1e-6)


def test_a_mirrored_print_looks_different():
    m = scattered(20)
    mirrored = Minutiae.of(300 - m.x, m.y, math.pi - m.angle, m.kind, m.quality)
    assert np.abs(cylinder_sums(mirrored) - cylinder_sums(m)).max() > 1e-3


def test_a_far_neighbour_does_not_count():
    near, far = Minutiae.of([100, 130], [100, 100], [0, 1]), Minutiae.of([100, 400], [100, 100], [0, 1])
    assert cylinder_sums(near).any()
    assert not cylinder_sums(far).any()


def test_doubtful_neighbours_count_less():
    m = Minutiae.of([100, 130], [100, 100], [0, 1], None, [1.0, 1.0])
    doubted = Minutiae.of([100, 130], [100, 100], [0, 1], None, [1.0, 0.1])
    assert cylinder_sums(doubted)[0].sum() < 0.5 * cylinder_sums(m)[0].sum()


def test_prints_without_qualities_count_all_neighbours_alike():
    assert neighbour_weights(np.zeros(3, np.float32)).tolist() == [1, 1, 1]
