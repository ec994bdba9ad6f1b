"""A tiny network learns, is written out as it is, and a run that was stopped goes on as if it had not been."""

import itertools
from dataclasses import replace

import cv2
import numpy as np
import pytest

from biomatch.errors import ModelMissing
from biomatch.evaluation import provenance
from biomatch.extraction import LearnedExtractor, open_extractor
from biomatch.imaging import GreyImage
from biomatch.learned import Models, save_file
from biomatch.observe import NO_PROGRESS
from biomatch.training.extractor.crops import CropParams

SMALL = CropParams(side_px=96)


def fitted(labelled, state, steps, progress=NO_PROGRESS, save_every_s=600.0):
    from biomatch.training.extractor.fit import FitParams, fit

    params = FitParams(batch=4, warm_steps=2, save_every_s=save_every_s)
    return fit(labelled, steps, state, params=params, crops=SMALL, loaders=0, progress=progress)


@pytest.fixture(scope="session")
def trained(labelled, tmp_path_factory):
    return fitted(labelled, tmp_path_factory.mktemp("fit") / "run.state", 30)


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


@pytest.mark.parametrize("size", [(96, 96), (208, 176)])
def test_the_file_answers_as_the_network_does(trained, size):
    import torch

    from biomatch.training.extractor.export import to_onnx

    network, _ = trained
    planes = np.random.default_rng(1).normal(0, 1, (1, 2, *size)).astype(np.float32)
    with torch.no_grad():
        wanted = [answer.numpy() for answer in network(torch.from_numpy(planes))]
    net = cv2.dnn.readNetFromONNX(np.frombuffer(to_onnx(network), np.uint8))
    net.setInput(planes)
    for one, two in zip(wanted, net.forward(["minutiae", "ridges"]), strict=True):
        assert one.shape == two.shape
        assert np.abs(one - two).max() < 1e-3


def test_the_same_weights_make_the_same_file(trained):
    from biomatch.training.extractor.export import to_onnx

    assert to_onnx(trained[0]) == to_onnx(trained[0])


def test_weights_are_read_as_they_were_packed(trained, labelled, tmp_path):
    import torch

    from biomatch.training.weights import pack, unpack

    fitted(labelled, tmp_path / "run", 2)
    state = torch.load(tmp_path / "run", weights_only=True)
    again = unpack(pack({kind: state[kind] for kind in ("network", "average")}), "average")
    assert set(again) == set(state["average"])
    for name, value in state["average"].items():
        assert torch.allclose(again[name].float(), value.float(), rtol=1e-3, atol=1e-6)


def test_a_later_run_begins_with_the_weights_that_were_kept(trained, labelled, tmp_path):
    import torch

    from biomatch.training.extractor.fit import FitParams, fit
    from biomatch.training.extractor.training import Beginning
    from biomatch.training.weights import WEIGHTS, pack

    fitted(labelled, tmp_path / "run", 2)
    save_file(tmp_path, "extractor", "network.onnx", b"", {})
    state = torch.load(tmp_path / "run", weights_only=True)
    (tmp_path / "extractor" / WEIGHTS).write_bytes(pack({"average": state["average"]}))
    begin = Beginning.of(tmp_path, "extractor").weights
    still = FitParams(batch=2, rate=0.0, decay=0.0)
    network, _ = fit(labelled, 1, tmp_path / "next", begin=begin, params=still, crops=SMALL, loaders=0)
    for name, value in network.named_parameters():
        assert torch.allclose(value, state["average"][name], rtol=1e-3, atol=1e-5), name
    assert Beginning.of(tmp_path, "extractor_synthetic").weights is None
    assert Beginning.of(None, "extractor").weights is None


def test_calibration_changes_the_heat_only(trained, labelled):
    import copy

    import torch

    from biomatch.training.extractor.calibrate import put_in

    network = copy.deepcopy(trained[0])
    planes = torch.randn(1, 2, 96, 96)
    with torch.no_grad():
        before = network(planes)[0].clone()
        put_in(network, 0.5, -1.0)
        after = network(planes)[0]
    assert torch.allclose(after[:, 0], 0.5 * before[:, 0] - 1, atol=1e-4)
    assert torch.equal(after[:, 1:], before[:, 1:])


def test_training_from_nothing_writes_models_that_extract(tmp_path, root):
    import shutil

    from biomatch.training.extractor.fit import FitParams
    from biomatch.training.extractor.training import ExtractorParams, Run, train_extractor

    params = ExtractorParams(fingers=2, steps_synthetic=25, fit=FitParams(batch=4, warm_steps=2), crops=SMALL, threads=1)
    run = Run(tmp_path / "models", tmp_path / "cache", params=params, loaders=0)
    train_extractor([], run)
    card = Models(tmp_path / "models").card("extractor_synthetic")
    assert card["steps"] == 25
    assert "no print of a person" in card["data"]
    assert "fitted to research prints" in card["terms"]
    assert card["scores"]["candidates"] > 0
    first = (tmp_path / "models" / "extractor_synthetic" / "network.onnx").read_bytes()
    train_extractor([], run)  # all done: the same file again
    assert (tmp_path / "models" / "extractor_synthetic" / "network.onnx").read_bytes() == first
    for name in ("minutia_quality", "image_quality"):
        shutil.copytree(root / "models" / name, tmp_path / "models" / name)
    extractor = open_extractor("learned-synthetic", Models(tmp_path / "models"))
    assert isinstance(extractor, LearnedExtractor)
    y, x = np.mgrid[0:200, 0:180]
    waves = (127 + 100 * np.sin(np.hypot(x - 90, y - 230) * (2 * np.pi / 9))).astype(np.uint8)
    template = extractor.extract(GreyImage.of(waves))
    assert template.width == 180
    assert template.ridges


def test_training_on_real_prints_follows_that_on_synthetic_ones(tmp_path, monkeypatch):
    """Four impressions of one finger; in the teacher's place stands the classical extractor."""
    from biomatch.evaluation import peers
    from biomatch.evaluation.protocol import Sample
    from biomatch.extraction import ClassicalExtractor
    from biomatch.imaging import decode
    from biomatch.synthesis import draw_touch, impression, master
    from biomatch.synthesis.sensor import SENSORS
    from biomatch.training.extractor.fit import FitParams
    from biomatch.training.extractor.training import ExtractorParams, Run, train_extractor, train_from_synthetic

    classical = ClassicalExtractor()
    asked = []

    def teach(data, ppi, least):
        asked.append(least)
        return classical.extract(decode(data, ppi=ppi))

    monkeypatch.setattr(peers, "need", lambda name: None)
    monkeypatch.setattr(peers, "leader_template", teach)
    finger, samples = master((41, 0)), []
    for number in range(4):
        rng = np.random.default_rng(number)
        path = tmp_path / f"{number}.png"
        cv2.imwrite(str(path), impression(finger, rng, draw_touch(rng, 0.5), SENSORS[0]).image)
        samples.append(Sample("sensor", "finger", number, path, 500))
    params = ExtractorParams(
        fingers=1, steps_synthetic=4, steps_real=6, fit=FitParams(batch=4, warm_steps=2), crops=SMALL, threads=1
    )
    run = Run(tmp_path / "models", tmp_path / "cache", params=params, loaders=0)
    train_extractor(samples, run)
    card = Models(tmp_path / "models").card("extractor")
    assert card["steps"] == 6
    assert "candidates" in card["scores"]  # after so few steps no two prints can be laid on each other: there may be none
    assert "4 prints of sensor; labelled by LEADER" in card["data"]
    assert provenance.UNKNOWN in card["terms"]
    assert card["learned_from"] == ["sensor"]
    assert card["built_on"] == [Models(tmp_path / "models").card("extractor_synthetic")["sha256"]]
    assert len(asked) == 4
    train_extractor(samples, run)
    assert len(asked) == 4  # what the teacher found is kept
    fold = replace(run, out=tmp_path / "fold", card={"seed": 7})
    with pytest.raises(ModelMissing, match="extractor_synthetic"):
        train_from_synthetic(samples, fold)
    Models(run.out).copy("extractor_synthetic", fold.out)
    train_from_synthetic(samples, fold)
    card = Models(fold.out).card("extractor")
    assert (card["seed"], card["steps"], card["learned_from"]) == (7, 6, ["sensor"])
    assert card["built_on"] == [Models(run.out).sha256("extractor_synthetic")]
    assert Models(fold.out).read("extractor")


def test_a_network_that_begins_with_another_says_so_and_has_a_run_of_its_own(tmp_path, root):
    """The cache of a run that began otherwise would bring what that one has seen."""
    from biomatch.errors import ModelDamaged
    from biomatch.training.extractor.fit import FitParams
    from biomatch.training.extractor.training import ExtractorParams, Run, train_extractor

    params = ExtractorParams(fingers=1, steps_synthetic=3, fit=FitParams(batch=4, warm_steps=2), crops=SMALL, threads=1)

    def trained(out, start=None):
        train_extractor([], Run(tmp_path / out, tmp_path / "cache", params=params, loaders=0), start)
        return Models(tmp_path / out).card("extractor_synthetic")

    shipped = Models(root / "models").card("extractor_synthetic")
    first, begun, again = trained("first"), trained("begun", root / "models"), trained("again", tmp_path / "first")
    assert (first["learned_from"], first["built_on"], first["chain"]) == ([], [], [])
    assert begun["built_on"] == [shipped["sha256"]]
    assert again["built_on"] == [first["sha256"]]
    assert len({first["sha256"], begun["sha256"], again["sha256"]}) == 3
    weights = tmp_path / "first" / "extractor_synthetic" / "weights.npz"
    weights.write_bytes((root / "models" / "extractor_synthetic" / "weights.npz").read_bytes())
    with pytest.raises(ModelDamaged, match=r"weights\.npz is not the one on its card"):
        trained("forged", tmp_path / "first")


def test_where_nothing_can_be_held_against_the_truth_the_heat_stays():
    from biomatch.training.extractor.calibrate import _line

    assert _line(np.zeros(0), np.zeros(0, bool)) == (1.0, 0.0, {"candidates": 0})
    assert _line(np.array([0.2, 0.9]), np.array([True, True])) == (1.0, 0.0, {"candidates": 2})


def test_the_line_makes_chances_of_scores_that_are_too_sure():
    """Real are as many as a chance of half the logit says: the slope is a half."""
    from biomatch.training.extractor.calibrate import _line

    rng = np.random.default_rng(3)
    logit = rng.normal(0, 3, 20_000)
    truth = rng.random(20_000) < 1 / (1 + np.exp(-0.5 * logit - 0.3))
    slope, offset, figures = _line(1 / (1 + np.exp(-logit)), truth)
    assert slope == pytest.approx(0.5, abs=0.03)
    assert offset == pytest.approx(0.3, abs=0.05)
    assert figures["calibration_error"] < 0.02
