from __future__ import annotations

import struct
import zlib

import cv2
import numpy as np
import pytest

from biomatch.bureau.workshop import media_type
from biomatch.errors import UnreadableImage, XmlNotRead
from biomatch.formats import nist
from biomatch.imaging import ImageFormat, encode, header

GREY = np.full((7, 11), 200, np.uint8)


def encoded(kind: str, *options: int) -> bytes:
    return cv2.imencode(kind, GREY, list(options))[1].tobytes()


def png_chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png_with(chunk: bytes) -> bytes:
    data = encoded(".png")
    return data[:33] + chunk + data[33:]


def tiff(order: str, *entries: tuple[int, int, int]) -> bytes:
    """A directory only: tag, type and value of each entry; rationals 500/1 at offset 8."""
    start = b"II*\0" if order == "<" else b"MM\0*"
    head = start + struct.pack(order + "I", 16) + struct.pack(order + "II", 500, 1)
    body = b"".join(
        struct.pack(order + ("HHIHxx" if kind == 3 else "HHII"), tag, kind, 1, value) for tag, kind, value in entries
    )
    return head + struct.pack(order + "H", len(entries)) + body


@pytest.mark.parametrize("kind", [".png", ".tif", ".bmp", ".jpg"])
def test_the_size_is_the_one_that_was_written(kind: str) -> None:
    head = header.read(encoded(kind))
    assert (head.width, head.height) == (11, 7)


@pytest.mark.parametrize("kind", [".png", ".tif", ".bmp", ".jpg", ".jp2", ".wsq"])
def test_the_kind_is_that_of_the_header(kind: str) -> None:
    form = {".jp2": ImageFormat.JP2, ".wsq": ImageFormat.WSQ}.get(kind)
    data = encoded(kind) if form is None else encode(np.tile(GREY, (8, 8)), form)
    assert header.kind_of(data) == header.read(data).kind


def test_the_kind_of_a_file_is_told_without_walking_through_its_header(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header, "_jpeg_segments", lambda _: pytest.fail("its segments were read"))
    data = encoded(".jpg")
    assert header.kind_of(data[:2] + b"\xff\xfe\0\2" * 1_000_000 + data[2:]) == "JPEG"
    assert media_type(data) == "image/jpeg"
    with pytest.raises(UnreadableImage, match="none of the formats"):
        header.kind_of(b"GIF89a")


def test_a_png_tells_its_resolution_per_metre() -> None:
    assert header.read(png_with(png_chunk(b"pHYs", struct.pack(">IIB", 39370, 39370, 1)))).ppi == 1000


def test_a_png_whose_pixels_have_no_unit_tells_no_resolution() -> None:
    assert header.read(png_with(png_chunk(b"pHYs", struct.pack(">IIB", 1, 1, 0)))).ppi is None


def test_pixels_that_are_not_square_tell_no_resolution() -> None:
    assert header.read(png_with(png_chunk(b"pHYs", struct.pack(">IIB", 19685, 9842, 1)))).ppi is None


@pytest.mark.parametrize(("unit", "dots", "ppi"), [(1, 500, 500), (2, 197, 500.4), (0, 1, None)])
def test_a_jpeg_tells_its_resolution_per_inch_or_centimetre(unit: int, dots: int, ppi: float | None) -> None:
    data = bytearray(encoded(".jpg"))
    assert data[6:10] == b"JFIF"
    struct.pack_into(">BHH", data, 13, unit, dots, dots)
    assert header.read(bytes(data)).ppi == ppi


def test_a_bmp_tells_its_resolution_per_metre() -> None:
    data = bytearray(encoded(".bmp"))
    struct.pack_into("<ii", data, 38, 19685, 19685)
    assert header.read(bytes(data)).ppi == 500


def test_a_bmp_stored_from_the_top_has_a_positive_height() -> None:
    data = bytearray(encoded(".bmp"))
    struct.pack_into("<i", data, 22, -7)
    assert header.read(bytes(data)).height == 7


def test_a_bmp_of_the_oldest_kind_is_known() -> None:
    data = b"BM" + bytes(12) + struct.pack("<IHHHH", 12, 11, 7, 1, 24)
    assert header.read(data) == header.Header("BMP", 11, 7, None)


@pytest.mark.parametrize("order", "<>")
@pytest.mark.parametrize(("unit", "ppi"), [(2, 500), (3, 1270), (1, None)])
def test_a_tiff_tells_its_resolution_in_either_byte_order(order: str, unit: int, ppi: float | None) -> None:
    data = tiff(order, (256, 3, 11), (257, 4, 7), (282, 5, 8), (283, 5, 8), (296, 3, unit))
    assert header.read(data) == header.Header("TIFF", 11, 7, ppi)


def test_a_tiff_with_huge_tiles_is_refused() -> None:
    with pytest.raises(UnreadableImage, match="tiles"):
        header.read(tiff("<", (256, 3, 11), (257, 3, 7), (322, 4, 60_000), (323, 4, 60_000)))


@pytest.mark.parametrize("kind", [".png", ".jpg"])
def test_every_cut_through_a_png_or_jpeg_is_noticed(kind: str) -> None:
    data = encoded(kind)
    for end in range(8, len(data) - 1):
        with pytest.raises(UnreadableImage):
            header.read(data[:end])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"a letter, not a picture", "none of the formats"),
        (b"GIF89a" + bytes(100), "none of the formats"),
        (b"BM", "cut off"),
        (b"II*\0\xff\xff\xff\xff", "cut off"),
        (tiff("<", (257, 3, 7)), "0 x 7"),
        (b"\x89PNG\r\n\x1a\n" + png_chunk(b"IEND", b""), "IHDR"),
        (b"\xff\xd8\xff\xda\0\2", "frame header"),
        (b"\xff\xd8\xff\xe0\0\0", "no length"),
        (b"\xff\xd8\xff\xe0\0\2junk", "follow"),
    ],
)
def test_what_is_no_image_says_so(data: bytes, reason: str) -> None:
    with pytest.raises(UnreadableImage, match=reason):
        header.read(data)


def test_a_jpeg_with_two_frames_is_refused() -> None:
    frame = b"\xff\xc0" + struct.pack(">HBHHB", 11, 8, 7, 11, 1) + b"\1\x11\0"
    with pytest.raises(UnreadableImage, match="more than one frame"):
        header.read(b"\xff\xd8" + frame + frame)


# JPEG 2000

_PICTURE = np.tile(np.arange(60, dtype=np.uint8), (80, 1))


@pytest.fixture(scope="module")
def jp2() -> bytes:
    return cv2.imencode(".jp2", _PICTURE, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])[1].tobytes()


def test_a_jpeg_2000_file_is_known_in_its_boxes_and_without_them(jp2: bytes) -> None:
    bare = jp2[jp2.index(b"jp2c") + 4 :]
    assert header.read(jp2) == header.read(bare) == header.Header("JP2", 60, 80, None)


def test_a_jpeg_2000_file_that_is_cut_off_is_unreadable(jp2: bytes) -> None:
    for size in range(1, len(jp2)):
        with pytest.raises(UnreadableImage):
            header.read(jp2[:size])


@pytest.mark.parametrize(
    ("offset", "value", "reason"),
    [
        (8, 61, "differ in size"),  # the codestream's width
        (12, 0, "no size"),
        (24, 0, "no size"),  # a tile of no width
        (40, 5, "components"),
        (42, 0x87, "signed"),
        (43, 2, "fewer than its pixels"),
    ],
)
def test_a_codestream_that_lies_is_refused(jp2: bytes, offset: int, value: int, reason: str) -> None:
    data = bytearray(jp2)
    start = jp2.index(b"jp2c") + 4
    size = 1 if offset >= 42 else 2 if offset == 40 else 4
    data[start + offset : start + offset + size] = value.to_bytes(size, "big")
    with pytest.raises(UnreadableImage, match=reason):
        header.read(bytes(data))


def test_a_codestream_of_very_many_tiles_is_refused(jp2: bytes) -> None:
    data = bytearray(jp2[jp2.index(b"jp2c") + 4 :])
    for offset, value in ((8, 60_000), (12, 60_000), (24, 1), (28, 1)):
        data[offset : offset + 4] = value.to_bytes(4, "big")
    with pytest.raises(UnreadableImage, match="4,096 tiles"):
        header.read(bytes(data))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"FIR\x00020\x00", "finger image record (ISO/IEC 19794-4"),
        (b"IIR\x00020\x00", "iris image record (ISO/IEC 19794-6)"),
        (b"FAC\x00030\x00", "face image record (ISO/IEC 19794-5)"),
        (b'<?xml version="1.0"?>\n<!-- MOSIP -->\n<BIR xmlns="http://standards.iso.org/iso-iec/19785/-3/ed-2/">', "CBEFF"),
        (b'<ns2:BIR xmlns:ns2="x"><Version/>', "CBEFF"),
        ('<?xml version="1.0" encoding="UTF-16"?><BIR>'.encode("utf-16"), "CBEFF"),
        (b'<?xml version="1.0"?><itl:NISTBiometricInformationExchangePackage xmlns:itl="x">', "transaction in XML (NIEM)"),
        (b'<?xml version="1.0"?><svg>', "it is XML, which is not read;"),
    ],
)
def test_records_and_packages_of_others_are_named_as_what_they_are(data, words):
    with pytest.raises(UnreadableImage) as refused:
        header.read(data)
    assert words in refused.value.message
    assert ("NIEM" in refused.value.message) == ("NIEM" in words)


def test_a_cbeff_record_is_no_transaction_of_another_encoding():
    with pytest.raises(XmlNotRead, match="CBEFF") as refused:
        nist.read(b'<?xml version="1.0"?>\n<BIR>')
    assert "NIEM" not in refused.value.message
