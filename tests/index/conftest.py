"""Codebooks made from nothing but a seed, and prints whose descriptors are clusters: answers are known by construction."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from biomatch.descriptors.grid import GRID, on_grid
from biomatch.index import Codebooks, Print
from biomatch.index.codebooks import CoarseParams
from biomatch.template import Minutiae
from biomatch.vocabulary import FingerPosition


def random_vectors(n: int, seed: int) -> np.ndarray:
    return on_grid(np.random.default_rng(seed).normal(size=(n, 64)))


def random_centroids(n: int, seed: int) -> np.ndarray:
    """Means lie between the values that vectors have."""
    vectors = np.random.default_rng(seed).normal(size=(n, 64))
    return np.rint(np.clip(GRID * vectors / np.linalg.norm(vectors, axis=1, keepdims=True), -127, 127)).astype(np.int8)


def codebook_arrays() -> dict[str, np.ndarray]:
    falling = np.linspace(9, 1, 28)[:, None] - np.linspace(0, 3, 8)[None, :]
    return {
        "lists_16": random_centroids(16, 1),
        "lists_128": random_centroids(128, 2),
        "cells_128": random_centroids(12, 3),
        "weights": falling.astype(np.float32),
        "weight_step": np.array(0.05, np.float32),
    }


@pytest.fixture(scope="session")
def codebooks() -> Codebooks:
    """Two sizes: 16 flat lists, and 128 with an upper level of 12 cells."""
    return Codebooks(codebook_arrays(), "test", CoarseParams(flat_lists=16, vectors_a_list=20))


@pytest.fixture(scope="session")
def vectors_of() -> Callable[[int, int], np.ndarray]:
    """vectors_of(n, seed): random descriptors (n, 64) int8."""
    return random_vectors


@pytest.fixture(scope="session")
def make_prints() -> Callable[..., list[Print]]:
    """make_prints(count, seed=0, first=0, position=UNKNOWN): prints of 25 minutiae, unlike each other."""

    def make(count: int, *, seed: int = 0, first: int = 0, position: FingerPosition = FingerPosition.UNKNOWN) -> list[Print]:
        out = []
        for number in range(first, first + count):
            rng = np.random.default_rng([seed, number])
            n = 25
            minutiae = Minutiae.of(
                rng.uniform(20, 320, n), rng.uniform(20, 320, n), rng.uniform(0, 6.28, n), rng.integers(0, 3, n), rng.random(n)
            )
            out.append(Print(number, position, minutiae, on_grid(rng.normal(size=(n, 64)))))
        return out

    return make


@pytest.fixture(scope="session")
def press_again() -> Callable[..., tuple[Minutiae, np.ndarray]]:
    """press_again(print, turn=0, dx=0, dy=0, noise=0.03, seed=0): the same minutiae moved, descriptors that differ a bit."""

    def press(
        one: Print, *, turn: float = 0.0, dx: float = 0.0, dy: float = 0.0, noise: float = 0.03, seed: int = 0
    ) -> tuple[Minutiae, np.ndarray]:
        rng = np.random.default_rng(seed)
        m = one.minutiae
        cosine, sine = np.cos(turn), np.sin(turn)
        x, y = m.x - 170, m.y - 170
        moved = Minutiae.of(
            np.clip(cosine * x + sine * y + 400 + dx, 0, 2000),
            np.clip(-sine * x + cosine * y + 400 + dy, 0, 2000),
            m.angle + turn,
            m.kind,
            m.quality,
        )
        return moved, on_grid(one.vectors / GRID + rng.normal(size=one.vectors.shape) * noise)

    return press
