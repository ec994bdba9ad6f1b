"""Arrays of an answer lie in memory that two processes see; what the message says of them is not believed."""

from __future__ import annotations

import pickle
import struct
from typing import Any

import numpy as np
import pytest

from biomatch.shared_arrays import SharedArrays


def read(body: bytes, buffers: list[bytearray]) -> Any:
    return pickle.loads(body, buffers=buffers)


def test_arrays_come_back_through_shared_memory() -> None:
    shared = SharedArrays.new()
    try:
        large, small = np.arange(100_000), np.arange(10)
        message = shared.message(("done", (large, small, large[:50_000].copy())))
        assert len(message) < 2_000
        _, (first, second, third) = read(*shared.split(message))
        assert np.array_equal(first, large)
        assert np.array_equal(second, small)
        assert np.array_equal(third, large[:50_000])
        shared.message(("done", np.zeros(100_000, np.int64)))
        assert np.array_equal(first, large)  # a copy: what the process writes later does not reach it
        first[0] = 7
    finally:
        shared.close()


def test_what_the_shared_memory_cannot_hold_goes_the_way_of_the_reply() -> None:
    shared = SharedArrays.new()
    try:
        half = np.full(SharedArrays.SIZE // 2 + 1, 3, np.uint8)
        message = shared.message(("done", [half, half + 1]))
        assert len(message) > len(half)
        _, (first, second) = read(*shared.split(message))
        assert (first == 3).all()
        assert (second == 4).all()
    finally:
        shared.close()


@pytest.mark.parametrize(
    "places",
    [[(SharedArrays.SIZE, 1)], [(0, SharedArrays.SIZE + 1)], [(2**63, 2**63)], [(0, SharedArrays.SIZE), (0, 1)], [(0, 1)] * 3],
    ids=["behind", "too long", "overflow", "twice", "cut off"],
)
def test_places_that_cannot_be_are_refused(places: list[tuple[int, int]]) -> None:
    shared = SharedArrays.new()
    try:
        count = len(places) + (len(places) == 3)
        message = struct.pack("<I", count) + b"".join(struct.pack("<QQ", *place) for place in places)
        with pytest.raises(pickle.UnpicklingError):
            shared.split(message)
    finally:
        shared.close()
