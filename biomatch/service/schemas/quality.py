"""The answer whether prints are good enough to keep."""

from __future__ import annotations

from pydantic import Field

from biomatch.bureau import Examined
from biomatch.service.schemas.fields import Base64, In, Model
from biomatch.service.schemas.prints import (
    Handed,
    MinutiaOut,
    minutiae_of,
)
from biomatch.service.schemas.problems import Problem


class QualityIn(In):
    biometric_data: Handed


class QualityOut(Model):
    """passed: good enough to keep; else take the print again, for the reasons given. One that passed may say that its skin was
    twisted. A print that failed has `problem` only."""

    name: str
    quality: int | None = None
    passed: bool = False
    reasons: list[str] = Field(default=[])
    warnings: list[str] = Field(default=[])
    width: int | None = None
    height: int | None = None
    minutiae_count: int = 0
    minutiae: list[MinutiaOut] | None = None
    template: Base64 | None = None
    picture: Base64 | None = None
    problem: Problem | None = None

    @classmethod
    def of(cls, examined: Examined, name: str, details: bool) -> QualityOut:
        template = examined.template
        return cls(
            name=name,
            quality=examined.score,
            passed=examined.passed,
            reasons=list(examined.reasons),
            warnings=list(template.warnings),
            width=template.width,
            height=template.height,
            minutiae_count=len(template.minutiae),
            minutiae=minutiae_of(template) if details else None,
            template=template.to_bytes() if details else None,
            picture=examined.picture if details and examined.picture else None,
        )
