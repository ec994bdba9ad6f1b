import numpy as np

from biomatch.synthesis.pores import holes_and_drops, necks
from biomatch.synthesis.skin import Touch
from biomatch.synthesis.traits import Traits


def pitted(person, touch, seeds=range(10)):
    at, along = np.array([[30.0, 40.0], [70.0, 20.0]]), np.array([[1.0, 0.0], [0.0, 1.0]])
    moist = np.full((60, 100), 0.5, np.float32)
    made = [holes_and_drops(at, along, np.zeros(2), np.random.default_rng(n), moist, touch, person) for n in seeds]
    return tuple(sum(values) for values in zip(*made, strict=True))


def test_pores_are_dimples_where_they_are():
    holes, drops = pitted(Traits(porous=1.0, scored=0.0), Touch(pressure=-1))
    assert holes[40, 30] > 1
    assert holes[20, 70] > 1
    assert holes[5, 5] < 1e-6
    assert drops[5, 5] < 1e-6


def test_lines_between_pores_cross_the_ridge():
    """Along the ridge of the first pore, x, a cut is narrow; across it, y, as long as a ridge is wide."""
    holes, _ = pitted(Traits(porous=0.0, scored=1.0), Touch(pressure=1, moisture=-1), range(40))
    ahead = holes[37:44, 33:37].max(axis=1)
    assert (ahead[1:-1] > 0.3 * ahead.max()).all()
    assert holes[40, 47:].max() < 1e-3


def test_drops_stand_on_the_pores_of_some_touches_only():
    rng = np.random.default_rng(3)
    at = rng.uniform(5, 195, (400, 2))
    along = np.tile([1.0, 0.0], (400, 1))
    wet = [
        holes_and_drops(at, along, np.zeros(400), np.random.default_rng(seed), np.full((200, 200), 0.8), Touch(), Traits())[
            1
        ].mean()
        for seed in range(40)
    ]
    assert 0.02 < np.mean(np.array(wet) > 0.04) < 0.4


def test_ridges_are_narrow_between_pores_and_part_where_they_are_dry():
    """On the flank of a ridge more than on its crest: it is beads on a string."""
    side = 120
    crest = np.cos(2 * np.pi * np.arange(side) / 9)[:, None].repeat(side, axis=1).astype(np.float32)
    wave = np.cos(2 * np.pi * np.arange(side) / 8.6)[None, :].repeat(side, axis=0).astype(np.float32)
    moist = np.full((side, side), 0.9, np.float32)
    moist[:, side // 2 :] = 0.2
    flat = np.zeros_like(crest)
    smooth, beaded = (
        np.mean(
            [necks(crest, wave, flat, moist, np.random.default_rng(seed), Touch(), Traits(beaded=much)) for seed in range(8)],
            axis=0,
        )
        for much in (0.0, 1.0)
    )
    between, flank, top = wave < -0.8, np.abs(crest) < 0.3, crest > 0.9
    assert beaded[between & flank].mean() > smooth[between & flank].mean() + 0.1
    assert beaded[between & flank].mean() > beaded[between & top].mean() + 0.1
    assert (
        beaded[:, side // 2 :][(between & flank)[:, side // 2 :]].mean()
        > 1.5 * beaded[:, : side // 2][(between & flank)[:, : side // 2]].mean()
    )
    assert beaded[wave > 0.8].mean() < -0.1
