from __future__ import annotations

import struct
import zlib
from contextlib import suppress

import cv2
import numpy as np
import pytest

from biomatch.errors import BadImage, BadResolution, FileTooLarge, ImageTooLarge, PrintTooLarge, UnreadableImage
from biomatch.imaging import Limits, decode
from biomatch.imaging.decode import ASSUMED, TURNED, resample, to_grey


def encoded(pixels: np.ndarray, kind: str = ".png") -> bytes:
    return cv2.imencode(kind, pixels)[1].tobytes()


def png(width: int, height: int, depth: int, colour: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG as the bytes say, whether a sound one or not."""
    parts = [(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)), *chunks, (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in parts
    )


def tagged(pixels: np.ndarray, ppi: float) -> bytes:
    data = encoded(pixels)
    content = b"pHYs" + struct.pack(">IIB", round(ppi / 0.0254), round(ppi / 0.0254), 1)
    return data[:33] + struct.pack(">I", 9) + content + struct.pack(">I", zlib.crc32(content)) + data[33:]


@pytest.mark.parametrize("kind", [".png", ".tif", ".bmp"])
def test_a_lossless_file_gives_back_its_pixels(kind: str, loop_print: np.ndarray) -> None:
    image = decode(encoded(loop_print, kind), ppi=500)
    assert np.array_equal(image.pixels, loop_print)
    assert (image.width, image.height, image.ppi, image.warnings) == (260, 300, 500, ())


def test_a_jpeg_gives_nearly_its_pixels(loop_print: np.ndarray) -> None:
    image = decode(encoded(loop_print, ".jpg"), ppi=500)
    assert np.abs(image.pixels.astype(int) - loop_print).mean() < 3


# resolution


def test_an_untagged_file_is_taken_for_500_ppi_and_says_so(loop_print: np.ndarray) -> None:
    image = decode(encoded(loop_print))
    assert image.ppi == 500
    assert image.warnings == (ASSUMED,)


def test_a_plausible_tag_is_used(loop_print: np.ndarray) -> None:
    image = decode(tagged(loop_print, 1000))
    assert (image.width, image.height, image.source_width, image.source_height) == (130, 150, 260, 300)
    assert image.ppi == 1000
    assert image.warnings == ()


@pytest.mark.parametrize("ppi", [1, 72, 299, 1201, 2400])
def test_an_implausible_tag_is_not_used_and_that_is_said(ppi: float, loop_print: np.ndarray) -> None:
    image = decode(tagged(loop_print, ppi))
    assert image.width == 260
    assert "no fingerprint scanner" in image.warnings[0]


def test_the_caller_knows_better_than_the_tag(loop_print: np.ndarray) -> None:
    assert decode(tagged(loop_print, 1000), ppi=500).width == 260


@pytest.mark.parametrize("ppi", [0, -500, 99, 4001, float("nan"), float("inf")])
def test_a_caller_with_an_impossible_resolution_is_told(ppi: float, loop_print: np.ndarray) -> None:
    with pytest.raises(BadResolution):
        decode(encoded(loop_print), ppi=ppi)


def test_ridges_keep_their_place_and_period_when_resampled(loop_print: np.ndarray) -> None:
    for ppi in (300, 400, 1000):
        source = cv2.resize(loop_print, None, fx=ppi / 500, fy=ppi / 500, interpolation=cv2.INTER_AREA)
        back = resample(source, ppi)
        assert back.shape == loop_print.shape
        assert np.corrcoef(back.ravel(), loop_print.ravel())[0, 1] > 0.97


def test_a_resolution_next_to_500_leaves_the_pixels_alone(loop_print: np.ndarray) -> None:
    assert np.array_equal(resample(loop_print, 500.4), loop_print)


# depth, colour, opacity, polarity


def test_a_16_bit_file_keeps_its_upper_bits(loop_print: np.ndarray) -> None:
    assert np.array_equal(decode(encoded(loop_print.astype(np.uint16) << 8)).pixels, loop_print)


def test_a_12_bit_scan_in_a_16_bit_file_keeps_its_upper_bits(loop_print: np.ndarray) -> None:
    assert np.array_equal(decode(encoded(loop_print.astype(np.uint16) << 4)).pixels, loop_print)


def test_a_colour_file_becomes_grey(loop_print: np.ndarray) -> None:
    assert np.array_equal(decode(encoded(cv2.merge([loop_print] * 3))).pixels, loop_print)


def test_glass_is_laid_on_white(loop_print: np.ndarray) -> None:
    opacity = np.full_like(loop_print, 255)
    opacity[:, :40] = 0
    pixels = decode(encoded(cv2.merge([loop_print] * 3 + [opacity]))).pixels
    assert (pixels[:, :40] == 255).all()
    assert np.array_equal(pixels[:, 40:], loop_print[:, 40:])


def test_half_opaque_black_is_middle_grey() -> None:
    pixels = np.zeros((4, 4, 4), np.uint8)
    pixels[..., 3] = 128
    assert (to_grey(pixels) == 127).all()


def test_an_opacity_of_nothing_but_zeros_is_padding(loop_print: np.ndarray) -> None:
    assert np.array_equal(to_grey(cv2.merge([loop_print] * 3 + [np.zeros_like(loop_print)])), loop_print)


def test_a_16_bit_file_with_opacity_is_read(loop_print: np.ndarray) -> None:
    deep = loop_print.astype(np.uint16) << 8
    assert np.array_equal(decode(encoded(cv2.merge([deep] * 3 + [np.full_like(deep, 65535)]))).pixels, loop_print)


def test_a_1_bit_file_is_read() -> None:
    rows = b"\0\xaa" + b"\0\x55"
    pixels = decode(png(8, 2, 1, 0, (b"IDAT", zlib.compress(rows)))).pixels
    assert pixels.tolist() == [[255, 0] * 4, [0, 255] * 4]


def test_a_palette_file_is_read() -> None:
    data = png(2, 1, 8, 3, (b"PLTE", bytes((0, 0, 0, 200, 200, 200))), (b"IDAT", zlib.compress(b"\0\1\0")))
    assert decode(data).pixels.tolist() == [[200, 0]]


def test_an_inverted_print_is_turned_and_that_is_said(loop_print: np.ndarray) -> None:
    image = decode(encoded(255 - loop_print), ppi=500)
    assert np.array_equal(image.pixels, loop_print)
    assert image.warnings == (TURNED,)


def test_an_orientation_tag_is_ignored(loop_print: np.ndarray) -> None:
    jpeg = encoded(loop_print, ".jpg")
    exif = b"Exif\0\0MM\0*\0\0\0\x08\0\1\x01\x12\0\3\0\0\0\1\0\6\0\0\0\0\0\0"
    turned = jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(exif) + 2) + exif + jpeg[2:]
    assert np.array_equal(decode(turned).pixels, decode(jpeg).pixels)


# bad input


@pytest.mark.parametrize("level", [0, 255])
def test_a_blank_or_black_image_is_read_as_it_is(level: int) -> None:
    image = decode(encoded(np.full((50, 60), level, np.uint8)), ppi=500)
    assert (image.pixels == level).all()
    assert image.warnings == ()


def test_noise_is_read_as_it_is() -> None:
    noise = np.random.default_rng(3).integers(0, 256, (200, 180)).astype(np.uint8)
    assert np.array_equal(decode(encoded(noise)).pixels, noise)


@pytest.mark.parametrize("ppi", [100, 500, 4000])
def test_a_single_pixel_is_an_image(ppi: float) -> None:
    image = decode(encoded(np.full((1, 1), 90, np.uint8)), ppi=ppi)
    assert (image.pixels == 90).all()
    assert image.pixels.size >= 1


def test_a_header_bomb_is_refused_before_decoding() -> None:
    with pytest.raises(ImageTooLarge, match="20000 x 20000"):
        decode(png(20_000, 20_000, 8, 0, (b"IDAT", zlib.compress(bytes(1000)))))


def test_a_long_file_is_refused_unread(loop_print: np.ndarray) -> None:
    with pytest.raises(FileTooLarge, match="at most 1,000"):
        decode(encoded(loop_print), limits=Limits(max_bytes=1000))


def test_a_print_wider_than_any_palm_is_refused(loop_print: np.ndarray) -> None:
    with pytest.raises(PrintTooLarge, match="true resolution"):
        decode(encoded(np.zeros((4, 1000), np.uint8)), ppi=100)


@pytest.mark.parametrize("kind", [".png", ".tif", ".bmp", ".jpg"])
def test_a_truncated_file_is_refused(kind: str, loop_print: np.ndarray) -> None:
    data = encoded(loop_print, kind)
    for share in (0.02, 0.3, 0.7, 0.97):
        with pytest.raises(UnreadableImage):
            decode(data[: int(len(data) * share)])


@pytest.mark.parametrize("kind", [".png", ".tif", ".bmp", ".jpg"])
def test_damaged_bytes_give_an_image_or_a_bad_image(kind: str, loop_print: np.ndarray) -> None:
    rng = np.random.default_rng(11)
    sound = np.frombuffer(encoded(loop_print[:60, :60], kind), np.uint8)
    for _ in range(150):
        data = sound.copy()
        data[rng.integers(0, len(data), 4)] = rng.integers(0, 256, 4)
        with suppress(BadImage):
            decode(data.tobytes())


@pytest.mark.parametrize("data", [b"", b"person,finger\n1,2\n", b"\xff\xd8\xff\xe0"])
def test_what_is_no_image_is_refused(data: bytes) -> None:
    with pytest.raises(UnreadableImage):
        decode(data)


def test_a_file_of_floating_point_pixels_is_refused() -> None:
    with pytest.raises(UnreadableImage, match="float32"):
        decode(encoded(np.zeros((4, 4), np.float32), ".tif"))
