"""The bureau: opens a gallery's folder, and does with it what people ask for. Both doors, command line and HTTP, lead here."""

from biomatch.bureau.bureau import ACCEPT, MAX_PRINTS, MAX_PROBES, Bureau
from biomatch.bureau.cases import (
    Actor,
    Compared,
    EnrolledPrint,
    Enrolment,
    Examined,
    Identified,
    Info,
    Outcome,
    Upload,
    Verified,
)
from biomatch.bureau.entries import EVERYTHING
from biomatch.bureau.opening import open_gallery

__all__ = [
    "ACCEPT",
    "EVERYTHING",
    "MAX_PRINTS",
    "MAX_PROBES",
    "Actor",
    "Bureau",
    "Compared",
    "EnrolledPrint",
    "Enrolment",
    "Examined",
    "Identified",
    "Info",
    "Outcome",
    "Upload",
    "Verified",
    "open_gallery",
]
