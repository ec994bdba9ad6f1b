from __future__ import annotations

import hashlib
import io
from pathlib import Path

import numpy as np
import pytest

from biomatch import learned
from biomatch.errors import ModelDamaged, ModelMissing
from biomatch.evaluation import provenance
from biomatch.learned import Models

ARRAYS = {"weights": np.arange(6, dtype=np.float32).reshape(2, 3), "bias": np.zeros(3)}
CARD = {
    "data": 'a "set"',
    "made_by": "biomatch train",
    "seed": 7,
    "scores": {"auc": 0.93, "good": True},
    "limits": ["palms", "latents"],
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    learned.save(tmp_path, "example", ARRAYS, CARD)
    return tmp_path


def test_what_is_saved_is_loaded(folder: Path) -> None:
    found = Models(folder).arrays("example")
    assert set(found) == set(ARRAYS)
    assert all(np.array_equal(found[name], ARRAYS[name]) for name in ARRAYS)


def test_the_card_says_what_was_said_and_names_the_file(folder: Path) -> None:
    card = Models(folder).card("example")
    assert {key: card[key] for key in CARD} == CARD
    assert card["file"] == "arrays.npz"


def test_the_version_is_the_beginning_of_the_file_s_hash(folder: Path) -> None:
    models = Models(folder)
    assert models.version("example") == models.card("example")["sha256"][:8]


def test_the_same_arrays_give_the_same_bytes(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> None:
    other = tmp_path_factory.mktemp("again")
    learned.save(other, "example", ARRAYS, CARD)
    assert Models(folder).read("example") == Models(other).read("example")


def test_arrays_cannot_be_changed_and_are_loaded_once(folder: Path) -> None:
    models = Models(folder)
    with pytest.raises(ValueError, match="read-only"):
        models.arrays("example")["bias"][0] = 1
    assert models.arrays("example") is models.arrays("example")


def test_a_model_that_is_not_there_is_named_with_where_it_was_looked_for(folder: Path) -> None:
    with pytest.raises(ModelMissing, match="other") as caught:
        Models(folder).arrays("other")
    assert caught.value.values["looked"] == str(folder)


def test_a_missing_file_is_a_missing_model(folder: Path) -> None:
    (folder / "example" / "arrays.npz").unlink()
    with pytest.raises(ModelMissing):
        Models(folder).read("example")


def test_a_file_that_is_not_the_one_on_its_card_is_refused(folder: Path) -> None:
    with (folder / "example" / "arrays.npz").open("ab") as file:
        file.write(b"x")
    with pytest.raises(ModelDamaged, match="sha256"):
        Models(folder).arrays("example")


@pytest.mark.parametrize(("text", "reason"), [("not [toml", "not TOML"), ("seed = 1", "names no file")])
def test_a_damaged_card_is_refused(folder: Path, text: str, reason: str) -> None:
    (folder / "example" / learned.CARD).write_text(text)
    with pytest.raises(ModelDamaged, match=reason):
        Models(folder).arrays("example")


def test_a_file_that_would_execute_code_is_refused(folder: Path) -> None:
    buffer = io.BytesIO()
    np.savez(buffer, trap=np.array([Path("x")], dtype=object))
    (folder / "example" / "arrays.npz").write_bytes(buffer.getvalue())
    card = folder / "example" / learned.CARD
    digest = hashlib.sha256(buffer.getvalue()).hexdigest()
    card.write_text(f'file = "arrays.npz"\nsha256 = "{digest}"\n')
    with pytest.raises(ModelDamaged, match="allow_pickle"):
        Models(folder).arrays("example")


def test_every_shipped_model_has_a_sound_file_and_a_full_card(root: Path) -> None:
    for card in sorted((root / "models").glob("*/card.toml")):
        models, name = learned.shipped(), card.parent.name
        assert models.read(name)
        assert {"data", "terms", "made_by", "seed", "scores", "limits"} <= set(models.card(name)), name


def test_every_shipped_card_names_the_sets_that_its_model_learned_from_and_their_terms() -> None:
    for name in learned.shipped().names():
        card = learned.shipped().card(name)
        sets = provenance.named(card["data"])
        assert sets or "no print of a person" in card["data"], name
        assert provenance.named(card["terms"]) == sets, name
        assert provenance.terms(sets) in card["terms"], name
        assert provenance.UNKNOWN not in card["terms"], name
