"""A sensor's own laws: near the shipped ones while little was seen, judged on what was not fitted, and naming nobody."""

import tomllib
from dataclasses import replace

import numpy as np
import pytest

from biomatch.calibration import Calibration
from biomatch.calibration.search_rates import MODEL, SearchRates
from biomatch.errors import ModelNotHeldOut, NothingToDo, TooFewPrints, TooManyPrints
from biomatch.evaluation import origins
from biomatch.evaluation.engine import OurSetup
from biomatch.evaluation.laws import Answers
from biomatch.learned import shipped
from biomatch.store.calibrations import name_of
from biomatch.training.sensor import Plan, fit, judging, read, scores, searches
from biomatch.training.sensor.scores import Pairs

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


def made_answers(count, missed, score, rng):
    """Searches like one another, of which so many are missed."""
    column = np.full(count, 1.0)
    return Answers(
        10_000 * column, 40 * column, 24 * column, 60 * column, column, 0 * column, np.arange(count) % 2.0,
        (rng.random(count) < missed).astype(float), score,
    )  # fmt: skip


def trials_of(answers, fingers):
    count = len(answers.size)
    stage = np.full(count, "minutiae")
    return searches.Trials(
        answers, np.arange(count) % fingers, np.ones(count, bool), np.zeros(count, np.int64), np.full(count, 70.0), stage, stage
    )


def strangers(law, answers, rng):
    """Best strangers (n,) that come as often as a law says."""
    return np.array(
        [law.threshold(float(p), one) for p, one in zip(rng.random(len(answers.size)), answers.asked(), strict=True)]
    )


@pytest.mark.parametrize(("count", "low", "high"), [(4, 0.6, 2.5), (400, 2.5, 6.0), (4_000, 3.4, 4.6)])
def test_four_times_as_many_misses_are_stated_only_as_far_as_they_were_seen(count, low, high):
    rng = np.random.default_rng(count)
    law = SearchRates.of()
    (asked,) = made_answers(1, 0.0, np.zeros(1), rng).asked()
    answers = made_answers(count, 4 * law.miss(asked), np.zeros(count), rng)
    own = searches.adapted(law, trials_of(replace(answers, stranger=strangers(law, answers, rng)), 40))
    assert low < own.miss(asked) / law.miss(asked) < high
    assert own.miss_weights[1:3] == law.miss_weights[1:3]  # what a size does
    assert own.miss_weights[-1] == law.miss_weights[-1]


def test_strangers_that_come_as_stated_change_little_and_others_are_followed():
    rng = np.random.default_rng(2)
    law = SearchRates.of()
    answers = made_answers(2_000, 0.01, np.zeros(2_000), rng)
    usual = strangers(law, answers, rng)
    (asked,) = made_answers(1, 0.0, np.zeros(1), rng).asked()
    for more, bound in ((0.0, 2.0), (6.0, 3.0)):
        own = searches.adapted(law, trials_of(replace(answers, stranger=usual + more), 200))
        assert own.threshold(0.01, asked) == pytest.approx(law.threshold(0.01, asked) + more, abs=bound)


def test_nothing_that_was_seen_gives_the_shipped_laws():
    law = SearchRates.of()
    nothing = made_answers(1, 0.0, np.full(1, np.nan), np.random.default_rng(1))
    nothing = replace(nothing, missed=np.full(1, np.nan))
    own = searches.adapted(law, trials_of(nothing, 1)[np.zeros(1, bool)])
    assert own.miss_weights == law.miss_weights
    assert own.stranger_weights == pytest.approx(law.stranger_weights)


def made_pairs(count, shift, rng):
    """Raw scores of pairs whose impostors come nearer by `shift` than those that the shipped calibration saw."""
    finger = rng.integers(0, 60, (2, count))
    finger[1, : count // 5] = finger[0, : count // 5]
    same = finger[0] == finger[1]
    raw = np.where(same, rng.normal(6, 2, count), rng.normal(-5 + shift, 1.5, count))
    return Pairs(*finger, np.zeros(count, np.int64), np.full(count, 40), raw, np.full(count, np.nan), np.full(count, np.nan))


def test_each_is_judged_by_laws_that_its_fingers_did_not_make():
    """A finger whose impostors are quite apart from the others' is judged as if it were not there."""
    rng = np.random.default_rng(4)
    calibration, law = Calibration.of(), SearchRates.of()
    pairs = made_pairs(6_000, 2.0, rng)
    answers = made_answers(240, 0.05, np.zeros(240), rng)
    trials = trials_of(replace(answers, stranger=strangers(law, answers, rng)), 60)
    after = judging.refitted(calibration, law, pairs, trials, 60, np.random.default_rng(9))
    fold = np.random.default_rng(9).permutation(np.arange(60) % judging.FOLDS)
    odd = int(fold[0])
    changed = replace(
        pairs, minutiae=np.where((fold[pairs.a] == odd) | (fold[pairs.b] == odd), pairs.minutiae + 5, pairs.minutiae)
    )
    missed = np.where(fold[trials.finger] == odd, 1.0, trials.answers.missed)
    other = judging.refitted(
        calibration, law, changed, replace(trials, answers=replace(trials.answers, missed=missed)), 60, np.random.default_rng(9)
    )
    own = fold[trials.finger] == odd
    np.testing.assert_allclose(other.missed[own], after.missed[own])
    assert not np.allclose(other.missed[~own], after.missed[~own])
    assert not np.allclose(other.score, after.score)
    whole = scores.adapted(calibration, pairs)
    assert not np.allclose(after.score, pairs.judged(whole)[0])  # which it would be, had all been fitted to all


def test_few_prints_and_few_fingers_are_refused(folder, tmp_path):
    with pytest.raises(NothingToDo):
        read(OurSetup(), tmp_path)
    for path in sorted(folder.glob("*_1.bmt")):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(TooFewPrints, match="26 prints could be read, 0 fingers of them with two impressions"):
        read(OurSetup(), tmp_path)
    for n in range(60):
        (tmp_path / f"n{n}_1.bmt").write_bytes((folder / "00_1.bmt").read_bytes())
    with pytest.raises(TooFewPrints, match="86 prints could be read, 0 fingers"):
        read(OurSetup(), tmp_path)


def test_prints_that_cannot_be_read_are_told_and_where_none_can_be_read_why(folder, tmp_path):
    for path in folder.glob("*.bmt"):
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / "99_1.png").write_bytes(b"no image")
    found = read(OurSetup(), tmp_path)
    assert (len(found.samples), [one.path.rsplit("/", 1)[-1] for one in found.failures]) == (52, ["99_1.png"])
    for path in tmp_path.glob("*.bmt"):
        path.unlink()
    with pytest.raises(TooFewPrints, match="the first that could not be read"):
        read(OurSetup(), tmp_path)


def test_more_prints_than_change_anything_are_refused_before_one_is_read(tmp_path):
    lines = [f"{n}.png,own,{n // 2},{n % 2}" for n in range(5_001)]
    (tmp_path / "list.csv").write_text("path,set,finger,impression\n" + "\n".join(lines) + "\n")
    with pytest.raises(TooManyPrints, match="5,001 prints were given, at most 5,000"):
        read(OurSetup(), tmp_path / "list.csv")
