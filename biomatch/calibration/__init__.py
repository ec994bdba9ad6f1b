"""Turns raw scores into false match rates and likelihood ratios, and into the error rates of a gallery."""

from biomatch.calibration.calibration import Calibrated, Calibration
from biomatch.calibration.fingers import FingerFusion

__all__ = ["Calibrated", "Calibration", "FingerFusion"]
