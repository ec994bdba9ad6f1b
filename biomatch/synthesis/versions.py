"""Versions of what makes images and templates: by the same version a seed makes the same.

Whoever changes what a seed makes raises the number. tests/synthesis/test_versions.py holds digests of what seeds made by this
number, and fails when they make something else.
"""

from __future__ import annotations

from biomatch.learned import shipped
from biomatch.synthesis.fingers import MODEL

IMAGES = "image/5"  # of prints with their truth: fingers, hands, cards, latents
DRAWN = "synthetic/5"  # of fingers that are drawn as minutiae only; each such template names it as what made it


def of_templates() -> str:
    """Names DRAWN, and the model that these fingers are drawn from. Raises ModelMissing."""
    return f"{DRAWN}+{MODEL}-{shipped().version(MODEL)}"
