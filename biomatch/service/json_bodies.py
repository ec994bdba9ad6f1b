"""JSON bodies -> what their schema says, bounded before anything is built of them."""

from __future__ import annotations

from typing import TypeVar

from fastapi import Request
from pydantic import TypeAdapter
from starlette.concurrency import run_in_threadpool

from biomatch.errors import BadRequest, UnsupportedBody
from biomatch.service.problems import named_faults

MAX_VALUES = 5_000
"""Values in one body. A hundred prints with every field take 800; a parser makes some 300 bytes of an empty list of two."""

MEDIA_TYPE = "application/json"

Read = TypeVar("Read")


def kind_of(request: Request) -> str:
    """The media type of the body, without its parameters."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read(request: Request, schema: TypeAdapter[Read], *, empty: Read | None = None) -> Read:
    """The body, read in a thread. Raises BadRequest, UnsupportedBody.

    empty  what a request without a body means; None: it needs one
    """
    data = await request.body()
    if not data and empty is not None:
        return empty
    if kind_of(request) != MEDIA_TYPE:
        raise UnsupportedBody(kind_of(request) or "none")
    return await run_in_threadpool(parse, data, schema)


def parse(data: bytes, schema: TypeAdapter[Read]) -> Read:
    """What the schema makes of JSON. Raises BadRequest, which names the fields."""
    if sum(data.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
        raise BadRequest(f"its JSON has more than {MAX_VALUES:,} values")
    with named_faults():
        return schema.validate_json(data)
