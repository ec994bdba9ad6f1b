import numpy as np

from biomatch.evaluation.bench import searcher


def test_other_prints_of_the_finger_are_struck_off_the_list():
    listed = [-1, 4, -1, 7, -1, 2]
    places = searcher.struck(listed, frozenset((2, 4, 7, 9)), np.array([4, 7, 2, 9]))
    assert places.tolist() == [1, 2, 3, -1]


def test_the_best_of_two_lists_are_joined_in_order():
    numbers, scores = searcher.nothing(1, 3)
    values = np.array([1.0, 5.0, 3.0, 5.0, 0.0], np.float32)
    numbers[0], scores[0] = searcher.best(numbers[0], scores[0], np.arange(5), values, 3)
    assert numbers[0].tolist() == [1, 3, 2]
    numbers[0], scores[0] = searcher.best(numbers[0], scores[0], np.array([9, 8]), np.array([4.0, -1.0], np.float32), 3)
    assert numbers[0].tolist() == [1, 3, 9]
    assert scores[0].tolist() == [5.0, 5.0, 4.0]
