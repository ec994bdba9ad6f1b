from __future__ import annotations

import statistics
import sys
import time
from pathlib import Path

import cv2
import numpy as np
import pytest

from biomatch.errors import BadResolution, ImageTooLarge, UnreadableImage
from biomatch.imaging import Decoder, Limits, decode
from biomatch.workers import CAPS, Caps


@pytest.fixture(scope="module")
def file() -> bytes:
    ridges = 128 + 100 * np.cos(2 * np.pi * np.arange(300) / 9)
    return cv2.imencode(".png", np.tile(ridges.astype(np.uint8), (300, 1)))[1].tobytes()


def test_the_sandbox_gives_the_same_image(file: bytes) -> None:
    with Decoder() as decoder:
        there, here = decoder.decode(file, ppi=1000), decode(file, ppi=1000)
    assert np.array_equal(there.pixels, here.pixels)
    assert (there.ppi, there.source_width, there.warnings) == (here.ppi, here.source_width, here.warnings)


@pytest.mark.skipif(sys.platform != "linux", reason="CPU time of another process")
def test_the_sandbox_costs_little(file: bytes) -> None:
    """Seen: 0.7 to 0.9 ms of CPU time beyond decoding in this process, of both processes together."""
    with Decoder() as decoder:
        decoder.layers()
        process = decoder._pool._workers[0]._process
        assert process is not None
        clock = Path(f"/proc/{process.pid}/schedstat")
        costs = []
        for _ in range(40):
            begin = time.process_time()
            decode(file, ppi=500)
            middle, there = time.process_time(), int(clock.read_text().split()[0])
            decoder.decode(file, ppi=500)
            spent = time.process_time() - middle + (int(clock.read_text().split()[0]) - there) / 1e9
            costs.append(spent - (middle - begin))
    assert statistics.median(costs) < 0.003


def test_bad_input_gets_its_own_error_and_the_next_image_is_decoded(file: bytes) -> None:
    with Decoder(limits=Limits(max_pixels=100_000)) as decoder:
        with pytest.raises(UnreadableImage, match="empty"):
            decoder.decode(b"")
        with pytest.raises(BadResolution):
            decoder.decode(file, ppi=1)
        with pytest.raises(ImageTooLarge):
            decoder.decode(cv2.imencode(".png", np.zeros((400, 400), np.uint8))[1].tobytes())
        assert decoder.decode(file).width == 300


def test_an_image_that_takes_too_much_memory_is_unreadable_and_the_next_one_is_decoded(file: bytes) -> None:
    large = cv2.imencode(".png", np.zeros((4000, 4000, 3), np.uint16))[1].tobytes()
    with Decoder(caps=Caps(memory_bytes=64 * 1024**2)) as decoder:
        with pytest.raises(UnreadableImage):
            decoder.decode(large)
        assert decoder.decode(file).width == 300


def test_the_largest_image_that_is_read_fits_into_the_memory_of_a_job() -> None:
    side = int(Limits().max_pixels ** 0.5)
    deep = np.full((side, side, 4), 65535, np.uint16)
    with Decoder(caps=CAPS) as decoder:
        image = decoder.decode(cv2.imencode(".tif", deep, [cv2.IMWRITE_TIFF_COMPRESSION, 8])[1].tobytes(), ppi=600)
    assert image.width == round(side * 500 / 600)
