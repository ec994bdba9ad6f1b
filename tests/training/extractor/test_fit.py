"""A tiny network learns, is written out as it is, and a run that was stopped goes on as if it had not been."""

import itertools

import pytest

from biomatch.observe import NO_PROGRESS
from biomatch.training.extractor.crops import CropParams

SMALL = CropParams(side_px=96)


def fitted(labelled, state, steps, progress=NO_PROGRESS, save_every_s=600.0):
    from biomatch.training.extractor.fit import FitParams, fit

    params = FitParams(batch=4, warm_steps=2, save_every_s=save_every_s)
    return fit(labelled, steps, state, params=params, crops=SMALL, loaders=0, progress=progress)


def test_losses_fall(labelled, tmp_path):
    _, short = fitted(labelled, tmp_path / "short", 3)
    _, long = fitted(labelled, tmp_path / "long", 40)
    assert long[-1]["heat"] < short[-1]["heat"]  # the mean of all steps against that of the first ones
    assert long[-1]["ridges"] < short[-1]["ridges"]


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(labelled, tmp_path, stop_after):
    import torch

    whole, _ = fitted(labelled, tmp_path / "whole", 6)
    with pytest.raises(stop_after.Stopped):
        fitted(labelled, tmp_path / "parts", 6, stop_after(4), save_every_s=0)
    again, _ = fitted(labelled, tmp_path / "parts", 6)
    for name, value in whole.state_dict().items():
        assert torch.allclose(value.float(), again.state_dict()[name].float(), atol=1e-5), name


def test_the_rate_stays_and_then_falls_to_nothing():
    from biomatch.training.extractor.fit import FitParams, _rate

    params = FitParams(warm_steps=10)
    rates = [_rate(step, 100, params) for step in range(100)]
    assert rates[0] < rates[5] < rates[9] == params.rate
    assert rates[9:70] == [params.rate] * 61
    assert all(later < before for before, later in itertools.pairwise(rates[70:]))
    assert 0 < rates[99] < 0.05 * params.rate
