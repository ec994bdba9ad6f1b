"""Figures in the manual are those of the code."""

from __future__ import annotations

import re
from pathlib import Path

from biomatch.formats.nist import LIMITS as TRANSACTIONS
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


def test_the_limits_of_transactions_are_those_of_the_code(root: Path) -> None:
    page = " ".join((root / "docs" / "formats.md").read_text(encoding="utf-8").split())
    of_all = ("size", "records", "fields", "field_bytes", "parts", "images", "marks")
    (table,) = re.findall(r"\| of a transaction \| at most \| \|---\|---:\| (.*?) \| A record", page)
    assert re.findall(r"\| ([\d,]+) \|", f"{table} |") == [f"{getattr(TRANSACTIONS, name):,}" for name in of_all]
    assert f"more than {TRANSACTIONS.minutiae:,} minutiae, cores, deltas or corners" in page
