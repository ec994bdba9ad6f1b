"""GreyImage: one print as 8-bit grey at 500 ppi with dark ridges, which every later stage reads."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

PPI = 500  # the resolution of ISO/IEC 19794-2's and the FBI's 500 ppi class: every length in biomatch is in px of it


@dataclass(frozen=True, eq=False)
class GreyImage:
    """One print as an image: 8-bit grey at 500 ppi, ridges dark.

    Attributes
    ----------
    pixels
        (h, w) uint8, C-contiguous.
    ppi
        Resolution of the source, dots per inch, as told, tagged or assumed.
    source_width, source_height
        px of the source, before resampling.
    warnings
        What whoever reads a result should know, in words.
    """

    pixels: np.ndarray
    ppi: float
    source_width: int
    source_height: int
    warnings: tuple[str, ...] = ()

    @classmethod
    def of(cls, pixels: np.ndarray) -> GreyImage:
        """Takes an image that is already 8-bit grey at 500 ppi with dark ridges, such as a synthetic one."""
        if pixels.ndim != 2 or pixels.dtype != np.uint8:
            raise ValueError(f"expected an (h, w) uint8 array, got {pixels.dtype} of shape {pixels.shape}")
        height, width = pixels.shape
        return cls(np.ascontiguousarray(pixels), float(PPI), width, height)

    @property
    def width(self) -> int:
        """px at 500 ppi."""
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        """px at 500 ppi."""
        return int(self.pixels.shape[0])
