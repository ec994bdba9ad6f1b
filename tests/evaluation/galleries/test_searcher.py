import numpy as np

from biomatch.evaluation.galleries import searcher
from biomatch.evaluation.galleries.population import Population, Print
from biomatch.gallery.interface import Effort
from biomatch.synthesis import press_again, synthesise_templates


def test_other_prints_of_the_finger_are_struck_off_the_list():
    listed = [-1, 4, -1, 7, -1, 2]
    places = searcher.struck(listed, frozenset((2, 4, 7, 9)), np.array([4, 7, 2, 9]))
    assert places.tolist() == [1, 2, 3, -1]


def test_each_mate_is_searched_for_as_if_it_alone_of_its_finger_were_enrolled(tmp_path):
    """Together one of the two would be second."""
    rng = np.random.default_rng(3)
    first = synthesise_templates(1, 5)[0]
    prints = [Print(press_again(first, rng, 0.5), "a finger", "set", number, "biomatch") for number in range(3)]
    others = [Print(one, f"finger {n}", "set", 1, "biomatch") for n, one in enumerate(synthesise_templates(150, 6))]
    people = Population((*prints[:2], *others), (prints[2],), ())
    asking = searcher.Searcher(searcher.Opening(tmp_path / "gallery", people, 0, 1, cold=False))
    found = asking.search(prints[2].template, "a finger", np.array([0, 1]), Effort.NORMAL)
    asking.gallery.close()
    assert found.listed.tolist() == [True, True]
    assert found.ranks.tolist() == [1.0, 1.0]
    assert found.scores.min() > 40 > found.stranger
    assert 0 < found.index < found.cpu


def test_the_best_of_two_lists_are_joined_in_order():
    numbers, scores = searcher.nothing(1, 3)
    values = np.array([1.0, 5.0, 3.0, 5.0, 0.0], np.float32)
    numbers[0], scores[0] = searcher.best(numbers[0], scores[0], np.arange(5), values, 3)
    assert numbers[0].tolist() == [1, 3, 2]
    numbers[0], scores[0] = searcher.best(numbers[0], scores[0], np.array([9, 8]), np.array([4.0, -1.0], np.float32), 3)
    assert numbers[0].tolist() == [1, 3, 9]
    assert scores[0].tolist() == [5.0, 5.0, 4.0]


def test_the_sparse_end_of_a_file_takes_no_place_on_the_disk(tmp_path):
    path = tmp_path / "arena-1"
    path.write_bytes(bytes(range(256)) * 1_000)
    with path.open("r+b") as file:
        file.truncate(1 << 30)
    assert 256_000 <= searcher.on_disk(path) < 1 << 20
