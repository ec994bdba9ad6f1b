"""The benchmark sees what a search that is limited to a unit costs, and whether others' prints have a part in it."""

import pytest

from biomatch.bench.engine import units
from biomatch.gallery.filters import EVERYBODY
from biomatch.gallery.search import stages


@pytest.fixture(autouse=True)
def _hardly_warmed(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(units, "_WARM", 1)


def test_each_unit_is_searched_in_each_way():
    found = units.measure(300, 4).figures
    assert set(found) == set(units.SHARES)
    assert found["half"]["prints"] > found["tenth"]["prints"] > found["hundredth"]["prints"] > 0
    for one in found.values():
        assert one["searches"] == 4
        assert one["mates first"]["limited"] == one["mates first"]["alone"] == 4
        assert one["answers that differ"] == 0
        assert one["limited by alone"]["p50"] > 0


def test_an_answer_in_which_others_have_a_part_differs(monkeypatch: pytest.MonkeyPatch):
    def everybody(self, state, where):
        return stages.Members(state.alive, state.prints, EVERYBODY)

    monkeypatch.setattr(stages.Seeker, "members", everybody)
    assert units.measure(300, 4).figures["half"]["answers that differ"] == 4
