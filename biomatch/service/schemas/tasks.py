"""The content of answers about tasks."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from biomatch.bureau import Duplicate, Failure, Found, StoredJob
from biomatch.service.schemas.fields import Model

Status = Literal["WAITING", "RUNNING", "DONE", "FAILED", "CANCELLED"]
Kind = Literal["duplicate", "failure"]

_STATUS: dict[str, Status] = {
    "waiting": "WAITING",
    "running": "RUNNING",
    "done": "DONE",
    "failed": "FAILED",
    "cancelled": "CANCELLED",
}


class FaultOut(Model):
    """code: as in the manual of errors."""

    code: str
    detail: str


class TaskOut(Model):
    """done, total: steps of the work, such as persons or prints; total is left out where nobody knows it yet.

    counts  what was found so far, in numbers. fault: what it failed by
    """

    task_id: str
    kind: str
    status: Status
    done: int
    total: int | None = None
    counts: dict[str, int] = Field(examples=[{"results": 3}])
    fault: FaultOut | None = None
    created: str
    ended: str | None = None

    @classmethod
    def of(cls, job: StoredJob) -> TaskOut:
        return cls(
            task_id=job.job,
            kind=job.kind,
            status=_STATUS[job.state],
            done=job.done,
            total=job.total,
            counts=job.counts,
            fault=None if job.fault is None else FaultOut(code=job.fault["code"], detail=job.fault["message"]),
            created=job.created,
            ended=job.ended,
        )


class AgreementOut(Model):
    """A print of the one and a print of the other that look like one finger."""

    print_id: str
    other_print_id: str
    biometric_sub_type: str
    score: float
    llr: float


class DuplicateOut(Model):
    """Two persons who may be one."""

    person_id: str
    other_person_id: str
    score: float
    llr: float
    extrapolated: bool
    scores: list[AgreementOut]

    @classmethod
    def of(cls, pair: Duplicate) -> DuplicateOut:
        scores = [
            AgreementOut(
                print_id=one.print_id,
                other_print_id=one.other_print_id,
                biometric_sub_type=one.position,
                score=one.score,
                llr=one.llr,
            )
            for one in pair.agreements
        ]
        return cls(
            person_id=pair.person,
            other_person_id=pair.other,
            score=pair.score,
            llr=pair.llr,
            extrapolated=pair.extrapolated,
            scores=scores,
        )


class FailureOut(Model):
    """A failure. name: of a file, or a print's id; line: of the list that names it."""

    name: str
    person_id: str
    code: str
    detail: str
    line: int | None = None

    @classmethod
    def of(cls, failure: Failure) -> FailureOut:
        return cls(name=failure.name, person_id=failure.person, code=failure.code, detail=failure.message, line=failure.line)


class FoundOut(Model):
    """One thing that a task found: `duplicate` or `failure`, as `kind` says. number: for the next page."""

    number: int
    kind: Kind
    duplicate: DuplicateOut | None = None
    failure: FailureOut | None = None

    @classmethod
    def of(cls, found: Found) -> FoundOut:
        if isinstance(found.what, Duplicate):
            return cls(number=found.number, kind="duplicate", duplicate=DuplicateOut.of(found.what))
        return cls(number=found.number, kind="failure", failure=FailureOut.of(found.what))
