"""PGM of bytes: sizes and depths as they were written, comments, and files that lie."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from biomatch.bureau.workshop import media_type
from biomatch.errors import ImageTooLarge, UnreadableImage
from biomatch.imaging import decode, header
from biomatch.imaging.decode import ASSUMED

GREY = (np.arange(12 * 20).reshape(12, 20) % 251).astype(np.uint8)


def pgm(pixels: np.ndarray, most: int, head: bytes = b"P5\n%d %d\n%d\n") -> bytes:
    height, width = pixels.shape
    return head % (width, height, most) + pixels.astype(">u2" if most > 255 else np.uint8).tobytes()


def test_what_another_program_writes_is_read() -> None:
    data = cv2.imencode(".pgm", GREY)[1].tobytes()
    found = header.read(data)
    assert (found.kind, found.width, found.height, found.ppi) == ("PGM", 20, 12, None)
    image = decode(data)
    assert np.array_equal(image.pixels, GREY)
    assert image.warnings == (ASSUMED,)
    assert decode(data, ppi=500).warnings == ()


@pytest.mark.parametrize(
    "head",
    [
        b"P5 %d %d %d ",
        b"P5\r\n%d\t%d\r%d\n",
        b"P5\n# made by hand\n#\n%d %d\n# of depth\n%d\n",
        b"P5\n%d # wide\n# and\n%d # high\n%d\n",
    ],
)
def test_the_head_may_be_parted_by_any_space_and_comments(head: bytes) -> None:
    assert np.array_equal(decode(pgm(GREY, 255, head), ppi=500).pixels, GREY)


def test_pixels_that_look_like_space_or_comments_are_pixels() -> None:
    pixels = np.full((8, 8), ord("\n"), np.uint8)
    pixels[0] = ord("#")
    assert np.array_equal(decode(pgm(pixels, 255), ppi=500).pixels, pixels)


@pytest.mark.parametrize("most", [65_535, 4_095, 1_023])
def test_deeper_files_keep_their_upper_eight_bits(most: int) -> None:
    shift = most.bit_length() - 8
    deep = (GREY.astype(np.uint16) + 4 << shift) + 1
    assert np.array_equal(decode(pgm(deep, most), ppi=500).pixels, GREY + 4)


def test_shallower_files_are_spread_over_all_grey_levels() -> None:
    levels = np.tile(np.arange(16, dtype=np.uint8), (8, 1))
    assert np.array_equal(decode(pgm(levels, 15), ppi=500).pixels, levels * 17)


def test_bytes_behind_the_pixels_are_passed_over() -> None:
    assert np.array_equal(decode(pgm(GREY, 255) + pgm(GREY, 255), ppi=500).pixels, GREY)


def test_its_media_type_is_the_registered_one() -> None:
    assert media_type(pgm(GREY, 255)) == "image/x-portable-graymap"


def test_every_cut_is_noticed() -> None:
    for data in (pgm(GREY, 255), pgm(GREY, 65_535)):
        for end in range(3, len(data)):
            with pytest.raises(UnreadableImage):
                header.read(data[:end])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"P5\n0 5\n255\n", "0 x 5"),
        (b"P5\n5 5\n0\n" + bytes(25), "grey levels"),
        (b"P5\n5 5\n65536\n" + bytes(50), "grey levels"),
        (b"P5\nfive 5\n255\n" + bytes(25), "does not say its size"),
        (b"P5\n-5 5\n255\n" + bytes(25), "does not say its size"),
        (b"P5 " + b"# long\n" * 100_000, "does not say its size"),
        (b"P5 " + b"\n" * 1_000_000, "does not say its size"),
        (b"P5\n5 5\n99\n" + b"\x64" * 25, "brighter than its head says"),
        (b"P2\n2 1\n255\n0 255\n", "write it as bytes"),
        (b"P5x", "none of the formats"),
        (b"P5,right-index,a.png\n", "none of the formats"),
    ],
)
def test_what_cannot_be_read_says_why(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableImage, match=reason):
        decode(data, ppi=500)


def test_a_claim_is_refused_before_anything_is_made() -> None:
    with pytest.raises((ImageTooLarge, UnreadableImage)):
        decode(b"P5\n999999999 999999999\n255\n" + bytes(100), ppi=500)


def test_damaged_bytes_give_an_image_or_a_bad_image() -> None:
    rng = np.random.default_rng(3)
    data = np.frombuffer(pgm(GREY, 255), np.uint8)
    for _ in range(500):
        changed = data.copy()
        changed[rng.integers(0, 14, 2)] = rng.integers(0, 256, 2)
        try:
            decode(changed.tobytes(), ppi=500)
        except (UnreadableImage, ImageTooLarge):
            continue


def test_files_of_other_makers_are_read(real_data: Path) -> None:
    paths = sorted((real_data / "interop" / "images").glob("*.pgm"))
    assert len(paths) == 2
    for path in paths:
        assert np.array_equal(decode(path.read_bytes(), ppi=500).pixels, cv2.imread(str(path), cv2.IMREAD_GRAYSCALE))
