"""Reads JSON from files and rows that somebody may have changed: whatever is wrong with it is a ValueError."""

from __future__ import annotations

import json
from dataclasses import fields
from typing import Any, TypeVar, get_type_hints

Kind = TypeVar("Kind")


def parse(text: str | bytes) -> Any:
    """Parses a JSON text. Raises ValueError, also where it is nested too deeply, and for NaN and infinite numbers."""
    try:
        return json.loads(text, parse_constant=_refuse)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None


def built(kind: type[Kind], document: Any) -> Kind:
    """Builds a dataclass of text, numbers or truth values from an object that has just these fields. Raises ValueError."""
    types = {one.name: get_type_hints(kind)[one.name] for one in fields(kind)}  # type: ignore[arg-type]
    if not isinstance(document, dict) or document.keys() - types.keys():
        raise ValueError(f"it is not {kind.__name__}")
    for name, value in document.items():
        if type(value) is not types[name]:
            raise ValueError(f"{name} is not of type {types[name].__name__}")
    try:
        return kind(**document)
    except TypeError as error:  # a field is missing
        raise ValueError(str(error)) from None


def _refuse(constant: str) -> None:
    raise ValueError(f"{constant} is no number of JSON")
