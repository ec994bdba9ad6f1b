import json
from time import process_time, sleep

import numpy as np
import pytest

from biomatch.bench import frame
from biomatch.bench.frame import Run, timed
from biomatch.errors import ResultExists
from biomatch.learned import Models, save


def test_a_run_keeps_what_a_repeat_needs(tmp_path):
    save(tmp_path / "models", "toy", {}, {"data": "none"})
    run = Run("speed", threads=1, seed=7, models=Models(tmp_path / "models"), probes=3)
    run.record("work", [0.001, 0.003, 0.002], unit="ms", scale=1e3)
    kept = json.loads(run.save(tmp_path / "results").read_text())
    assert kept["figures"]["work"] == {"p50": 2.0, "p95": 2.9, "p99": 2.98, "repeats": 3, "unit": "ms"}
    assert {"cpu", "cores", "memory_gb", "python", "threads", "seed", "commit", "versions", "models"} <= set(kept)
    assert kept["models"]["toy"] == Models(tmp_path / "models").sha256("toy")
    assert list(kept["models"]) == ["toy", "package/fingers"]
    assert {"extraction", "comparison", "index"} <= set(kept["code"])
    assert kept["settings"] == {"probes": 3}
    assert "numpy" in kept["versions"]


def test_a_result_that_is_there_is_not_overwritten_unasked(tmp_path):
    frame.claim(tmp_path, "speed", replace=False)
    assert not list(tmp_path.iterdir())
    (tmp_path / "speed.json").write_text("{}")
    with pytest.raises(ResultExists, match="--replace"):
        frame.claim(tmp_path, "speed", replace=False)
    frame.claim(tmp_path, "speed", replace=True)
    assert (tmp_path / "speed.json").read_text() == "{}"


def test_timed_gives_seconds_of_work_and_none_of_waiting():
    def work(seconds):
        end = process_time() + seconds
        while process_time() < end:
            pass

    assert 0.05 <= timed(work, 0.05) < 0.1
    assert timed(sleep, 0.05) < 0.025


def test_figures_have_four_digits():
    assert frame.rounded(np.float64(1234.5678)) == 1235
    assert frame.rounded(0.000123456) == 0.0001235
