"""Reads JSON bodies by their schema, bounded before anything is built of them."""

from __future__ import annotations

from functools import cache
from typing import TypeVar

from anyio import CapacityLimiter, to_thread
from fastapi import Request
from pydantic import TypeAdapter

from biomatch.errors import BadRequest, UnsupportedBody
from biomatch.service.problems import named_faults

MAX_VALUES = 5_000
"""Values in one body. A hundred prints with every field take 800; a parser makes some 300 bytes of an empty list of two."""

LARGE = 1 << 20
"""Bytes from which bodies are parsed one after the other: a parser holds the interpreter, and others would wait for each."""

SLICE = 1 << 18  # bytes that are counted at once, so that others have their turn between two of them
MEDIA_TYPE = "application/json"

Read = TypeVar("Read")


def kind_of(request: Request) -> str:
    """Returns the media type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read(request: Request, schema: TypeAdapter[Read], *, empty: Read | None = None) -> Read:
    """Reads the body in a thread. Raises BadRequest, UnsupportedBody.

    empty  what a request without a body means; None: it needs one
    """
    data = await request.body()
    if not data and empty is not None:
        return empty
    if kind_of(request) != MEDIA_TYPE:
        raise UnsupportedBody(kind_of(request) or "none")
    return await to_thread.run_sync(parse, data, schema, limiter=_one_at_a_time() if len(data) >= LARGE else None)


def parse(data: bytes, schema: TypeAdapter[Read]) -> Read:
    """Builds what the schema makes of JSON. Raises BadRequest, which names the fields."""
    slices = (data[at : at + SLICE] for at in range(0, len(data), SLICE))
    if sum(part.count(mark) for part in slices for mark in (b",", b"[", b"{")) > MAX_VALUES:
        raise BadRequest(f"its JSON has more than {MAX_VALUES:,} values")
    with named_faults():
        return schema.validate_json(data)


@cache
def _one_at_a_time() -> CapacityLimiter:
    return CapacityLimiter(1)
