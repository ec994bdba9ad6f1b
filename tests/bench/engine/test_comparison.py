"""Steps of a comparison are timed on the same prints, and few prints are refused."""

import pytest

from biomatch.bench.engine import comparison, prints
from biomatch.errors import NothingToDo
from biomatch.evaluation import peers


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(comparison, "REFERENCES", 12)
    monkeypatch.setattr(comparison, "BOZORTH", 2)
    monkeypatch.setattr(comparison, "LARGEST", 200)  # the sample's first prints are large


@pytest.fixture
def alone(monkeypatch):
    """No peer is installed."""
    monkeypatch.setattr(peers, "nbis_version", lambda: None)


def test_every_step_has_its_time_a_candidate(small, alone):
    run = comparison.measure(None, probes=1)
    figures = run.document["figures"]
    steps = [name for name, one in figures.items() if isinstance(one, dict)]
    assert steps == [
        "relaxed score",
        "full score, evidence alone",
        "full score",
        "ridge check",
        "search of 1,000, all steps, a print",
    ]
    assert {figures[name]["unit"] for name in steps} == {"us a candidate"}
    assert comparison.SMALLEST <= figures["minutiae of a print"] <= comparison.LARGEST
    assert figures["pairs a second a core, 1:N"] == pytest.approx(1e6 / figures[steps[-1]]["p50"], rel=0.01)


def test_a_peer_is_named_where_it_is_installed_and_left_out_where_not(small, alone):
    assert "Bozorth3" not in comparison.measure(None, probes=1).document["figures"]


def test_prints_that_nobody_would_compare_are_refused(small, alone, monkeypatch):
    monkeypatch.setattr(comparison, "SMALLEST", 1_000)
    with pytest.raises(NothingToDo, match="give more prints"):
        comparison.measure(None, probes=1)


def test_prints_are_those_of_the_sample_or_of_the_data(small, alone, monkeypatch):
    asked = []
    listed = prints.listed
    monkeypatch.setattr(prints, "listed", lambda data: (asked.append(data), listed(data))[1])
    comparison.measure(None, probes=1)
    assert asked == [None]
