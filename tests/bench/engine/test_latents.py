"""Latents among the prints of others: which pairs a folder lists, where mates stand, who searches."""

from pathlib import Path

import numpy as np
import pytest

from biomatch.bench.engine import latents as bench
from biomatch.bench.engine import prints
from biomatch.errors import BadManifest, FileUnreadable, NothingToDo, UnknownName
from biomatch.learned import shipped
from biomatch.synthesis import draw_touch, impression, latent, master
from biomatch.synthesis.sensor import SENSORS


@pytest.fixture(scope="module")
def data(tmp_path_factory) -> Path:
    """Four fingers on file, a latent of the second, and one of the third that is called real."""
    folder = tmp_path_factory.mktemp("data")
    (folder / "fillers" / "made").mkdir(parents=True)
    (folder / "latents" / "semisynthetic").mkdir(parents=True)
    rng = np.random.default_rng(5)
    fingers = [master((5, number, 0)) for number in range(4)]
    for number, finger in enumerate(fingers):
        made = prints.png(impression(finger, rng, draw_touch(rng, 0.5), SENSORS[0]).image)
        (folder / "fillers" / "made" / f"{number}.png").write_bytes(made)
    left = prints.png(impression(fingers[1], rng, draw_touch(rng, 0.7), SENSORS[1]).image)
    (folder / "latents" / "semisynthetic" / "one.png").write_bytes(left)
    (folder / "latents" / "semisynthetic" / "pairs.csv").write_text(
        "latent,mate\nlatents/semisynthetic/one.png,fillers/made/1.png\n"
    )
    found, mate = bench.REAL[0]
    (folder / "latents" / found).write_bytes(prints.png(latent(fingers[2], rng).image))
    (folder / "latents" / mate).write_bytes((folder / "fillers" / "made" / "2.png").read_bytes())
    return folder


def test_real_pairs_are_told_from_made_ones_and_those_that_are_not_there_are_left_out(data):
    assert [(pair.latent.name, pair.real) for pair in bench.listed(data)] == [("one.png", False), (bench.REAL[0][0], True)]


def test_the_mate_of_a_good_print_comes_first_by_every_extractor(data):
    run = bench.measure(data, ["classical", "learned"])
    assert run.facts["settings"]["enrolled"] == 5
    for name in ("classical", "learned"):
        figures = run.figures[name]
        assert (figures["searches"], figures["rank1"], figures["rank10"]) == (1, 1.0, 1.0)
        assert figures["rank1_interval"][0] < 0.5  # one search says little
        assert 1 <= figures["real"][Path(bench.REAL[0][0]).stem] <= 5


def test_a_mate_stands_behind_those_who_score_as_well_and_last_where_nothing_speaks_for_it(tmp_path):
    a, b, c = (tmp_path / name for name in "abc")
    assert bench._place({a: 3.0, b: 3.0, c: 1.0}, a, 9) == 2
    assert bench._place({a: 3.0, b: 2.0}, a, 9) == 1
    assert bench._place({b: 2.0}, a, 9) == 9


def test_a_folder_without_latents_and_an_unknown_extractor_are_named(data, tmp_path):
    with pytest.raises(NothingToDo, match=r"pairs\.csv"):
        bench.listed(tmp_path)
    with pytest.raises(UnknownName, match="nbis"):
        bench._opened("nosuch", shipped())


def test_a_list_of_pairs_that_is_empty_or_lacks_a_column_or_names_what_is_not_there_is_refused(tmp_path):
    table = tmp_path / "latents" / "semisynthetic" / "pairs.csv"
    table.parent.mkdir(parents=True)
    table.write_text("latent,mate\n")
    with pytest.raises(BadManifest, match="no line below the column names"):
        bench.listed(tmp_path)
    table.write_text("latent,print\na.png,b.png\n")
    with pytest.raises(BadManifest, match="line 2 has no value for mate"):
        bench.listed(tmp_path)
    table.write_text("latent,mate\na.png,b.png\n")
    with pytest.raises(FileUnreadable, match=r"b\.png"):
        bench.measure(tmp_path, ["classical"])
