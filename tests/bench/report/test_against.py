import json

import pytest

from biomatch.bench.report import against
from biomatch.errors import BadBaseline


def result(figures, **facts):
    return {"benchmark": "speed", "cpu": "a", "cores": 2, "threads": 1, "figures": figures} | facts


def test_figures_that_both_have_are_compared_as_ratios():
    new = result({"work": {"p50": 3.0, "repeats": 9, "interval": [1, 2]}, "new": 1.0, "sizes": {"10": {"ms": 1.0}}})
    old = result({"work": {"p50": 2.0, "repeats": 5, "interval": [1, 3]}, "old": 1.0, "sizes": {"10": {"ms": 4.0}}})
    found = {one.name: one.ratio for one in against.compare(new, old)}
    assert found == {"work, p50": 1.5, "sizes, 10, ms": 0.25}


def test_what_makes_results_hard_to_compare_is_said(tmp_path):
    new = result({}, models={"index": "1", "projection": "2"}, settings={"n": 3})
    old = result({}, cores=8, models={"index": "0", "projection": "2"}, settings={"n": 3})
    assert against.unlike(new, old) == ["cores: 8 then, 2 now", "models that differ: index"]
    assert against.unlike(new, new) == []


@pytest.mark.parametrize(("text", "words"), [("no json", "no JSON"), ("{}", "was not written by"), (None, "No such file")])
def test_a_baseline_that_is_none_is_refused(tmp_path, text, words):
    path = tmp_path / "old.json"
    if text is not None:
        path.write_text(text)
    with pytest.raises(BadBaseline, match=words):
        against.read(path, "speed")


def test_another_benchmark_s_result_is_refused(tmp_path):
    (tmp_path / "old.json").write_text(json.dumps(result({}) | {"benchmark": "size"}))
    assert against.read(tmp_path / "old.json", "speed", "size")["benchmark"] == "size"
    with pytest.raises(BadBaseline, match="of 'size', not of 'speed' or 'error'"):
        against.read(tmp_path / "old.json", "speed", "error")
