"""Synthetic fingerprints: the data that may be shipped, and the means to make real prints harder.

pattern.py, flow_statistics.py     a finger's class, singular points and ridge flow
period.py, growth.py, truth.py     how far ridges lie apart, ridges grown along the flow, their minutiae
master.py                          a finger, from a seed
skin.py, pores.py, traits.py        the skin where it lies on a surface; what differs between persons
sensor.py, window.py, impression.py one impression on a sensor, with its truth
templates.py                       fingers as minutiae only, thousands a second
parts.py                           what a partial print shows of them
distortion.py, degrade.py          what pressing a finger down does to an image and to its truth
"""

from biomatch.synthesis.degrade import harder
from biomatch.synthesis.impression import Impression, impression, rolled
from biomatch.synthesis.latent import latent
from biomatch.synthesis.master import Master, master
from biomatch.synthesis.parts import part, partial
from biomatch.synthesis.skin import Touch, draw_touch
from biomatch.synthesis.templates import press_again, synthesise_templates

__all__ = [
    "Impression",
    "Master",
    "Touch",
    "draw_touch",
    "harder",
    "impression",
    "latent",
    "master",
    "part",
    "partial",
    "press_again",
    "rolled",
    "synthesise_templates",
]
