"""The state of the service, for load balancers and for whoever watches it."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor

from fastapi import APIRouter, Depends, Response
from starlette.concurrency import run_in_threadpool

from biomatch import __version__, errors
from biomatch.bureau.access.tokens import ANYBODY
from biomatch.service.dependencies import BureauDep, MetricsDep, WatcherDep, only_declared
from biomatch.service.metrics import MEDIA_TYPE
from biomatch.service.problems import ACCESS_ERRORS, documented
from biomatch.service.routing import Route
from biomatch.service.schemas.state import HealthOut

router = APIRouter(tags=["health"], route_class=Route)

_PLAIN = [Depends(only_declared)]  # nobody is asked who they are

_THREADS = ThreadPoolExecutor(2, thread_name_prefix="health")  # their own: those of the other requests may all be busy


@router.get("/healthz", operation_id="health", dependencies=_PLAIN)
async def health(bureau: BureauDep) -> HealthOut:
    """Tell whether the service answers, and its database does; else it should be started anew. Nobody is asked who they are."""
    await asyncio.get_running_loop().run_in_executor(_THREADS, bureau.upkeep.alive, ANYBODY)
    return HealthOut(version=__version__)


@router.get("/readyz", operation_id="ready", dependencies=_PLAIN, responses=documented(errors.NotReady))
async def ready(bureau: BureauDep) -> HealthOut:
    """Tell whether requests can be sent here: the index has all of the log, and the disk has room. Nobody is asked who they
    are."""
    await asyncio.get_running_loop().run_in_executor(_THREADS, bureau.upkeep.ready, ANYBODY)
    return HealthOut(version=__version__)


@router.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    responses=documented(*ACCESS_ERRORS) | {200: {"content": {"text/plain": {}}}},
)
async def metrics(bureau: BureauDep, actor: WatcherDep, counted: MetricsDep) -> Response:
    """Read counts and times of requests and stages of searches, size and lag of the gallery, as Prometheus reads them."""
    gauges = await run_in_threadpool(bureau.upkeep.gauges, actor)
    return Response(counted.text(gauges), media_type=MEDIA_TYPE)
