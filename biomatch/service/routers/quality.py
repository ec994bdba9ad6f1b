"""Is this print good enough, and if not, why?"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query
from starlette.concurrency import run_in_threadpool

from biomatch.bureau import Examined
from biomatch.errors import BiomatchError
from biomatch.service import documents
from biomatch.service.dependencies import BureauDep, QualityReaderDep
from biomatch.service.intake import bodies
from biomatch.service.problems import UPLOAD_ERRORS, documented, problem
from biomatch.service.routing import resource
from biomatch.service.schemas.problems import Problem
from biomatch.service.schemas.quality import QualityIn, QualityOut

router = resource("/v1/quality", "quality")

Prints = Annotated[bodies.Prints, Depends(bodies.quality)]


@router.post(
    "",
    operation_id="quality",
    openapi_extra=documents.body(
        QualityIn, {"biometricData": documents.prints()}, files={"image": "prints: images, or templates"}
    ),
    responses=documented(*UPLOAD_ERRORS),
)
async def quality(
    actor: QualityReaderDep,
    prints: Prints,
    bureau: BureauDep,
    details: Annotated[bool, Query(description="adds minutiae, template, and the print as PNG at 500 ppi")] = False,
) -> list[QualityOut]:
    """Score each print, with reasons. Of several, those that cannot be read carry their problem; nothing is kept."""
    found = await run_in_threadpool(bureau.searches.examine, prints.uploads, actor, picture=details)
    if len(found) == 1 and isinstance(found[0], BiomatchError):
        raise found[0]
    return [out for upload, result in zip(prints.uploads, found, strict=True) for out in _answers(upload.name, result, details)]


def _answers(name: str, result: list[Examined] | BiomatchError, details: bool) -> list[QualityOut]:
    if isinstance(result, BiomatchError):
        return [QualityOut(name=name, problem=Problem(**problem(result)))]
    return [QualityOut.of(examined, name, details) for examined in result]
