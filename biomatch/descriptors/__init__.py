"""Minutiae to one vector each: cylinder sums, projected by a learned map."""

from biomatch.descriptors.describer import DIMENSIONS, Describer, cylinder_sums

__all__ = ["DIMENSIONS", "Describer", "cylinder_sums"]
