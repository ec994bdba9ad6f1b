"""Synthetic prints, a second impression of each, and their pictures of ridges."""

import importlib.util
import math
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from biomatch.comparison import Comparer, prepare
from biomatch.descriptors import Describer
from biomatch.synthesis import press_again, synthesise_templates
from biomatch.template import Minutiae


@pytest.fixture(scope="session")
def plain():
    spec = importlib.util.spec_from_file_location("comparison_plain", Path(__file__).with_name("plain.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def describer():
    return Describer()


@pytest.fixture(scope="session")
def comparer():
    return Comparer()


@pytest.fixture(scope="session")
def fingers(describer):
    """Twelve prints of twelve fingers, prepared."""
    return [prepare(t, describer) for t in synthesise_templates(12, 11)]


@pytest.fixture(scope="session")
def mates(fingers, describer):
    """A second, gentle impression of each."""
    rng = np.random.default_rng(12)
    return [prepare(press_again(f.template, rng, 0.5), describer) for f in fingers]


@pytest.fixture(scope="session")
def moved(describer):
    """moved(prepared, turn, dx, dy): the same print, turned about the image's middle and shifted; turn in 1/256."""

    def of(prepared, turn, dx, dy):
        m, t = prepared.template.minutiae, turn * 2 * math.pi / 256
        x0, y0 = prepared.template.width / 2, prepared.template.height / 2
        x = x0 + math.cos(t) * (m.x - x0) + math.sin(t) * (m.y - y0) + dx
        y = y0 + math.cos(t) * (m.y - y0) - math.sin(t) * (m.x - x0) + dy
        inside = Minutiae.of(x, y, m.angle + t, m.kind, m.quality)
        return prepare(replace(prepared.template, minutiae=inside, width=900, height=900), describer)

    return of


@pytest.fixture(scope="session")
def waves():
    """waves(seed, size=240, period=9.0): a picture of ridges, float32."""

    def of(seed, size=240, period=9.0):
        """A flow of ridges with a slowly turning direction, -1..1."""
        rng = np.random.default_rng(seed)
        bend = cv2.GaussianBlur(rng.normal(0, 1, (size, size)), (0, 0), 40)
        y, x = np.mgrid[:size, :size]
        angle = rng.uniform(0, np.pi)
        return np.cos(2 * np.pi * (x * np.cos(angle) + y * np.sin(angle)) / period + 12 * bend / bend.std()).astype(np.float32)

    return of
