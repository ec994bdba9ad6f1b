"""Synthetic fingerprints: the data that may be shipped, and the means to make real prints harder.

pattern.py, flow_statistics.py       a finger's class, singular points and ridge flow
period.py, growth.py, truth.py       how far ridges lie apart, ridges grown along the flow, their minutiae
master.py                            a finger, from a seed
skin.py, pores.py, traits.py         the skin where it lies on a surface; what differs between persons
distortion.py, degrade.py            what pressing a finger down does to an image and to its truth
sensor.py, window.py, impression.py  one impression on a sensor, with its truth
ridge_map.py                         where its ridges run, and how far apart
person.py, card.py, latent.py        a person's fingers and hands, a ten-print card, a latent
fingers.py, templates.py, parts.py   fingers as minutiae only, thousands a second; what a partial print shows of them
orders.py, making.py, files.py       what `biomatch synth` makes, in several processes, into a folder
truth_record.py, versions.py         the truth as JSON and in a manifest; what names the maker there
sample.py, sample_listing.py, sample_readme.py   the sample that ships
sheet.py                             the picture of all this
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
