"""For each group of sensors, models that never saw it; a command that was stopped goes on where it was."""

import sys

import numpy as np
import pytest

from biomatch import cli
from biomatch.errors import ModelNotHeldOut, NothingToDo
from biomatch.evaluation import origins
from biomatch.evaluation.engine import kin_of
from biomatch.learned import Models
from biomatch.training import NetworkParams, folds, steps, train_folds
from tests.evaluation.test_origins import train as trained

SETS = ("fvc2000_db1", "fvc2000_db3", "tdf")


def listed(folder, sets=SETS, fingers=5, impressions=2):
    """A list of prints; their files are not there."""
    rows = [f"{s}_{f}_{i}.png,{s},{s}/{f},{i},500" for s in sets for f in range(fingers) for i in range(1, impressions + 1)]
    (folder / "manifest.csv").write_text("path,set,finger,impression,ppi\n" + "\n".join(rows) + "\n")
    return folder


@pytest.fixture
def begun(tmp_path):
    """Models that saw nobody."""
    for name in steps.SAW_NOBODY:
        trained(tmp_path / "begun", name, [])
    return tmp_path / "begun"


@pytest.fixture
def made(monkeypatch):
    """Which model was made where; each step writes a file of its own in place of its work."""
    seen = []

    def step(name):
        def run(one):
            seen.append(f"{one.out.name}/{name}")
            one.save(name, {"name": np.frombuffer(name.encode(), np.uint8)}, {}, "none", {})

        return run

    monkeypatch.setattr(steps, "STEPS", {name: step(name) for name in steps.STEPS})
    return seen


def test_no_model_of_a_fold_saw_its_group(tmp_path, begun, made):
    out = tmp_path / "folds"
    assert train_folds([listed(tmp_path)], out, tmp_path / "cache", start=begun) == ["g12", "g3", "tdf"]
    assert {name.partition("/")[2] for name in made} == set(steps.STEPS) - {"patch"}
    for group, name in (("g12", "fvc2000_db2"), ("g3", "fvc2000_db3"), ("tdf", "tdf")):
        models = Models(out / group)
        assert set(models.names()) == {*steps.STEPS, "extractor_synthetic"}
        origins.check_never_saw(models, kin_of(name), name)
    with pytest.raises(ModelNotHeldOut, match="learned from fvc2000_db1"):
        origins.check_never_saw(Models(out / "g3"), kin_of("fvc2000_db1"), "fvc2000_db1")


def test_what_is_there_is_not_made_again_unless_it_was_made_from_other_prints(tmp_path, begun, made):
    out, cache = tmp_path / "folds", tmp_path / "cache"
    train_folds([listed(tmp_path)], out, cache, start=begun)
    (out / "tdf" / "calibration" / "card.toml").unlink()  # as where the command was stopped
    made.clear()
    train_folds([tmp_path], out, cache, start=begun)
    assert made == ["tdf/calibration"]
    made.clear()
    train_folds([listed(tmp_path, fingers=6)], out, cache, start=begun)
    assert len(made) == 3 * (len(steps.STEPS) - 1)


def test_a_network_is_trained_for_each_fold_that_has_none(tmp_path, begun, made, monkeypatch):
    seen = []

    def network(samples, out, cache, fold, seed, params, progress):
        seen.append((fold, sorted({s.set for s in samples}), params.real_steps))
        trained(out, "extractor", sorted({s.set for s in samples}))
        card = out / "extractor" / "card.toml"
        card.write_text(card.read_text() + "scores = {}\n")

    monkeypatch.setattr(folds, "train_network_of_fold", network)
    listed(tmp_path, sets=SETS[:2])
    for _ in range(2):
        train_folds([tmp_path], tmp_path / "folds", tmp_path / "cache", network=NetworkParams(real_steps=9), start=begun)
    assert seen == [("g12", ["fvc2000_db3"], 9), ("g3", ["fvc2000_db1"], 9)]


@pytest.mark.parametrize(
    ("how", "words"),
    [
        ({"sets": SETS[:1]}, "all of one group"),
        ({"fingers": 4}, "group 'g12' shows 4 fingers with two impressions, and a fold needs 5"),
        ({"impressions": 1}, "group 'g12' shows 0 fingers"),
    ],
)
def test_prints_that_make_no_folds_are_refused(tmp_path, begun, made, how, words):
    with pytest.raises(NothingToDo, match=words):
        train_folds([listed(tmp_path, **how)], tmp_path / "folds", tmp_path / "cache", start=begun)
    assert made == []


def test_folds_that_share_a_finger_are_refused(tmp_path, begun, made):
    manifest = listed(tmp_path) / "manifest.csv"
    manifest.write_text(manifest.read_text().replace("tdf/3", "fvc2000_db3/3"))
    with pytest.raises(NothingToDo, match="finger 'fvc2000_db3/3' is in groups 'g3' and 'tdf'"):
        train_folds([tmp_path], tmp_path / "folds", tmp_path / "cache", start=begun)
    assert made == []


@pytest.mark.parametrize("sets", [["tdf"], None])
def test_a_beginning_that_may_have_seen_somebody_is_refused(tmp_path, begun, made, sets):
    trained(begun, "patch", sets or [])
    if sets is None:
        card = begun / "patch" / "card.toml"
        card.write_text("".join(line for line in card.read_text().splitlines(True) if "learned_from" not in line))
    with pytest.raises(ModelNotHeldOut, match="patch"):
        train_folds([listed(tmp_path)], tmp_path / "folds", tmp_path / "cache", start=begun)
    assert made == []


def test_the_models_that_ship_and_saw_nobody_say_so(root):
    for name in steps.SAW_NOBODY:
        origins.check_saw_nobody(Models(root / "models"), name)


@pytest.mark.parametrize("how", [["--folds"], ["--leave-out", "each"]])
def test_the_command_makes_folds_by_either_name(tmp_path, made, monkeypatch, capsys, how):
    listed(tmp_path)
    monkeypatch.setattr(sys, "argv", ["biomatch", "train", "--data", str(tmp_path), "--out", str(tmp_path / "folds"), *how])
    with pytest.raises(SystemExit) as left:
        cli.main()
    assert not left.value.code
    assert [line.rpartition("/")[2] for line in capsys.readouterr().out.splitlines()] == ["g12", "g3", "tdf"]
    assert (tmp_path / "folds" / "tdf" / "projection" / "card.toml").is_file()
