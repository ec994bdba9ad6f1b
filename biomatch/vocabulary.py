"""Finger positions, impression types, sexes: one name each, and the codes that ISO and OSIA give them."""

from __future__ import annotations

from enum import IntEnum


class FingerPosition(IntEnum):
    """Codes of ISO/IEC 19794-2:2005, table 2 (and ANSI/NIST-ITL, table 8). Names are OSIA's biometricSubType."""

    UNKNOWN = 0
    RIGHT_THUMB = 1
    RIGHT_INDEX = 2
    RIGHT_MIDDLE = 3
    RIGHT_RING = 4
    RIGHT_LITTLE = 5
    LEFT_THUMB = 6
    LEFT_INDEX = 7
    LEFT_MIDDLE = 8
    LEFT_RING = 9
    LEFT_LITTLE = 10

    @property
    def words(self) -> str:
        """For people: 'right index'."""
        return self.name.replace("_", " ").lower()


class ImpressionType(IntEnum):
    """Codes of ISO/IEC 19794-2:2005, table 3. Names are OSIA's impressionType where it has one."""

    LIVE_SCAN_PLAIN = 0
    LIVE_SCAN_ROLLED = 1
    NONLIVE_SCAN_PLAIN = 2
    NONLIVE_SCAN_ROLLED = 3
    LATENT_IMPRESSION = 4
    LATENT_TRACING = 5
    LATENT_PHOTO = 6
    LATENT_LIFT = 7
    LIVE_SCAN_VERTICAL_SWIPE = 8
    LIVE_SCAN_OPTICAL_CONTACTLESS_PLAIN = 24
    OTHER = 28
    UNKNOWN = 29

    @property
    def is_latent(self) -> bool:
        return self in _LATENT

    @property
    def is_rolled(self) -> bool:
        return self in (ImpressionType.LIVE_SCAN_ROLLED, ImpressionType.NONLIVE_SCAN_ROLLED)

    @property
    def words(self) -> str:
        return self.name.replace("_", " ").lower()


_LATENT = frozenset(
    (
        ImpressionType.LATENT_IMPRESSION,
        ImpressionType.LATENT_TRACING,
        ImpressionType.LATENT_PHOTO,
        ImpressionType.LATENT_LIFT,
    )
)


class Sex(IntEnum):
    """Codes of ISO/IEC 5218; OTHER is its "not applicable", and X in a passport (ICAO 9303)."""

    UNKNOWN = 0
    MALE = 1
    FEMALE = 2
    OTHER = 9

    @property
    def letter(self) -> str:
        """As OSIA's gender and passports have it: M, F, X; empty where it is not known."""
        return _SEX_LETTERS[self]

    @classmethod
    def of_letter(cls, letter: str) -> Sex:
        """Raises KeyError."""
        return _SEX_OF[letter]


_SEX_LETTERS = {Sex.UNKNOWN: "", Sex.MALE: "M", Sex.FEMALE: "F", Sex.OTHER: "X"}
_SEX_OF = {letter: sex for sex, letter in _SEX_LETTERS.items()}
