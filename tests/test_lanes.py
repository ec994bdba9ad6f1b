"""Every test runs in one lane, and all lanes together take 25 minutes on two cores."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests import lanes
from tests.lanes import ALL, CHECKS, FAST, LONG, PARTS, WEEKLY, Lane, chosen, lane_of, may_run, often, table

LANES = {
    CHECKS: Lane(CHECKS, 60, ("tests/page/test_a.py::test_story",)),
    FAST: Lane(FAST, 10, ("tests/errors",)),
    WEEKLY: Lane(WEEKLY, 90, ("tests/store/test_b.py",)),
    "browser": Lane("browser", 30, ("tests/page",)),
    "postgres": Lane("postgres", 20, (), ("postgresql",)),
}


@pytest.mark.parametrize(
    ("test", "lane"),
    [
        ("tests/errors/test_base.py::test_one", CHECKS),
        ("tests/page/test_a.py::test_other", "browser"),
        ("tests/page/test_a.py::test_story", CHECKS),
        ("tests/page/test_a.py::test_story[wide]", CHECKS),
        ("tests/page/test_a.py::test_story_of_two", "browser"),
        ("tests/pages/test_a.py::test_one", CHECKS),
        ("tests/store/test_b.py::test_one[postgresql]", "postgres"),
        ("tests/page/test_b.py::test_one[postgresql]", "browser"),
    ],
)
def test_a_test_is_of_the_first_lane_that_names_it(test: str, lane: str) -> None:
    assert lane_of(test, LANES) == lane
    runs = [wanted for wanted in (*LANES, LONG, ALL) if chosen(test, wanted, LANES)]
    parts = [FAST] if "errors" in test else [WEEKLY] if "store" in test else []
    assert sorted(runs) == sorted([lane, *parts, *([] if lane == CHECKS else [LONG]), ALL])


def test_a_file_is_read_only_where_one_of_its_tests_may_run() -> None:
    assert [one for one in (*LANES, LONG) if may_run("tests/page/test_b.py", one, LANES)] == ["browser", LONG]
    assert [one for one in (*LANES, LONG) if may_run("tests/store/test_b.py", one, LANES)] == [CHECKS, WEEKLY, "postgres", LONG]
    assert all(may_run("tests/page/test_a.py", one, LANES) for one in (CHECKS, "browser", LONG))


def test_a_lane_over_its_budget_is_seen() -> None:
    within, over = table({CHECKS: 60.0, "browser": 31.0}, LANES, ALL)
    assert "OVER" not in within
    assert over.endswith("OVER ITS BUDGET")
    (fast,) = table({CHECKS: 11.0}, LANES, FAST)
    assert fast.startswith("fast ")
    assert fast.endswith("OVER ITS BUDGET")


def test_a_weekly_run_makes_up_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BIOMATCH_TIMES", raising=False)
    assert often(4) == 4
    monkeypatch.setenv("BIOMATCH_TIMES", "20")
    assert often(4) == 80


def test_the_lanes_of_this_project_name_what_is_there_and_keep_to_their_minutes(root: Path) -> None:
    found = lanes.read(root / "tests" / "lanes.toml")
    for lane in found.values():
        for one in lane.tests:
            file, _, name = one.partition("::")
            assert (root / file).exists(), one
            assert not name or f"def {name}(" in (root / file).read_text(encoding="utf-8"), one
    two_cores = {name: lane.seconds / 2 / 60 for name, lane in found.items()}
    assert two_cores[FAST] <= 2
    assert two_cores[CHECKS] <= 6
    assert sum(minutes for name, minutes in two_cores.items() if name not in PARTS) <= 25
