"""Errors of fitting a calibration to a sensor, and of using one."""

from __future__ import annotations

from collections.abc import Sequence

from biomatch.errors.base import BadInput, Conflict

SHOWN = 3  # names of files in a message


class TooFewPrints(BadInput):
    code = "too-few-prints"

    def __init__(self, prints: int, fingers: int, least_prints: int, least_fingers: int, reason: str = ""):
        """Takes `fingers`: those with two impressions; `reason`: why the first of the other prints could not be read."""
        more = f"; the first that could not be read: {reason}" if reason else ""
        super().__init__(
            f"{prints:,} prints could be read, {fingers:,} fingers of them with two impressions or more; give at least "
            f"{least_prints} prints, and {least_fingers} such fingers{more}",
            prints=prints,
            fingers=fingers,
            least_prints=least_prints,
            least_fingers=least_fingers,
            reason=reason,
        )


class PrintsEnrolled(Conflict):
    code = "prints-enrolled"

    def __init__(self, paths: Sequence[str], count: int):
        """Takes `paths`: some of the prints that are enrolled."""
        more = ", ..." if len(paths) > SHOWN else ""
        super().__init__(
            f"{count:,} prints are of fingers that this gallery seems to hold: {', '.join(paths[:SHOWN])}{more}; leave them "
            "out, or allow them with --allow-enrolled",
            paths=list(paths),
            count=count,
        )


class CalibrationDamaged(Conflict):
    code = "calibration-damaged"

    def __init__(self, folder: str, name: str, reason: str):
        super().__init__(
            f"calibration {name[:16]} of the gallery {folder} cannot be used: {reason}; put it back from a backup, or go back "
            f"to the shipped one with `biomatch calibrate --shipped --gallery {folder}`",
            folder=folder,
            calibration=name,
            reason=reason,
        )
