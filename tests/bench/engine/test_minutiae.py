"""Minutiae against the truth: who is paired with whom, which level is best, and that good prints are told from bad."""

import cv2
import numpy as np
import pytest

from biomatch.bench.engine import minutiae as bench
from biomatch.errors import FileUnreadable, NothingToDo, UnknownName
from biomatch.template import Minutiae


def at(*rows):
    x, y, degrees = np.array(rows, float).reshape(-1, 3).T
    return Minutiae.of(x, y, np.radians(degrees), np.zeros(len(x), int), np.ones(len(x)))


def test_a_minutia_is_found_within_8_px_and_15_degrees():
    truth = at((50, 50, 0), (100, 50, 0), (150, 50, 0), (200, 50, 355))
    found = at((57.5, 50, 10), (108.5, 50, 0), (150, 50, 17), (200, 50, 5))
    assert [part.tolist() for part in bench.assigned(found, truth)] == [[0, 3], [0, 3]]


def test_two_found_at_one_place_count_once_and_no_pair_is_lost_to_a_nearer_one():
    found, truth = at((50, 50, 0), (51, 50, 0)), at((50, 50, 0))
    assert len(bench.assigned(found, truth)[0]) == 1
    found, truth = at((56, 50, 0), (50, 50, 0)), at((50, 50, 0), (43, 50, 0))  # the nearest first would leave one alone
    assert sorted(zip(*(part.tolist() for part in bench.assigned(found, truth)), strict=True)) == [(0, 0), (1, 1)]


def test_nothing_found_or_nothing_there_is_no_pair():
    assert bench.assigned(at(), at((1, 1, 0)))[0].tolist() == bench.assigned(at((1, 1, 0)), at())[0].tolist() == []


def test_the_best_level_leaves_out_what_is_mostly_false():
    one = Minutiae.of(np.arange(8), np.zeros(8), np.zeros(8), np.zeros(8, int), [0.9, 0.9, 0.8, 0.8, 0.2, 0.2, 0.1, 0.1])
    right = np.array([1, 1, 1, 0, 0, 0, 1, 0], bool)
    figures = bench.best([(one, right, 5)])
    assert figures["quality"] == pytest.approx(0.8, abs=0.01)
    assert (figures["recall"], figures["precision"], figures["recall_all"]) == (0.6, 0.75, 0.8)
    assert figures["f1"] == pytest.approx(2 * 3 / (4 + 5), rel=1e-3)


def test_marks_of_people_are_read_with_y_up_as_their_files_have_it(tmp_path):
    (tmp_path / "latents").mkdir()
    for name in bench.MARKED:
        (tmp_path / "latents" / f"{name}.mnt").write_text("name\n2 90 80\n10 20 0.5\n30 40 3\n\n")
        cv2.imwrite(str(tmp_path / "latents" / f"{name}.bmp"), np.zeros((80, 90), np.uint8))
    good, other = bench.marked(tmp_path)
    assert np.allclose(good.truth.angle, [0.5, 3], atol=0.02)
    assert np.allclose(other.truth.angle, [2 * np.pi - 0.5, 2 * np.pi - 3], atol=0.02)
    assert good.truth.x.tolist() == [10, 30]


def test_a_folder_without_marked_latents_is_named(tmp_path):
    with pytest.raises(NothingToDo, match=r"sd27_good_latent\.mnt"):
        bench.marked(tmp_path)


def test_an_unknown_extractor_is_named():
    with pytest.raises(UnknownName, match="mindtct"):
        bench.measure(fingers=1, extractors=["deep"])


def test_most_minutiae_of_a_good_print_are_found_and_fewer_of_a_latent():
    """Seen: F1 0.79; of latents 0.77, of rolled prints 0.93."""
    figures = bench.measure(fingers=8, extractors=["classical"]).figures
    assert figures["prints"] == {"plain": 8, "careless": 8, "rolled": 2, "latent": 4}
    assert figures["classical"]["plain"]["f1"] > 0.7
    assert figures["classical"]["latent"]["f1"] < figures["classical"]["plain"]["f1"]
    assert figures["classical"]["latent"]["f1"] < figures["classical"]["rolled"]["f1"] - 0.1
    assert 1.5 < figures["classical"]["off_px"] < 4.5


def test_marks_that_are_none_and_a_picture_that_is_not_there_are_named(tmp_path):
    (tmp_path / "latents").mkdir()
    marks = tmp_path / "latents" / "sd27_good_latent.mnt"
    marks.write_text("name\n1 90 80\nten 20 0.5\n")
    with pytest.raises(FileUnreadable, match=r"sd27_good_latent\.mnt"):
        bench.marked(tmp_path)
    marks.write_text("name\n1 90 80\n10 20 0.5\n")
    with pytest.raises(FileUnreadable, match=r"sd27_good_latent\.bmp"):
        bench.marked(tmp_path)
