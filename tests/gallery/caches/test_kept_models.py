"""Copies of models beside the caches: whole, alike, once, and with an own calibration apart."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from biomatch import learned
from biomatch.gallery.caches import kept_models
from biomatch.gallery.engine import Engine
from biomatch.learned import Models, shipped


def test_a_copy_makes_the_engine_that_the_models_made(tmp_path: Path) -> None:
    kept_models.keep(tmp_path, shipped())
    (copy,) = kept_models.kept(tmp_path)
    assert Engine.of(copy).made_by == Engine.of(shipped()).made_by


def test_an_own_calibration_keeps_its_name_and_leaves_the_shipped_one_beside_it(tmp_path: Path) -> None:
    own = tmp_path / "own-7"
    learned.save(own, "search_rates", shipped().arrays("search_rates"), {"data": "made up", "seed": 7})
    arrays = dict(shipped().arrays("search_rates"))
    arrays["miss"] = arrays["miss"] * 1.01
    learned.save(own, "search_rates", arrays, {"data": "made up"})
    models = shipped().calibrated(own)
    kept_models.keep(tmp_path / "caches", models)
    (copy,) = kept_models.kept(tmp_path / "caches")
    assert copy.calibration == "own-7"
    assert Engine.of(copy).made_by == Engine.of(models).made_by
    assert copy.calibrated(None).sha256("search_rates") == shipped().sha256("search_rates")


def test_the_same_models_are_copied_once_and_others_beside_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = kept_models.keep(tmp_path, shipped())
    with monkeypatch.context() as patch:
        patch.setattr(Models, "copy", lambda *_: pytest.fail("it was there"))
        assert kept_models.keep(tmp_path, shipped()) == first
    learned.save(tmp_path / "own", "search_rates", shipped().arrays("search_rates"), {"data": "made up"})
    second = kept_models.keep(tmp_path, shipped().calibrated(tmp_path / "own"))
    assert second != first
    assert len(list(kept_models.kept(tmp_path))) == 2
    kept_models.tidy(tmp_path, second)
    assert [path.name for path in tmp_path.glob("models-*")] == [second]


def test_a_copy_is_its_owners_alone_and_on_the_disk_before_it_has_its_name(
    tmp_path: Path, disk_steps: Callable[[Path], list[tuple[str, Path, bytes]]]
) -> None:
    steps = disk_steps(tmp_path)
    name = kept_models.keep(tmp_path, shipped())
    assert not [path for path in tmp_path.rglob("*") if path.stat().st_mode & 0o077]
    (at,) = [n for n, step in enumerate(steps) if step[:2] == ("name", tmp_path / name)]
    synced = {os.path.relpath(path, tmp_path / f"{name}.new") for kind, path, _ in steps[:at] if kind == "sync"}
    assert synced >= {str(path.relative_to(tmp_path / name)) for path in (tmp_path / name).rglob("*")}
    assert steps[-1] == ("sync", tmp_path, b"")


def test_half_a_copy_counts_as_none_and_is_made_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    copy = Models.copy

    def killed(models: Models, name: str, folder: Path) -> None:
        if name == "projection":
            raise KeyboardInterrupt
        copy(models, name, folder)

    with monkeypatch.context() as patch:
        patch.setattr(Models, "copy", killed)
        with pytest.raises(KeyboardInterrupt):
            kept_models.keep(tmp_path, shipped())
    assert list(kept_models.kept(tmp_path)) == []
    name = kept_models.keep(tmp_path, shipped())
    assert [path.name for path in tmp_path.iterdir()] == [name]
