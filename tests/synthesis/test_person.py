from dataclasses import replace

import numpy as np
import pytest

from biomatch.synthesis.master import master
from biomatch.synthesis.person import LEFT_FOUR, RIGHT_FOUR, WHOLE_HAND, finger_of, press_hand, touched, traits_of
from biomatch.synthesis.traits import Traits
from biomatch.vocabulary import FingerPosition


@pytest.fixture(scope="module")
def one_finger():
    return master(4, FingerPosition.RIGHT_INDEX, traits=Traits())


@pytest.fixture(scope="module", params=[RIGHT_FOUR, LEFT_FOUR], ids=["right", "left"])
def hand(request, one_finger):
    """Four fingers that look alike but have each its place and size."""
    fingers = [replace(one_finger, position=position) for position in request.param]
    return request.param, press_hand(fingers, np.random.default_rng(1), *WHOLE_HAND)


def test_fingers_lie_from_left_to_right(hand):
    four, pressed = hand
    middles = [one.box.x + one.box.width / 2 for one in pressed.prints]
    assert middles == sorted(middles)
    assert tuple(one.finger.position for one in pressed.prints) == four


def test_the_middle_finger_s_tip_is_highest_and_the_little_finger_s_lowest(hand):
    tips = {one.finger.position.name.split("_")[1]: one.box.y for one in hand[1].prints}
    assert min(tips, key=tips.get) == "MIDDLE"
    assert max(tips, key=tips.get) == "LITTLE"


def test_boxes_hold_their_minutiae_and_do_not_swallow_each_other(hand):
    for one in hand[1].prints:
        b = one.box
        assert len(one.minutiae) > 10
        assert ((one.minutiae.x >= b.x - 1) & (one.minutiae.x <= b.x + b.width + 1)).all()
        assert ((one.minutiae.y >= b.y - 1) & (one.minutiae.y <= b.y + b.height + 1)).all()
    gaps = np.diff([one.box.x + one.box.width / 2 for one in hand[1].prints])
    assert (gaps > 250).all()


def test_skin_touches_in_the_boxes_and_nowhere_else(hand):
    touching = hand[1].touch > 0
    for one in hand[1].prints:
        b = one.box
        inside = touching[b.y : b.y + b.height, b.x : b.x + b.width]
        assert inside.mean() > 0.2
        touching[max(b.y - 12, 0) : b.y + b.height + 12, max(b.x - 12, 0) : b.x + b.width + 12] = False
    assert touching.mean() < 0.002


def test_a_box_reaches_as_far_as_ridges_are_seen(hand):
    seen = touched(hand[1].touch)
    for one in hand[1].prints:
        b = one.box
        seen[b.y : b.y + b.height, b.x : b.x + b.width] = False
    assert seen.sum() < 50


def test_touched_is_what_ridges_fill_and_not_what_a_few_granules_do():
    y, x = np.mgrid[:120, :200]
    ridges = np.where(x < 100, np.cos(2 * np.pi * y / 9), -1.0)
    ridges[np.random.default_rng(3).random(ridges.shape) < 0.03] = 1
    found = touched(ridges)
    assert found[8:-8, 8:92].all()
    assert not found[:, 110:].any()


def test_the_fingers_of_a_person_share_their_traits():
    fingers = [finger_of(3, 8, position) for position in (FingerPosition.RIGHT_THUMB, FingerPosition.LEFT_LITTLE)]
    assert fingers[0].traits == fingers[1].traits == traits_of(3, 8)
    assert not np.array_equal(fingers[0].ridges, fingers[1].ridges)
    assert traits_of(3, 9) != traits_of(3, 8)
