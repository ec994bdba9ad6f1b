"""Facts of requests and answers about persons beside their prints, and the filter over them, under OSIA's names."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator
from pydantic.alias_generators import to_camel

from biomatch.errors import UnknownField
from biomatch.gallery.filters import Biography, Days, Filter, born_at_age
from biomatch.service.schemas.fields import In, Position
from biomatch.vocabulary import Sex

Age = Annotated[int, Field(ge=0, le=150)]
Gender = Literal["M", "F", "X"]
MAX_CHOICES = 40  # more than there are finger positions


def _past(day: date) -> date:
    if day > datetime.now(UTC).date() + timedelta(days=1):  # it is tomorrow already, somewhere
        raise ValueError("is in the future")
    return day


PastDay = Annotated[date, AfterValidator(_past)]


class BiographicData(In):
    """Facts about the person. Nothing else is taken: names belong in your own records."""

    gender: Gender | None = None
    date_of_birth: PastDay | None = None

    def known(self) -> Biography:
        return Biography(Sex.of_letter(self.gender or ""), self.date_of_birth)

    @classmethod
    def of(cls, known: Biography) -> BiographicData | None:
        """Returns None where nothing is known."""
        if known == Biography():
            return None
        letter: Gender | None = known.sex.letter or None  # type: ignore[assignment]
        return cls(gender=letter, date_of_birth=known.born)

    @classmethod
    def _refusal(cls, name: str, aliases: list[str]) -> UnknownField:
        return UnknownField(
            "field", name, f"{' and '.join(aliases)} are kept of a person: all else belongs in your own records"
        )


class FilterIn(In):
    """Limits a search to prints that fit all of it, and those of whom it is not known.

    Ages are whole years, today; captureDate is the day of enrolment where nobody said when a print was taken.
    """

    biometric_sub_type: Annotated[list[Position], Field(max_length=MAX_CHOICES)] | None = None
    gender: Annotated[list[Gender], Field(max_length=MAX_CHOICES)] | None = None
    date_of_birth_min: date | None = None
    date_of_birth_max: date | None = None
    age_min: Age | None = None
    age_max: Age | None = None
    capture_date_min: date | None = None
    capture_date_max: date | None = None

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        for name in ("date_of_birth", "age", "capture_date"):
            low, high = getattr(self, f"{name}_min"), getattr(self, f"{name}_max")
            if low is not None and high is not None and low > high:
                raise ValueError(f"{to_camel(name)}Min is above {to_camel(name)}Max")
        return self

    def over(self, label: str | None = None) -> Filter:
        """Makes the filter of a search in a gallery."""
        aged = born_at_age(self.age_min, self.age_max, datetime.now(UTC).date())
        born = Days(self.date_of_birth_min, self.date_of_birth_max) & aged
        taken = Days(self.capture_date_min, self.capture_date_max)
        return Filter(
            positions=None if self.biometric_sub_type is None else frozenset(self.biometric_sub_type),
            label=label,
            sexes=None if self.gender is None else frozenset(map(Sex.of_letter, self.gender)),
            born=None if born == Days() else born,
            taken=None if taken == Days() else taken,
        )


UNFILTERED = FilterIn()
FILTERS = {to_camel(name) for name in FilterIn.model_fields} | {"filter"}
"""Names of its fields, and the one that finger positions have in a form."""
