"""The arguments that routes share: the bureau, the caller and their rights, the settings, and the parts of the address.

A route names its actor before the prints: who may not send them is refused before they are read (routing.py sees to it).
Whatever waits for nothing is `async`: FastAPI would make anything else wait for a thread.
"""

from __future__ import annotations

import inspect
from typing import Annotated, Any, get_type_hints

from fastapi import Depends, Header, Path, Query, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer, SecurityScopes
from pydantic import AfterValidator

from biomatch.bureau import EVERYTHING, Actor, Bureau, Scope, SearchRequest
from biomatch.errors import BadRequest
from biomatch.gallery.filters import Filter
from biomatch.gallery.interface import Effort
from biomatch.service.credentials import caller, is_secure
from biomatch.service.metrics import Metrics
from biomatch.service.schemas.biographies import FILTERS
from biomatch.service.settings import Settings
from biomatch.service.traffic.guards import ADMISSION


async def _bureau(request: Request) -> Bureau:
    found: Bureau = request.app.state.bureau
    return found


async def _settings(request: Request) -> Settings:
    found: Settings = request.app.state.settings
    return found


_BEARER = HTTPBearer(auto_error=False, scheme_name="token", description="A token that `biomatch token create` made.")


async def only_declared(request: Request) -> None:
    """Refuses parameters in the address that the route does not read. Raises UnknownField, BadRequest."""
    request.scope["route"].check_parameters(request.query_params)


def _printable(text: str | None) -> str | None:
    """Refuses text that cannot be printed: it comes back in answers, and callers write it into logs, where no line may be
    forged with it."""
    if text is not None and not text.isprintable():
        raise ValueError("holds characters that cannot be printed")
    return text


TransactionId = Annotated[
    str | None,
    AfterValidator(_printable),
    Query(
        alias="transactionId",
        max_length=200,
        description="OSIA's; comes back with receipts and with the answers of searches and verifications",
    ),
]


async def _actor(
    request: Request,
    bureau: Annotated[Bureau, Depends(_bureau)],
    settings: Annotated[Settings, Depends(_settings)],
    needed: SecurityScopes,
    _bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)] = None,
    _transaction_id: TransactionId = None,
) -> Actor:
    """Returns the caller, if they may do what the route is for, by the headers alone.

    Raises TokenRefused, NotAllowed, QuotaSpent, ForeignOrigin; TooBusy: the caller has their share of requests in hand;
    UnknownField, BadRequest: the address has parameters that the route does not read.
    """
    actor = caller(bureau, settings, request.headers, request.method, secure=is_secure(request))
    for scope in needed.scopes:
        actor.require(Scope(scope))
    if (admission := getattr(request.state, ADMISSION, None)) is not None:
        admission.enter(actor.token)
    if Scope.IDENTIFY in needed.scopes:
        _refuse_filters(request)
    await only_declared(request)
    return actor


def _refuse_filters(request: Request) -> None:
    for name in request.query_params:
        if name in FILTERS:
            raise BadRequest(f"{name}: a filter stands in the body, not in the address")


def _may(*scopes: Scope) -> Any:
    return Security(_actor, scopes=[scope.value for scope in scopes])


async def _caller(
    request: Request, bureau: Annotated[Bureau, Depends(_bureau)], settings: Annotated[Settings, Depends(_settings)]
) -> Actor:
    """Returns the caller, whatever they may do: for what tells callers of themselves alone. Raises as `_actor`."""
    actor = caller(bureau, settings, request.headers, request.method, secure=is_secure(request))
    await only_declared(request)
    return actor


async def _metrics(request: Request) -> Metrics:
    found: Metrics = request.app.state.metrics
    return found


Purpose = Annotated[str, Query(max_length=200, description="purpose of the search; needed where the bureau requires it")]
LegalBasis = Annotated[
    str,
    Query(alias="legalBasis", max_length=200, description="law or order that allows it; needed where the bureau requires it"),
]


async def _searcher(
    actor: Annotated[Actor, _may(Scope.IDENTIFY)], purpose: Purpose = "", legal_basis: LegalBasis = ""
) -> Actor:
    """Returns the caller who searches, with the reason."""
    return actor.searching_for(purpose, legal_basis)


Key = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=200,
        description="yours, another one for each write: sent again with the same key, a write is done once",
    ),
]


async def _writer(actor: Annotated[Actor, _may(Scope.ENCOUNTER_WRITE)], key: Key = None) -> Actor:
    """Returns the caller who writes, with their key."""
    return actor.repeating(key or "")


async def _deleter(actor: Annotated[Actor, _may(Scope.ENCOUNTER_WRITE, Scope.ENCOUNTER_DELETE)], key: Key = None) -> Actor:
    """Returns the caller who deletes, with their key."""
    return actor.repeating(key or "")


async def _once_searcher(actor: Annotated[Actor, Depends(_searcher)], key: Key = None) -> Actor:
    """Returns the caller who begins a long search, with their key."""
    return actor.repeating(key or "")


async def _lister(actor: Annotated[Actor, Depends(_writer)], purpose: Purpose = "", legal_basis: LegalBasis = "") -> Actor:
    """Returns the caller who enrols a list, with the reason of its searches."""
    return actor.searching_for(purpose, legal_basis)


CallerDep = Annotated[Actor, Depends(_caller)]
BureauDep = Annotated[Bureau, Depends(_bureau)]
MetricsDep = Annotated[Metrics, Depends(_metrics)]
SettingsDep = Annotated[Settings, Depends(_settings)]
ReaderDep = Annotated[Actor, _may(Scope.ENCOUNTER_READ)]
ExporterDep = Annotated[Actor, _may(Scope.ENCOUNTER_READ, Scope.ENCOUNTER_EXPORT)]
WriterDep = Annotated[Actor, Depends(_writer)]
DeleterDep = Annotated[Actor, Depends(_deleter)]
ListerDep = Annotated[Actor, Depends(_lister)]
SearcherDep = Annotated[Actor, Depends(_searcher)]
OnceSearcherDep = Annotated[Actor, Depends(_once_searcher)]
VerifierDep = Annotated[Actor, _may(Scope.VERIFY)]
GalleryReaderDep = Annotated[Actor, _may(Scope.GALLERY_READ)]
TaskReaderDep = Annotated[Actor, _may(Scope.TASK_READ)]
TaskEnderDep = Annotated[Actor, _may(Scope.TASK_UPDATE)]
QualityReaderDep = Annotated[Actor, _may(Scope.QUALITY_READ)]
AuditorDep = Annotated[Actor, _may(Scope.AUDIT_READ)]
WatcherDep = Annotated[Actor, _may(Scope.METRICS_READ)]
UserReaderDep = Annotated[Actor, _may(Scope.USER_READ)]
UserWriterDep = Annotated[Actor, _may(Scope.USER_WRITE)]
PersonId = Annotated[str, Path(alias="personId")]
SourceId = Annotated[str, Path(alias="sourceId")]
EncounterId = Annotated[str, Path(alias="encounterId")]
PrintId = Annotated[str, Path(alias="printId")]
GalleryId = Annotated[str, Path(alias="galleryId", description="`ALL` is every gallery")]


def gathered(kind: type[Any]) -> Any:
    """Makes a dependency of a dataclass whose fields are a request's parameters; it needs no thread."""

    async def gather(**given: Any) -> Any:
        return kind(**given)

    signature, hints = inspect.signature(kind), get_type_hints(kind, include_extras=True)
    parameters = [one.replace(annotation=hints[one.name]) for one in signature.parameters.values()]
    gather.__signature__ = signature.replace(parameters=parameters, return_annotation=kind)  # type: ignore[attr-defined]
    return Depends(gather)


def search_request(
    where: Filter, top: int, settings: Settings, *, target_fpir: float | None, effort: Effort = Effort.NORMAL
) -> SearchRequest:
    """Makes the search that the address asks for. target_fpir: -10 log10 of the rate."""
    fpir = None if target_fpir is None else 10 ** (-target_fpir / 10)
    return SearchRequest(min(top, settings.max_candidates), effort, where, fpir)


def label_of(gallery: str) -> str | None:
    """Returns the label that OSIA's gallery stands for; None: no label filters."""
    return None if gallery == EVERYTHING else gallery
