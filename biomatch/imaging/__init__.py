"""Turns bytes from outside into 8-bit grey at 500 ppi.

decode    in this process; Decoder in a sandboxed one
encode    pixels -> PNG, JPEG 2000 without loss, WSQ
header    size and resolution, before any decoder sees the file
pgm       grey without compression, read only
wsq       the codec; its filter banks, tables and codes in wsq_*.py
grey      GreyImage
polarity  dark ridges or bright ones
"""

from biomatch.imaging.decode import FINGER, LIMITS, PALM, SLAP, Limits, decode
from biomatch.imaging.decoder import Decoder, warm
from biomatch.imaging.encode import ImageFormat, encode, is_wsq_of
from biomatch.imaging.grey import PPI, GreyImage

__all__ = [
    "FINGER",
    "LIMITS",
    "PALM",
    "PPI",
    "SLAP",
    "Decoder",
    "GreyImage",
    "ImageFormat",
    "Limits",
    "decode",
    "encode",
    "is_wsq_of",
    "warm",
]
