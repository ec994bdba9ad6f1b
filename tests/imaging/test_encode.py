from __future__ import annotations

import cv2
import numpy as np
import pytest

from biomatch.errors import UnreadableImage, UnwritableImage
from biomatch.imaging import FINGER, PALM, SLAP, ImageFormat, decode, encode, header


@pytest.mark.parametrize("form", [ImageFormat.PNG, ImageFormat.JP2])
@pytest.mark.parametrize("ppi", [400, 500, 1000])
def test_png_and_jpeg_2000_lose_nothing_and_say_their_resolution(form: ImageFormat, ppi: int) -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (70, 91), np.uint8)
    data = encode(pixels, form, ppi=ppi)
    head = header.read(data)
    assert (head.width, head.height, head.ppi) == (91, 70, ppi)
    assert np.array_equal(cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED), pixels)


def test_a_resolution_beyond_16_bits_keeps_its_size_in_jpeg_2000() -> None:
    head = header.read(encode(np.zeros((40, 40), np.uint8), ImageFormat.JP2, ppi=2000))
    assert head.ppi == pytest.approx(2000, abs=0.5)


def test_wsq_is_written_at_the_rate_asked_for(loop_print: np.ndarray) -> None:
    small, large = encode(loop_print, ImageFormat.WSQ), encode(loop_print, ImageFormat.WSQ, rate=2.25)
    assert header.read(small).kind == "WSQ"
    assert len(large) > 1.5 * len(small)


@pytest.mark.parametrize("form", list(ImageFormat))
def test_colour_is_refused(form: ImageFormat) -> None:
    with pytest.raises(UnwritableImage, match="8-bit grey"):
        encode(np.zeros((3, 3, 3), np.uint8), form)


def test_bare_pixels_are_read_as_what_they_are_said_to_be(loop_print: np.ndarray) -> None:
    image = decode(loop_print.tobytes(), ppi=500, bare=(260, 300))
    assert np.array_equal(image.pixels, loop_print)
    with pytest.raises(UnreadableImage, match="261 x 300 pixels of one byte were announced, there are 78,000 bytes"):
        decode(loop_print.tobytes(), bare=(261, 300))


def test_caps_grow_with_what_a_picture_shows() -> None:
    assert FINGER.max_pixels < SLAP.max_pixels < PALM.max_pixels
    assert FINGER.max_bytes < SLAP.max_bytes < PALM.max_bytes
