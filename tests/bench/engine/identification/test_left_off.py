import json
from dataclasses import replace

import pytest

from biomatch.bench.engine import identification
from biomatch.bench.engine.gather import Fold
from biomatch.bench.engine.identification import steps
from biomatch.bench.report import tables_of_identification
from biomatch.evaluation.galleries import population


def test_sets_alone_tell_what_a_whole_run_tells_of_them(identified, asked):
    plan = replace(identified.plan, sets_only=True)
    run = identification.measure(identified.population, plan, identified.work)
    assert asked == []
    assert identification.name_of(plan) == "identification_sets"
    found = json.loads(json.dumps(run.figures["sizes"]))
    whole = identified.document["figures"]["sizes"]
    assert found == {size: {"prints": one["prints"], "sets": one["sets"]} for size, one in whole.items()}


def test_folds_are_searched_each_with_its_models_and_told_apart_and_together(root, people, here_pool, tmp_path, monkeypatch):
    monkeypatch.setattr(steps, "Pool", here_pool)
    plan = identification.Plan((100,), memory_mb=None, seed=5, processes=1)
    others = population.synthetic(10, 3, seed=6)
    folds = {name: Fold(some, root / "models", [name]) for name, some in (("a", people), ("b", others))}
    document = identification.measure_folds(folds, plan, tmp_path).document
    found = document["figures"]["sizes"]["100"]["folds"]["normal"]
    assert {name: one["trials"] for name, one in found["groups"].items()} == {"a": 12, "b": 10}
    assert found["pooled"]["trials"] == 22
    assert found["pooled"]["off_list"] == sum(one["off_list"] for one in found["groups"].values())
    assert found["pooled"]["said"] == pytest.approx(sum(one["said"] for one in found["groups"].values()), rel=1e-2)
    assert set(document["models"]) >= {"a/index", "b/index"}
    lines = list(tables_of_identification.folds({identification.FOLDS: document}))
    assert [line.split(" | ")[0].strip("| ") for line in lines[-3:]] == ["all groups", "a", "b"]
