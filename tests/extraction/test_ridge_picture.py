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
    assert (read.mask != mask[::2, ::2]).mean() < 0.05


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
