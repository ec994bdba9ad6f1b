"""Galleries (labels on prints), and whether the service is well."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from biomatch import __version__
from biomatch.bureau.access import ANYBODY
from biomatch.service.dependencies import BureauDep, GalleryReaderDep
from biomatch.service.problems import ACCESS_ERRORS, documented
from biomatch.service.schemas import GalleryOut, HealthOut

router = APIRouter(tags=["galleries"])


@router.get("/v1/galleries", operation_id="readGalleries", responses=documented(*ACCESS_ERRORS))
async def read_galleries(bureau: BureauDep, actor: GalleryReaderDep) -> list[GalleryOut]:
    """The galleries that prints belong to. `ALL` is every print, whether it belongs to one or not."""
    labels = await run_in_threadpool(bureau.labels, actor)
    return [GalleryOut(gallery_id=label, prints=count) for label, count in labels.items()]


@router.get("/healthz", operation_id="health", tags=["health"])
async def health(bureau: BureauDep) -> HealthOut:
    """The service answers, and so does its database. Nobody is asked who they are."""
    persons, _, prints = await run_in_threadpool(bureau.counts, ANYBODY)
    return HealthOut(version=__version__, persons=persons, prints=prints)
