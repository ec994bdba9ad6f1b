"""What routes are given: the bureau, who asks, the settings, and what stands in the address."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Path, Query, Request

from biomatch.bureau import EVERYTHING, Actor, Bureau
from biomatch.service.settings import Settings


def _bureau(request: Request) -> Bureau:
    found: Bureau = request.app.state.bureau
    return found


def _settings(request: Request) -> Settings:
    found: Settings = request.app.state.settings
    return found


def _actor() -> Actor:
    """Nobody is asked who they are: the service listens on this machine only."""
    return Actor("anonymous", "http")


def _searcher(
    actor: Annotated[Actor, Depends(_actor)],
    purpose: Annotated[
        str, Query(max_length=200, description="what the search is for; needed where the bureau requires it")
    ] = "",
    legal_basis: Annotated[
        str, Query(alias="legalBasis", max_length=200, description="what allows it; needed where the bureau requires it")
    ] = "",
) -> Actor:
    """Who searches, and why."""
    return actor.searching_for(purpose, legal_basis)


BureauDep = Annotated[Bureau, Depends(_bureau)]
SettingsDep = Annotated[Settings, Depends(_settings)]
ActorDep = Annotated[Actor, Depends(_actor)]
SearcherDep = Annotated[Actor, Depends(_searcher)]
PersonId = Annotated[str, Path(alias="personId")]
EncounterId = Annotated[str, Path(alias="encounterId")]
PrintId = Annotated[str, Path(alias="printId")]
GalleryId = Annotated[str, Path(alias="galleryId", description="`ALL` is every gallery")]
TransactionId = Annotated[
    str | None, Query(alias="transactionId", max_length=200, description="OSIA's; comes back with the answer")
]


def label_of(gallery: str) -> str | None:
    """The label that OSIA's gallery stands for; None: no label filters."""
    return None if gallery == EVERYTHING else gallery
