"""Galleries: labels on prints."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import quote, urlencode

from fastapi import Query, Response
from pydantic import TypeAdapter, ValidationError
from starlette.concurrency import run_in_threadpool

from biomatch import errors
from biomatch.bureau import MAX_PAGE
from biomatch.service.dependencies import BureauDep, GalleryId, GalleryReaderDep, label_of
from biomatch.service.problems import documented
from biomatch.service.routing import resource
from biomatch.service.schemas.galleries import GalleryOut, MemberOut
from biomatch.service.schemas.state import CountsOut

router = resource("", "galleries")


@router.get("/v1/galleries", operation_id="readGalleries")
async def read_galleries(bureau: BureauDep, actor: GalleryReaderDep) -> list[GalleryOut]:
    """List the galleries that prints belong to. `ALL` is every print, whether it belongs to one or not."""
    labels = await run_in_threadpool(bureau.encounters.labels, actor)
    return [GalleryOut(gallery_id=label, prints=count) for label, count in labels.items()]


@router.get("/v1/counts", operation_id="readCounts")
async def read_counts(bureau: BureauDep, actor: GalleryReaderDep) -> CountsOut:
    """Count what is enrolled, in any gallery or none."""
    persons, encounters, prints = await run_in_threadpool(bureau.upkeep.counts, actor)
    return CountsOut(persons=persons, encounters=encounters, prints=prints)


@router.get(
    "/v1/galleries/{galleryId}",
    operation_id="readGalleryContent",
    responses=documented(errors.LabelNotFound, errors.BadRequest),
)
async def read_gallery(
    gallery: GalleryId,
    bureau: BureauDep,
    actor: GalleryReaderDep,
    answer: Response,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE, description="encounters of one page")] = 100,
    after: Annotated[
        str, Query(max_length=2_000, description="place where the page before ended: from its `Link` header")
    ] = "",
) -> list[MemberOut]:
    """List the encounters in a gallery, by person and encounter. The header `Link` leads to the next page, if there is one."""
    found = await run_in_threadpool(bureau.encounters.gallery_page, label_of(gallery), actor, after=_place(after), limit=limit)
    if len(found) == limit:
        query = urlencode({"limit": limit, "after": json.dumps(found[-1])})
        answer.headers["Link"] = f'</v1/galleries/{quote(gallery, safe="")}?{query}>; rel="next"'
    return [MemberOut(person_id=person, encounter_id=encounter) for person, encounter in found]


_PLACE = TypeAdapter(tuple[str, str])


def _place(after: str) -> tuple[str, str]:
    if not after:
        return "", ""
    try:
        return _PLACE.validate_json(after)
    except ValidationError:
        raise errors.BadRequest("after: is not where a page ended; take it from the header Link") from None
