"""Minutiae to one vector each: cylinder sums, projected by a learned map."""

from biomatch.descriptors.describer import DIMENSIONS, Describer, cylinder_sums
from biomatch.descriptors.grid import GRID

__all__ = ["DIMENSIONS", "GRID", "Describer", "cylinder_sums"]
