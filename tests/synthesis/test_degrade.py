import numpy as np
import pytest

from biomatch.synthesis import degrade
from biomatch.template import Minutiae

Y, X = np.mgrid[0:240, 0:200]
STRIPES = np.clip(128 + 100 * np.sin(2 * np.pi * (X + 0.3 * Y) / 9), 0, 255).astype(np.uint8)


def rng(seed=0):
    return np.random.default_rng(seed)


def test_pressing_harder_darkens_and_less_hard_brightens():
    assert degrade.thicken(STRIPES, 1.5).mean() < STRIPES.mean() - 10
    assert degrade.thicken(STRIPES, -1.5).mean() > STRIPES.mean() + 10


def test_half_a_pixel_of_pressure_lies_between_none_and_one():
    means = [degrade.thicken(STRIPES, px).mean() for px in (0, 0.5, 1.0)]
    assert means[0] > means[1] > means[2]


def test_wet_prints_are_darker_and_dry_ones_brighter():
    assert degrade.wet(STRIPES, rng(), 0.7).mean() < STRIPES.mean() - 8
    assert degrade.dry(STRIPES, rng(), 0.7).mean() > STRIPES.mean() + 8


@pytest.mark.parametrize("name", ["wet", "dry", "smudge"])
def test_an_amount_of_zero_changes_nothing(name):
    assert np.array_equal(getattr(degrade, name)(STRIPES, rng(), 0.0), STRIPES)


@pytest.mark.parametrize("name", ["wet", "dry", "smudge", "flatten"])
def test_more_of_it_changes_more(name):
    little, much = (np.abs(getattr(degrade, name)(STRIPES, rng(), a).astype(int) - STRIPES).mean() for a in (0.2, 0.9))
    assert 0 < little < much


def test_partial_contact_hides_image_and_truth_alike():
    mask = degrade.contact_ellipse(rng(3), 240, 200, 0.6)
    pressed = degrade.press_part(STRIPES, mask, level=250)
    assert (pressed[mask == 0] == 250).all()
    assert np.array_equal(pressed[mask == 1], STRIPES[mask == 1])
    truth = Minutiae.of(X[::10, ::10].ravel(), Y[::10, ::10].ravel(), np.zeros(480))
    kept = degrade.seen(truth, mask)
    assert 0 < len(kept) < len(truth)
    assert (mask[kept.y.astype(int), kept.x.astype(int)] >= 0.5).all()


def test_harder_is_repeatable_and_keeps_shape():
    once, again = (degrade.harder(STRIPES, rng(9), 1.0) for _ in range(2))
    assert np.array_equal(once, again)
    assert once.shape == STRIPES.shape
    assert once.dtype == np.uint8


def test_harder_at_strength_zero_is_the_print_itself():
    """Seen: within one grey level, from resampling."""
    assert np.abs(degrade.harder(STRIPES, rng(2), 0.0).astype(int) - STRIPES).max() <= 1
