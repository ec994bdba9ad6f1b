"""Prints for training."""

from pathlib import Path

import numpy as np

from biomatch.evaluation.protocol import Sample
from biomatch.training import data


def test_mated_pairs_are_of_one_finger_and_no_more_than_asked_for(pressed):
    prints = pressed(4, 5)
    pairs = data.mated_pairs(prints, 6, np.random.default_rng(1))
    assert len(pairs) == 4 * 6
    assert all(prints[a].finger == prints[b].finger and a < b for a, b in pairs)


def test_the_same_seed_draws_the_same_pairs(pressed):
    prints = pressed(3, 5)
    one, two = (data.mated_pairs(prints, 4, np.random.default_rng(9)) for _ in range(2))
    assert one == two


def test_sets_that_share_fingers_are_one_group():
    assert data.group_of("fvc2000_db1") == data.group_of("fvc2000_db2_a")
    assert data.group_of("crossmatch") == data.group_of("uareu")
    assert data.group_of("another") == "another"


def test_templates_are_read_from_the_cache(tmp_path, pressed):
    from biomatch.extraction import ClassicalExtractor

    template = pressed(1, 1)[0].template
    sample = Sample("set", "finger", 1, Path("nowhere/finger_1.png"), 500)
    place = tmp_path / f"{ClassicalExtractor().version.replace('/', '-')}-0" / "set" / "finger_1.bmt"
    place.parent.mkdir(parents=True)
    place.write_bytes(template.to_bytes())
    (found,) = data.templates([sample], None, tmp_path)
    assert found.template.minutiae == template.minutiae
    assert (found.set, found.finger, found.impression) == ("set", "finger", 1)


def test_what_cannot_be_read_is_left_out(tmp_path):
    path = tmp_path / "finger_1.png"
    path.write_bytes(b"no image")
    assert data.templates([Sample("set", "finger", 1, path, 500)], None, None) == []
