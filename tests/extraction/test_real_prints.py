import numpy as np
import pytest

from biomatch.extraction import pipeline
from biomatch.extraction.params import Params
from biomatch.imaging import decode
from biomatch.observe import NO_TRACE


def image_of(real_data, path):
    return decode((real_data / path).read_bytes(), ppi=500)


@pytest.mark.parametrize("name", ["fvc2000_db1", "fvc2000_db2", "fvc2000_db3", "fvc2000_db4"])
@pytest.mark.parametrize("number", ["102_2", "104_5", "107_7"])
def test_a_plain_print_gives_a_few_dozen_sure_minutiae_and_passes(real_data, extractor, name, number):
    template, assessment = extractor.examine(image_of(real_data, f"plain/{name}/{number}.png"))
    sure = (template.minutiae.quality > 0.5).sum()
    assert 15 <= sure <= 130
    assert assessment.passed
    if name != "fvc2000_db3":  # a sensor whose ridges lie up to 14 px apart: some of its prints are rightly flagged
        assert not any("resolution is probably wrong" in words for words in template.warnings)
    assert 1_000 < len(template.ridges) <= 6_000


def test_grain_and_frame_of_a_window_stay_outside(real_data):
    mask = pipeline.look(image_of(real_data, "plain/fvc2000_db3/110_1.png"), Params(), NO_TRACE).mask
    assert mask[:, :60].mean() < 0.05
    assert mask[-40:].mean() < 0.05
    assert 0.2 < mask.mean() < 0.5


def test_paper_without_a_print_is_no_fingerprint(real_data, extractor):
    for name in ("cmp00018", "cmp00019"):
        assessment = extractor.assess(image_of(real_data, f"wsq/{name}.png"))
        assert (assessment.score, assessment.reasons) == (0, ("no fingerprint was found",))


def test_a_print_upside_down_has_the_same_minutiae_turned(real_data, extractor):
    image = image_of(real_data, "plain/fvc2000_db2/104_3.png")
    straight = extractor.extract(image).minutiae
    turned = extractor.extract(type(image).of(np.ascontiguousarray(image.pixels[::-1, ::-1]))).minutiae
    sure = straight[straight.quality > 0.5]
    x, y, angle = image.width - 1 - turned.x, image.height - 1 - turned.y, turned.angle + np.pi
    apart = np.hypot(sure.x[:, None] - x, sure.y[:, None] - y)
    turn = np.abs((sure.angle[:, None] - angle + np.pi) % (2 * np.pi) - np.pi)
    best = np.where(turn < 0.3, apart, 99).min(1)
    assert np.median(best) < 0.5
    assert (best < 3).mean() > 0.95


@pytest.mark.parametrize("name", ["sd27_good_latent", "sd27_bad_latent", "cisl_A01_latent"])
def test_latents_on_a_structured_ground_score_low_whatever_their_area(real_data, extractor, name):
    """Seen: 4, 20 and 36. None of them is recognised in its mate at a false match rate of one in 10,000."""
    assessment = extractor.assess(image_of(real_data, f"latents/{name}.bmp"))
    assert assessment.score < 50
    assert not assessment.passed
    assert assessment.reasons


def test_few_mated_prints_of_coarse_ridges_are_said_to_have_a_wrong_resolution(real_data, extractor):
    """Their ridges are up to 13.5 px apart."""
    said = [extractor.extract(image_of(real_data, f"plain/fvc2000_db3/103_{i}.png")).warnings for i in range(1, 9)]
    assert sum("the resolution is probably wrong" in " ".join(each) for each in said) <= 2
