"""A sensor's own laws: near the shipped ones while little was seen, judged on what was not fitted, and naming nobody."""

import tomllib

import pytest

from biomatch.calibration import Calibration
from biomatch.calibration.search_rates import MODEL, SearchRates
from biomatch.errors import ModelNotHeldOut
from biomatch.evaluation import origins
from biomatch.learned import shipped
from biomatch.store.calibrations import name_of
from biomatch.training.sensor import Plan, fit

PLAN = Plan(size=400, seed=5)


@pytest.fixture(scope="module")
def fitted(prints):
    return fit(prints, PLAN)


@pytest.fixture(scope="module")
def kept(fitted, tmp_path_factory):
    place = tmp_path_factory.mktemp("kept")
    for path, data in fitted.files.items():
        (place / path).parent.mkdir(exist_ok=True)
        (place / path).write_bytes(data)
    return shipped().calibrated(place)


def test_the_whole_path_gives_models_that_load(fitted, kept, prints):
    assert (fitted.prints, fitted.fingers, fitted.pairs) == (52, 26, 52 * 51 // 2)
    assert Calibration.of(kept).shown > 0
    law = SearchRates.of(kept)
    assert law.version == kept.version(MODEL) != shipped().version(MODEL)
    assert law.miss_weights != SearchRates.of().miss_weights
    assert {one.name for one in fitted.figures} == {"fmr", "fnmr", "cllr", "miss", "miss_all", "false_positive", "lost"}
    for one in fitted.figures:
        for side in (one.before, one.after):
            ends = [value for value in (side.low, side.value, side.high) if value is not None]
            assert ends == sorted(ends), one


def test_the_same_prints_and_seed_give_the_same_bytes(fitted, prints):
    assert name_of(fit(prints[list(range(52))], PLAN).files) == name_of(fitted.files)


def test_the_cards_say_where_it_comes_from_and_name_no_print_and_no_person(fitted, kept, prints):
    for name in ("calibration", MODEL):
        card = tomllib.loads(fitted.files[f"{name}/card.toml"].decode())
        assert card["learned_from"] == [f"prints {prints.digest[:16]}"]
        assert set(card["built_on"]) == {shipped().sha256(one) for one in shipped().names()}
        assert "52 prints of 26 fingers" in card["data"]
        assert (card["seed"], card["made_by"]) == (5, "biomatch calibrate --size 400 --seed 5")
        assert card["limits"]
        assert card["scores"]["cllr_after"] >= 0
        text = fitted.files[f"{name}/card.toml"].decode()
        assert not [one for one in prints.samples if one.finger in text or str(one.path) in text or one.set in text]
        kept.read(name)
    with pytest.raises(ModelNotHeldOut, match="it learned from prints"):
        origins.check_never_saw(kept, [f"prints {prints.digest[:16]}"], "this sensor")
