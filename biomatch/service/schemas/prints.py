"""One print: as it is handed over, and as it is kept."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from biomatch.bureau import MAX_PRINTS, EnrolledPrint, Upload
from biomatch.service.schemas.biographies import PastDay
from biomatch.service.schemas.fields import Base64, Impression, In, Model, Position
from biomatch.store import StoredPrint
from biomatch.template import BIFURCATION, ENDING, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

Kind = Literal["ending", "bifurcation", "other"]
TemplateFormat = Literal["ISO_19794_2", "BIOMATCH"]

_KINDS: dict[int, Kind] = {ENDING: "ending", BIFURCATION: "bifurcation"}


class BiometricData(In):
    """One print as it is handed over: `image` (PNG, TIFF, BMP, JPEG, JPEG 2000, WSQ, PGM) or `template`.

    A template is biomatch's own, or a minutiae record of ISO/IEC 19794-2 or ANSI INCITS 378.
    """

    biometric_type: Literal["FINGER"] = "FINGER"
    biometric_sub_type: Position = FingerPosition.UNKNOWN
    impression_type: Impression = ImpressionType.UNKNOWN
    image: Base64 | None = None
    resolution: float | None = Field(None, description="ppi of the image; without it, what the file says")
    template: Base64 | None = None
    capture_date: PastDay | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if self.image is not None and self.template is not None:
            raise ValueError("names one of image, template: one of them would not be read")
        return self

    def upload(self, name: str) -> Upload:
        data = self.image if self.image is not None else self.template
        return Upload(
            data or b"",
            name,
            self.biometric_sub_type,
            self.impression_type,
            self.resolution,
            captured=self.capture_date,
        )


Handed = Annotated[list[BiometricData], Field(max_length=MAX_PRINTS)]
"""Prints of one request."""


class MinutiaOut(Model):
    """x, y: px at 500 ppi from the top left; angle: radians counter-clockwise from east, y up; quality: 0..1."""

    x: float
    y: float
    angle: float
    type: Kind
    quality: float


class PrintOut(Model):
    print_id: str
    biometric_type: Literal["FINGER"] = "FINGER"
    biometric_sub_type: Position
    impression_type: Impression
    quality: int | None = None
    warnings: list[str] = Field(default=[])
    minutiae_count: int | None = None
    algorithm: str | None = None
    created: str | None = None
    capture_date: date | None = None
    has_image: bool | None = None

    @classmethod
    def received(cls, made: EnrolledPrint) -> PrintOut:
        return cls(
            print_id=made.print_id,
            biometric_sub_type=made.position,
            impression_type=made.impression,
            quality=made.quality,
            warnings=list(made.warnings),
            minutiae_count=made.minutiae,
        )

    @classmethod
    def stored(cls, stored: StoredPrint) -> PrintOut:
        return cls(
            print_id=stored.print_id,
            biometric_sub_type=stored.position,
            impression_type=stored.impression,
            quality=stored.quality,
            algorithm=stored.extractor,
            created=stored.created,
            capture_date=stored.captured,
            has_image=stored.has_image,
        )


class TemplateOut(Model):
    print_id: str
    biometric_type: Literal["FINGER"] = "FINGER"
    biometric_sub_type: Position
    template: Base64
    template_format: TemplateFormat
    algorithm: str


class PrintDetail(PrintOut):
    """A print with its minutiae. `width`, `height`: px at 500 ppi."""

    person_id: str
    encounter_id: str
    width: int
    height: int
    minutiae: list[MinutiaOut]


def minutiae_of(template: Template) -> list[MinutiaOut]:
    m = template.minutiae
    return [
        MinutiaOut(x=x, y=y, angle=round(angle, 5), type=_KINDS.get(kind, "other"), quality=round(quality, 2))
        for x, y, angle, kind, quality in zip(
            m.x.tolist(), m.y.tolist(), m.angle.tolist(), m.kind.tolist(), m.quality.tolist(), strict=True
        )
    ]
