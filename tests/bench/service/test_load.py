"""A small bureau is made, served, loaded and measured as a large one is."""

import importlib.util
import json
from pathlib import Path

import pytest

from biomatch.bench.report import page, plots
from biomatch.bench.service import load as service
from biomatch.bench.service import served
from biomatch.errors import Unavailable


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    if importlib.util.find_spec("locust") is None:  # importing it patches sockets and threads
        pytest.skip("locust is not installed")
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("STARTS", 1), ("WARM_SECONDS", 1.0), ("CLIENTS", (2,)), ("ASKED_FOR", 3)):
            patch.setattr(service, name, value)
        work = tmp_path_factory.mktemp("work")
        run = service.measure(work, 40, seconds=2.0)
    return json.loads(json.dumps(run.document)), work


def test_searches_and_enrolments_are_measured_and_what_was_acknowledged_is_there(measured):
    document, _ = measured
    figures = document["figures"]
    assert set(figures["searches"]) == {"image in, 2 clients", "template in, 2 clients"}
    for one in figures["searches"].values():
        assert set(one["statuses"]) == {"200"}
        assert 0 < one["engine_ms"]["p50"] < one["ms"]["p50"]
        assert one["beside_engine_ms"]["p50"] > 0
    enrolment = figures["enrolment"]
    assert enrolment["images"] >= enrolment["asked_for"] == enrolment["readable"] == enrolment["found"] == 3
    assert figures["start"]["cold_s"] > 0
    assert figures["memory_mb"]["server"] > 10


def test_a_server_that_ends_before_it_is_ready_is_told_of(tmp_path):
    with pytest.raises(Unavailable, match="did not start"), served.serving(tmp_path / "gallery", BIOMATCH_MAX_IN_FLIGHT="many"):
        pass


def test_the_gallery_is_kept_and_the_copy_was_changed(measured):
    _, work = measured
    kept = served.kept_gallery(work, 40, 1)
    assert len(list((kept / "blobs").glob("??/*"))) == 40 + len(served.enrolled())
    assert len(list((work / "copy" / "blobs").glob("??/*"))) > 40 + len(served.enrolled())


def test_the_figures_have_a_table_and_plots(measured, tmp_path):
    document, _ = measured
    assert [path.stem for path in plots.draw(document, tmp_path)] == ["service_latency", "service_enrolment"]
    marked = "<!-- figures: service -->\n<!-- end of figures -->"
    text = page.current(marked, {"service": document}, (), Path("r"))
    assert "| search, image in, 2 clients |" in text
    assert "3 acknowledged enrolments 3 could be read" in text
