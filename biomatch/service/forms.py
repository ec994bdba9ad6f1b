"""multipart/form-data -> its parts, in memory alone: prints never lie in a temporary file, where they would be in the clear."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from biomatch.errors import BadRequest
from biomatch.service import names

TEXT_BYTES = 1_024  # of a text part


@dataclass(frozen=True)
class FilePart:
    """name: the part's, filename: the file's, "" where it has none."""

    name: str
    filename: str
    data: bytes


class Texts:
    """The text parts of a form, by name. It remembers which names were asked for: the others are parts that nobody reads."""

    def __init__(self) -> None:
        self._parts: dict[str, list[str]] = {}
        self._read: set[str] = set()

    def add(self, name: str, text: str) -> None:
        self._parts.setdefault(name, []).append(text)

    def values(self, name: str) -> list[str]:
        """What the parts of this name hold, in their order."""
        self._read.add(name)
        return self._parts.get(name, [])

    def check_all_read(self) -> None:
        """Raises UnknownField for a part that was not asked for."""
        names.check("part", self._parts, self._read)


@dataclass(frozen=True)
class Form:
    """Files in their order, and texts."""

    files: list[FilePart]
    texts: Texts


async def read(request: Request, *, max_files: int, max_texts: int) -> Form:
    """The form that is the request's body. How long it may be is the guard's affair. Raises BadRequest."""
    limits = {"max_files": max_files, "max_fields": max_texts, "max_part_size": TEXT_BYTES}
    try:
        parts = await _InMemory(request.headers, request.stream(), **limits).parse()
    except MultiPartException as error:
        raise BadRequest(error.message) from None
    found = Form([], Texts())
    for name, value in parts.multi_items():
        if isinstance(value, UploadFile):
            found.files.append(FilePart(_text(name), _text(value.filename or ""), await value.read()))
        else:
            found.texts.add(_text(name), _text(value))
    await parts.close()
    return found


def _text(text: str) -> str:
    """The same, if it is text that can be written: a charset of the sender's choice can make halves of characters."""
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise BadRequest("a part holds what is no text in Unicode; send the form in UTF-8")
    return text


class _InMemory(MultiPartParser):
    spool_max_size = 0  # bytes in memory before a file is made; 0: it never is
