"""multipart/form-data -> its parts, in memory alone: prints never lie in a temporary file, where they would be in the clear."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import Request
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser

from biomatch.errors import BadRequest

TEXT_BYTES = 1_024  # of a text part


@dataclass(frozen=True)
class FilePart:
    """name: the part's, filename: the file's, "" where it has none."""

    name: str
    filename: str
    data: bytes


@dataclass(frozen=True)
class Form:
    """Files in their order, texts by the names of their parts."""

    files: list[FilePart]
    texts: dict[str, list[str]]


async def read(request: Request, *, max_files: int, max_texts: int) -> Form:
    """The form that is the request's body. How long it may be is the guard's affair. Raises BadRequest."""
    limits = {"max_files": max_files, "max_fields": max_texts, "max_part_size": TEXT_BYTES}
    try:
        parts = await _InMemory(request.headers, request.stream(), **limits).parse()
    except MultiPartException as error:
        raise BadRequest(error.message) from None
    found = Form([], {})
    for name, value in parts.multi_items():
        if isinstance(value, UploadFile):
            found.files.append(FilePart(_text(name), _text(value.filename or ""), await value.read()))
        else:
            found.texts.setdefault(_text(name), []).append(_text(value))
    await parts.close()
    return found


def _text(text: str) -> str:
    """The same, if it is text that can be written: a charset of the sender's choice can make halves of characters."""
    if not text.isascii() and any("\ud800" <= sign <= "\udfff" for sign in text):
        raise BadRequest("a part holds what is no text in Unicode; send the form in UTF-8")
    return text


class _InMemory(MultiPartParser):
    spool_max_size = 0  # bytes in memory before a file is made; 0: it never is
