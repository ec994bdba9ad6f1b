"""Turns minutiae into one vector each: cylinder sums, projected by a learned map."""

from biomatch.descriptors.describer import Describer, cylinder_sums
from biomatch.descriptors.grid import DIMENSIONS, GRID

__all__ = ["DIMENSIONS", "GRID", "Describer", "cylinder_sums"]
