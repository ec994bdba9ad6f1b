"""Compares two templates: a score and correspondences."""

from biomatch.comparison.comparer import Comparer, Comparison
from biomatch.comparison.prepared import Block, Prepared, prepare

__all__ = ["Block", "Comparer", "Comparison", "Prepared", "prepare"]
