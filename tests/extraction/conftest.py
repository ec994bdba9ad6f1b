"""Patterns with known answers, and plain twins of the kernels, for the tests of this folder."""

import importlib.util
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from biomatch.extraction import ClassicalExtractor
from biomatch.imaging import GreyImage


def _beside(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"extraction_{name}", Path(__file__).with_name(f"{name}.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def patterns() -> ModuleType:
    return _beside("patterns")


@pytest.fixture(scope="session")
def plain() -> ModuleType:
    return _beside("plain")


@pytest.fixture(scope="session")
def extractor() -> ClassicalExtractor:
    return ClassicalExtractor()


@pytest.fixture(scope="session")
def finger(patterns) -> GreyImage:
    """An arch with a dozen minutiae on an empty sensor."""
    return GreyImage.of(patterns.print_like())


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(11)
