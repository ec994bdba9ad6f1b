"""Figures in the manual are those of the code."""

from __future__ import annotations

from pathlib import Path

from biomatch.imaging.decode import LIMITS, PLAUSIBLE_TAG, POSSIBLE
from biomatch.template import MAX_SIDE
from biomatch.workers import CAPS


def test_the_limits_of_input_are_those_of_the_code(root: Path) -> None:
    page = " ".join((root / "docs" / "input.md").read_text(encoding="utf-8").split())
    assert f"{PLAUSIBLE_TAG[0]:g} to {PLAUSIBLE_TAG[1]:g} ppi" in page
    assert f"{POSSIBLE[0]:g} to {POSSIBLE[1]:g} ppi" in page
    assert f"{LIMITS.max_bytes // 1024**2} MB and {LIMITS.max_pixels:,} pixels" in page
    assert f"at most {MAX_SIDE:,} px at 500 ppi" in page
    assert f"{CAPS.seconds:g} s, {CAPS.cpu_seconds} s of CPU time or {CAPS.memory_bytes // 1024**3} GB of memory" in page
