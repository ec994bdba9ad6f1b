"""The request for an explanation, and its answer."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from biomatch.bureau import Enrolled, Explained, ExplainedPrint, Side
from biomatch.service.schemas.comparisons import PairOut
from biomatch.service.schemas.fields import Base64, In, Model, Name, Position
from biomatch.service.schemas.prints import BiometricData, MinutiaOut, minutiae_of
from biomatch.vocabulary import FingerPosition


class SideIn(In):
    """A print as it is handed over, `biometricData`; or an enrolled one: its `printId`, or its `personId` and more."""

    biometric_data: BiometricData | None = None
    print_id: Name | None = None
    person_id: Name | None = None
    encounter_id: Name | None = None
    biometric_sub_type: Position = FingerPosition.UNKNOWN

    @model_validator(mode="after")
    def _one_of_them(self) -> Self:
        if sum(one is not None for one in (self.biometric_data, self.print_id, self.person_id)) != 1:
            raise ValueError("names one of biometricData, printId, personId")
        return self

    def side(self, name: str) -> Side:
        if self.biometric_data is not None:
            return self.biometric_data.upload(name)
        return Enrolled(self.print_id, self.person_id, self.encounter_id, self.biometric_sub_type)


class ExplainIn(In):
    """Two prints to explain; of several enrolled prints that fit, the one that compares best is shown."""

    first: SideIn
    second: SideIn


class ShownOut(Model):
    """One of the prints. `width`, `height`: px at 500 ppi. Ids: of an enrolled print."""

    person_id: str | None = None
    encounter_id: str | None = None
    print_id: str | None = None
    biometric_sub_type: Position
    width: int
    height: int
    quality: int | None = None
    minutiae: list[MinutiaOut]
    warnings: list[str]

    @classmethod
    def of(cls, shown: ExplainedPrint) -> ShownOut:
        template, stored = shown.template, shown.stored
        return cls(
            person_id=None if stored is None else stored.person,
            encounter_id=None if stored is None else stored.encounter,
            print_id=None if stored is None else stored.print_id,
            biometric_sub_type=template.position,
            width=template.width,
            height=template.height,
            quality=template.quality,
            minutiae=minutiae_of(template),
            warnings=list(template.warnings),
        )


class ExplainOut(Model):
    """score: -10 log10 of the false match rate; llr: log10 of the likelihood ratio; extrapolated: beyond what was measured.

    correspondences: the strongest first; motion: dx, dy, turn, lays the first print on the second; measures: what the score was
    made of, by name.
    """

    score: float
    llr: float
    extrapolated: bool
    correspondences: list[PairOut]
    motion: tuple[float, float, float]
    measures: dict[str, float]
    first: ShownOut
    second: ShownOut
    picture: Base64 | None = Field(None, description="both prints side by side, corresponding minutiae numbered alike")

    @classmethod
    def of(cls, found: Explained) -> ExplainOut:
        compared = found.comparison
        dx, dy, turn = (float(value) for value in compared.motion)
        return cls(
            score=round(float(compared.score), 2),
            llr=round(float(compared.llr), 2),
            extrapolated=compared.extrapolated,
            correspondences=[PairOut.of(*pair) for pair in zip(*(part.tolist() for part in compared.pairs), strict=True)],
            motion=(dx, dy, turn),
            measures={name: round(value, 6) for name, value in compared.features.items()},
            first=ShownOut.of(found.first),
            second=ShownOut.of(found.second),
            picture=found.drawn or None,
        )
