"""A block holds all that a comparison reads of a print, and its kernels read it as the plain reader does."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from biomatch.descriptors.grid import on_grid
from biomatch.gallery.caches.block import (
    CRC,
    EMPTY,
    HEAD,
    NEAR_HEAD,
    Names,
    block_of,
    bound,
    checksum,
    counts,
    gathered,
    names_of,
    print_of,
)
from biomatch.gallery.interface import Entry
from biomatch.sealing import CLEAR
from biomatch.template import Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

LINEAGE = bytes(16)


def made(seed: int, count: int, described: int | None = None) -> tuple[Entry, np.ndarray]:
    rng = np.random.default_rng(seed)
    minutiae = Minutiae.of(
        rng.uniform(0, 500, count), rng.uniform(0, 500, count), rng.uniform(0, 6.2, count), rng.integers(0, 3, count),
        rng.random(count),
    )  # fmt: skip
    template = Template(
        minutiae, 512, 600, FingerPosition.LEFT_RING, ImpressionType.LATENT_LIFT, 70, "made/1",
        bytes(rng.integers(0, 256, seed % 9, np.uint8)), ("dry",),
    )  # fmt: skip
    vectors = on_grid(rng.normal(size=(count, 64)))
    vectors[count if described is None else described :] = 0
    return Entry("José", "e1", f"p{seed}", template, frozenset(("WANTED", "CIVIL"))), vectors


def parts(block: bytes) -> tuple[bytes, bytes]:
    _, _, near, far = HEAD.unpack_from(block)
    return block[HEAD.size : HEAD.size + near], block[HEAD.size + near : HEAD.size + near + far]


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1_000), count=st.integers(0, 60), share=st.floats(0, 1))
def test_what_was_written_is_read(seed: int, count: int, share: float) -> None:
    entry, vectors = made(seed, count, int(share * count))
    prepared, names = print_of(*parts(block_of(entry, vectors, 5, CLEAR, LINEAGE)))
    assert prepared.template.to_bytes() == entry.template.to_bytes()
    assert prepared.template.warnings == ("dry",)
    assert np.array_equal(prepared.vectors, vectors)
    assert names == Names.of(entry)


def test_the_names_are_read_without_the_rest() -> None:
    entry, vectors = made(3, 10)
    _, far = parts(block_of(entry, vectors, 5, CLEAR, LINEAGE))
    assert names_of(far) == Names.of(entry)


def test_a_block_ends_at_eight_bytes_and_its_checksum_is_of_all_that_follows() -> None:
    for count in range(12):
        block = block_of(*made(count, count), 5, CLEAR, LINEAGE)
        written, size, _, _ = HEAD.unpack_from(block)
        assert (size, len(block) % 8) == (len(block), 0)
        assert written == checksum(block) != 0
        for at in (CRC.size, len(block) // 2, len(block) - 1):
            assert checksum(block[:at] + bytes([block[at] ^ 1]) + block[at + 1 :]) != written


def test_a_checksum_is_never_that_of_an_overwritten_block() -> None:
    whose_crc_is_0 = bytes.fromhex("9d0ad96d")
    assert checksum(CRC.pack(0) + whose_crc_is_0) == 1


def test_a_part_is_bound_to_its_place() -> None:
    places = {bound(lineage, number, part) for lineage in (LINEAGE, b"1" * 16) for number in (0, 1, 256) for part in (0, 1)}
    assert len(places) == 12


@pytest.mark.parametrize("seed", range(4))
def test_many_are_gathered_as_they_are_read_one_by_one(seed: int) -> None:
    rng = np.random.default_rng(seed)
    prints = [made(number, count := int(rng.integers(0, 30)), int(rng.integers(0, count + 1))) for number in range(9)]
    nears = [parts(block_of(*each, number, CLEAR, LINEAGE))[0] for number, each in enumerate(prints)] + [EMPTY]
    starts = np.cumsum([0, *map(len, nears)])[:-1]
    x, y, angle, quality, vectors, ends = gathered(np.frombuffer(b"".join(nears), np.uint8), starts, NEAR_HEAD.size)
    sizes = [*(len(rows) for _, rows in prints), 0]
    assert np.array_equal(ends, np.cumsum([0, *sizes]))
    assert np.array_equal(vectors, np.concatenate([rows for _, rows in prints]))
    for found, name in ((x, "x"), (y, "y"), (angle, "angle"), (quality, "quality")):
        assert np.array_equal(found, np.concatenate([getattr(entry.template.minutiae, name) for entry, _ in prints]))


def test_counts_that_would_lead_behind_the_data_are_none() -> None:
    data = np.frombuffer(NEAR_HEAD.pack(3, 0) + bytes(24), np.uint8)
    assert [found.tolist() for found in counts(data, np.array([0]), NEAR_HEAD.size)] == [[3], [0]]
    for few, described, room in ((4, 0, 24), (3, 1, 24), (1, 2, 200)):
        data = np.frombuffer(NEAR_HEAD.pack(few, described) + bytes(room), np.uint8)
        assert [found.tolist() for found in counts(data, np.array([0]), NEAR_HEAD.size)] == [[0], [0]]
