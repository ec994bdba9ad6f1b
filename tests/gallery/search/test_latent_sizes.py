"""Latents are searched for in several sizes, other prints in their own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from biomatch.comparison import prepare
from biomatch.descriptors import Describer
from biomatch.gallery import LocalGallery
from biomatch.gallery.interface import Entry
from biomatch.gallery.search.latent_sizes import SCALES, scaled, sized
from biomatch.template import MAX_SIDE, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

Opened = Callable[..., LocalGallery]
Entries = Callable[..., Entry]
LARGE = 1.06**3


def as_latent(template: Template) -> Template:
    return template.labelled(FingerPosition.UNKNOWN, ImpressionType.LATENT_IMPRESSION)


def test_a_latent_of_another_size_finds_its_person_in_that_size(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(30)])
    found = gallery.identify([as_latent(scaled(entry(7).template, LARGE))]).candidates[0]
    assert found.person == "P7"
    assert found.evidence[0].scale == 0.84
    assert found.evidence[0].probe == 0


def test_one_of_its_own_size_does_too_and_is_scored_lower_than_a_plain_print(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n) for n in range(30)])
    plain = gallery.identify([entry(7).template]).candidates[0]
    latent = gallery.identify([as_latent(entry(7).template)]).candidates[0]
    assert (latent.person, latent.evidence[0].scale) == ("P7", 1.0)
    assert latent.score == pytest.approx(plain.score - 10 * np.log10(len(SCALES)))
    assert latent.llr == pytest.approx(plain.llr - np.log10(len(SCALES)))


def test_each_enrolled_print_speaks_once_for_a_latent(open_gallery: Opened, entry: Entries) -> None:
    gallery = open_gallery()
    gallery.enrol([entry(n, person="P1") for n in range(3)])
    (candidate,) = gallery.identify([as_latent(entry(1).template)]).candidates
    assert sorted(one.print_id for one in candidate.evidence) == ["p0", "p1", "p2"]
    again = gallery.verify([as_latent(entry(1).template)], "P1")
    assert sorted(one.print_id for one in again.evidence) == ["p0", "p1", "p2"]


def test_a_plain_print_of_another_size_is_not_sought_in_others(entry: Entries) -> None:
    describer = Describer()
    large = scaled(entry(7).template, LARGE)
    assert [one.scale for one in sized([prepare(large, describer)], describer)] == [1.0]


def test_a_size_that_no_template_can_have_is_left_out() -> None:
    describer = Describer()
    wide = as_latent(Template(Minutiae.of([10, MAX_SIDE - 5], [10, 20], [1, 2]), MAX_SIDE, 300))
    scales = [one.scale for one in sized([prepare(wide, describer)], describer)]
    assert scales == [s for s in SCALES if s <= 1]


def test_scaling_keeps_the_order_directions_and_ridges_of_a_print() -> None:
    from biomatch import extract
    from biomatch.extraction import ridge_picture
    from biomatch.imaging import GreyImage
    from biomatch.synthesis import draw_touch, impression, master
    from biomatch.synthesis.sensor import SENSORS

    rng = np.random.default_rng(3)
    image = impression(master((3, 0, 0)), rng, draw_touch(rng, 0.7), SENSORS[0]).image
    print_ = extract(GreyImage.of(image))
    small = scaled(print_, 0.8)
    assert np.allclose(small.minutiae.x, print_.minutiae.x * 0.8, atol=0.1)
    assert np.array_equal(small.minutiae.turns, print_.minutiae.turns)
    whole, part = ridge_picture.decode(print_.ridges), ridge_picture.decode(small.ridges)
    assert part.mask.sum() * part.scale**2 == pytest.approx(whole.mask.sum() * whole.scale**2 * 0.64, rel=0.1)
    assert replace(small, ridges=b"", minutiae=print_.minutiae, width=print_.width, height=print_.height) == replace(
        print_, ridges=b""
    )
