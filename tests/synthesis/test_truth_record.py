import numpy as np
import pytest

from biomatch.synthesis.master import master
from biomatch.synthesis.person import Box, PlacedPrint
from biomatch.synthesis.truth_record import COLUMNS, manifest_row, minutiae_records, position_name, print_record
from biomatch.template import BIFURCATION, ENDING, Minutiae
from biomatch.vocabulary import FingerPosition, ImpressionType

POINTS = Minutiae.of([10.5, 20.0], [30.0, 40.25], [0.0, 1.5 * np.pi], [ENDING, BIFURCATION], [1.0, 1.0])


@pytest.fixture(scope="module")
def print_():
    cores, deltas = np.array([[100.04, 50.0], [101.0, 80.26]]), np.zeros((0, 2))
    return PlacedPrint(master(3, FingerPosition.LEFT_RING), Box(1, 2, 300, 400), POINTS, cores, deltas)


def test_minutiae_are_told_in_px_and_degrees():
    assert minutiae_records(POINTS) == [[10.5, 30.0, 0.0, "ending"], [20.0, 40.25, 270.0, "bifurcation"]]


def test_a_print_is_told_in_plain_values(print_):
    told = print_record(print_)
    assert (told["position"], told["class"], told["box"]) == ("left-ring", str(print_.finger.pattern.kind), [1, 2, 300, 400])
    assert (told["cores"], told["deltas"], len(told["minutiae"])) == ([[100.0, 50.0], [101.0, 80.3]], [], 2)


def test_the_period_is_that_of_the_image(print_):
    usual = np.median(print_.finger.period)
    assert [print_record(print_, scale)["period"] for scale in (1.0, 1.25)] == pytest.approx([usual, 1.25 * usual], abs=0.006)


def test_a_line_of_the_manifest_parts_fingers_and_points(print_):
    several = (print_, print_.moved(400, 0))
    row = manifest_row("a.png", "P1", "left-four", 2, "slap", "ink", ImpressionType.LIVE_SCAN_PLAIN, (600, 800), several)
    assert list(row) == [name for name in COLUMNS if name not in ("seed", "generator")]
    assert (row["width"], row["height"], row["finger"], row["type"]) == (800, 600, "P1/left-four", "live-scan-plain")
    assert (row["minutiae"], row["boxes"]) == ("2;2", "1:2:300:400;401:2:300:400")
    assert (row["cores"], row["deltas"]) == ("100:50 101:80;500:50 501:80", ";")


def test_positions_are_named_as_on_the_command_line():
    assert position_name(FingerPosition.RIGHT_INDEX) == "right-index"
