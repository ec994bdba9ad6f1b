from dataclasses import replace

import numpy as np
import pytest

from biomatch.comparison import Block, Prepared
from biomatch.comparison.prepared import crowd, known_quality, similarities, strongest, turns_of
from biomatch.errors import BadTemplate, CorruptTemplate


def test_the_strongest_minutiae_are_kept_in_their_order():
    quality = np.array([0.2, 0.9, 0.5, 0.9, 0.5, 0.1], np.float32)
    assert strongest(quality, np.array([0, 6]), 3).tolist() == [1, 2, 3]
    assert strongest(quality, np.array([0, 2, 6]), 2).tolist() == [0, 1, 2, 3]
    assert strongest(quality, np.array([0, 6]), 9).tolist() == [0, 1, 2, 3, 4, 5]


def test_a_crowd_counts_others_of_the_same_print_only(fingers):
    block = Block.of(fingers[:2] * 2)
    of_print = np.repeat(np.arange(len(block)), np.diff(block.starts))
    distance = np.hypot(block.x[:, None] - block.x, block.y[:, None] - block.y)
    near = (distance < 16) & (of_print[:, None] == of_print) & ~np.eye(len(distance), dtype=bool)
    counted = crowd(block, 16)
    np.testing.assert_array_equal(counted, near.sum(axis=1))
    assert counted.any()


def test_vectors_of_another_template_are_refused(fingers):
    with pytest.raises(BadTemplate, match="describe the template anew"):
        Prepared(fingers[0].template, fingers[0].vectors[:-1])


def test_a_block_is_cut_as_a_list_is(fingers):
    block = Block.of(fingers)
    for some in (slice(2, 5), slice(0, 0), slice(11, None), slice(None)):
        part, alone = block[some], Block.of(fingers[some])
        assert len(part) == len(alone)
        for name in ("x", "y", "angle", "quality", "vectors", "starts"):
            np.testing.assert_array_equal(getattr(part, name), getattr(alone, name))


def test_the_strongest_of_a_block_are_those_of_each_print(fingers):
    block, kept = Block.of(fingers).strongest(10)
    assert np.diff(block.starts).tolist() == [min(10, len(one.vectors)) for one in fingers]
    for r, one in enumerate(fingers):
        own = slice(block.starts[r], block.starts[r + 1])
        best = np.sort(np.round(one.template.minutiae.quality * 100))[::-1][:10]
        np.testing.assert_array_equal(np.sort(np.round(block.quality[own] * 100))[::-1], best)
    np.testing.assert_array_equal(block.x, Block.of(fingers).x[kept])


def test_a_template_without_ridges_has_no_picture_and_a_damaged_one_is_named(fingers):
    bare = replace(fingers[0].template, ridges=b"")
    assert Prepared(bare, fingers[0].vectors).ridges is None
    with pytest.raises(CorruptTemplate):
        _ = Prepared(replace(bare, ridges=b"nonsense"), fingers[0].vectors).ridges


def test_turns_are_steps_of_a_256th():
    angle = np.array([0, np.pi / 2, np.pi, 2 * np.pi - 1e-4, -np.pi / 2], np.float32)
    assert turns_of(angle).tolist() == [0, 64, 128, 0, 192]


def test_a_quality_that_is_not_given_counts_as_the_usual_one(fingers):
    block = replace(Block.of(fingers[:1]), quality=np.zeros(len(fingers[0].vectors), np.float32))
    assert set(known_quality(block, 0.4)) == {0.4}


def test_a_vector_is_most_similar_to_itself(fingers):
    table = similarities(fingers[0].vectors, fingers[0].vectors)
    assert table.dtype == np.float32
    assert (table.argmax(axis=1) == np.arange(len(table))).mean() > 0.95
    assert np.diag(table).mean() == pytest.approx(1, abs=0.05)
