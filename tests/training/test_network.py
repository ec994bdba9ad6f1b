"""Which prints the network learns from, how large a run is, and what is said where something is missing."""

import importlib.util
import sys
from types import SimpleNamespace

import pytest

from biomatch.errors import ExtraMissing, NothingToDo
from biomatch.training import NetworkParams, extractor, steps, train_network


@pytest.fixture
def folder(tmp_path):
    rows = [f"{s}_{f}.png,{s},{f},1,500" for s in ("fvc2000_db1", "fvc2000_db3", "fvc2000_db2_a") for f in (1, 2)]
    (tmp_path / "manifest.csv").write_text("path,set,finger,impression,ppi\n" + "\n".join(rows) + "\n")
    return tmp_path


@pytest.fixture
def asked(monkeypatch):
    """What the training proper is asked to do, in place of it: these tests need no torch."""
    seen = {}

    def train_extractor(samples, run, start):
        seen.update(samples=samples, run=run, start=start)

    def params(fingers=250, steps_synthetic=20_000, steps_real=20_000, threads=2):
        return SimpleNamespace(fingers=fingers, steps_synthetic=steps_synthetic, steps_real=steps_real, threads=threads)

    def run(out, cache, seed, sizes, card, loaders, progress):
        return SimpleNamespace(out=out, cache=cache, params=sizes, card=card)

    fake = SimpleNamespace(train_extractor=train_extractor, ExtractorParams=params, Run=run)
    monkeypatch.setitem(sys.modules, "biomatch.training.extractor.training", fake)
    monkeypatch.setattr(extractor, "training", fake, raising=False)  # there since another test imported the real one
    monkeypatch.setattr(steps, "find_spec", lambda name: object())
    return seen


def test_fillers_never_take_part(folder, tmp_path, asked):
    train_network([folder], tmp_path / "out", tmp_path / "cache")
    assert {one.set for one in asked["samples"]} == {"fvc2000_db1", "fvc2000_db3"}


def test_groups_are_left_out_and_the_card_says_so(folder, tmp_path, asked):
    train_network([folder], tmp_path / "out", tmp_path / "cache", leave_out="g3", seed=4)
    assert {one.set for one in asked["samples"]} == {"fvc2000_db1"}
    assert asked["run"].card == {"made_by": "biomatch train extractor --data DIR --out models --leave-out g3", "seed": 4}
    with pytest.raises(NothingToDo, match="no group"):
        train_network([folder], tmp_path / "out", tmp_path / "cache", leave_out="nowhere")


def test_sizes_are_the_usual_ones_unless_they_are_given(folder, tmp_path, asked):
    train_network([folder], tmp_path / "out", tmp_path / "cache")
    assert (asked["run"].params.fingers, asked["run"].params.steps_synthetic, asked["run"].params.steps_real) == (
        250,
        20_000,
        20_000,
    )
    train_network([folder], tmp_path / "out", tmp_path / "cache", start=tmp_path, params=NetworkParams(3, 4, 5))
    assert asked["run"].card["made_by"].endswith("--out models --fingers 5 --steps 3 --real-steps 4 --start DIR")
    assert (asked["run"].params.fingers, asked["run"].params.steps_synthetic, asked["run"].params.steps_real) == (5, 3, 4)


@pytest.mark.parametrize("package", ["torch", "onnx"])
def test_a_package_that_is_missing_is_named(folder, tmp_path, monkeypatch, package):
    there = importlib.util.find_spec
    monkeypatch.setattr(steps, "find_spec", lambda name: None if name == package else there("json"))
    with pytest.raises(ExtraMissing, match=rf"{package} is not installed; run pip install 'biomatch\[train\]'"):
        train_network([folder], tmp_path / "out", tmp_path / "cache")
