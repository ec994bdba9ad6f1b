from dataclasses import replace

from biomatch.bench.engine import identification
from biomatch.bench.engine.identification import steps
from biomatch.gallery.interface import Effort


def test_every_size_has_its_figures(identified):
    sizes = identified.document["figures"]["sizes"]
    assert list(sizes) == ["260", "400"]
    for size, one in sizes.items():
        assert one["prints"] == int(size)
        assert one["time"]["normal"]["core_ms"]["repeats"] == 12
        assert one["errors"]["normal"]["same sensor"]["trials"] == 12
        (own,) = one["sets"]["normal"].values()
        assert (own["trials"], own["off_list"]) == (12, one["errors"]["normal"]["same sensor"]["off_list"])
        assert own["off_list_of_certain"] <= own["off_list"]
        assert own["certain"] >= one["errors"]["normal"]["same sensor"]["passing"]
        assert one["open_set"]["normal"]["groups"]["same sensor"]["searches of strangers"] == 18
        assert {"anonymous_mb", "page_cache_mb"} <= set(one["memory"])
        assert one["disk_bytes_a_print"]["all"] > 1_000
        assert set(one["measured"]["searches"]) == {"date", "commit", "load_before"}


def test_whole_synthetic_prints_find_their_mates(identified):
    """Seen: 12 of 12 first."""
    errors = identified.document["figures"]["sizes"]["400"]["errors"]["normal"]["same sensor"]
    assert errors["rank1"] >= 0.8
    assert errors["missed"] == 0


def test_cropped_probes_find_fewer_mates_the_fewer_minutiae_they_keep(identified):
    """Seen: 11 of 11 and 10 of 11 among the first 20."""
    found = identified.document["figures"]["sizes"]["400"]
    sixteen, twelve = found["cropped"]
    assert (sixteen["minutiae"], twelve["minutiae"]) == (16, 12)
    assert sixteen["trials"] == twelve["trials"] == found["errors"]["normal"]["same sensor, good"]["trials"]
    assert 0.6 <= twelve["listed_at"]["20"] <= sixteen["listed_at"]["20"]
    for one in (sixteen, twelve):
        assert list(one["listed_at"].values()) == sorted(one["listed_at"].values())
        assert one["interval_at_200"][0] <= one["listed_at"]["200"] <= one["interval_at_200"][1]


def test_an_exhaustive_search_has_no_list_that_a_mate_could_be_off(identified, here_pool, monkeypatch):
    monkeypatch.setattr(steps, "Pool", here_pool)
    plan = replace(identified.plan, sizes=(260,), efforts=(Effort.EXHAUSTIVE,))
    run = identification.measure(identified.population, plan, identified.work)
    one = run.figures["sizes"]["260"]
    assert one["time"]["exhaustive"]["index_core_ms"] is None
    errors = one["errors"]["exhaustive"]["same sensor"]
    assert (errors["trials"], errors["off_list"], errors["missed"]) == (12, 0, 0)
    assert errors["rank1"] >= 0.8
