"""Seconds are added up by stage, of whichever clock is given."""

from __future__ import annotations

from itertools import count

from biomatch.gallery.stopwatch import Stopwatch


def test_a_stage_that_comes_twice_is_added_up() -> None:
    watch = Stopwatch(map(float, count()).__next__)  # a second passes at each look
    with watch.stage("index"):
        pass
    with watch.stage("refine"), watch.stage("index"):
        pass
    assert watch.seconds == {"index": 2.0, "refine": 3.0}


def test_what_another_clock_measured_is_added() -> None:
    watch = Stopwatch(seconds={"build": 1.0})
    watch.add("build", 0.5)
    watch.add("merge", 2.0)
    assert watch.seconds == {"build": 1.5, "merge": 2.0}


def test_two_watches_share_nothing() -> None:
    Stopwatch().add("index", 1.0)
    assert Stopwatch().seconds == {}
