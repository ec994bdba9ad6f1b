import numpy as np

from biomatch.cli import stages
from biomatch.template import Minutiae


def test_stages_are_written_in_order_as_images(tmp_path):
    pixels = np.full((60, 50), 128, np.uint8)
    with stages.ImageTrace(tmp_path / "trace", pixels) as trace:
        trace("mask", np.ones((60, 50), bool))
        trace("orientation", np.zeros((60, 50)))
        trace("counts", [1, 2])
        trace("kept", Minutiae.of([10], [10], [0]))
    assert [path.name for path in sorted((tmp_path / "trace").iterdir())] == [
        "00-image.png", "01-mask.png", "02-orientation.png", "03-kept.png"
    ]  # fmt: skip


def test_any_array_becomes_grey():
    assert stages.grey(np.array([[True, False]])).tolist() == [[255, 0]]
    shade = stages.grey(np.linspace(-5.0, 5.0, 101).reshape(1, -1))
    assert (shade.min(), shade.max()) == (0, 255)
    assert stages.grey(np.full((2, 2), np.nan)).tolist() == [[0, 0], [0, 0]]


def test_directions_a_half_turn_apart_have_one_colour():
    colours = stages.turns(np.array([[0.3, 0.3 + np.pi, 0.3 + np.pi / 2]]))
    assert colours[0, 0].tolist() == colours[0, 1].tolist() != colours[0, 2].tolist()
