"""A person's biography and the day of capture in a print's row: no value where nobody said."""

from __future__ import annotations

from datetime import date
from typing import Any

from biomatch.gallery.filters import Biography
from biomatch.vocabulary import Sex


def columns(biography: Biography, captured: date | None) -> dict[str, Any]:
    return {
        "sex": None if biography.sex is Sex.UNKNOWN else int(biography.sex),
        "born": None if biography.born is None else biography.born.isoformat(),
        "captured": None if captured is None else captured.isoformat(),
    }


def of_row(row: Any) -> Biography:
    return Biography(Sex(row.sex or 0), None if row.born is None else date.fromisoformat(row.born))


def captured(row: Any) -> date | None:
    return None if row.captured is None else date.fromisoformat(row.captured)
