import cv2
import numpy as np
import pytest

from biomatch.cli import draw, stages
from biomatch.errors import FileUnwritable
from biomatch.synthesis import synthesise_templates
from biomatch.template import Minutiae, Template


@pytest.fixture
def template():
    return synthesise_templates(1, 3)[0]


def test_pictures_are_at_one_scale(template, tmp_path):
    draw.print_picture(draw.Panel("one", template, None), tmp_path / "one.png")
    draw.pair_picture(
        draw.Panel("a", template, None), draw.Panel("b", template, None), np.array([[0, 0], [1, 1]]), tmp_path / "two.png"
    )
    one, two = cv2.imread(str(tmp_path / "one.png")), cv2.imread(str(tmp_path / "two.png"))
    assert one.shape[0] == two.shape[0]
    assert two.shape[1] - one.shape[1] == pytest.approx(draw.ZOOM * (template.width + 16), abs=2)


def test_the_scale_bar_is_as_long_as_it_says(tmp_path):
    """5 mm at 500 ppi are 98.4 px, drawn twice as large."""
    empty = Template(Minutiae.none(), 300, 300)
    draw.print_picture(draw.Panel("", empty, None), tmp_path / "p.png")
    picture = cv2.imread(str(tmp_path / "p.png"), cv2.IMREAD_GRAYSCALE)
    below = picture[int(draw.ZOOM * (draw.MARGIN + 302)) :, : int(draw.ZOOM * 125)]
    longest = max(int((row < 60).sum()) for row in below)
    assert longest == pytest.approx(5 * draw.PX_PER_MM * draw.ZOOM, abs=4)


def test_a_place_that_cannot_be_written_is_named(template, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(FileUnwritable, match=r"print\.png"):
        draw.print_picture(draw.Panel("", template, None), tmp_path / "file" / "print.png")


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
