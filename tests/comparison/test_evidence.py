from dataclasses import replace

import numpy as np

from biomatch.comparison import Block, Prepared, evidence, features, prepare
from biomatch.comparison.evidence import Evidence
from biomatch.template import Minutiae, Template


def test_pairs_are_one_to_one_and_strongest_first(fingers, mates):
    found = evidence.gather(fingers[0], Block.of([mates[0]]))
    probe_of, reference_of, weight = found.pairs(0)
    assert len(set(probe_of)) == len(probe_of) == len(set(reference_of))
    assert (np.diff(weight) <= 0).all()


def test_a_block_gives_what_single_references_give(fingers, mates):
    together = evidence.gather(fingers[0], Block.of(mates))
    for r, mate in enumerate(mates):
        alone = evidence.gather(fingers[0], Block.of([mate]))
        np.testing.assert_array_equal(together.features[r], alone.features[0])
        np.testing.assert_array_equal(together.pairs(r)[1], alone.pairs(0)[1])


def test_a_heap_of_false_minutiae_counts_for_little_where_minutiae_are_foreign(fingers, describer):
    """As MINDTCT finds them in a smudge: twenty within a few px, all sure."""
    template = fingers[0].template
    m, rng = template.minutiae, np.random.default_rng(3)
    x, y = (np.append(v, v.mean() + rng.uniform(-12, 12, 20)) for v in (m.x, m.y))
    angle, quality = np.append(m.angle, rng.uniform(0, 6, 20)), np.append(m.quality, np.full(20, 0.9))
    heaped = prepare(replace(template, minutiae=type(m).of(x, y, angle, quality=quality)), describer)
    at = features.NAMES.index("quality unpaired")
    ours, foreign = (
        evidence.gather(fingers[0], Block.of([heaped]), foreign=foreign).features[0, at] for foreign in (False, True)
    )
    assert foreign < 0.5 * ours


def test_an_empty_side_scores_zero(describer, fingers):
    nobody = prepare(Template(Minutiae.none(), 300, 300), describer)
    assert evidence.relaxed(nobody, Block.of(fingers)).tolist() == [0] * len(fingers)
    assert evidence.relaxed(fingers[0], Block.of([nobody, fingers[0]]))[0] == 0
    assert len(evidence.relaxed(fingers[0], Block.of([]))) == 0


def test_joined_parts_are_what_the_whole_block_gives(fingers, mates):
    block = Block.of(mates)
    whole = evidence.gather(fingers[0], block)
    parts = [evidence.gather(fingers[0], block[some]) for some in (slice(0, 3), slice(3, 4), slice(4, 4), slice(4, 12))]
    joined = Evidence.joined(parts)
    for name in ("features", "motions", "starts", "probe_of", "reference_of", "weight"):
        np.testing.assert_array_equal(getattr(joined, name), getattr(whole, name))
    assert Evidence.joined(parts[:1]) is parts[0]


def test_pairs_are_numbered_as_in_the_template_and_not_as_among_the_strongest(fingers, mates):
    """Sixty weak minutiae that are put before all others move every number by sixty, and change nothing else."""
    mate = max(mates, key=lambda one: len(one.vectors))
    m = mate.template.minutiae
    assert len(m) >= evidence.MOST
    corner, quality = np.full(60, 5.0), np.append(np.zeros(60), np.maximum(m.quality, 0.01))
    minutiae = Minutiae.of(np.append(corner, m.x), np.append(corner, m.y), np.append(corner, m.angle), quality=quality)
    vectors = np.concatenate([np.zeros((60, mate.vectors.shape[1]), np.int8), mate.vectors])
    more = Prepared(replace(mate.template, minutiae=minutiae), vectors)
    few, many = (evidence.gather(fingers[0], Block.of([one])) for one in (mate, more))
    np.testing.assert_array_equal(many.reference_of, few.reference_of + 60)
    np.testing.assert_array_equal(many.probe_of, few.probe_of)
