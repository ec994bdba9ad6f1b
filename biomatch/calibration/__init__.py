"""Raw scores to false match rates and likelihood ratios, and to the error rates of a gallery."""

from biomatch.calibration.calibration import Calibrated, Calibration
from biomatch.calibration.fingers import FingerFusion

__all__ = ["Calibrated", "Calibration", "FingerFusion"]
