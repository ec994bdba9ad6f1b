"""Hands are drawn: ellipses of ridges, at the heights that fingers have. The sample's slaps have their boxes beside them."""

from __future__ import annotations

import itertools
import json
from importlib import resources
from pathlib import Path

import cv2
import numpy as np
import pytest

from biomatch.errors import SeveralPrints
from biomatch.imaging import GreyImage, decode, slap
from biomatch.imaging.slap import Region
from biomatch.vocabulary import FingerPosition

RIGHT_FOUR = tuple(FingerPosition(code) for code in (2, 3, 4, 5))
LEFT_FOUR = tuple(FingerPosition(code) for code in (10, 9, 8, 7))
PLACES = ((300, 480), (620, 330), (940, 380), (1260, 620))  # middles of index, middle, ring and little finger


def hand(*, sizes: tuple[int, ...] = (1, 1, 1, 1), places: tuple[tuple[int, int], ...] = PLACES) -> np.ndarray:
    """A right hand on 1600 x 1000 px; the little finger is smaller."""
    paper = np.full((1000, 1600), 250, np.uint8)
    for number, (x, y) in enumerate(places):
        scale = (0.75 if number == 3 else 1) * sizes[number % len(sizes)]
        finger(paper, x, y, round(115 * scale), round(170 * scale))
    return paper


def finger(paper: np.ndarray, x: int, y: int, half_width: int, half_height: int, turn: float = 0) -> None:
    """Concentric ridges, 9 px apart, in an ellipse."""
    rows, columns = np.mgrid[: paper.shape[0], : paper.shape[1]]
    across, along = columns - x, rows - y
    across, along = across * np.cos(turn) + along * np.sin(turn), along * np.cos(turn) - across * np.sin(turn)
    ridges = 130 + 100 * np.cos(np.hypot(across, along + 40) * (2 * np.pi / 9))
    inside = (across / half_width) ** 2 + (along / half_height) ** 2 <= 1
    paper[inside] = ridges[inside].astype(np.uint8)


def box(x: int, y: int, half_width: int, half_height: int) -> Region:
    return Region(x - half_width, y - half_height, x + half_width, y + half_height)


def overlap(a: Region, b: Region) -> float:
    """Intersection over union."""
    width = min(a.right, b.right) - max(a.left, b.left)
    height = min(a.bottom, b.bottom) - max(a.top, b.top)
    both = max(width, 0) * max(height, 0)
    return both / (a.width * a.height + b.width * b.height - both)


def test_four_fingers_are_found_in_their_order() -> None:
    found = slap.segment(GreyImage.of(hand()), RIGHT_FOUR)
    assert [one.position for one in found.fingers] == list(RIGHT_FOUR)
    halves = ((115, 170), (115, 170), (115, 170), (86, 128))
    for one, place, half in zip(found.fingers, PLACES, halves, strict=True):
        assert overlap(one.region, box(*place, *half)) > 0.8
    assert found.hand == "right"
    assert found.warnings == ()


def test_a_left_hand_is_told_from_a_right_one() -> None:
    left = GreyImage.of(np.ascontiguousarray(hand()[:, ::-1]))
    assert slap.segment(left, LEFT_FOUR).warnings == ()
    found = slap.segment(left, RIGHT_FOUR)
    assert found.hand == "left"
    assert found.warnings == ("the fingers' heights and sizes are those of a left hand",)


def test_a_missing_finger_is_said_and_nobody_guesses_who_the_others_are() -> None:
    found = slap.segment(GreyImage.of(hand(places=PLACES[:3])), RIGHT_FOUR)
    assert len(found.fingers) == 3
    assert {one.position for one in found.fingers} == {FingerPosition.UNKNOWN}
    assert found.warnings == ("4 fingers expected, 3 seen",)


def test_a_finger_that_is_known_to_be_missing_is_not_missed() -> None:
    found = slap.segment(GreyImage.of(hand(places=PLACES[:3])), RIGHT_FOUR[:3])
    assert [one.position for one in found.fingers] == list(RIGHT_FOUR[:3])
    assert found.warnings == ()


def test_lower_phalanges_letters_lines_and_writing_are_no_fingers() -> None:
    paper = hand()
    finger(paper, 640, 750, 100, 120)
    finger(paper, 960, 790, 100, 120)
    cv2.putText(paper, "RIGHT FOUR FINGERS TAKEN SIMULTANEOUSLY", (20, 60), cv2.FONT_HERSHEY_SIMPLEX, 2, 60, 6)
    cv2.line(paper, (5, 0), (5, 999), 20, 6)
    cv2.line(paper, (0, 95), (1599, 95), 20, 5)
    for at in range(6):
        cv2.ellipse(paper, (1380 + 25 * at, 250), (16, 60), 20, 0, 330, 90, 7)
    found = slap.segment(GreyImage.of(paper), RIGHT_FOUR)
    assert found.warnings == ()
    for one, place in zip(found.fingers[:3], PLACES, strict=False):
        assert overlap(one.region, box(*place, 115, 170)) > 0.8  # seen: 0.89 and more


def test_a_neighbour_cut_by_the_edge_is_no_finger() -> None:
    paper = hand()
    finger(paper, -30, 700, 120, 170)
    assert slap.segment(GreyImage.of(paper), RIGHT_FOUR).warnings == ()


def test_a_punched_hole_does_not_part_a_finger() -> None:
    paper = hand()
    cv2.circle(paper, (300, 520), 62, 0, -1)
    found = slap.segment(GreyImage.of(paper), RIGHT_FOUR)
    assert found.warnings == ()
    assert overlap(found.fingers[0].region, box(*PLACES[0], 115, 170)) > 0.8


def test_fingers_that_touch_are_parted() -> None:
    places = ((400, 480), (632, 330), (864, 380), (1080, 620))
    found = slap.segment(GreyImage.of(hand(places=places)), RIGHT_FOUR)
    assert [one.position for one in found.fingers] == list(RIGHT_FOUR)
    for one, place in zip(found.fingers[:3], places, strict=False):
        assert overlap(one.region, box(*place, 115, 170)) > 0.8  # seen: 0.89 and more


def test_a_turned_hand_is_found_upright() -> None:
    paper = hand()
    middle = cv2.getRotationMatrix2D((800, 500), 12, 0.9)
    turned = cv2.warpAffine(paper, middle, (1600, 1000), borderValue=250)
    found = slap.segment(GreyImage.of(turned), RIGHT_FOUR)
    assert [one.position for one in found.fingers] == list(RIGHT_FOUR)
    assert found.hand == "right"
    assert np.degrees(found.lean) == pytest.approx(12, abs=5)


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_nothing_is_found_on_a_blank_image(grey: int) -> None:
    found = slap.segment(GreyImage.of(np.full((1000, 1600), grey, np.uint8)), RIGHT_FOUR)
    assert found.fingers == ()
    assert found.warnings == ("4 fingers expected, 0 seen",)


@pytest.mark.parametrize("shape", [(1, 1), (5, 300), (300, 5), (40, 40)])
def test_the_smallest_images_are_looked_at_without_harm(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 256, shape).astype(np.uint8)
    assert slap.segment(GreyImage.of(noise), RIGHT_FOUR).fingers == ()


def test_each_finger_is_cut_out_without_its_neighbours() -> None:
    paper = hand(places=((300, 480), (560, 330), (940, 380), (1260, 620)))
    image = GreyImage.of(paper)
    found = slap.segment(image, RIGHT_FOUR)
    cuts = slap.cut(image, found)
    assert len(cuts) == 4
    for one, finger_ in zip(cuts, found.fingers, strict=True):
        assert one.width <= finger_.region.width + 32
        assert one.height <= finger_.region.height + 32
    first = cuts[0].pixels
    assert np.array_equal(first[first.shape[0] // 2, 60:120], paper[_middle(found.fingers[0].region), _columns(found, 60, 120)])
    right_upper = first[: first.shape[0] // 3, -16:]  # where the middle finger reaches in
    assert (right_upper > 200).mean() > 0.9


def _middle(region: Region) -> int:
    top = max(region.top - 16, 0)
    return top + (min(region.bottom + 16, 1000) - top) // 2


def _columns(found: slap.Slap, begin: int, end: int) -> slice:
    left = max(found.fingers[0].region.left - 16, 0)
    return slice(left + begin, left + end)


@pytest.fixture(scope="module")
def sample() -> Path:
    return Path(str(resources.files("biomatch.sample_data")))


@pytest.mark.parametrize(("name", "expected"), [("right", RIGHT_FOUR), ("left", LEFT_FOUR)])
def test_the_samples_slaps_are_cut_where_their_truth_says(
    name: str, expected: tuple[FingerPosition, ...], sample: Path
) -> None:
    """Seen: 0.87 to 0.94."""
    path = f"card/P01-{name}-four_1.png"
    image = decode((sample / path).read_bytes())
    prints = json.loads((sample / "truth.json").read_text())[path]
    found = slap.segment(image, expected)
    assert found.hand == name
    for one, truth in zip(found.fingers, prints, strict=True):
        x, y, width, height = truth["box"]
        assert overlap(one.region, Region(x, y, x + width, y + height)) > 0.8


def test_a_whole_card_is_no_print(sample: Path) -> None:
    with pytest.raises(SeveralPrints, match="prints where one is needed"):
        slap.check_single(decode((sample / "card" / "P01-card.jpg").read_bytes(), ppi=500))


@pytest.mark.parametrize("name", ["right", "left"])
def test_a_slap_is_no_print_and_the_command_that_cuts_it_is_named(name: str, sample: Path) -> None:
    with pytest.raises(SeveralPrints, match="biomatch nist make") as raised:
        slap.check_single(decode((sample / "card" / f"P01-{name}-four_1.png").read_bytes()))
    assert raised.value.values["count"] == 4


@pytest.mark.parametrize("places", [PLACES, PLACES[:3], PLACES[:2]])
def test_fingers_side_by_side_are_no_print(places: tuple[tuple[int, int], ...]) -> None:
    with pytest.raises(SeveralPrints) as raised:
        slap.check_single(GreyImage.of(hand(places=places)))
    assert raised.value.values["count"] == len(places)


def cropped(pixels: np.ndarray) -> np.ndarray:
    """What of a print has ridges."""
    y, x = np.nonzero(slap.regions(slap.cells(pixels)))
    return pixels[8 * y.min() : 8 * y.max() + 8, 8 * x.min() : 8 * x.max() + 8]


def touching(one: np.ndarray, other: np.ndarray, lower: int, overlap: int) -> np.ndarray:
    """Two prints side by side on one paper, the second one lower by so much, their edges on each other."""
    at = one.shape[1] - overlap
    paper = np.full((120 + max(len(one), lower + len(other)), 120 + at + other.shape[1]), 250, np.uint8)
    for print_, row, column in ((one, 60, 60), (other, 60 + lower, 60 + at)):
        here = paper[row : row + len(print_), column : column + print_.shape[1]]
        np.minimum(here, print_, out=here)
    return paper


def test_two_fingers_that_touch_are_no_print(sample: Path) -> None:
    """Seen: 131 of 160 such pairs, fingers of all sizes, at most 130 px lower; the floor leaves room for other CPUs."""
    prints = [cropped(decode(path.read_bytes()).pixels) for path in sorted((sample / "enrol").glob("*-right-index_[13].png"))]
    wide = [one for one in prints if one.shape[1] >= 240]
    pairs = list(itertools.pairwise(wide))
    images = [GreyImage.of(touching(one, other, lower, 20)) for one, other in pairs for lower in (0, 60, 120)]
    told = [image for image in images if slap.count_side_by_side(image) == 2]
    assert len(images) >= 24
    assert len(told) >= 0.7 * len(images)
    with pytest.raises(SeveralPrints):
        slap.check_single(told[0])
    assert slap.check_single(told[0], latent=True).warnings


@pytest.mark.parametrize("angle", [0, 30, 45, 60, 90, 180, -45])
def test_no_turned_print_is_taken_for_several(sample: Path, angle: int) -> None:
    """The ridges of one that is turned fall and rise as those of two that touch, but its outline has no notch."""
    for path in sorted((sample / "card").glob("*_6.png")):
        pixels = decode(path.read_bytes()).pixels
        side = int(np.hypot(*pixels.shape)) + 8
        turn = cv2.getRotationMatrix2D((pixels.shape[1] / 2, pixels.shape[0] / 2), angle, 1)
        turn[:, 2] += (side - pixels.shape[1]) / 2, (side - pixels.shape[0]) / 2
        turned = cv2.warpAffine(pixels, turn, (side, side), borderValue=250)
        assert slap.count_side_by_side(GreyImage.of(turned)) == 1, path.name


def test_what_lies_beside_a_latent_is_told_and_not_refused() -> None:
    (warning,) = slap.check_single(GreyImage.of(hand()), latent=True).warnings
    assert "seems to show 4 prints" in warning


def test_one_print_is_let_through() -> None:
    paper = np.full((1100, 1100), 250, np.uint8)
    finger(paper, 550, 350, 300, 330)
    image = GreyImage.of(paper)
    assert slap.check_single(image) is image
    finger(paper, 560, 900, 250, 170)  # its next phalanx
    assert slap.check_single(GreyImage.of(paper)).warnings == ()
    finger(paper, 1120, 350, 100, 330)  # what the edge cuts off of another print
    assert slap.check_single(GreyImage.of(paper)).warnings == ()


def test_an_image_that_is_no_wider_than_a_finger_is_not_looked_at() -> None:
    small = GreyImage.of(np.ascontiguousarray(hand()[200:720, 200:720]))
    assert slap.check_single(small) is small


def test_no_print_of_the_sample_is_taken_for_several(sample: Path) -> None:
    paths = [
        path for folder in ("enrol", "probe", "card") for path in (sample / folder).glob("*.png") if "four" not in path.name
    ]
    assert len(paths) > 100
    for path in paths:
        assert slap.count_side_by_side(decode(path.read_bytes(), ppi=500)) == 1, path.name


def test_no_real_print_is_taken_for_several(real_data: Path) -> None:
    """Seen: none of 2,348, the latents among them, nor of 450 that were turned."""
    paths = [path for folder in ("rolled", "latents") for path in sorted((real_data / folder).rglob("*.[pb][nm][gp]"))]
    paths += sorted((real_data / "plain").rglob("*.png"))[::20]
    for path in paths:
        if path.stem not in ("fp-13", "fp-14"):
            image = decode(path.read_bytes(), ppi=1000 if "sivv" in path.name else 500)
            assert slap.count_side_by_side(image) == 1, path.name


def test_the_slaps_of_a_real_card_are_cut(real_data: Path) -> None:
    for name, expected, hand_ in (("fp-13", RIGHT_FOUR, "right"), ("fp-14", LEFT_FOUR, "left")):
        image = decode((real_data / "rolled" / "tenprint_card" / f"{name}.png").read_bytes(), ppi=500)
        found = slap.segment(image, expected)
        assert [one.position for one in found.fingers] == list(expected)
        assert found.warnings == ()
        assert found.hand == hand_
        assert all(200 < one.region.width < 400 and 250 < one.region.height < 560 for one in found.fingers)
