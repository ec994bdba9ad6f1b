"""Finger positions, impression types, sexes: one name each, and the codes that ISO and OSIA give them."""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum
from typing import TypeVar

from biomatch.errors import UnknownName


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
    def is_known(self) -> bool:
        return self is not FingerPosition.UNKNOWN

    def agrees_with(self, other: FingerPosition) -> bool:
        return self is other

    @property
    def words(self) -> str:
        """The name for people: 'right index'."""
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
    def is_known(self) -> bool:
        return self is not ImpressionType.UNKNOWN

    def agrees_with(self, other: ImpressionType) -> bool:
        """Tells whether both are of one kind, plain, rolled or latent: people call a latent lift a latent."""
        return (self.is_latent, self.is_rolled) == (other.is_latent, other.is_rolled)

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
        """The letter of OSIA's gender and of passports: M, F, X; empty where the sex is not known."""
        return _SEX_LETTERS[self]

    @classmethod
    def of_letter(cls, letter: str) -> Sex:
        """Raises KeyError."""
        return _SEX_OF[letter]


_SEX_LETTERS = {Sex.UNKNOWN: "", Sex.MALE: "M", Sex.FEMALE: "F", Sex.OTHER: "X"}
_SEX_OF = {letter: sex for sex, letter in _SEX_LETTERS.items()}

_SHORT = {
    "plain": ImpressionType.LIVE_SCAN_PLAIN,
    "rolled": ImpressionType.LIVE_SCAN_ROLLED,
    "latent": ImpressionType.LATENT_IMPRESSION,
}
Kind = TypeVar("Kind", FingerPosition, ImpressionType, Sex)


def position_of(text: str | None) -> FingerPosition:
    """Reads a finger position: a code 0..10, or a name such as right-index. Raises UnknownName."""
    return FingerPosition.UNKNOWN if not text else _named(text, FingerPosition, "finger position")


def impression_of(text: str | None) -> ImpressionType:
    """Reads an impression type: plain, rolled, latent, or a full name; a number counts impressions and states no type. Raises
    UnknownName."""
    if not text or text.isdecimal():
        return ImpressionType.UNKNOWN
    known = _SHORT.get(text.lower())  # plain is 0, which is no reason to look further
    return known if known is not None else _named(text, ImpressionType, "impression type", _SHORT)


def sex_of(text: str) -> Sex:
    """Reads a sex: M, F, X, or a name. Raises UnknownName."""
    try:
        return Sex.of_letter(text.strip().upper())
    except KeyError:
        return _named(text, Sex, "sex", filter(None, _SEX_OF))


def names_of(kind: type[Kind]) -> list[str]:
    """Lists the names that options take, such as right-index."""
    return [one.name.lower().replace("_", "-") for one in kind]


def _named(text: str, kind: type[Kind], what: str, short: Iterable[str] = ()) -> Kind:
    """Finds the member by its name or number; `short` names are shown first where there is no such name."""
    name = text.strip().upper().replace("-", "_").replace(" ", "_")
    try:
        return kind(int(name)) if name.isdecimal() else kind[name]
    except (KeyError, ValueError):
        raise UnknownName(what, text, [*short, *names_of(kind)]) from None
