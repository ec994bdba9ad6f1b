"""The application: routes, guards, errors. One process owns the gallery; extraction runs in the bureau's pool."""

from __future__ import annotations

import logging
import math
import signal
import socket
from contextlib import suppress
from functools import partial
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

import uvicorn
from fastapi import FastAPI

from biomatch import __version__, open_files
from biomatch.bureau import Actor, Bureau, KeyPlace, open_gallery
from biomatch.errors import CannotListen, OpenToAll, SeveralServers
from biomatch.learned import Models
from biomatch.service import documents, logs, operations, problems, welcome
from biomatch.service.allocator import give_back_large_arrays
from biomatch.service.metrics import Metrics
from biomatch.service.pace import quicken
from biomatch.service.routers import (
    audit,
    duplicates,
    enrolments,
    explain,
    galleries,
    identify,
    pages,
    passkeys,
    persons,
    prints,
    quality,
    session,
    sessions,
    state,
    tasks,
    transactions,
    users,
    verify,
)
from biomatch.service.routing import EncodedSlashes
from biomatch.service.schemas.comparisons import ComparisonIn, VerifyIn
from biomatch.service.schemas.encounters import EncounterIn
from biomatch.service.schemas.explanations import ExplainIn
from biomatch.service.schemas.problems import Problem
from biomatch.service.schemas.quality import QualityIn
from biomatch.service.schemas.searches import IdentifyIn
from biomatch.service.schemas.users import ResetIn, UserChangeIn, UserIn
from biomatch.service.settings import Settings, server_processes
from biomatch.service.traffic.budgets import SHARE
from biomatch.service.traffic.connections import MOST_HEAD_BYTES, Config, Connection, ConnectionLimits, Connections
from biomatch.service.traffic.guards import LOOPBACK, Guard, Limits
from biomatch.web import static_files

_DESCRIPTION = """Fingerprint identification. Paths and names follow OSIA's ABIS interface.

Scores are -10 log10(false match rate): 40 is reached by one in 10,000 comparisons of different fingers.

Prints come as a form (`multipart/form-data`), as JSON with base64, or one as the body itself. Errors are
`application/problem+json` with a stable `code`.

Each request carries a token: `Authorization: Bearer TOKEN`. Each route names the scope it needs."""

PEOPLE = (UserIn, UserChangeIn, ResetIn)

FILES_BESIDE = 512  # open files that are no connections: the database, originals, segments of the index, workers

_log = logging.getLogger(__name__)


def create_app(bureau: Bureau, settings: Settings | None = None) -> FastAPI:
    """Makes the service over an opened gallery, which stays the caller's to close."""
    settings = settings or Settings()
    app = FastAPI(title="biomatch", version=__version__, description=_DESCRIPTION, docs_url=None, redoc_url=None)
    app.state.bureau = bureau
    app.state.settings = settings
    app.state.metrics = metrics = Metrics()
    long, people = (enrolments, duplicates, tasks), (users, session, sessions, passkeys, pages)
    for resource in (
        persons,
        prints,
        identify,
        verify,
        explain,
        transactions,
        quality,
        galleries,
        *long,
        audit,
        state,
        *people,
    ):
        app.include_router(resource.router)
    app.include_router(audit.searches)
    app.mount("/static", static_files("biomatch.service"), name="static")
    operations.check(app)
    documents.complete(app, (EncounterIn, IdentifyIn, VerifyIn, ComparisonIn, ExplainIn, QualityIn, *PEOPLE, Problem))
    problems.install(app)
    app.add_middleware(EncodedSlashes)
    app.add_middleware(
        Guard,
        metrics=metrics,
        limits=Limits(
            body_bytes=settings.max_body_bytes,
            body_seconds=settings.body_seconds,
            seconds=settings.request_seconds,
            in_flight=settings.max_in_flight,
            arriving=settings.max_arriving,
            held_bytes=max(settings.max_held_bytes, math.ceil(settings.max_body_bytes / SHARE)),  # one's share holds one body
        ),
        names=(settings.host, *settings.names, *filter(None, (urlsplit(welcome.origin(settings) or "").hostname,))),
    )
    return app


def serve(folder: Path, actor: Actor, *, settings: Settings | None = None, models: Models | None = None) -> None:
    """Serves a gallery's folder until it is interrupted; says on stdout how to come in (welcome.py).

    actor  who serves it, for the audit tree: a gallery without tokens gets its first one

    Raises SeveralServers, OpenToAll, CannotListen, and what opening it raises.
    """
    settings = settings or Settings()
    if server_processes() != "1":
        raise SeveralServers(server_processes())
    give_back_large_arrays()
    open_files.allow(settings.max_connections + FILES_BESIDE)
    logs.write_to(level=settings.log_level)
    signal.signal(signal.SIGTERM, _stop)
    with open_gallery(
        folder,
        master=KeyPlace(settings.master_key_file, settings.master_key.get_secret_value() if settings.master_key else ""),
        models=models,
        extractor=settings.extractor,
        workers=settings.workers,
        answer=True,
    ) as bureau:
        to_all = settings.open and not bureau.access.guarded
        if to_all and settings.host not in LOOPBACK:
            raise OpenToAll(settings.host)
        if to_all:
            _log.warning("all users of this machine may read and change the gallery: it is served without tokens")
        if settings.host not in LOOPBACK and settings.tls_certificate is None:
            _log.warning("prints and tokens come in the clear, unless a proxy encrypts them", extra={"host": settings.host})
        bureau.warm()
        bureau.work()
        _log.info("serving", extra={"host": settings.host, "version": __version__})
        app = create_app(bureau, settings)
        quicken()
        config = server_config(app, settings)
        listening = _listening(settings)
        known = to_all or bureau.access.guarded
        first = None if known else bureau.access.create_token("first", actor)[1]  # now it will be seen
        bureau.access.serves_page_at(welcome.address(settings, listening.getsockname()[1]))
        print(welcome.words(bureau.access.page_address(actor), first), flush=True)
        with suppress(KeyboardInterrupt):  # raised once more when all is answered
            uvicorn.Server(config).run(sockets=[listening])


def _listening(settings: Settings) -> socket.socket:
    """Opens a socket of the address that is served at; workers do not inherit it. Raises CannotListen.

    It names its protocol: then asyncio sends small answers at once (TCP_NODELAY), and no answer on a kept connection waits for
    the acknowledgement of the one before.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    try:
        made = socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise CannotListen(settings.host, settings.port, error.strerror or "the address cannot be used") from None
    return socket.socket(made.family, made.type, socket.IPPROTO_TCP, made.detach())


def server_config(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """Makes the configuration with which uvicorn serves the application. A server takes one for itself: it counts its
    connections."""
    connections = Connections(
        ConnectionLimits(
            most=settings.max_connections,
            most_of_peer=settings.max_connections_per_peer,
            first_byte_seconds=settings.first_byte_seconds,
            head_seconds=settings.head_seconds,
            take_seconds=settings.take_seconds,
        )
    )
    return Config(
        app,
        handshake_seconds=settings.head_seconds,
        host=settings.host,
        port=settings.port,
        log_config=None,
        log_level="warning",
        access_log=False,
        workers=1,
        server_header=False,
        h11_max_incomplete_event_size=MOST_HEAD_BYTES,
        http=partial(Connection, connections=connections),  # a maker of protocols, as its class is
        ws="none",
        ssl_certfile=settings.tls_certificate,
        ssl_keyfile=settings.tls_key,
    )


def _stop(_number: int, _frame: FrameType | None) -> None:
    """Ends as an interrupt from the keyboard does: requests in hand are answered, and the gallery is closed."""
    raise SystemExit(0)
