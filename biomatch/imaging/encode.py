"""Encodes grey pixels as an image file that says its resolution: PNG, JPEG 2000 without loss, WSQ."""

from __future__ import annotations

import struct
import zlib
from enum import StrEnum

import cv2
import numpy as np

from biomatch.errors import UnwritableImage
from biomatch.imaging import header
from biomatch.imaging.decode import TURNED, is_alike
from biomatch.imaging.grey import PPI, GreyImage
from biomatch.imaging.header import INCH_CM


class ImageFormat(StrEnum):
    """The format to write."""

    PNG = "png"
    JP2 = "jp2"
    WSQ = "wsq"


def encode(pixels: np.ndarray, form: ImageFormat, *, ppi: float = 500, rate: float | None = None) -> bytes:
    """Encodes pixels (h, w) uint8. rate: WSQ's bits a pixel; None: 0.75. Raises UnwritableImage."""
    if form is ImageFormat.WSQ:
        from biomatch.imaging import wsq

        return wsq.encode(pixels, ppi=round(ppi), rate=wsq.RATE_15 if rate is None else rate)
    if pixels.ndim != 2 or pixels.dtype != np.uint8 or 0 in pixels.shape:
        raise UnwritableImage(form.value.upper(), f"it takes 8-bit grey, not {pixels.dtype} of shape {pixels.shape}")
    return to_png(pixels, ppi) if form is ImageFormat.PNG else to_jp2(pixels, ppi)


def is_wsq_of(data: bytes, image: GreyImage, *, ppi: float = PPI) -> bool:
    """Tells whether a file is WSQ of just these pixels, and says no other resolution than `ppi`.

    Such a file is passed on as it is: WSQ loses a little with every compression. image: what the file was decoded to.
    """
    head = header.read(data)
    says = head.ppi is None or is_alike(head.ppi, ppi)
    return head.kind == "WSQ" and says and is_alike(image.ppi, PPI) and TURNED not in image.warnings


def to_png(pixels: np.ndarray, ppi: float) -> bytes:
    """Encodes as PNG with a pHYs chunk."""
    data = _encoded(".png", pixels, [])
    per_metre = round(ppi / INCH_CM * 100)
    content = b"pHYs" + struct.pack(">IIB", per_metre, per_metre, 1)
    chunk = struct.pack(">I", 9) + content + struct.pack(">I", zlib.crc32(content))
    return data[:_PNG_HEADER] + chunk + data[_PNG_HEADER:]


def to_jp2(pixels: np.ndarray, ppi: float) -> bytes:
    """Encodes as JPEG 2000 without loss, with a resolution box."""
    data = _encoded(".jp2", pixels, [cv2.IMWRITE_JPEG2000_COMPRESSION_X1000, 1000])
    at = 0
    while data[at + 4 : at + 8] != b"jp2h":
        at += struct.unpack_from(">I", data, at)[0]
    (size,) = struct.unpack_from(">I", data, at)
    per_metre, power = ppi / INCH_CM * 100, 0
    while per_metre > 0xFFFF:
        per_metre, power = per_metre / 10, power + 1
    above = struct.pack(">HHHHbb", round(per_metre), 1, round(per_metre), 1, power, power)
    box = struct.pack(">I4sI4s", 26, b"res ", 18, b"resc") + above
    end = at + size
    return data[:at] + struct.pack(">I", size + len(box)) + data[at + 4 : end] + box + data[end:]


_PNG_HEADER = 33  # bytes of signature and IHDR


def _encoded(suffix: str, pixels: np.ndarray, options: list[int]) -> bytes:
    done, data = cv2.imencode(suffix, np.ascontiguousarray(pixels), options)
    if not done:
        raise UnwritableImage(suffix[1:].upper(), f"its encoder refuses {pixels.shape[1]} x {pixels.shape[0]} px")
    return bytes(data.tobytes())
