from dataclasses import replace

import numpy as np
import pytest

from biomatch.synthesis.sensor import CHIP, GLASS, INK, LARGE, SENSORS, SOFT, develop
from biomatch.synthesis.window import CLEAN

SHAPE = (90, 100)


def developed(height, sensor, seed=1, moist=0.7):
    touch = np.full(SHAPE, height, np.float32)
    return develop(touch, np.full(SHAPE, moist, np.float32), sensor, np.random.default_rng(seed))


@pytest.mark.parametrize("sensor", [*SENSORS, INK], ids=lambda s: s.name)
def test_skin_that_touches_is_dark_and_nothing_is_bright(sensor):
    calm = replace(sensor, dirt=0.0)
    assert np.median(developed(1.0, calm)) < calm.dark + calm.pale + 75
    assert np.median([developed(-5.0, calm, seed, moist=0.0) for seed in range(9)]) > calm.empty - 60


def test_dirt_darkens_what_is_empty():
    clean, dirty = (np.mean(developed(-5.0, replace(CHIP, dirt=dirt), moist=0.1)) for dirt in (0.0, 20.0))
    assert dirty < clean - 3


def test_a_sensor_may_tell_few_levels_apart():
    assert len(np.unique(developed(0.1, replace(CHIP, levels=16)))) <= 16


def test_a_light_touch_is_paler():
    firm, light = (np.mean([developed(1.0, GLASS, seed, moist) for seed in range(12)]) for moist in (0.9, 0.3))
    assert light > firm + 10


def test_a_finger_without_sweat_is_hardly_seen_on_a_chip():
    parched, usual = (np.median(developed(1.0, CHIP, moist=moist)) for moist in (0.15, 0.6))
    assert usual < parched - 50 < CHIP.empty - 50


def test_what_an_earlier_touch_left_darkens_the_window():
    nothing, left = np.full(SHAPE, -5, np.float32), np.zeros(SHAPE, np.float32)
    left[:, 50:] = 1
    clean, marked = (develop(nothing, left * 0, SOFT, np.random.default_rng(3), earlier) for earlier in (None, left))
    assert np.array_equal(clean[:, :40], marked[:, :40])
    assert marked[:, 60:].mean() < clean[:, 60:].mean() - 8


def test_the_same_seed_gives_the_same_noise():
    assert np.array_equal(developed(0.2, GLASS), developed(0.2, GLASS))
    assert not np.array_equal(developed(0.2, GLASS), developed(0.2, GLASS, seed=2))


def test_a_device_s_mount_is_the_same_in_all_its_images():
    nothing = np.full((SOFT.height, SOFT.width), -5, np.float32)
    one, again, other = (
        develop(nothing, 0 * nothing, replace(SOFT, device=device), np.random.default_rng(seed))[-8:, :3].astype(int)
        for device, seed in ((1, 1), (1, 2), (2, 1))
    )
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_valleys_thinner_than_a_pixel_are_grey_not_lost_or_torn():
    """A valley of a third of a px, between px and on them: about as bright anywhere. Read px by px it would come and go."""
    calm = replace(GLASS, grit=0.0, noise=0.0, quiet_noise=0.0, dirt=0.0, dark_spread=0.0)
    x = np.arange(SHAPE[1], dtype=np.float32)[None, :]
    y = np.arange(SHAPE[0], dtype=np.float32)[:, None]
    valley = np.minimum(np.abs(x - 50 - 0.05 * y) - 0.4, 1).astype(np.float32)
    made = develop(valley, np.full(SHAPE, 0.7, np.float32), calm, np.random.default_rng(2)).astype(float)
    brightest = made[5:-5].max(axis=1)
    firm = np.median(made)
    assert (brightest > firm + 25).all()
    assert brightest.std() < 0.5 * (brightest.mean() - firm)


def test_a_crisp_sensor_knows_ridge_and_valley_only():
    ramp = np.linspace(-1, 1, SHAPE[1], dtype=np.float32)[None, :].repeat(SHAPE[0], axis=0)
    soft, crisp = (
        develop(ramp, np.full(SHAPE, 0.7, np.float32), replace(CHIP, crisp=gain, grit=0.0, noise=0.0), np.random.default_rng(1))
        for gain in (1.0, 3.0)
    )
    between = [((one > 130) & (one < 225)).mean() for one in (soft, crisp)]
    assert between[1] < 0.6 * between[0]


def test_halves_that_are_read_apart_are_combed_where_the_finger_moved():
    edge = np.where(np.arange(SHAPE[1]) < 50, 1.0, -5.0).astype(np.float32)[None, :].repeat(SHAPE[0], axis=0)
    calm = replace(LARGE, noise=0.0, quiet_noise=0.0, grit=0.0, dirt=0.0, jitter_px=0.0, window=CLEAN)

    def combed(comb, seed):
        made = develop(edge, (edge > 0).astype(np.float32), replace(calm, comb_px=comb), np.random.default_rng(seed))
        return np.abs(np.diff(made[:, 45:55].astype(float), axis=0)).mean()

    assert max(combed(0.0, seed) for seed in range(12)) < 3
    assert 1 <= sum(combed(4.0, seed) > 5 for seed in range(12)) <= 8


def test_a_dry_ridge_is_seen_all_the_same():
    for sensor in SENSORS:
        calm = replace(sensor, noise=0.0, quiet_noise=0.0, dirt=0.0)
        dry = np.median([developed(2.0, calm, seed, moist=0.12) for seed in range(5)])
        bare = np.median([developed(-9.0, calm, seed, moist=0.12) for seed in range(5)])
        assert dry < bare - 8, sensor.name


def test_a_sensor_of_few_rows_repeats_some():
    skin = (np.random.default_rng(3).standard_normal(SHAPE) * 0.6).astype(np.float32)
    calm = replace(CHIP, noise=0.0, quiet_noise=0.0, grit=0.0, dirt=0.0, dark_spread=0.0, jitter_px=0.0)

    def alike(rows):
        made = develop(skin, np.full(SHAPE, 0.7, np.float32), replace(calm, rows=rows), np.random.default_rng(4))
        steps = np.abs(np.diff(made[:, 1:-1].astype(float), axis=0)).mean(axis=1)
        return (steps < 0.5 * np.median(steps)).mean()

    assert alike(1.0) == 0
    assert 0.1 < alike(0.78) < 0.4
