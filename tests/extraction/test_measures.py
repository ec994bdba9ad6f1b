import numpy as np
import pytest

from biomatch.extraction import measures, pipeline
from biomatch.extraction.orientation import Flow
from biomatch.extraction.params import Params
from biomatch.extraction.waves import Wave
from biomatch.observe import NO_TRACE
from biomatch.quality import Measures
from biomatch.template import Minutiae

SHAPE = (200, 240)


def measured(mask, minutiae=None, coherence=1.0, strength=1.0):
    """Of a picture whose ridges are a wave of one size, as far as `strength` says."""
    x = np.arange(SHAPE[1], dtype=np.float32) * np.float32(2 * np.pi / 9)
    flat = np.broadcast_to(np.cos(x), SHAPE).astype(np.float32)
    wave = Wave(strength * flat, strength * np.broadcast_to(np.sin(x), SHAPE).astype(np.float32))
    full = np.ones(SHAPE, np.float32)
    flow = Flow(0 * full, coherence * full, np.zeros((50, 60, 2), np.float32))
    judged = minutiae if minutiae is not None else Minutiae.none()
    return measures.of(mask, flat, 30 * full, flow, 9 * full, wave, judged, NO_TRACE)


def middle():
    mask = np.zeros(SHAPE, bool)
    mask[50:150, 60:160] = True
    return mask


def test_nothing_has_no_measures():
    assert measured(np.zeros(SHAPE, bool)) == Measures.nothing()


def test_an_area_is_counted_in_square_millimetres():
    """100 px at 500 ppi are 5.08 mm."""
    found = measured(middle())
    assert found.area_mm2 == pytest.approx(5.08**2)
    assert found.reliable_mm2 == pytest.approx(5.08**2, rel=0.02)
    assert (found.contrast, found.period_px, found.clarity) == (30, 9, 1)


@pytest.mark.parametrize(("coherence", "share"), [(0.3, 0), (0.55, 0.5), (0.8, 1)])
def test_an_area_counts_as_far_as_its_ridges_run_straight(coherence, share):
    found = measured(middle(), coherence=coherence)
    assert found.reliable_mm2 == pytest.approx(share * found.area_mm2, rel=0.02, abs=1e-3)


def test_an_area_without_ridges_does_not_count():
    assert measured(middle(), strength=0).reliable_mm2 == 0
    assert measured(middle(), strength=0).ridges == 0


def test_minutiae_are_counted_by_how_sure_they_are():
    judged = Minutiae.of([1, 2, 3, 4], [1, 2, 3, 4], [0, 0, 0, 0], quality=[0.9, 0.81, 0.6, 0.2])
    found = measured(middle(), judged)
    assert found.minutiae == pytest.approx(2.51, abs=0.01)
    assert (found.sure, found.doubtful) == (2, 0.25)


def test_the_outline_on_the_border_of_the_image_is_what_is_cut():
    assert measured(middle()).cut == 0
    assert measured(np.ones(SHAPE, bool)).cut == 1
    half = np.zeros(SHAPE, bool)
    half[:100, 60:160] = True
    assert measured(half).cut == pytest.approx(100 / 396, abs=0.01)


def test_dark_ridges_that_are_wide_give_a_positive_skew(finger):
    seen = pipeline.look(finger, Params(), NO_TRACE)
    judged = Minutiae.none()

    def darkness(flat):
        return measures.of(seen.mask, flat, seen.contrast, seen.flow, seen.period, seen.views[-1], judged, NO_TRACE).darkness

    assert darkness(-seen.flat) == pytest.approx(-darkness(seen.flat), abs=1e-6)
    narrow_valleys = np.where(seen.flat > 1, np.float32(2), np.float32(-0.3))
    assert darkness(narrow_valleys) > 0
