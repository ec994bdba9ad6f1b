"""Pictures of an evaluation: which are drawn, and what they show."""

import numpy as np
import pytest

from biomatch.evaluation import plots, protocol
from biomatch.evaluation.searching import Found


def test_pictures_are_drawn_of_what_there_is(samples, scored, tmp_path):
    _, scores = scored()
    probes = protocol.identification(samples).probes
    found = Found(probes, np.ones(len(probes)), np.zeros(len(probes)), 7)
    names = [path.name for path in plots.draw_all(tmp_path / "plots", scores, found)]
    assert names == ["det.png", "scores.png", "calibration.png", "cmc.png"]
    assert all((tmp_path / "plots" / name).stat().st_size > 5_000 for name in names)


def test_what_cannot_be_drawn_is_left_out(scored, tmp_path):
    _, scores = scored()
    assert plots.draw_all(tmp_path, {"fill": scores["fill"]}, None) == []
    scores["left"].llr[0] = np.nan
    assert [path.name for path in plots.draw_all(tmp_path, scores, None, "nbis_")] == ["nbis_det.png", "nbis_scores.png"]


def test_the_trade_off_has_a_line_for_all_sets_and_one_for_each_that_has_mates(scored):
    _, scores = scored()
    (axes,) = plots.det(scores).axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "pooled  (EER 0.00%)", "left  (EER 0.00%)", "right  (EER 0.00%)"
    ]  # fmt: skip
    shown = [line for line in axes.lines if not line.get_label().startswith("_")]
    assert [len(line.get_xdata()) > 1 for line in shown] == [True] * 3
    assert all(line.get_xdata().min() > 0 and line.get_ydata().min() > 0 for line in shown)  # the scales are logarithmic


def test_no_two_of_the_first_lines_look_alike():
    looks = [(plots.COLOURS[n % len(plots.COLOURS)], plots.STYLES[n % len(plots.STYLES)]) for n in range(8)]
    assert len(set(looks)) == 8


def test_shares_on_an_axis_are_percents():
    assert [plots.percent()(share, 0) for share in (1, 0.05, 0.001)] == ["100 %", "5 %", "0.1 %"]


def test_ranks_are_told_in_numbers_too(samples):
    probes = protocol.identification(samples).probes
    found = Found(probes, np.array([1.0] * 8 + [5, np.inf]), np.zeros(10), 7)
    (axes,) = plots.ranks(found).axes
    assert [text.get_text() for text in axes.texts] == ["rank 1: 80.00%   rank 10: 90.00%   (10 probes, 7 prints)"]
    np.testing.assert_allclose(axes.lines[0].get_ydata(), [0.8] * 4 + [0.9] * 16)


def test_a_score_of_a_failed_print_is_in_the_lowest_bar(scored):
    _, scores = scored(broken=("left-ann-1.png",))
    (axes,) = plots.histogram(scores["left"]).axes
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["non-mated (27)", "mated (9)"]
    lines = axes.patches[1::2]  # the first of two is the area below
    assert [sum(one.get_xy()[1:-1:2, 1]) for one in lines] == pytest.approx([1, 1])
