"""The state of the service, and how much it holds."""

from __future__ import annotations

from typing import Literal

from biomatch.service.schemas.fields import Model


class HealthOut(Model):
    status: Literal["ok"] = "ok"
    version: str


class CountsOut(Model):
    persons: int
    encounters: int
    prints: int
