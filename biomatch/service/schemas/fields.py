"""The parts of every schema: names as OSIA writes them, bytes as base64, its words for fingers and impressions."""

from __future__ import annotations

import binascii
from enum import IntEnum
from typing import Annotated, Any

import pybase64
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, WithJsonSchema, model_validator
from pydantic.alias_generators import to_camel

from biomatch.bureau import MAX_NAME
from biomatch.errors import UnknownField
from biomatch.service import names
from biomatch.vocabulary import FingerPosition, ImpressionType

PIECE = 1 << 18  # characters of base64 that are decoded at once, a multiple of 4: a tenth of a millisecond


def _decoded(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        if value.find("=", 0, -2) >= 0:  # in its middle, where a piece might end
            raise binascii.Error
        pieces = range(0, len(value), PIECE)  # others have their turn between two of them
        return b"".join(pybase64.b64decode(value[at : at + PIECE], validate=True) for at in pieces)
    except (binascii.Error, ValueError):
        raise ValueError("is not base64") from None


def _by_name(kind: type[IntEnum]) -> BeforeValidator:
    def named(value: object) -> object:
        if isinstance(value, str) and value in kind.__members__:
            return kind[value]
        if isinstance(value, int) and not isinstance(value, bool) and value in list(kind):
            return value
        raise ValueError(f"{str(value)[:40]!r} is none of {', '.join(kind.__members__)}")

    return BeforeValidator(named)


Base64 = Annotated[
    bytes,
    BeforeValidator(_decoded),
    PlainSerializer(lambda data: pybase64.b64encode(data).decode(), when_used="json"),
    WithJsonSchema({"type": "string", "format": "byte"}),
]
Position = Annotated[
    FingerPosition,
    _by_name(FingerPosition),
    PlainSerializer(lambda position: position.name),
    WithJsonSchema({"type": "string", "enum": list(FingerPosition.__members__)}),
]
Impression = Annotated[
    ImpressionType,
    _by_name(ImpressionType),
    PlainSerializer(lambda impression: impression.name),
    WithJsonSchema({"type": "string", "enum": list(ImpressionType.__members__)}),
]


Name = Annotated[str, Field(max_length=MAX_NAME)]
"""Of a person, an encounter, a gallery or a print."""


class Model(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True, frozen=True, allow_inf_nan=False)


class In(Model):
    """The base of what comes in. A field that nobody reads is refused: it may be one that is misspelt."""

    model_config = ConfigDict(extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _check_names(cls, given: Any) -> Any:
        """Raises UnknownField."""
        if isinstance(given, dict):
            aliases = [field.alias or name for name, field in cls.model_fields.items()]
            for name in given:
                if name not in aliases and name not in cls.model_fields:
                    raise cls._refusal(name, aliases)
        return given

    @classmethod
    def _refusal(cls, name: str, aliases: list[str]) -> UnknownField:
        return names.unknown("field", name, aliases)
