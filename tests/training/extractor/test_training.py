"""Tiny networks from nothing to a model: on synthetic prints, then on real ones, and on from another network."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from biomatch.errors import ModelMissing
from biomatch.evaluation import provenance
from biomatch.extraction import LearnedExtractor, open_extractor
from biomatch.imaging import GreyImage
from biomatch.learned import Models, save_file
from biomatch.training.extractor.crops import CropParams

SMALL = CropParams(side_px=96)


def test_a_later_run_begins_with_the_weights_that_were_kept(labelled, tmp_path):
    import torch

    from biomatch.training.extractor.fit import FitParams, fit
    from biomatch.training.extractor.training import Beginning
    from biomatch.training.weights import WEIGHTS, pack

    quick = FitParams(batch=4, warm_steps=2)
    fit(labelled, 2, tmp_path / "run", params=quick, crops=SMALL, loaders=0)
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
