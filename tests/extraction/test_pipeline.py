import numpy as np

from biomatch.extraction import foreground, pipeline
from biomatch.extraction.params import Params
from biomatch.imaging import GreyImage
from biomatch.learned import shipped
from biomatch.observe import NO_TRACE


def test_what_is_seen_has_a_value_for_every_pixel_and_features_for_every_candidate(finger):
    seen = pipeline.look(finger, Params(), NO_TRACE)
    for plane in (seen.mask, seen.flat, seen.contrast, seen.flow.angle, seen.period, *(view.even for view in seen.views)):
        assert plane.shape == finger.pixels.shape
    assert len(seen.found) == len(seen.features.scalars) == len(seen.features.patches) > 0


def test_a_known_foreground_gives_what_the_found_one_gives(finger):
    coarse = foreground.find(finger.pixels, Params().foreground, NO_TRACE)
    one, two = pipeline.look(finger, Params(), NO_TRACE), pipeline.look_at(finger.pixels, coarse, Params(), NO_TRACE)
    np.testing.assert_array_equal(one.mask, two.mask)
    np.testing.assert_array_equal(one.features.scalars, two.features.scalars)


def test_a_template_bears_its_version_and_the_quality_that_was_assessed(finger):
    template, assessment = pipeline.extract(finger, "classical/test", shipped(), Params(), NO_TRACE)
    measured, _ = pipeline.measure(finger, "classical/test", shipped(), Params(), NO_TRACE)
    assert (template.extractor, measured.extractor) == ("classical/test", "classical/test")
    assert template.quality == assessment.score is not None
    assert measured.quality is None
    assert template.minutiae == measured.minutiae
    assert (template.width, template.height) == (finger.width, finger.height)


def test_reasons_of_the_assessment_are_warnings_of_the_template():
    template, assessment = pipeline.extract(
        GreyImage.of(np.full((200, 200), 255, np.uint8)), "classical/test", shipped(), Params(), NO_TRACE
    )
    assert assessment.reasons
    assert set(assessment.reasons) <= set(template.warnings)
