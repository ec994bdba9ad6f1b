"""Reads multipart/form-data in memory alone: prints never lie in a temporary file, where they would be in the clear."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from fastapi import Request
from python_multipart.multipart import parse_options_header
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from biomatch.errors import BadRequest
from biomatch.service import names

TEXT_BYTES = 1_024  # of a text part
TAIL_BYTES = 1_024  # of a body: more than the longest boundary that is read, 256


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
        """Returns what the parts of this name hold, in their order."""
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
    """Reads the form that is the request's body. How long it may be is the guard's affair. Raises BadRequest."""
    _, parameters = parse_options_header(request.headers.get("content-type", ""))
    boundary, charset = parameters.get(b"boundary", b""), parameters.get(b"charset", b"utf-8")
    if charset.lower() != b"utf-8":
        raise BadRequest("a form is read as UTF-8, and its Content-Type names another charset")
    limits = {"max_files": max_files, "max_fields": max_texts, "max_part_size": TEXT_BYTES}
    body = _ending(request.stream(), b"--" + boundary + b"--")
    try:
        parts = await _InMemory(request.headers, body, **limits).parse()
    except MultiPartException as error:
        raise BadRequest(error.message) from None
    found = Form([], Texts())
    for name, value in parts.multi_items():
        if isinstance(value, UploadFile):
            found.files.append(FilePart(name, value.filename or "", await value.read()))
        else:
            found.texts.add(name, value)
    await parts.close()
    return found


async def _ending(body: AsyncGenerator[bytes, None], end: bytes) -> AsyncGenerator[bytes, None]:
    """Yields the body's pieces. Raises MultiPartException behind the last one where the body does not end so, but for white
    space."""
    tail = b""
    async for piece in body:
        tail = (tail + piece)[-TAIL_BYTES:]
        yield piece
    if not tail.rstrip(b"\r\n\t ").endswith(end):
        raise MultiPartException("The form does not end with its boundary: a part of it may be missing")


class _InMemory(MultiPartParser):
    spool_max_size = 0  # bytes in memory before a file is made; 0: it never is
