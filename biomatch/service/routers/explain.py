"""Explanations: why two prints score as they do."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Depends, Query
from starlette.concurrency import run_in_threadpool

from biomatch import errors
from biomatch.bureau import Kind, Side
from biomatch.service import documents
from biomatch.service.dependencies import BureauDep, VerifierDep
from biomatch.service.intake import bodies
from biomatch.service.problems import UPLOAD_ERRORS, documented
from biomatch.service.routing import resource
from biomatch.service.schemas.explanations import ExplainIn, ExplainOut

router = resource("/v1/explain", "verify")

Sides = Annotated[tuple[Side, Side], Depends(bodies.sides)]
_NOT_FOUND = (errors.PersonNotFound, errors.EncounterNotFound, errors.FingerNotFound, errors.PrintNotFound)


@router.post(
    "",
    operation_id="explain",
    openapi_extra=documents.body(
        ExplainIn,
        {name: {"biometricData": documents.prints()[0]} for name in ("first", "second")},
        files={"first": "one print: image, or template", bodies.SECOND: "the other print: image, or template"},
    ),
    responses=documented(*UPLOAD_ERRORS, *_NOT_FOUND),
)
async def explain(
    actor: VerifierDep,
    sides: Sides,
    bureau: BureauDep,
    picture: Annotated[Literal["png", "svg", "none"], Query(description="format of the picture")] = "png",
) -> ExplainOut:
    """Explain how two prints compare, minutia by minutia, in figures and as a picture.

    Enrolled prints are shown to who has `abis.encounter.read` as well.
    """
    draw = None if picture == "none" else Kind(picture)
    return ExplainOut.of(await run_in_threadpool(bureau.searches.explain, *sides, actor, draw=draw))
