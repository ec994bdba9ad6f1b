"""From prints to the model "texture", and the card that says from what."""

import csv
from dataclasses import replace

import numpy as np
import pytest

from biomatch.errors import NothingToDo
from biomatch.learned import Models
from biomatch.synthesis import orders
from biomatch.synthesis.texture import Texture
from biomatch.training import train_texture
from biomatch.vocabulary import FingerPosition


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """Two prints that stand for a research set's, and one of a set that no sensor's are like."""
    folder = tmp_path_factory.mktemp("data")
    rows = []
    for number, name in enumerate(("fvc2000_db1", "fvc2000_db1", "elsewhere")):
        (job,) = orders.prints(number, 1, [FingerPosition.RIGHT_INDEX], 1, ["soft"])
        (folder / f"{number}.png").write_bytes(orders.make(None, job)[0].data)
        rows.append({"path": f"{number}.png", "set": name, "finger": str(number), "impression": 1, "ppi": 500})
    with (folder / "manifest.csv").open("w", newline="") as file:
        table = csv.DictWriter(file, list(rows[0]))
        table.writeheader()
        table.writerows(rows)
    return folder


def test_prints_of_known_sensors_give_a_model_that_paints(data, tmp_path, monkeypatch):
    from biomatch.training.texture import training
    from biomatch.training.texture.fit import FitParams

    tiny = FitParams(painter=(4, 8, 8), judge=(4, 4, 8, 8), batch=1)
    small = training.TextureParams(fit=tiny)
    monkeypatch.setattr(training, "TextureParams", lambda **given: replace(small, **given))
    train_texture(data, tmp_path / "models", tmp_path / "cache", steps=2, fingers=1, seed=4)
    models = Models(tmp_path / "models")
    card = models.card("texture")
    assert card["data"] == "2 prints: 2 of fvc2000_db1"
    assert card["made_by"] == "biomatch train texture --data DIR --out models --fingers 1 --steps 2"
    assert card["scores"] == {"steps": 2, "synthetic_prints": 1}  # on the one sensor that real prints are of
    assert (tmp_path / "models" / "texture" / "weights.npz").is_file()
    train_texture(data, tmp_path / "again", tmp_path / "cache", steps=2, fingers=1, seed=4)
    assert Models(tmp_path / "again").read("texture") == models.read("texture")
    train_texture(data, tmp_path / "next", tmp_path / "cache", start=tmp_path / "models", steps=1, fingers=1, seed=4)
    assert Models(tmp_path / "next").card("texture")["made_by"].endswith("--steps 1 --start DIR")
    image = np.full((61, 50), 200, np.uint8)
    ridges = np.zeros((61, 50), np.float32)
    painted = Texture(models).of(image, ridges, ridges + 1, "soft optical", np.random.default_rng(1))
    assert painted.shape == (61, 50)
    assert painted.dtype == np.uint8


def test_prints_of_unknown_sensors_alone_are_refused(data, tmp_path):
    with pytest.raises(NothingToDo, match="textures"):
        train_texture(data, tmp_path / "models", tmp_path, leave_out="fvc2000_db1")


def test_prints_smaller_than_a_part_are_refused(sheets):
    from biomatch.training.texture.fit import FitParams, fit

    with pytest.raises(NothingToDo, match="128 px"):
        fit(sheets(0), sheets(0), 1, params=FitParams())
