"""JSON that somebody may have changed is what it says, or a ValueError."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from biomatch.json_text import built, parse


@dataclass(frozen=True)
class Part:
    file: str
    number: int
    large: bool = False


def test_what_is_right_is_read() -> None:
    assert parse(b'{"a": [1, 2.5, null, "x"]}') == {"a": [1, 2.5, None, "x"]}
    assert built(Part, {"file": "a", "number": 1}) == Part("a", 1)


@pytest.mark.parametrize("text", ["", "{", "[" * 100_000, '{"a":' * 100_000, "NaN", "[-Infinity]", "1" * 5_000, b"\xff"])
def test_what_is_wrong_is_a_value_error(text: str | bytes) -> None:
    with pytest.raises(ValueError, match=r".+"):
        parse(text)


@pytest.mark.parametrize(
    "document",
    [
        None,
        ["a", 1],
        {},
        {"file": "a"},
        {"file": "a", "number": "1"},
        {"file": "a", "number": True},
        {"file": "a", "number": 1, "more": 1},
        {"file": "a", "number": 1, "large": 1},
    ],
)
def test_a_document_of_another_shape_is_a_value_error(document: object) -> None:
    with pytest.raises(ValueError, match=r".+"):
        built(Part, document)
