"""A model is held out from a set where its card, and the cards of all that it was built on, prove it."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from biomatch.errors import ModelDamaged, ModelNotHeldOut
from biomatch.evaluation import origins
from biomatch.evaluation.engine import OurSetup, kin_of
from biomatch.learned import ARRAYS, CARD, Models, packed, save_file


def train(folder: Path, name: str, sets: list[str], *built_on: tuple[Models, str], value: float = 0) -> tuple[Models, str]:
    """A model that learned from sets, as training writes it; `value` tells its file from others."""
    data = packed({"weights": np.full(3, value), "name": np.frombuffer(name.encode(), np.uint8)})
    save_file(folder, name, ARRAYS, data, {"data": "prints", **origins.stated(name, data, sets, built_on)})
    return Models(folder), name


@pytest.fixture
def held_out(tmp_path: Path) -> Path:
    """Models without casia, crossmatch and uareu: a network of tdf, and what was built on it."""
    folder = tmp_path / "held-out" / "cmu"
    synthetic = train(folder, "extractor_synthetic", [])
    network = train(folder, "extractor", ["tdf"], synthetic)
    projection = train(folder, "projection", ["tdf", "upek"], network)
    train(folder, "index", ["upek"], network, projection)
    return folder


def check(folder: Path, name: str = "uareu") -> None:
    origins.check_never_saw(Models(folder), kin_of(name), name)


def edit(folder: Path, name: str, old: str, new: str) -> None:
    card = folder / name / CARD
    assert old in card.read_text()
    card.write_text(card.read_text().replace(old, new))


def test_an_honest_chain_passes(held_out: Path) -> None:
    check(held_out)
    assert OurSetup(held_out=held_out.parent).key("casia") == "cmu"
    chain = Models(held_out).card("index")["chain"]
    assert {one["model"] for one in chain} == {"extractor_synthetic", "extractor", "projection"}


@pytest.mark.parametrize("name", ["uareu", "crossmatch", "casia"])
def test_a_model_that_learned_from_the_set_or_from_its_kin_is_refused(held_out: Path, name: str) -> None:
    train(held_out, "comparison", ["crossmatch", "tdf"])
    with pytest.raises(ModelNotHeldOut, match=f"'comparison' .* from set '{name}': it learned from crossmatch; train it anew"):
        check(held_out, name)
    check(held_out, "fvc2000_db3")


def test_a_network_that_began_with_one_that_saw_the_set_is_refused_with_what_was_built_on_it(
    held_out: Path, tmp_path: Path
) -> None:
    start = train(tmp_path / "start", "extractor", ["uareu"], value=1)
    train(held_out, "extractor", ["tdf"], start)
    with pytest.raises(ModelNotHeldOut, match=r"'extractor' .* built on 'extractor' \(\w{8}\), which learned from uareu"):
        check(held_out)
    train(held_out, "projection", ["tdf"], (Models(held_out), "extractor"))
    shutil.rmtree(held_out / "extractor")
    with pytest.raises(ModelNotHeldOut, match=r"'projection' .* built on 'extractor' \(\w{8}\), which learned from uareu"):
        check(held_out)


def test_a_network_that_began_with_the_one_that_ships_is_refused(held_out: Path, root: Path) -> None:
    train(held_out, "extractor", ["tdf"], (Models(root / "models"), "extractor"))
    with pytest.raises(ModelNotHeldOut, match=r"'extractor' .* it was built on 'extractor' \(d9a972b7\), which"):
        check(held_out)


def test_a_card_of_which_something_was_taken_away_by_hand_is_refused(held_out: Path) -> None:
    train(held_out, "comparison", ["crossmatch", "tdf"])
    edit(held_out, "comparison", '"crossmatch", ', "")
    with pytest.raises(ModelNotHeldOut, match=r"'comparison' .*: its card was changed after it was written"):
        check(held_out)


def test_what_is_built_on_a_model_whose_card_was_edited_is_refused(held_out: Path, tmp_path: Path) -> None:
    start = train(tmp_path / "start", "extractor", ["crossmatch", "tdf"], value=1)
    edit(tmp_path / "start", "extractor", '"crossmatch", ', "")
    train(held_out, "extractor", ["tdf"], start)
    with pytest.raises(ModelNotHeldOut, match=r"it was built on 'extractor' .* does not say what it learned from"):
        check(held_out)


def test_a_card_whose_hash_is_not_that_of_its_file_is_refused(held_out: Path) -> None:
    other = train(held_out.parent / "other", "index", ["uareu"], value=2)[0].read("index")
    (held_out / "index" / ARRAYS).write_bytes(other)
    with pytest.raises(ModelDamaged, match="'index' is refused: the sha256"):
        check(held_out)


def test_a_card_that_says_nothing_is_refused(held_out: Path) -> None:
    save_file(held_out, "comparison", ARRAYS, b"", {"data": "no print of a person"})
    with pytest.raises(ModelNotHeldOut, match=r"'comparison' .*: it does not say what it learned from"):
        check(held_out)


def test_a_hash_that_nobody_knows_is_refused(held_out: Path) -> None:
    """A chain whose row was cut out, and whose statement was made to fit."""
    card = Models(held_out).card("index")
    rows = [one for one in card["chain"] if one["model"] != "extractor_synthetic"]
    digest = origins._digest(origins._of(card, "index"), rows)
    shutil.rmtree(held_out / "extractor_synthetic")
    shutil.rmtree(held_out / "extractor")
    shutil.rmtree(held_out / "projection")
    data = Models(held_out).read("index")
    said = {key: card[key] for key in ("learned_from", "built_on")}
    save_file(held_out, "index", ARRAYS, data, {**said, "chain": rows, "statement": digest})
    with pytest.raises(ModelNotHeldOut, match=r"'index' .* it was built on 'a model' \(\w{8}\), which does not say"):
        check(held_out)


def test_what_the_card_of_a_model_says_counts_though_a_chain_says_otherwise(held_out: Path, tmp_path: Path) -> None:
    network = train(held_out, "extractor", ["tdf"], value=3)
    train(held_out, "projection", ["tdf"], network)
    train(held_out, "extractor", ["tdf", "uareu"], value=3)  # the same file, of which more is known now
    with pytest.raises(ModelNotHeldOut, match="learned from uareu"):
        check(held_out)


def test_a_model_may_have_been_built_on_what_comes_before_it(held_out: Path, tmp_path: Path) -> None:
    order = ("extractor_synthetic", "extractor", "patch", "projection", "index")
    assert [name for _, name in origins.before(Models(held_out), "projection", order)] == ["extractor_synthetic", "extractor"]
    assert origins.before(Models(tmp_path / "nothing"), "projection", order) == []
