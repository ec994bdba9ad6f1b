"""Load of all kinds for a few seconds, held against what was acknowledged."""

import importlib.util
import json
from pathlib import Path

import numpy as np
import pytest

from biomatch.bench.report import page, plots
from biomatch.bench.service import served, soak


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    if importlib.util.find_spec("locust") is None:  # importing it patches sockets and threads
        pytest.skip("locust is not installed")
    run = soak.measure(tmp_path_factory.mktemp("work"), 40, minutes=0.1, users=2, pace=0.05, bound=6)
    return json.loads(json.dumps(run.document))


def test_mixed_load_loses_nothing_and_leaves_a_sound_gallery(document):
    figures = document["figures"]
    assert set(figures["statuses"]) <= {"200", "204", "429"}
    assert {"enrol", "identify-image"} <= set(figures["requests"])
    assert 0 < figures["ledger"]["there"] <= 7  # two may enrol at the same moment
    assert (figures["ledger"]["lost"], figures["ledger"]["come back"], figures["ledger"]["unsure"]) == (0, 0, 0)
    assert figures["check"]["findings"] == []
    assert figures["memory"]["server_mb"]["most"] > 10
    assert min(figures["over_time"]["prints"]) >= 40 + len(served.enrolled())


def test_a_step_of_the_time_has_its_own_requests_and_the_last_that_was_read(monkeypatch):
    """Two steps of a minute: two requests and two readings in the first, three and one in the second."""
    monkeypatch.setattr(soak, "STEPS", 2)
    requests = [(0, "enrol", 10), (30, "enrol", 30), (70, "update", 5), (90, "enrol", 7), (120, "enrol", 9)]
    rows = np.array([(1_000 + at, act, ms, 200, 0.0) for at, act, ms in requests], dtype=served.ROW)
    read = [(1_010, 3.0), (1_050, 4.0), (1_110, 2.0)]
    names = ("server_mb", "workers_mb", *soak.WATCHED)
    over = soak._over_time([{"at": at, **dict.fromkeys(names, value)} for at, value in read], rows)
    assert over.pop("minute") == [1.0, 2.0]
    assert over.pop("requests_a_second") == pytest.approx([2 / 60, 3 / 60], rel=1e-3)
    assert (over.pop("enrol, ms"), over.pop("update, ms")) == ([20.0, 8.0], [None, 5.0])
    assert over == {name: [4.0, 2.0] for name in names}


def test_the_soak_has_a_table_and_a_plot(document, tmp_path):
    assert [path.stem for path in plots.draw(document, tmp_path)] == ["soak"]
    text = page.current("<!-- figures: soak -->\n<!-- end of figures -->", {"soak": document}, (), Path("r"))
    assert "`check` found 0 differences" in text
    assert "who had to be there 0 were not" in text


def test_no_line_runs_through_a_legend(root):
    """Drawn from the result that is shown."""
    document = json.loads((root / "benchmarks" / "results" / "soak.json").read_text(encoding="utf-8"))
    (figure,) = soak.draw(document["figures"]).values()
    figure.canvas.draw()
    for axes in figure.axes:
        box = axes.get_legend().get_window_extent()
        for line in axes.lines:
            points = line.get_transform().transform(line.get_xydata())
            inside = (points[:, 0] > box.x0) & (points[:, 0] < box.x1) & (points[:, 1] > box.y0) & (points[:, 1] < box.y1)
            assert not inside.any(), (axes.get_title(loc="left"), line.get_label())
