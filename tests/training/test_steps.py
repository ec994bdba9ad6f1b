"""The order of training, and what may be asked for."""

import importlib.util

import numpy as np
import pytest

from biomatch.errors import ExtraMissing, ModelNotHeldOut, NothingToDo
from biomatch.evaluation import origins
from biomatch.evaluation.engine import kin_of
from biomatch.learned import Models
from biomatch.training import steps, train
from tests.evaluation.test_origins import train as trained


@pytest.fixture
def folder(tmp_path):
    rows = [f"{s}_{f}.png,{s},{f},1,500" for s in ("fvc2000_db1", "fvc2000_db3") for f in (1, 2)]
    (tmp_path / "manifest.csv").write_text("path,set,finger,impression,ppi\n" + "\n".join(rows) + "\n")
    return tmp_path


def test_models_come_in_the_order_in_which_they_need_each_other():
    names = list(steps.STEPS)
    assert names.index("minutia_quality") < names.index("projection") < names.index("index")
    assert names.index("patch") < names.index("projection")
    assert names.index("projection") < names.index("comparison") < names.index("calibration") < names.index("image_quality")


def test_an_unknown_model_is_named(folder, tmp_path):
    with pytest.raises(NothingToDo, match="no model 'magic'"):
        train(folder, tmp_path / "out", only="magic")


def test_an_unknown_group_is_named(folder, tmp_path):
    with pytest.raises(NothingToDo, match="no group that can be left out"):
        train(folder, tmp_path / "out", leave_out="nowhere")


def test_each_group_is_left_out_once(folder, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(steps, "_train", lambda run, only: seen.append((run.out.name, {s.set for s in run.samples})))
    train(folder, tmp_path / "out", leave_out="each")
    assert seen == [("g12", {"fvc2000_db3"}), ("g3", {"fvc2000_db1"})]


def test_several_groups_can_be_left_out_at_once(folder, tmp_path):
    with pytest.raises(NothingToDo, match="no group that can be left out"):  # nothing is left
        train(folder, tmp_path / "out", leave_out="g12+g3")
    samples = steps.data.read(folder)
    assert [s.set for s in steps.without(samples, "fvc2000_db1")] == ["fvc2000_db3"] * 2
    assert steps.without(samples, None) == samples


def test_a_set_can_be_left_out_by_name(folder, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(steps, "_train", lambda run, only: seen.append({s.set for s in run.samples}))
    train(folder, tmp_path / "out", leave_out="fvc2000_db3")
    assert seen == [{"fvc2000_db1"}]


def test_models_learn_from_the_network_where_there_is_one_or_from_whom_is_named(folder, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(steps, "_train", lambda run, only: seen.append(run.extractors))
    train(folder, tmp_path / "out")
    network = tmp_path / "out" / "extractor"
    network.mkdir(parents=True)
    (network / "card.toml").write_text("")
    train(folder, tmp_path / "out")
    train(folder, tmp_path / "out", extractors=["learned-synthetic"])
    assert seen == [("classical",), ("classical", "learned"), ("learned-synthetic",)]


@pytest.mark.parametrize("package", ["torch", "onnx"])
def test_a_package_that_patches_need_is_named(folder, tmp_path, monkeypatch, package):
    there = importlib.util.find_spec
    monkeypatch.setattr(steps, "find_spec", lambda name: None if name == package else there("json"))
    with pytest.raises(ExtraMissing, match=package):
        train(folder, tmp_path / "out", only="patch")


def test_a_card_says_what_the_model_learned_from_and_what_it_was_built_on(folder, tmp_path, monkeypatch):
    """Each step writes a file of its own in place of its work."""

    def step(name):
        return lambda run: run.save(name, {"name": np.frombuffer(name.encode(), np.uint8)}, {}, "none")

    monkeypatch.setattr(steps, "STEPS", {name: step(name) for name in steps.STEPS})
    train(folder, tmp_path / "out", leave_out="each")
    models = Models(tmp_path / "out" / "g3")
    assert models.card("index")["learned_from"] == ["fvc2000_db1"]
    before = ("fingers", "minutia_quality", "patch", "projection", "strangers")
    assert models.card("index")["built_on"] == sorted(models.card(name)["sha256"] for name in before)
    origins.check_never_saw(models, kin_of("fvc2000_db3"), "fvc2000_db3")
    with pytest.raises(ModelNotHeldOut, match="learned from fvc2000_db1"):
        origins.check_never_saw(models, kin_of("fvc2000_db2"), "fvc2000_db2")


def test_the_card_of_patches_says_that_no_print_of_a_person_took_part(folder, tmp_path, monkeypatch):
    from biomatch.training.patch import prints, training

    monkeypatch.setattr(prints, "seen", lambda *_: [])
    monkeypatch.setattr(training, "train_patches", lambda *_, **__: (b"network", {"loss": 0.5}))
    trained(tmp_path / "out", "minutia_quality", ["fvc2000_db1"])
    trained(tmp_path / "out", "extractor_synthetic", [])
    train(folder, tmp_path / "out", only="patch")
    models = Models(tmp_path / "out")
    card = models.card("patch")
    assert card["learned_from"] == []
    assert card["built_on"] == [models.sha256("extractor_synthetic")]
