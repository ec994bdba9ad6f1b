"""ISO/IEC 19794-2:2005 records of another vendor: they find their mates, and ours."""

from __future__ import annotations

from pathlib import Path

import pytest

import biomatch
from biomatch import formats
from biomatch.template import Template

MATES = {"a001_04p": "b001_04p", "a001_06p": "b001_06p"}


@pytest.fixture(scope="module")
def records(real_data: Path) -> dict[str, Template]:
    return {file.stem: formats.read_template(file.read_bytes()) for file in sorted((real_data / "templates").glob("*.ist"))}


@pytest.mark.parametrize("probe", MATES)
def test_a_record_finds_its_mate_among_the_others(probe: str, records: dict[str, Template]) -> None:
    """Seen: mates 55 and 64; the best stranger 11."""
    scores = {name: biomatch.compare(records[probe], record).score for name, record in records.items() if name != probe}
    assert max(scores, key=scores.__getitem__) == MATES[probe]
    assert scores[MATES[probe]] > 50
    assert sorted(scores.values())[-2] < 13


@pytest.mark.parametrize("probe", MATES)
def test_our_extraction_of_its_image_finds_the_record(probe: str, records: dict[str, Template], real_data: Path) -> None:
    """Seen: 45 and 34 for the record of the same image."""
    image = (real_data / "templates" / "images" / f"{probe}.png").read_bytes()
    ours = biomatch.extract(biomatch.decode(image, ppi=500))
    scores = {name: biomatch.compare(ours, record).score for name, record in records.items()}
    assert max(scores, key=scores.__getitem__) in (probe, MATES[probe])
