import json

import numpy as np
import pytest

from biomatch.errors import BadSize
from biomatch.evaluation.bench import identification, kept
from biomatch.evaluation.bench.population import Enrolment
from biomatch.gallery.interface import Effort
from biomatch.gallery.local import LocalGallery


def test_every_size_has_its_figures(identified):
    sizes = identified.document["figures"]["sizes"]
    assert list(sizes) == ["260", "400"]
    for size, one in sizes.items():
        assert one["prints"] == int(size)
        assert one["time"]["normal"]["core_ms"]["repeats"] == 12
        assert one["errors"]["normal"]["same sensor"]["trials"] == 12
        assert one["open_set"]["normal"]["searches of strangers"] == 18
        assert {"anonymous_mb", "page_cache_mb"} <= set(one["memory"])
        assert one["disk_bytes_a_print"]["all"] > 1_000
        assert set(one["measured"]["searches"]) == {"date", "commit", "load_before"}


def test_whole_synthetic_prints_find_their_mates(identified):
    """Seen: 12 of 12 first."""
    errors = identified.document["figures"]["sizes"]["400"]["errors"]["normal"]["same sensor"]
    assert errors["rank1"] >= 0.8
    assert errors["missed"] == 0


def test_the_exhaustive_answer_is_that_of_an_exhaustive_search(identified):
    table = kept.read(next(identified.work.glob("tables-400-*")) / "exhaustive.npz")
    with_log = next(identified.work.glob("gallery-400-*"))
    some = identified.population
    gallery = LocalGallery(Enrolment(400 - len(some.planted), some.entries, 5).log, with_log)
    for at, probe in enumerate(table["probes"].tolist()):
        mate = f"planted {some.mates(probe)[0]}"
        found = gallery.identify([some.probes[probe].template], top=100, effort=Effort.EXHAUSTIVE).candidates
        score = next((one.score for one in found if one.person == mate), -np.inf)
        best = max(one.score for one in found if one.person != mate)
        assert (table["scores"][at], table["stranger"][at]) == (pytest.approx(score), pytest.approx(best))
    gallery.close()


def test_a_run_that_was_broken_off_goes_on_from_its_tables(identified, monkeypatch):
    def again(*_):
        raise AssertionError("a step was done again")

    monkeypatch.setattr(identification.Pool, "call", again)
    monkeypatch.setattr(identification, "LocalGallery", again)
    said = []
    run = identification.measure(identified.population, identified.plan, identified.work, say=said.append)
    assert json.loads(json.dumps(run.figures)) == identified.document["figures"]
    assert any("is there already" in line for line in said)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        ({"sizes": ()}, "at least one"),
        ({"sizes": (10,)}, "12 prints are planted"),
        ({"sizes": (20_000_000,)}, "at most 10,000,000"),
        ({"sizes": (100,), "memory_mb": 10}, "200 MB"),
    ],
)
def test_impossible_sizes_are_refused(people, tmp_path, plan, words):
    with pytest.raises(BadSize, match=words):
        identification.measure(people, identification.Plan(**plan), tmp_path)
