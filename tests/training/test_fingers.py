from dataclasses import replace

import numpy as np
import pytest

from biomatch.learned import Models, save, shipped
from biomatch.synthesis import fingers
from biomatch.synthesis.templates import synthesise_templates
from biomatch.training.finger_frames import Framed
from biomatch.training.fingers import fit_frames


@pytest.fixture(scope="module")
def frames():
    """Fingers drawn from the shipped model, with chains, and minutiae scattered beside them."""
    rng, arrays = np.random.default_rng(1), shipped().arrays(fingers.MODEL)
    drawn = fingers.draw(arrays, rng, 90, 1.0, 1.0)
    direction = fingers.direction(drawn.double)
    out = []
    for i, chain in enumerate(fingers.chains(arrays, drawn, rng, 1.0)):
        rows, columns = np.nonzero(drawn.inside[i] > 0)
        beside = np.abs(fingers.LEFT_PX + 8.0 * columns) > 12
        rows, columns = rows[beside], columns[beside]
        pick = rng.integers(len(rows), size=50)
        x, y = fingers.LEFT_PX + 8.0 * columns[pick], fingers.TOP_PX + 8.0 * rows[pick]
        angle = direction[i, rows[pick], columns[pick]] + np.pi * rng.integers(0, 2, 50)
        place = np.concatenate([chain, np.stack([x, y, angle], axis=1)])
        quality = np.where(np.arange(len(place)) < len(chain) + 30, 0.95, 0.2)
        inside = drawn.inside[i]
        out.append(
            Framed(
                "made",
                f"f{i}",
                int(drawn.cores[i]),
                float(drawn.gap[i]),
                drawn.double[i],
                inside > 0,
                inside,
                *place.T,
                quality,
            )
        )
    return out


@pytest.fixture(scope="module")
def fitted(frames):
    return fit_frames(frames, 1)


def test_the_model_has_what_the_sampler_reads(fitted, tmp_path):
    arrays, scores = fitted
    assert set(arrays) == set(shipped().arrays(fingers.MODEL))
    save(tmp_path, fingers.MODEL, arrays, {"scores": scores})
    made = synthesise_templates(20, 1, models=Models(tmp_path))
    assert all(len(t.minutiae) >= 6 for t in made)


def test_shares_of_cores_are_those_of_the_prints(fitted, frames):
    seen = np.bincount([p.cores for p in frames], minlength=3) / len(frames)
    assert fitted[0]["cores"] == pytest.approx(seen)


def test_chains_are_found_again(fitted):
    """Drawn at steps with a median of 6 to 7 px."""
    assert np.median(fitted[0]["chain_gap"][0]) == pytest.approx(
        np.median(shipped().arrays(fingers.MODEL)["chain_gap"][0]), abs=2
    )


def test_counts_follow_the_prints(fitted, frames):
    size = np.log(np.mean([p.mask.sum() * 64 for p in frames]) / 1e5)
    doubtful = np.exp(fitted[0]["count"][0] + size * fitted[0]["count"][1])[1]
    assert doubtful == pytest.approx(20, rel=0.2)


def test_the_same_prints_give_the_same_model(frames, fitted):
    again = fit_frames(frames, 1)[0]
    assert all(np.array_equal(again[name], value) for name, value in fitted[0].items())


def test_neighbours_that_shun_each_other_are_learned(frames):
    """Sure minutiae that point the same way lie 16 px apart at least: a neighbour that is nearer makes a minutia rare."""
    thinned = [thin(p, 16.0) for p in frames]
    pairs = fit_frames(thinned, 1)[0]["pairs"].reshape(3, 2, fingers.ASIDES, fingers.AHEADS)
    near, far = pairs[0, 0, 1, 4:7], pairs[0, 0, -1, 4:7]
    assert near.max() < -0.5
    assert np.abs(far).max() < 0.4


def thin(p, px):
    """A print without the minutiae that lie nearer to one before them that points the same way."""
    kept = []
    for k in range(len(p.x)):
        if all(np.hypot(p.x[k] - p.x[o], p.y[k] - p.y[o]) >= px or np.cos(p.angle[k] - p.angle[o]) <= 0 for o in kept):
            kept.append(k)
    return replace(p, x=p.x[kept], y=p.y[kept], angle=p.angle[kept], quality=p.quality[kept])
