"""The class of a pair: by the smaller count of minutiae, and by impression."""

import numpy as np
import pytest

from biomatch.calibration.classes import COUNT_CLASSES, IMPRESSIONS, LATENT, PLAIN, count_class, impression_class
from biomatch.vocabulary import ImpressionType


def test_classes_go_by_the_smaller_count():
    assert count_class(np.array([0, 11, 12, 34, 35, 400])).tolist() == [0, 0, 1, 2, 3, 3]
    assert len(COUNT_CLASSES) == 4


def test_one_latent_makes_the_pair_a_latent_one():
    assert impression_class(ImpressionType.LATENT_LIFT, ImpressionType.LIVE_SCAN_PLAIN) == 1
    assert impression_class(ImpressionType.UNKNOWN, ImpressionType.LIVE_SCAN_ROLLED) == 0


@pytest.mark.parametrize(
    ("name", "counts"),
    [("below_12", range(12)), ("12_to_19", range(12, 20)), ("20_to_34", range(20, 35)), ("35_and_more", range(35, 60))],
)
def test_each_count_is_in_the_class_that_is_named_after_it(name, counts):
    """The names are keys of the model's file."""
    assert {COUNT_CLASSES[int(count_class(fewer))] for fewer in counts} == {name}


def test_either_side_makes_the_pair_a_latent_one():
    assert (IMPRESSIONS[PLAIN], IMPRESSIONS[LATENT]) == ("plain", "latent")
    for kind in ImpressionType:
        expected = LATENT if kind.is_latent else PLAIN
        assert impression_class(kind, ImpressionType.LIVE_SCAN_PLAIN) == expected
        assert impression_class(ImpressionType.LIVE_SCAN_PLAIN, kind) == expected
