import cv2
import numpy as np
import pytest

from biomatch.bureau import drawing
from biomatch.bureau.drawing import MOST_MARKS, Kind, Panel, pair_picture, print_picture
from biomatch.deadlines import Deadline, within
from biomatch.errors import DeadlinePassed
from biomatch.synthesis import synthesise_templates
from biomatch.template import Minutiae, Template


@pytest.fixture
def template():
    return synthesise_templates(1, 3)[0]


def opened(picture):
    return cv2.imdecode(np.frombuffer(picture, np.uint8), cv2.IMREAD_GRAYSCALE)


def test_pictures_are_at_one_scale(template):
    one = opened(print_picture(Panel("one", template, None)))
    pairs = np.array([[0, 0], [1, 1]])
    two = opened(pair_picture(Panel("a", template, None), Panel("b", template, None), pairs))
    assert one.shape[0] == two.shape[0]
    assert two.shape[1] - one.shape[1] == pytest.approx(drawing.ZOOM * (template.width + drawing.GAP), abs=2)


def test_the_scale_bar_is_as_long_as_it_says():
    """5 mm at 500 ppi are 98.4 px, drawn twice as large."""
    picture = opened(print_picture(Panel("", Template(Minutiae.none(), 300, 300), None)))
    below = picture[int(drawing.ZOOM * (drawing.MARGIN + 302)) :, : int(drawing.ZOOM * 125)]
    longest = max(int((row < 60).sum()) for row in below)
    assert longest == pytest.approx(5 * drawing.PX_PER_MM * drawing.ZOOM, abs=4)


def test_a_large_print_is_drawn_smaller():
    picture = opened(print_picture(Panel("", Template(Minutiae.none(), 4_000, 3_000), None)))
    assert picture.size <= drawing.MOST_PX * 1.01
    assert picture.shape[1] / picture.shape[0] == pytest.approx(4_032 / 3_068, rel=0.01)


def test_a_name_is_no_formula(template):
    """matplotlib would read what stands between dollar signs."""
    assert print_picture(Panel(r"$\frac{$ & <b>", template, None), Kind.SVG).startswith(b"<?xml")


def test_the_same_pair_is_drawn_the_same(template):
    panel = Panel("a", template, np.full((template.height, template.width), 128, np.uint8))
    pairs = np.array([[0, 0]])
    assert pair_picture(panel, panel, pairs) == pair_picture(panel, panel, pairs)


def test_of_very_many_minutiae_the_best_are_drawn(monkeypatch):
    """Each mark costs 5 ms, and one picture is drawn at a time."""
    from matplotlib.axes import Axes

    rng = np.random.default_rng(2)
    count = 3 * MOST_MARKS
    minutiae = Minutiae.of(*rng.uniform(0, 300, (2, count)), rng.uniform(0, 6, count), None, rng.uniform(0, 1, count))
    panel = Panel.of("", Template(minutiae, 300, 300), b"")
    drawn = []
    plain = Axes.plot
    monkeypatch.setattr(Axes, "plot", lambda self, *what, **how: drawn.append(what) or plain(self, *what, **how))
    print_picture(panel)
    marks = [what[:2] for what in drawn if len(what) == 3]  # place and shape; strokes and the scale have no shape
    assert len(marks) == MOST_MARKS
    best = np.argsort(-minutiae.quality, kind="stable")[:MOST_MARKS]
    assert set(marks) == set(zip(minutiae.x[best], minutiae.y[best], strict=True))


def test_who_waits_to_draw_waits_no_longer_than_their_deadline():
    template = Template(Minutiae.of([5], [5], [0]), 20, 20)
    with drawing._DRAWING, within(Deadline(0.05)), pytest.raises(DeadlinePassed):
        print_picture(Panel.of("", template, b""))
