import numpy as np

from biomatch.bench.engine.identification import groups


def test_no_error_among_few_fingers_proves_little():
    low, high = groups.interval(np.zeros(30, bool), np.repeat(np.arange(10), 3))
    assert (low, high) == (0.0, 0.3)


def test_prints_of_one_sensor_and_good_ones_are_groups_of_their_own(people):
    found = groups.of_groups(people)
    assert found["same sensor"].all()
    probes, mates = groups.pairs_of(people)
    good = [groups.good(people.probes[p]) and groups.good(people.planted[m]) for p, m in zip(probes, mates, strict=True)]
    assert found["same sensor, good"].tolist() == good
