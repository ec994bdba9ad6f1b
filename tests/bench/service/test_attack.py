"""A bureau is attacked for moments, and others are answered."""

import json
from pathlib import Path

import pytest

from biomatch.bench.report import page
from biomatch.bench.service import attack

QUIET = {"failed": 0, "requests": 10, "slower": 1.0, "health_s": 0.1, "memory_mb": 300.0}


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attack, "PACE_S", 0.02)
        run = attack.measure(tmp_path_factory.mktemp("work"), 20, seconds=1.5)
    return json.loads(json.dumps(run.document))


def test_each_attack_is_made_and_others_are_answered(document):
    figures = document["figures"]
    assert set(figures["attacks"]) == set(attack.ATTACKS)
    for name, one in figures["attacks"].items():
        assert one["failed"] == 0, name
        assert one["requests"] > 0, name
        assert one["memory_mb"] > 10, name
    refused = {name: set(one["statuses"]) - {"0"} for name, one in figures["attacks"].items()}
    assert refused["lists"] == {"400"}
    assert refused["bodies"] == refused["slow bodies of nobody"] == {"401"}
    assert refused["slow bodies"] <= {"429", "408"}


def test_the_attacks_have_a_table(document):
    text = page.current("<!-- figures: attack -->\n<!-- end of figures -->", {"attack": document}, (), Path("r"))
    assert text.count("\n| ") == 2 + len(attack.ATTACKS)  # with the head, and what is usual


@pytest.mark.parametrize(
    ("worse", "words"),
    [
        ({"failed": 2}, "2 of 10 requests of others failed"),
        ({"slower": 3.1}, "3.1 times as long as usual"),
        ({"health_s": 1.2}, "/healthz took 1.2 s"),
        ({"memory_mb": 1_001.0}, "1,001 MB"),
    ],
)
def test_what_others_suffer_is_found(worse, words):
    assert attack.findings({"attacks": {"silence": QUIET}}) == []
    (found,) = attack.findings({"attacks": {"silence": QUIET | worse}})
    assert words in found
