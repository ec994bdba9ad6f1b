"""The learned extractor, with the networks that ship: as good as it says, repeatable, and clear about what is wrong."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest

from biomatch.bench.engine.repeatability import NARROW
from biomatch.extraction import NAMES, LearnedExtractor, open_extractor
from biomatch.extraction.network import MODEL, ONNXRUNTIME, SYNTHETIC_MODEL
from biomatch.imaging import GreyImage
from biomatch.learned import shipped
from biomatch.synthesis import draw_touch, impression, master
from biomatch.synthesis.sensor import SENSORS
from biomatch.template import Template

LEARNED = [name for name in NAMES if name != "classical"]
TRACED = [
    "foreground-coarse",
    "normalised",
    "contrast",
    "foreground",
    "coherence",
    "orientation",
    "ridge-period",
    "ridges",
    "heat",
    "minutiae",
    "measures",
]


@pytest.fixture(scope="module", params=LEARNED)
def learned(request):
    return open_extractor(request.param)


@pytest.fixture(scope="module")
def pressed():
    """Prints of a finger that no network was trained on, on every sensor, guided."""
    finger = master((977, 3))
    made = []
    for number, sensor in enumerate(SENSORS):
        rng = np.random.default_rng((977, number))
        made.append(impression(finger, rng, draw_touch(rng, 0.8), sensor))
    return made


def test_it_finds_most_true_minutiae_and_few_false_ones(learned, pressed):
    """Within 8 px and 15 degrees. Seen: recall 0.87 and more, precision 0.92 and more."""
    found = true = hits = right = 0
    for one in pressed:
        minutiae = learned.extract(GreyImage.of(one.image)).minutiae
        minutiae = minutiae[minutiae.quality > 0.4]
        truth = one.minutiae
        apart = np.hypot(minutiae.x[:, None] - truth.x, minutiae.y[:, None] - truth.y)
        same = (apart < 8) & (np.cos(minutiae.angle[:, None] - truth.angle) > np.cos(np.radians(15)))
        hits += int(same.any(0).sum())
        right += int(same.any(1).sum())
        found += len(minutiae)
        true += len(truth)
    assert hits / true > 0.78
    assert right / found > 0.82


def test_a_quality_is_a_chance(learned, pressed):
    """Of the minutiae with a quality above a half most are real, of those below a quarter few. Seen: 0.97, and at most 0.14."""
    real, quality = [], []
    for one in pressed:
        minutiae = learned.extract(GreyImage.of(one.image)).minutiae
        apart = np.hypot(minutiae.x[:, None] - one.minutiae.x, minutiae.y[:, None] - one.minutiae.y)
        real.append((apart < 9).any(1))
        quality.append(minutiae.quality)
    real, quality = np.concatenate(real), np.concatenate(quality)
    assert real[quality > 0.5].mean() > 0.87
    assert real[quality < 0.25].mean() < 0.2


def test_the_trace_names_are_stable(learned, finger):
    names = []
    learned.extract(finger, trace=lambda name, value: names.append(name))
    assert names == TRACED


def test_the_same_pixels_give_the_same_template_in_every_thread(learned, finger, pressed):
    images = [finger, *(GreyImage.of(one.image) for one in pressed[:2])] * 3
    alone = [learned.extract(image).to_bytes() for image in images]
    with ThreadPoolExecutor(3) as threads:
        assert [t.to_bytes() for t in threads.map(learned.extract, images)] == alone


STAGES = """
import sys, cv2, hashlib, numpy as np
from biomatch.extraction import open_extractor
from biomatch.imaging import GreyImage
def tell(name, value):
    if isinstance(value, np.ndarray):
        print(name, hashlib.sha256(value.tobytes()).hexdigest())
template = open_extractor("learned").extract(GreyImage.of(cv2.imread(sys.argv[1], cv2.IMREAD_GRAYSCALE)), trace=tell)
print("template", hashlib.sha256(template.to_bytes()).hexdigest())
"""


def test_every_stage_has_the_same_bits_without_avx_512(pressed, tmp_path):
    """NumPy's functions of 32-bit floats do not: a period that differs in its last bit may move a minutia by a px."""
    cv2.imwrite(str(tmp_path / "print.png"), pressed[0].image)
    command = [sys.executable, "-W", "ignore", "-c", STAGES, str(tmp_path / "print.png")]
    narrow = {name: value for name, value in NARROW.items() if not name.startswith("NUMBA")}  # it would compile all anew
    told = [
        subprocess.run(command, env=os.environ | settings, capture_output=True, text=True, check=True).stdout.splitlines()
        for settings in ({}, narrow)
    ]
    assert {"normalised", "orientation", "ridge-period", "heat", "template"} <= {line.split()[0] for line in told[0]}
    assert told[0] == told[1]


def test_the_version_names_network_and_engine(pressed):
    versions = {open_extractor(name).version for name in LEARNED}
    assert len(versions) == len(LEARNED)
    assert all(version.startswith("learned/3-") for version in versions)


def test_the_two_engines_differ_by_next_to_nothing(pressed):
    pytest.importorskip("onnxruntime", reason="onnxruntime is an extra")
    image = GreyImage.of(pressed[0].image)
    one, two = LearnedExtractor().extract(image).minutiae, LearnedExtractor(backend=ONNXRUNTIME).extract(image).minutiae
    assert len(one) == len(two)
    assert np.abs(one.x - two.x).max() <= 0.125
    assert np.abs(one.quality - two.quality).max() <= 0.011


@pytest.mark.parametrize("size", [(1, 1), (2, 300), (8, 8), (40, 40), (300, 260)])
@pytest.mark.parametrize("grey", [0, 255])
def test_blank_pictures_have_no_minutiae_and_quality_0(learned, size, grey):
    template, assessment = learned.examine(GreyImage.of(np.full(size, grey, np.uint8)))
    assert len(template.minutiae) == 0
    assert template.quality == assessment.score == 0
    assert assessment.reasons


def test_noise_does_not_pass(learned, rng):
    template, assessment = learned.examine(GreyImage.of(rng.integers(0, 256, (300, 300)).astype(np.uint8)))
    assert not assessment.passed
    assert template.quality < 25


def test_1000_ppi_read_as_500_is_flagged(learned, pressed):
    large = cv2.resize(pressed[0].image, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC)
    template, assessment = learned.examine(GreyImage.of(large))
    assert any("resolution" in one for one in template.warnings) or not assessment.passed


def test_inverted_prints_and_palms_give_a_template(learned, pressed):
    for picture in (255 - pressed[0].image, np.tile(pressed[1].image, (4, 4))):
        template = learned.extract(GreyImage.of(picture))
        assert Template.from_bytes(template.to_bytes()) == template
        assert len(template.minutiae) <= 255


def test_a_turned_print_has_the_same_minutiae_turned(learned, pressed):
    image = pressed[0].image
    height, width = image.shape
    side = height - height % 4, width - width % 4
    one = learned.extract(GreyImage.of(np.ascontiguousarray(image[: side[0], : side[1]]))).minutiae
    two = learned.extract(GreyImage.of(np.ascontiguousarray(np.rot90(image[: side[0], : side[1]], 2)))).minutiae
    one, two = one[one.quality > 0.6], two[two.quality > 0.3]
    x, y, angle = side[1] - 1 - two.x, side[0] - 1 - two.y, two.angle + np.pi
    again = (np.hypot(one.x[:, None] - x, one.y[:, None] - y) < 8) & (np.cos(one.angle[:, None] - angle) > 0.9)
    assert again.any(1).mean() > 0.88  # seen: 0.98


@pytest.mark.parametrize("name", [MODEL, SYNTHETIC_MODEL])
def test_cards_say_what_they_must(name):
    card = shipped().card(name)
    for field in ("made_by", "seed", "data", "scores", "limits", "terms", "steps", "losses"):
        assert field in card, field
