"""The audit tree: checkpoints, leaves, and proofs that need no trust in this service."""

from __future__ import annotations

from typing import Annotated

from fastapi import Path, Query, Response
from starlette.concurrency import run_in_threadpool

from biomatch import errors
from biomatch.bureau import MAX_LEAVES
from biomatch.service.dependencies import AuditorDep, BureauDep
from biomatch.service.problems import documented
from biomatch.service.routing import resource
from biomatch.service.schemas.audit import AuditKeyOut, ConsistencyOut, LeafOut, ProofOut, ReplayOut

router = resource("/v1/audit", "audit")
searches = resource("/v1/searches", "audit")


@router.get(
    "/checkpoint",
    operation_id="readCheckpoint",
    response_class=Response,
    responses={200: {"content": {"text/plain": {}}}},
)
async def read_checkpoint(bureau: BureauDep, actor: AuditorDep) -> Response:
    """Read the tree as it is now, as a signed note (C2SP tlog-checkpoint): kept elsewhere, it tells whether the past was
    changed."""
    return Response(await run_in_threadpool(bureau.upkeep.checkpoint, actor), media_type="text/plain; charset=utf-8")


@router.get("/key", operation_id="readAuditKey")
async def read_key(bureau: BureauDep, actor: AuditorDep) -> AuditKeyOut:
    """Read the public key that checkpoints are signed with."""
    return AuditKeyOut(key=await run_in_threadpool(bureau.upkeep.audit_key, actor))


@router.get("/leaves", operation_id="readLeaves")
async def read_leaves(
    bureau: BureauDep,
    actor: AuditorDep,
    after: Annotated[int, Query(ge=-1, description="number of the last leaf that you have; -1: none")] = -1,
    limit: Annotated[int, Query(ge=1, le=MAX_LEAVES)] = 100,
) -> list[LeafOut]:
    """List what was done, in order."""
    found = await run_in_threadpool(bureau.upkeep.audit_leaves, actor, first=after + 1, limit=limit)
    return [LeafOut.of(leaf) for leaf in found]


@router.get("/leaves/{leaf}/proof", operation_id="readProof", responses=documented(errors.LeafNotFound))
async def read_proof(leaf: Annotated[int, Path(ge=0)], bureau: BureauDep, actor: AuditorDep) -> ProofOut:
    """Read a leaf, and the hashes that lead from it to the root of a signed checkpoint."""
    return ProofOut.model_validate(await run_in_threadpool(bureau.upkeep.prove, leaf, actor))


@router.get("/consistency", operation_id="readConsistency", responses=documented(errors.WrongTreeSize))
async def read_consistency(
    bureau: BureauDep,
    actor: AuditorDep,
    first: Annotated[int, Query(ge=0, description="size of the checkpoint that you have")],
    second: Annotated[int | None, Query(ge=0, description="size of a later one; default: now")] = None,
) -> ConsistencyOut:
    """Read the hashes that show that the later tree begins with the earlier one."""
    return ConsistencyOut.of(await run_in_threadpool(bureau.upkeep.consistency, first, actor, second=second))


@searches.post(
    "/{searchId}/replay",
    operation_id="replaySearch",
    responses=documented(errors.SearchNotFound, errors.ProbesErased),
)
async def replay(
    search: Annotated[str, Path(alias="searchId", max_length=200)], bureau: BureauDep, actor: AuditorDep
) -> ReplayOut:
    """Repeat a past search with the prints as they were then: is everything the same to the bit, or what differs, and why?"""
    return ReplayOut.of(await run_in_threadpool(bureau.searches.replay, search, actor))
