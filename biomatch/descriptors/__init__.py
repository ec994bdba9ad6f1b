"""Minutiae to one vector each: cylinder sums, projected by a supervised map."""

from biomatch.descriptors.describer import DIMENSIONS, Describer

__all__ = ["DIMENSIONS", "Describer"]
