"""Bytes from outside -> 8-bit grey at 500 ppi.

decode    in this process; Decoder in a sandboxed one
header    size and resolution, before any decoder sees the file
grey      GreyImage
polarity  dark ridges or bright ones
"""

from biomatch.imaging.decode import LIMITS, Limits, decode
from biomatch.imaging.decoder import Decoder
from biomatch.imaging.grey import PPI, GreyImage

__all__ = ["LIMITS", "PPI", "Decoder", "GreyImage", "Limits", "decode"]
