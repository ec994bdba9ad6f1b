"""Two templates to a score and correspondences."""

from dataclasses import replace

import numpy as np
import pytest

import biomatch
from biomatch.comparison import Block, Comparer, Prepared, prepare
from biomatch.comparison.evidence import MOST_FOREIGN
from biomatch.errors import BadTemplate, ModelDamaged
from biomatch.extraction import CLASSICAL, open_extractor
from biomatch.learned import Models, save, shipped
from biomatch.spare_cores import SpareCores
from biomatch.template import Minutiae, Template
from biomatch.vocabulary import ImpressionType


def template(count, seed=1, size=400):
    rng = np.random.default_rng(seed)
    xy = rng.uniform(0, size, (2, count))
    return Template(Minutiae.of(*xy, rng.uniform(0, 6.28, count), None, rng.uniform(0.3, 1, count)), size, size)


def test_mates_score_high_and_strangers_low(comparer, fingers, mates):
    scores = np.array([[c.score for c in comparer.refine(f, mates)] for f in fingers])
    mated = np.eye(len(fingers), dtype=bool)
    assert scores[mated].min() > scores[~mated].max()
    assert np.median(scores[mated]) > 40
    assert np.median(scores[~mated]) < 10


def test_the_same_pair_gives_the_same_answer_bit_for_bit(comparer, fingers, mates):
    one, two = comparer.compare(fingers[0], mates[0]), comparer.compare(fingers[0], mates[0])
    assert (one.score, one.llr, one.raw, one.features) == (two.score, two.llr, two.raw, two.features)
    for a, b in zip(one.pairs, two.pairs, strict=True):
        np.testing.assert_array_equal(a, b)


def test_one_pair_alone_scores_as_in_a_list(comparer, fingers, mates):
    listed = comparer.refine(fingers[0], mates)
    assert [c.score for c in listed] == [comparer.compare(fingers[0], m).score for m in mates]


def test_spare_cores_change_no_bit(comparer, fingers, mates):
    spare = SpareCores(2)
    with spare.calling():
        shared = comparer.refine(fingers[0], mates, 3, spare)
        listed = comparer.relaxed(fingers[0], Block.of(mates), spare)
    np.testing.assert_array_equal(listed, comparer.relaxed(fingers[0], Block.of(mates)))
    for ours, alone in zip(shared, comparer.refine(fingers[0], mates, 3), strict=True):
        assert (ours.score, ours.llr, ours.raw, ours.features) == (alone.score, alone.llr, alone.raw, alone.features)
        for one, two in zip((*ours.pairs, ours.motion), (*alone.pairs, alone.motion), strict=True):
            np.testing.assert_array_equal(one, two)


def test_a_template_survives_storage_without_a_change_of_score(comparer, describer, fingers, mates):
    stored = prepare(Template.from_bytes(mates[0].template.to_bytes()), describer)
    assert comparer.compare(fingers[0], stored).raw == comparer.compare(fingers[0], mates[0]).raw


@pytest.mark.parametrize("count", [0, 1, 2, 3])
def test_few_minutiae_claim_little(comparer, describer, count):
    few = prepare(template(count), describer)
    same = comparer.compare(few, few)
    assert 0 <= same.score <= 8 * count
    assert same.llr <= 0.8 * count
    assert comparer.compare(few, prepare(template(40, 2), describer)).score <= 8 * count


def test_very_many_minutiae_are_compared(comparer, describer):
    many, other = prepare(template(400), describer), prepare(template(300, 2), describer)
    assert comparer.compare(many, many).score > comparer.compare(many, other).score


def test_a_score_beyond_the_non_mated_is_marked(comparer, fingers):
    same = comparer.compare(fingers[0], fingers[0])
    assert same.extrapolated
    assert same.score < 150  # the tail is bent


def test_foreign_minutiae_are_scored_by_their_own_model(comparer, fingers, mates):
    """The same minutiae under another extractor's name: their qualities are read otherwise."""
    foreign = [Prepared(replace(m.template, extractor="vendor"), m.vectors) for m in mates]
    listed = comparer.refine(fingers[0], [mates[0], foreign[0], foreign[1], mates[1]])
    ours, same = comparer.compare(fingers[0], mates[0]), comparer.compare(fingers[0], foreign[0])
    assert [one.score for one in listed[:2]] == [ours.score, same.score]
    assert ours.raw != same.raw
    assert same.score > 40 > 10 > listed[2].score
    assert listed[3].score == comparer.compare(fingers[0], mates[1]).score


def test_the_list_of_nobody_is_empty(comparer, fingers):
    assert comparer.refine(fingers[0], []) == []


def test_what_is_not_a_number_is_refused():
    with pytest.raises(BadTemplate, match="finite"):
        Minutiae.of([1, float("nan")], [1, 2], [0, 0])


def test_ridges_can_be_left_out(fingers, mates):
    assert Comparer(use_ridges=False).compare(fingers[0], mates[0]).ridges is None


def test_ridges_of_a_latent_speak_for_a_reference_and_never_against_one(comparer, describer, root):
    extractor, place = open_extractor(CLASSICAL), root / "sample_data" / "enrol"
    names = ("P01-left-thumb_1", "P01-left-thumb_2", "P02-left-thumb_1")
    one, mate, other = (extractor.extract(biomatch.decode((place / f"{name}.png").read_bytes())) for name in names)
    vectors, references = describer.describe(one), [prepare(mate, describer), prepare(other, describer)]

    def compared(ridges, impression):
        return comparer.refine(Prepared(replace(one, ridges=ridges, impression=impression), vectors), references)

    latent, plain = ImpressionType.LATENT_IMPRESSION, one.impression
    (own, against), (bare_own, bare) = compared(one.ridges, plain), compared(b"", plain)
    assert own.raw > bare_own.raw
    assert against.raw < bare.raw
    (own_latent, spared), (_, bare_latent) = compared(one.ridges, latent), compared(b"", latent)
    assert own_latent.raw == own.raw
    assert own_latent.ridges is not None
    assert (spared.raw, spared.score, spared.llr) == (bare_latent.raw, bare_latent.score, bare_latent.llr)
    assert spared.ridges is None


def test_a_damaged_ridge_picture_is_an_error(comparer, fingers):
    spoilt = Prepared(replace(fingers[0].template, ridges=b"nonsense"), fingers[0].vectors)
    with pytest.raises(BadTemplate):
        comparer.compare(spoilt, spoilt)


def test_a_score_of_other_features_is_refused(tmp_path):
    for name in ("comparison", "calibration"):
        arrays = dict(shipped().arrays(name))
        if name == "comparison":
            arrays["minutiae_weight"] = arrays["minutiae_weight"][:-1]
        save(tmp_path, name, arrays, {})
    with pytest.raises(ModelDamaged, match="features"):
        Comparer(Models(tmp_path))


def test_relaxed_scores_are_one_a_reference(comparer, fingers, mates):
    assert comparer.relaxed(fingers[0], Block.of(mates)).shape == (len(mates),)


@pytest.mark.parametrize("extractor", ["learned/1", "foreign"])
def test_a_comparison_reads_the_descriptors_of_no_more_minutiae_than_it_says(comparer, describer, extractor):
    """So prints of very many minutiae need not be described whole: the score is the same to the bit."""
    probe, reference = (replace(template(400, seed), extractor=extractor) for seed in (1, 2))
    whole = comparer.compare(prepare(probe, describer), prepare(reference, describer))
    some = comparer.compare(prepare(probe, describer, MOST_FOREIGN), prepare(reference, describer, MOST_FOREIGN))
    assert (some.raw, some.score, some.llr, some.features) == (whole.raw, whole.score, whole.llr, whole.features)
    for ours, theirs in zip(some.pairs, whole.pairs, strict=True):
        np.testing.assert_array_equal(ours, theirs)
