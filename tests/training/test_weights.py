"""What training goes on from: weights as they were packed, and the state of a run."""

from __future__ import annotations

from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest


@pytest.fixture(autouse=True)
def needs_torch(missing: Callable[[str, str], NoReturn]) -> None:
    if not find_spec("torch"):
        missing("train", "training needs torch")


def test_weights_are_read_as_they_were_packed() -> None:
    """Those of one kind, to half precision; whole numbers as they are."""
    import torch

    from biomatch.training.weights import pack, unpack

    torch.manual_seed(1)
    latest = {"layer.weight": torch.randn(4, 3), "steps": torch.tensor(70_001)}
    average = {name: value + 1 for name, value in latest.items()}
    again = unpack(pack({"network": latest, "average": average}), "average")
    assert list(again) == list(average)
    assert torch.equal(again["steps"], average["steps"])
    assert again["layer.weight"].dtype == torch.float32
    assert torch.allclose(again["layer.weight"], average["layer.weight"], rtol=1e-3, atol=1e-6)
    assert unpack(pack({"network": latest}), "average") == {}


def test_a_state_is_there_as_a_whole_or_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import torch

    from biomatch.training import weights

    state = tmp_path / "run.state"
    weights.keep(state, {"step": 1})
    assert [path.name for path in tmp_path.iterdir()] == ["run.state"]

    def broken(values: object, path: Path) -> None:
        path.write_bytes(b"half of it")
        raise OSError("the disk is full")

    monkeypatch.setattr(torch, "save", broken)
    with pytest.raises(OSError, match="full"):
        weights.keep(state, {"step": 2})
    assert torch.load(state, weights_only=True) == {"step": 1}


def test_a_model_without_weights_has_none_to_go_on_from(tmp_path: Path) -> None:
    from biomatch.training.weights import WEIGHTS, found

    (tmp_path / "extractor").mkdir()
    assert (found(None, "extractor"), found(tmp_path, "extractor")) == (None, None)
    (tmp_path / "extractor" / WEIGHTS).write_bytes(b"weights")
    assert found(tmp_path, "extractor") == b"weights"
