"""JSON bodies are bounded, and large ones are parsed one after the other."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from fastapi import Request
from pydantic import TypeAdapter

from biomatch.errors import BadRequest
from biomatch.service.intake import json_bodies

TEXTS: TypeAdapter[list[str]] = TypeAdapter(list[str])


def request(body: bytes) -> Request:
    async def receive():
        return {"type": "http.request", "body": body}

    return Request({"type": "http", "headers": [(b"content-type", b"application/json")]}, receive)


@pytest.mark.parametrize(("size", "at_once"), [(10, 4), (json_bodies.LARGE, 1)])
def test_large_bodies_are_parsed_one_after_the_other(monkeypatch, size, at_once):
    together, most, counting = 0, 0, threading.Lock()
    everybody = threading.Barrier(at_once)

    def parse(data, schema):
        nonlocal together, most
        with counting:
            together += 1
            most = max(most, together)
        everybody.wait(10)  # small ones meet here
        time.sleep(0.01)
        with counting:
            together -= 1
        return schema.validate_json(data)

    monkeypatch.setattr(json_bodies, "parse", parse)

    async def read_four():
        body = b'["%s"]' % (size * b"x")
        return await asyncio.gather(*(json_bodies.read(request(body), TEXTS) for _ in range(4)))

    assert asyncio.run(read_four()) == 4 * [[size * "x"]]
    assert most == at_once


@pytest.mark.parametrize("mark", [b"[", b"{", b","])
def test_values_are_counted_over_all_slices(mark):
    spaced = (mark + json_bodies.SLICE * b" ") * 8
    few, many = spaced + mark * (json_bodies.MAX_VALUES - 8), spaced + mark * (json_bodies.MAX_VALUES - 7)
    with pytest.raises(BadRequest, match="5,000 values"):
        json_bodies.parse(many, TEXTS)
    with pytest.raises(BadRequest) as refused:
        json_bodies.parse(few, TEXTS)
    assert "values" not in str(refused.value)
