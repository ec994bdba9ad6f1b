"""A whole gallery against itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Response
from starlette.concurrency import run_in_threadpool

from biomatch import errors
from biomatch.gallery.interface import Effort
from biomatch.service.dependencies import BureauDep, OnceSearcherDep, label_of
from biomatch.service.problems import documented
from biomatch.service.routers.tasks import begun
from biomatch.service.routing import resource
from biomatch.service.schemas.tasks import TaskOut

router = resource("/v1/duplicates", "tasks")


@router.post(
    "",
    operation_id="findDuplicates",
    status_code=202,
    responses=documented(errors.BadRequest, errors.PurposeMissing, errors.LabelNotFound, errors.KeyReused),
)
async def find_duplicates(
    bureau: BureauDep,
    actor: OnceSearcherDep,
    answer: Response,
    gallery: Annotated[str, Query(description="label whose prints are searched with, and for; ALL: every print")] = "ALL",
    target_fpir: Annotated[
        float | None,
        Query(
            alias="targetFPIR",
            ge=1,
            le=300,
            description="-10 log10(FPIR): 30 tells a pair that 1 person in 1,000 would wrongly be in; 30 where nothing is said",
        ),
    ] = None,
    threshold: Annotated[float | None, Query(allow_inf_nan=False, description="least score of a pair, -10 log10(FMR)")] = None,
    llr: Annotated[float | None, Query(allow_inf_nan=False, description="least log10 of a pair's likelihood ratio")] = None,
    effort: Annotated[Effort, Query(alias="accuracyLevel", description="effort of each search")] = Effort.NORMAL,
) -> TaskOut:
    """Search with every person's prints for other persons: who is enrolled twice? A task, whose result are pairs, each once."""
    task = await run_in_threadpool(
        bureau.tasks.find_duplicates,
        actor,
        label=label_of(gallery),
        fpir=None if target_fpir is None else 10 ** (-target_fpir / 10),
        score=threshold,
        llr=llr,
        effort=effort,
    )
    return begun(task, answer)
