"""Fingerprint identification: images to templates, templates to a ranked, calibrated candidate list."""

__version__ = "0.1.0"
