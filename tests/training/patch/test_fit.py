"""A tiny network learns, is written out as it is, and a run that was stopped goes on as if it had not been."""

import pytest

from biomatch.observe import NO_PROGRESS


def fitted(pairs, steps, state=None, progress=NO_PROGRESS):
    from biomatch.training.patch.fit import FitParams, fit

    params = FitParams(channels=(4, 8, 8), batch=48, warm_steps=2, save_every=4)
    return fit(pairs, steps, state, progress=progress, params=params)


def test_it_learns(pairs):
    assert fitted(pairs, 30)[1] < 0.7 * fitted(pairs, 1)[1]


def test_a_run_that_was_stopped_goes_on_as_if_it_had_not_been(pairs, tmp_path, stop_after):
    import torch

    with pytest.raises(stop_after.Stopped):
        fitted(pairs, 10, tmp_path / "run", stop_after(6))
    again, loss = fitted(pairs, 10, tmp_path / "run")
    whole, expected = fitted(pairs, 10)
    assert loss == expected
    for name, value in whole.state_dict().items():
        assert torch.equal(value, again.state_dict()[name]), name
    assert fitted(pairs, 10, tmp_path / "run")[1] == expected  # one that was done says what it reached
