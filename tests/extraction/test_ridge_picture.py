import struct
from contextlib import nullcontext

import numpy as np
import pytest

from biomatch.errors import CorruptTemplate
from biomatch.extraction import ridge_picture
from biomatch.extraction.ridge_picture import PictureParams


@pytest.fixture
def cosine(patterns):
    return ((patterns.stripes(300, 9.0, 0.5).astype(np.float32) - 128) / 80).clip(-1, 1)


def oval(shape):
    y, x = np.mgrid[: shape[0], : shape[1]]
    return ((y - shape[0] / 2) / (shape[0] / 2.5)) ** 2 + ((x - shape[1] / 2) / (shape[1] / 3)) ** 2 < 1


def test_what_was_encoded_is_decoded(cosine):
    mask = oval(cosine.shape)
    read = ridge_picture.decode(ridge_picture.encode(cosine, mask, PictureParams()))
    assert read.scale == 2
    assert read.picture.shape == read.mask.shape == (150, 150)
    small = cosine.reshape(150, 2, 150, 2).mean((1, 3))
    assert np.corrcoef(read.picture[read.mask], small[read.mask])[0, 1] > 0.9
    assert (read.picture[~read.mask] == 0).all()
    assert (read.mask != mask[::2, ::2]).mean() < 0.025  # seen: 0.02


def test_px_are_put_into_the_mask_as_numpy_would(rng):
    for rows, columns, grid in ((13, 22, 4), (1, 1, 4), (7, 9, 3), (0, 5, 4)):
        levels = rng.choice(np.array([-3, -1, 1, 3], np.int8), rows * columns + 2)
        cells = rng.random((-(-rows // grid), -(-columns // grid))) < 0.5
        out = np.zeros((rows, columns), np.int8)
        ridge_picture.fill(levels, np.packbits(cells), grid, out)
        seen = np.repeat(np.repeat(cells, grid, 0), grid, 1)[:rows, :columns]
        assert (out == np.where(seen, levels[: rows * columns].reshape(rows, columns), 0)).all()


def test_px_of_one_bit_and_of_two_are_told_apart(cosine):
    for bits, strong in ((1, 2), (2, 3)):
        read = ridge_picture.decode(ridge_picture.encode(cosine, oval(cosine.shape), PictureParams(choices=((2, bits),))))
        small = cosine.reshape(150, 2, 150, 2).mean((1, 3))
        clear = read.mask & (np.abs(small) > 0.7)
        assert (np.abs(read.picture[clear]) == strong).all()
        assert (np.sign(read.picture[clear]) == np.sign(small[clear])).all()


def test_it_never_takes_more_than_is_allowed(rng):
    noise = rng.uniform(-1, 1, (900, 800)).astype(np.float32)
    for most in (6_000, 3_000):
        params = PictureParams(most_bytes=most)
        data = ridge_picture.encode(noise, np.ones(noise.shape, bool), params)
        assert 0 < len(data) <= most
        assert ridge_picture.decode(data).scale >= 3


def test_without_ridges_it_is_empty(cosine):
    assert ridge_picture.encode(cosine, np.zeros(cosine.shape, bool), PictureParams()) == b""


@pytest.mark.parametrize("size", [(1, 1), (3, 200), (17, 5)])
def test_tiny_pictures_are_encoded(size):
    data = ridge_picture.encode(np.ones(size, np.float32), np.ones(size, bool), PictureParams())
    assert data == b"" or ridge_picture.decode(data).mask.any()


def test_a_picture_larger_than_any_print_is_refused_before_memory_is_taken_for_it(cosine):
    """Forty bytes may announce 65,535 x 65,535 px, 4 GB."""
    data = bytearray(ridge_picture.encode(cosine, oval(cosine.shape), PictureParams()))
    assert ridge_picture.decode(bytes(data)).scale == 2
    for side, sound in ((2_047, True), (2_048, False), (65_535, False)):
        data[4:8] = struct.pack("<HH", side, side)
        with nullcontext() if sound else pytest.raises(CorruptTemplate, match="contradicts its own head"):
            assert ridge_picture.decode(bytes(data)).picture.shape == (side, side)


def test_damage_is_an_error_and_never_a_crash(cosine, rng):
    data = ridge_picture.encode(cosine, oval(cosine.shape), PictureParams())
    for _ in range(300):
        bad = bytearray(data[: rng.integers(0, len(data))] if rng.random() < 0.3 else data)
        for at in rng.integers(0, max(1, len(bad)), 3):
            if bad:
                bad[at] ^= int(rng.integers(1, 256))
        try:
            ridge_picture.decode(bytes(bad))
        except CorruptTemplate:
            continue


def test_about_points_only_what_lies_between_and_near_them_is_kept(cosine):
    whole = ridge_picture.encode(cosine, np.ones(cosine.shape, bool), PictureParams())
    points = np.array([[100, 100], [200, 100], [200, 200], [100, 200]], np.float32)
    read = ridge_picture.decode(ridge_picture.about(whole, points, 16.0))
    every = ridge_picture.decode(whole)
    assert read.scale == every.scale == 2
    y, x = np.nonzero(read.mask)
    cell = 8  # px of the print a cell of the mask
    for places in (x, y):
        assert 100 - 16 - cell <= 2 * places.min() <= 100 - 16 + cell
        assert 200 + 16 - cell <= 2 * places.max() <= 200 + 16 + cell
    both = read.mask[50:100, 50:100]
    assert both.all()
    kept, known = read.picture[50:100, 50:100], every.picture[50:100, 50:100]
    assert np.corrcoef(kept.ravel(), known.ravel())[0, 1] > 0.95


def test_about_nothing_nothing_is_kept(cosine):
    whole = ridge_picture.encode(cosine, np.ones(cosine.shape, bool), PictureParams())
    assert ridge_picture.about(whole, np.zeros((0, 2), np.float32), 16.0) == b""
    assert ridge_picture.about(b"", np.ones((3, 2), np.float32), 16.0) == b""
    with pytest.raises(CorruptTemplate):
        ridge_picture.about(whole[:20], np.ones((3, 2), np.float32), 16.0)
