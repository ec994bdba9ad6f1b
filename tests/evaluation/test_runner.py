from dataclasses import dataclass

import numpy as np
import pytest

from biomatch.errors import UnreadableImage
from biomatch.evaluation import plots, protocol, report, runner
from biomatch.evaluation.searching import Found, wanted

SETS = {"left": ("ann", "ben", "cid"), "right": ("ann", "dan"), "fill": ("eve", "fay")}


@dataclass(frozen=True)
class LikenessSetup:
    """An engine whose print is (finger, impression): mates score 10 minus how far their impressions lie apart."""

    broken: tuple[str, ...] = ()

    def key(self, set_name):
        return "toy"

    def open(self, key):
        return Likeness(self.broken)


@dataclass(frozen=True)
class Likeness:
    broken: tuple[str, ...]

    def extract(self, sample):
        if sample.path.name in self.broken:
            raise UnreadableImage("broken on purpose")
        return sample.finger, sample.impression

    def compare(self, probe, references):
        return np.array([self.pair(probe, one) for one in references])

    def pair(self, a, b):
        return (10.0 - abs(a[1] - b[1]), 2.0) if a[0] == b[0] else (float(len(a[0] + b[0]) - 6), -2.0)


@pytest.fixture
def samples(tmp_path):
    lines = ["path,set,finger,impression"]
    for name, fingers in SETS.items():
        for finger in fingers:
            lines += [f"{name}-{finger}-{n}.png,{name},{finger},{n}" for n in ((1,) if name == "fill" else (1, 2, 3))]
    (tmp_path / "m.csv").write_text("\n".join(lines))
    return protocol.read(tmp_path / "m.csv")


def scored(samples, **setup):
    made = LikenessSetup(**setup)
    prints = runner.extract_all(made, samples, wanted(made, samples), processes=1)
    return prints, runner.compare_all(made, prints, processes=1)


def test_every_pair_inside_a_set_is_compared_once_and_none_across(samples):
    _, scores = scored(samples)
    assert {name: (int(one.pairs.genuine.sum()), int((~one.pairs.genuine).sum())) for name, one in scores.items()} == {
        "left": (9, 27),
        "right": (6, 9),
        "fill": (0, 1),
    }
    seen = {(int(a), int(b)) for one in scores.values() for a, b in zip(one.first, one.second, strict=True)}
    assert len(seen) == 52


def test_scores_stand_beside_the_pairs_they_belong_to(samples):
    _, scores = scored(samples)
    left = scores["left"]
    for score, i, j in zip(left.pairs.score, left.first, left.second, strict=True):
        a, b = samples[i], samples[j]
        assert score == Likeness(()).pair((a.finger, a.impression), (b.finger, b.impression))[0]


def test_rows_are_split_into_tasks_without_loss(samples, monkeypatch):
    _, whole = scored(samples)
    monkeypatch.setattr(runner, "CHUNK", 3)
    _, split = scored(samples)
    for name in SETS:
        np.testing.assert_array_equal(whole[name].pairs.score, split[name].pairs.score)


def test_across_two_sets_every_print_meets_every_print(samples):
    setup = LikenessSetup()
    prints, _ = scored(samples)
    across = runner.compare_across(setup, prints, "left", "right", processes=1)
    assert (int(across.pairs.genuine.sum()), len(across.pairs.score)) == (9, 54)
    for score, i, j in zip(across.pairs.score, across.first, across.second, strict=True):
        a, b = samples[i], samples[j]
        assert (a.set, b.set) == ("left", "right")
        assert score == Likeness(()).pair((a.finger, a.impression), (b.finger, b.impression))[0]


def test_a_failed_print_takes_part_with_the_lowest_score(samples):
    prints, scores = scored(samples, broken=("left-ann-1.png",))
    assert [(f.code, f.set) for f in prints.failures] == [("unreadable-image", "left")]
    left = scores["left"]
    assert np.isneginf(left.pairs.score).sum() == 8
    assert set(left.llr[np.isneginf(left.pairs.score)]) == {-2.0}
    figures = report.build(prints, scores, None, None)
    assert figures["sets"]["left"]["zerofmr"] == pytest.approx(2 / 9)


def test_a_set_without_genuine_pairs_gives_null(samples):
    figures = report.build(*scored(samples), None, None)
    assert figures["sets"]["fill"] == {
        "eer": None, "fmr100": None, "fmr1000": None, "zerofmr": None, "genuine": 0, "impostor": 1
    }  # fmt: skip
    assert figures["intervals"]["sets"]["fill"] is None
    assert figures["pooled"]["impostor"] == 37


def test_the_report_has_the_promised_shape(samples):
    prints, scores = scored(samples)
    probes = protocol.identification(samples).probes
    found = Found(probes, np.ones(len(probes)), np.zeros(len(probes)), 7)
    figures = report.build(prints, scores, found, {"extract_ms_median": 1.0, "compare_us_median": 2.0})
    assert set(figures["pooled"]) == {"eer", "fmr100", "fmr1000", "zerofmr", "genuine", "impostor"}
    assert all(set(one) == set(figures["pooled"]) for one in figures["sets"].values())
    assert {"rank1", "rank10", "probes", "gallery", "shortlist_miss"} <= set(figures["identification"])
    assert {"extract_ms_median", "compare_us_median"} <= set(figures["time"])
    assert set(figures["calibration"]) == {"cllr", "cllr_min"}
    assert figures["pooled"]["eer"] == 0
    assert figures["identification"] | {"rank1": 1.0, "probes": 10, "gallery": 7} == figures["identification"]


def test_set_rates_use_the_pooled_threshold(samples):
    """One impostor pair of 'left' (three letters each: 0) made to score 9 lifts the pooled zeroFMR threshold to 10."""
    prints, scores = scored(samples)
    scores["left"].pairs.score[np.flatnonzero(~scores["left"].pairs.genuine)[0]] = 9.0
    figures = report.build(prints, scores, None, None)
    assert figures["sets"]["right"]["zerofmr"] == 1.0
    assert figures["sets"]["right"]["eer"] == 0


def test_pictures_are_drawn_of_what_there_is(samples, tmp_path):
    _, scores = scored(samples)
    probes = protocol.identification(samples).probes
    found = Found(probes, np.ones(len(probes)), np.zeros(len(probes)), 7)
    names = [path.name for path in plots.draw_all(tmp_path / "plots", scores, found)]
    assert names == ["det.png", "scores.png", "calibration.png", "cmc.png"]
    assert all((tmp_path / "plots" / name).stat().st_size > 5_000 for name in names)


def test_a_set_that_no_models_were_held_out_for_is_refused(tmp_path):
    from biomatch.errors import NothingToDo
    from biomatch.evaluation.engine import OurSetup
    from tests.evaluation.test_origins import train

    with pytest.raises(NothingToDo, match="without set 'crossmatch'"):
        OurSetup(held_out=tmp_path).key("crossmatch")
    train(tmp_path / "cmu", "index", [])
    assert OurSetup(held_out=tmp_path).key("uareu") == "cmu"
