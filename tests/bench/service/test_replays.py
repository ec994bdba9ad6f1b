"""Past searches repeated after changes: the same but for the erased; and what differs is told."""

import json
from pathlib import Path

import pytest

from biomatch.bench.report import page
from biomatch.bench.service import replays
from biomatch.bench.service.replays import Asked, _violations


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    return json.loads(json.dumps(replays.measure(tmp_path_factory.mktemp("replays"), 10).document))


def test_nothing_differs_but_the_erased(document):
    figures = document["figures"]
    assert (figures["violations"], figures["audit_findings"], figures["other_versions"]) == ([], [], [])
    assert set(figures["searches"].values()) == {2}
    assert 0 < figures["with_erased"] <= 8  # of two searches all must be the same
    assert figures["candidates_erased"] > 0
    text = page.current("<!-- figures: replays -->\n<!-- end of figures -->", {"replays": document}, (), Path("r"))
    assert "| **what else differed** | **0** |" in text


SAME = {"same": True, "differences": [], "candidates": 2, "erased": []}
ERASED = {"erased": ["candidate 2", "1 of the 7 prints that were compared"]}


@pytest.mark.parametrize(
    ("gone", "status", "told", "words"),
    [
        ((), 200, {}, ()),
        ({"b"}, 200, ERASED, ()),
        ({"b"}, 200, {}, ("['candidate 2'], and []",)),
        ((), 200, ERASED, ("[], and ['candidate 2']",)),
        ((), 200, {"same": False, "differences": ["candidate 1, a: score"]}, ("candidate 1, a: score",)),
        ((), 200, {"same": False}, ("nothing says what differs",)),
        ((), 200, {"candidates": 3}, ("had 2 candidates",)),
        ((), 404, {"code": "search-not-found"}, ("404 search-not-found",)),
    ],
)
def test_what_contradicts_the_answer_is_told(gone, status, told, words):
    found = _violations(Asked("as it comes", "s", ["a", "b"]), status, SAME | told, set(gone))
    assert len(found) == len(words)
    assert all(word in said for word, said in zip(words, found, strict=True))
