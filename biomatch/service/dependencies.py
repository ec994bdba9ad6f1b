"""What routes are given: the bureau, who asks, the settings."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Query, Request

from biomatch.bureau import Actor, Bureau
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


BureauDep = Annotated[Bureau, Depends(_bureau)]
SettingsDep = Annotated[Settings, Depends(_settings)]
ActorDep = Annotated[Actor, Depends(_actor)]
TransactionId = Annotated[
    str | None, Query(alias="transactionId", max_length=200, description="OSIA's; comes back with the answer")
]
