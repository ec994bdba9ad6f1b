"""From prints to the model's file: what a run depends on names it, and one that was done is not done again."""

from dataclasses import replace

import pytest

from biomatch.descriptors.patch import Patches


@pytest.fixture
def params():
    from biomatch.training.patch.fit import FitParams
    from biomatch.training.patch.training import PatchParams

    return PatchParams(steps=6, clear=(8, 16), fit=FitParams(channels=(4, 8, 8), batch=48, warm_steps=2, save_every=3))


def trained(prints, cache, params, seed=1):
    from biomatch.training.patch.training import train_patches

    return train_patches(prints, cache, seed=seed, params=params)


def test_the_same_prints_and_seed_give_the_same_bytes(prints, params, tmp_path):
    network, figures = trained(prints, tmp_path, params)
    assert (network, figures) == trained(prints, None, params)
    assert network != trained(prints, None, params, seed=2)[0]
    Patches(network)  # OpenCV reads it
    assert figures["mated_minutiae"] > 100


def test_a_run_that_was_done_is_not_done_again(prints, params, tmp_path, monkeypatch):
    network, _ = trained(prints, tmp_path, params)
    monkeypatch.setattr("biomatch.training.patch.fit._loss", lambda *_: pytest.fail("learned again"))
    assert trained(prints, tmp_path, params)[0] == network
    assert [path.suffix for path in tmp_path.iterdir()] == [".state"]


def test_runs_on_other_prints_or_by_other_settings_are_kept_apart(prints, params, tmp_path):
    trained(prints, tmp_path, params)
    trained(prints[1:], tmp_path, params)
    trained(prints, tmp_path, replace(params, clear=(9, 16)))
    assert len(list(tmp_path.iterdir())) == 3
    trained(prints, tmp_path, replace(params, steps=7))  # goes on
    assert len(list(tmp_path.iterdir())) == 3
