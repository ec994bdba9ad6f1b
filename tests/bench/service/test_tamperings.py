"""Changes behind a bureau's back: each is found, and one that is not found is told."""

import json
import random
from contextlib import contextmanager
from pathlib import Path

import pytest

from biomatch.bench.report import page
from biomatch.bench.service import tamperings
from biomatch.bench.service.tamperings import COMMITTED, WORDS, Intruder, Tampering
from biomatch.cli.bench_service import _verifying
from biomatch.errors import Unavailable


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("tampered") / "bureau"


@pytest.fixture(scope="module")
def document(folder):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tamperings, "ACTS", 25)
        run = tamperings.measure(folder, _verifying, 60)
    return json.loads(json.dumps(run.document))


def test_every_change_is_found_and_its_place_named(document):
    figures = document["figures"]
    assert figures["missed"] == []
    assert all(one["made"] == one["found"] == one["named"] for one in figures["tamperings"].values())
    assert sum(one["made"] for one in figures["tamperings"].values()) == 60
    assert all(figures["gallery"][table] for table in COMMITTED)
    text = page.current("<!-- figures: tamperings -->\n<!-- end of figures -->", {"tamperings": document}, (), Path("r"))
    assert "| **all** | 60 | 60 | **0** |" in text


def test_each_change_is_a_change_and_is_put_back(document, folder):
    def content():
        lines = {table: [tuple(one) for one in intruder._taken(table, "1")] for table in COMMITTED}
        return lines, {path: path.read_bytes() for path in intruder._files if path.exists()}

    intruder, rng, kinds = Intruder(folder), random.Random(3), set()
    before = content()
    for _ in range(80):
        with intruder.tampering(rng) as one:
            assert content() != before, one
            kinds.add(one.kind)
        assert content() == before, one
    assert kinds == set(WORDS)
    intruder.close()


def test_a_change_that_is_not_found_or_named_elsewhere_is_told(document, folder, monkeypatch):
    monkeypatch.setattr(tamperings, "_made", lambda *_: [])
    answers = []

    @contextmanager
    def blind(_folder):
        yield lambda _notes: answers.pop(0)

    answers += [[], [], ["leaf 1000"], []]  # whole, nothing found, another place named, whole
    found = tamperings.measure(folder, blind, 2).figures
    assert len(found["missed"]) == 2
    assert "nothing was found" in found["missed"][0]
    assert "leaf 1000" in found["missed"][1]
    answers += [["leaf 1"]]
    with pytest.raises(Unavailable, match="leaf 1 is not as it was"):
        tamperings.measure(folder, blind, 1)


def test_the_name_of_an_original_belongs_to_one_file():
    one, other, known = Tampering("originals", "a"), Tampering("originals", "b"), {}
    assert one.named_in(["original 1"], known)
    assert one.named_in(["original 1"], known)
    assert not other.named_in(["original 1"], known)
    assert not other.named_in(["original 2", "original 3"], known)
