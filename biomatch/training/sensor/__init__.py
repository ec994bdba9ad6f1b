"""Refits the shipped calibration to prints of a gallery owner's own sensor. `calibrating.py` is the table of contents."""

from biomatch.training.sensor.calibrating import LEAST_FINGERS, LEAST_PRINTS, Fitted, Plan, fit
from biomatch.training.sensor.judging import Figure, Value
from biomatch.training.sensor.prints import Prints, read

__all__ = ["LEAST_FINGERS", "LEAST_PRINTS", "Figure", "Fitted", "Plan", "Prints", "Value", "fit", "read"]
