import threading
from itertools import repeat
from time import perf_counter

import pytest

from biomatch.bench.service import concurrent_use
from biomatch.errors import BadSize
from biomatch.evaluation.galleries import population


def test_every_change_is_searched_through_and_disturbs_nobody():
    people = population.synthetic(6, 0, seed=3)
    run = concurrent_use.measure(people, 60, seconds=0.4, threads=2)
    changes = run.figures["changes"]
    assert list(changes) == ["undisturbed", "while prints are added", "while prints are removed", "while it is compacted"]
    for one in changes.values():
        assert one["latency_ms"]["repeats"] >= 2
        assert one["mate not found"] == 0
    assert changes["while prints are added"]["changed prints"] >= 10


def test_a_mate_that_is_there_before_and_after_was_disturbed_and_others_gave_way(monkeypatch):
    """While it changes nobody is found; afterwards probe 1 is."""
    here = threading.current_thread()
    monkeypatch.setattr(concurrent_use, "_found", lambda g, p, probe: threading.current_thread() is here and probe == 1)
    found = concurrent_use._during(None, None, [1, 2], repeat(0), 0.05, 1)
    assert found["mate not found"] > 0
    assert found["mate displaced"] > 0


class Removed:
    """A gallery that keeps when prints were removed from it."""

    def __init__(self):
        self.at = []

    def remove(self, names):
        self.at.append(perf_counter())


def test_prints_are_removed_for_as_long_as_is_measured(monkeypatch):
    """Five steps in half a second, each in its tenth; waiting for the next one is no part of a change."""
    monkeypatch.setattr(concurrent_use, "_found", lambda *_: True)
    gallery, began = Removed(), perf_counter()
    found = concurrent_use._during(None, None, [1], concurrent_use._removing(gallery, 50, 0.5), 0.5, 1)
    assert found["changed prints"] == 50
    assert all(at - began >= 0.1 * n for n, at in enumerate(gallery.at))
    assert found["a change, ms"]["p50"] < 50


def test_a_gallery_needs_room_for_more_than_the_planted():
    with pytest.raises(BadSize, match="6 prints must fit into it"):
        concurrent_use.measure(population.synthetic(6, 0, seed=3), 6)
