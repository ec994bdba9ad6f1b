"""What every room's tests share: the real prints, and what must not be skipped.

BIOMATCH_REAL_DATA  folder of real prints; default: ../shared/data beside the repository
BIOMATCH_REQUIRE    names, by comma, of what must be there (data, browser): without it a test fails instead of being skipped
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import hypothesis
import pytest

hypothesis.settings.register_profile("repeatable", derandomize=True, deadline=None, database=None)
hypothesis.settings.load_profile("repeatable")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def root() -> Path:
    """The repository."""
    return ROOT


@pytest.fixture(scope="session")
def missing() -> Callable[[str, str], NoReturn]:
    """missing(name, reason): skips the test, or fails it where BIOMATCH_REQUIRE names what is missing."""

    def report(name: str, reason: str) -> NoReturn:
        if name in os.environ.get("BIOMATCH_REQUIRE", "").split(","):
            pytest.fail(f"{reason}, but BIOMATCH_REQUIRE asks for it", pytrace=False)
        pytest.skip(reason)

    return report


@pytest.fixture(scope="session")
def real_data(missing: Callable[[str, str], NoReturn]) -> Path:
    """Folder of real prints, with a manifest.csv."""
    folder = Path(os.environ.get("BIOMATCH_REAL_DATA", ROOT.parent / "shared" / "data"))
    if not (folder / "manifest.csv").exists():
        missing("data", f"no real prints in {folder}")
    return folder


@pytest.fixture(scope="session")
def sample_print() -> Callable[[str], bytes]:
    """sample_print("P01-right-index_1"): a print of the sample, as PNG, made anew."""
    from biomatch.synthesis import sample

    by_name = {Path(one.path).stem: one for one in sample.listing()}

    @functools.cache
    def made(name: str) -> bytes:
        return sample.to_png(sample.render(by_name[name]), sample.PPI)

    return made
