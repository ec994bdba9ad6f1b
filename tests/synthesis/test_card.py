from dataclasses import replace

import numpy as np
import pytest

from biomatch.synthesis.card import HEIGHT, WIDTH, card
from biomatch.synthesis.master import NAIL_TO_NAIL, master
from biomatch.synthesis.person import TEN
from biomatch.synthesis.traits import Traits


@pytest.fixture(scope="module")
def made():
    """Ten fingers that look alike: what is tested is where they lie."""
    one = master(4, traits=Traits(), params=NAIL_TO_NAIL)
    return card({position: replace(one, position=position) for position in TEN}, np.random.default_rng(2), "nobody")


def test_a_card_has_fourteen_boxes_that_do_not_overlap(made):
    assert sorted(cell.number for cell in made.cells) == list(range(1, 15))
    taken = np.zeros((HEIGHT, WIDTH), np.uint8)
    for cell in made.cells:
        b = cell.box
        taken[b.y : b.y + b.height, b.x : b.x + b.width] += 1
    assert made.image.shape == taken.shape
    assert taken.max() == 1


def test_rolled_prints_are_numbered_by_position(made):
    for cell in made.cells[:10]:
        assert cell.number == int(cell.prints[0].finger.position)
        assert cell.impression.is_rolled


def test_slaps_hold_four_fingers_of_one_hand(made):
    slaps = {cell.number: [one.finger.position.name.split("_")[0] for one in cell.prints] for cell in made.cells[-4:]}
    assert slaps == {14: ["LEFT"] * 4, 12: ["LEFT"], 11: ["RIGHT"], 13: ["RIGHT"] * 4}


def test_every_truth_lies_in_its_box_and_there_is_ink_around_it(made):
    for cell in made.cells:
        b = cell.box
        for one in cell.prints:
            x, y = np.rint(one.minutiae.x).astype(int), np.rint(one.minutiae.y).astype(int)
            assert len(x) > 10
            assert ((x >= b.x) & (x < b.x + b.width) & (y >= b.y) & (y < b.y + b.height)).all()
            around = [made.image[v - 6 : v + 7, u - 6 : u + 7].min() for u, v in zip(x, y, strict=True)]
            assert np.median(around) < 130


def test_rolled_prints_are_wider_than_plain_ones(made):
    plain = {one.finger.position: one.box.width for cell in made.cells[10:] for one in cell.prints}
    rolled = {cell.prints[0].finger.position: cell.prints[0].box.width for cell in made.cells[:10]}
    ratio = [rolled[position] / plain[position] for position in TEN]
    assert np.median(ratio) > 1.4
