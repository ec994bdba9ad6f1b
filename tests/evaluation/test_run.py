import json

from biomatch.evaluation.run import Run, timed
from biomatch.learned import Models, save


def test_a_run_keeps_what_a_repeat_needs(tmp_path):
    save(tmp_path / "models", "toy", {}, {"data": "none"})
    run = Run("speed", threads=1, seed=7, models=Models(tmp_path / "models"))
    run.record("work", [0.001, 0.003, 0.002], unit="ms", scale=1e3)
    kept = json.loads(run.save(tmp_path / "results").read_text())
    assert kept["figures"]["work"] == {"median": 2.0, "p95": 2.9, "count": 3, "unit": "ms"}
    assert {"cpu", "cores", "python", "threads", "seed", "commit", "versions", "models", "load_before"} <= set(kept)
    assert list(kept["models"]) == ["toy"]
    assert "numpy" in kept["versions"]


def test_timed_gives_seconds():
    assert 0 <= timed(sum, [1, 2]) < 1
