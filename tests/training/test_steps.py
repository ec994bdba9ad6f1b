"""The order of training, and what may be asked for."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest

from biomatch import learned
from biomatch.errors import ExtraMissing, ModelNotHeldOut, NothingToDo
from biomatch.evaluation import origins, provenance
from biomatch.evaluation.engine import kin_of
from biomatch.evaluation.protocol import Sample
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
        train([folder], tmp_path / "out", only="magic")


def test_an_unknown_group_is_named(folder, tmp_path):
    with pytest.raises(NothingToDo, match="no group that can be left out"):
        train([folder], tmp_path / "out", leave_out="nowhere")


def test_several_groups_can_be_left_out_at_once(folder, tmp_path):
    with pytest.raises(NothingToDo, match="no group that can be left out"):  # nothing is left
        train([folder], tmp_path / "out", leave_out="g12+g3")
    samples = steps.data.read([folder])
    assert [s.set for s in steps.without(samples, "fvc2000_db1")] == ["fvc2000_db3"] * 2
    assert steps.without(samples, None) == samples


def test_a_set_can_be_left_out_by_name(folder, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(steps, "_train", lambda run, only: seen.append({s.set for s in run.samples}))
    train([folder], tmp_path / "out", leave_out="fvc2000_db3")
    assert seen == [{"fvc2000_db1"}]


def test_models_learn_from_the_network_where_there_is_one_or_from_whom_is_named(folder, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(steps, "_train", lambda run, only: seen.append(run.extractors))
    train([folder], tmp_path / "out")
    network = tmp_path / "out" / "extractor"
    network.mkdir(parents=True)
    (network / "card.toml").write_text("")
    train([folder], tmp_path / "out")
    train([folder], tmp_path / "out", extractors=["learned-synthetic"])
    assert seen == [("classical",), ("classical", "learned"), ("learned-synthetic",)]


@pytest.mark.parametrize("package", ["torch", "onnx"])
def test_a_package_that_patches_need_is_named(folder, tmp_path, monkeypatch, package):
    there = importlib.util.find_spec
    monkeypatch.setattr(steps, "find_spec", lambda name: None if name == package else there("json"))
    with pytest.raises(ExtraMissing, match=package):
        train([folder], tmp_path / "out", only="patch")


def test_a_card_says_what_the_model_learned_from_and_what_it_was_built_on(folder, tmp_path, monkeypatch):
    """Each step writes a file of its own in place of its work."""

    def step(name):
        return lambda run: run.save(name, {"name": np.frombuffer(name.encode(), np.uint8)}, {}, "none", {})

    monkeypatch.setattr(steps, "STEPS", {name: step(name) for name in steps.STEPS})
    train([folder], tmp_path / "out" / "g3", leave_out="g3")
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
    train([folder], tmp_path / "out", only="patch")
    models = Models(tmp_path / "out")
    card = models.card("patch")
    assert card["learned_from"] == []
    assert card["built_on"] == [models.sha256("extractor_synthetic")]


def _no_fit(*args, **more):
    return {}, {}


@pytest.fixture
def taught(tmp_path, monkeypatch):
    """The models of seven prints, written by steps that learn nothing: what their cards say is the subject."""
    rows = [("uareu", "a", i) for i in (1, 2, 3)] + [("fvc2000_db4", "b", i) for i in (1, 2, 3)] + [("fvc2000_db2_a", "c", 1)]
    samples = [Sample(s, f, i, Path(f"{s}_{f}_{i}.png")) for s, f, i in rows]
    run = steps._Run(samples, tmp_path, "g3", None, 1, steps.NO_PROGRESS, ("classical", "learned"))
    fitted = (steps.minutia_quality, steps.fingers, steps.projection, steps.strangers, steps.codebooks, steps.image_quality)
    for module in (*fitted, steps.calibration):
        monkeypatch.setattr(module, "fit", _no_fit)
    monkeypatch.setattr(steps.comparison, "fit", lambda evidence: ({}, evidence))
    monkeypatch.setattr(steps.comparison, "figures", _no_figures)
    monkeypatch.setattr(steps.comparison, "fit_foreign", _no_fit)
    monkeypatch.setattr(steps.comparison, "rates", _no_figures)
    monkeypatch.setattr(steps, "_held_out_evidence", lambda run: ({"classical": _Pairs()}, None))
    monkeypatch.setattr(steps.PairEvidence, "join", lambda parts: _Pairs())
    for name in ("_patches", "_versions", "open_extractor", "Describer", "StrangerDescriber"):
        monkeypatch.setattr(steps, name, lambda *args: None)
    monkeypatch.setattr(steps._Run, "prints", lambda run: [])
    learned.save(tmp_path, "projection", {}, {})
    for step in dict.fromkeys(steps.STEPS.values()):
        if step is not steps._patch:
            step(run)
    return Models(tmp_path)


def _no_figures(*args):
    return {}


class _Pairs:
    """No pairs, nor their scores."""

    mated = ()
    minutiae = ridges = None

    def __getitem__(self, which):
        return self


@pytest.mark.parametrize(
    ("model", "data", "sets"),
    [
        ("minutia_quality", "6 prints", ["fvc2000_db4", "uareu"]),
        ("fingers", "4 prints", ["fvc2000_db2_a", "uareu"]),
        ("projection", "7 prints", ["fvc2000_db2_a", "fvc2000_db4", "uareu"]),
        ("strangers", "7 prints", ["fvc2000_db2_a", "fvc2000_db4", "uareu"]),
        ("index", "7 prints", ["fvc2000_db2_a", "fvc2000_db4", "uareu"]),
        ("comparison", "6 prints", ["fvc2000_db4", "uareu"]),
        ("calibration", "6 prints", ["fvc2000_db4", "uareu"]),
        ("image_quality", "6 prints", ["fvc2000_db4", "uareu"]),
    ],
)
def test_a_card_names_the_sets_that_the_step_reads_and_their_terms(taught, model, data, sets):
    card = taught.card(model)
    assert card["data"].startswith(f"{data} of {', '.join(sets)}")
    assert card["terms"] == provenance.terms(sets)
