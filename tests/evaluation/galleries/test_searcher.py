import numpy as np

from biomatch.evaluation.galleries import searcher
from biomatch.gallery.interface import Candidate


def test_other_prints_of_the_finger_are_struck_off_the_list():
    listed = [-1, 4, -1, 7, -1, 2]
    places = searcher.struck(listed, frozenset((2, 4, 7, 9)), np.array([4, 7, 2, 9]))
    assert places.tolist() == [1, 2, 3, -1]


def test_another_finger_of_the_same_person_is_before_the_mate_but_no_stranger():
    """Planted 0 is the mate; 3, of the same person, comes first, and a synthetic print last."""
    found = [
        Candidate(name, rank, score, 0.0, False, ())
        for rank, (name, score) in enumerate((("planted 3", 50.0), ("planted 0", 40.0), ("synthetic 7", 20.0)), 1)
    ]
    scores, ranks, stranger = searcher._candidates(found, frozenset((0,)), frozenset((0, 3)), np.array([0]))
    assert scores.tolist() == [40.0]
    assert ranks.tolist() == [2.0]
    assert stranger == 20.0


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
