"""Synthetic fingerprints: the data that may be shipped, and the means to make real prints harder.

pattern.py, flow_statistics.py     a finger's class, singular points and ridge flow
templates.py                       fingers as minutiae only, thousands a second
distortion.py, degrade.py          what pressing a finger down does to an image and to its truth
"""

from biomatch.synthesis.degrade import harder
from biomatch.synthesis.templates import press_again, synthesise_templates

__all__ = ["harder", "press_again", "synthesise_templates"]
