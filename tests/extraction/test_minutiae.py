import numpy as np
import pytest

from biomatch.extraction import minutia_quality, minutiae, pipeline
from biomatch.extraction.params import Params
from biomatch.imaging import GreyImage
from biomatch.learned import shipped
from biomatch.observe import NO_TRACE
from biomatch.template import BIFURCATION, ENDING


def found_in(picture):
    return pipeline.look(GreyImage.of(picture), Params(), NO_TRACE).found


@pytest.mark.parametrize("ridge", [True, False])
@pytest.mark.parametrize("turned", [0.0, 0.5, 1.3, 2.2, 3.1, 4.0, 5.5])
@pytest.mark.parametrize("period", [7.5, 9.0, 11.0])
def test_a_minutia_is_found_where_it_is_with_its_direction_and_kind(patterns, ridge, turned, period):
    picture = patterns.minutia((101.3, 98.6), 200, period, turned, ridge)
    seen = pipeline.look(GreyImage.of(picture), Params(), NO_TRACE)
    assert len(seen.found) == 1
    assert np.hypot(seen.found.x[0] - 101.3, seen.found.y[0] - 98.6) < 1.05  # seen: at most 0.94 px
    angle = np.arctan2(-seen.found.dy[0], seen.found.dx[0])
    assert abs(np.degrees((angle - turned + np.pi) % (2 * np.pi) - np.pi)) < 8
    judged = minutia_quality.judge(
        seen.found, seen.features, shipped().arrays(minutia_quality.MODEL), Params().judgement, NO_TRACE
    )
    assert judged.kind[0] == (ENDING if ridge else BIFURCATION)


def test_straight_ridges_have_no_minutiae(patterns):
    assert len(found_in(patterns.stripes(220, 9.0, 0.8))) == 0


def test_no_minutia_is_listed_twice(finger):
    found = pipeline.look(finger, Params(), NO_TRACE).found
    assert len(np.unique(np.stack((found.x, found.y, found.dx, found.dy), 1), axis=0)) == len(found)


def test_candidates_keep_off_the_edge(finger):
    found = pipeline.look(finger, Params(), NO_TRACE).found
    assert found.inside.min() >= Params().detection.border_px - 1


def test_noise_is_capped(rng):
    params = minutiae.DetectionParams(most_a_view=300, most=50)
    from dataclasses import replace

    picture = rng.integers(0, 255, (240, 240)).astype(np.uint8)
    seen = pipeline.look(GreyImage.of(picture), replace(Params(), detection=params), NO_TRACE)
    assert len(seen.found) <= 50
    assert all(len(view) <= 300 for view in seen.found.views)
