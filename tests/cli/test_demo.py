import json

import pytest
from typer.testing import CliRunner

from biomatch.cli import app


@pytest.fixture(scope="module")
def shown():
    """The demo as a newcomer runs it, as JSON."""
    run = CliRunner().invoke(app, ["demo", "--json"])
    assert run.exit_code == 0, run.output
    return json.loads(run.stdout)


def test_the_demo_names_the_right_persons(shown):
    """Seen: 45 of 45."""
    assert shown["enrolled"] == 440
    assert shown["of"] == len(shown["probes"]) == 45
    assert shown["right"] >= 42


def test_good_probes_are_hits_and_strangers_are_not(shown):
    """Seen: 29 of 29 and 0 of 8."""
    plain = [one for one in shown["probes"] if one["mate"] and "latent" not in one["kind"]]
    strangers = [one for one in shown["probes"] if one["mate"] is None]
    assert sum(one["hit"] for one in plain) >= 27
    assert sum(one["hit"] for one in strangers) <= 1


def test_every_probe_has_a_ranked_list(shown):
    for one in shown["probes"]:
        scores = [candidate["score"] for candidate in one["candidates"]]
        assert scores
        assert scores == sorted(scores, reverse=True)


def test_the_sample_is_written_where_it_is_asked_for(tmp_path):
    (tmp_path / "mine.txt").touch()
    run = CliRunner().invoke(app, ["synth", "sample", "--out", str(tmp_path)])
    assert run.exit_code != 0
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]
