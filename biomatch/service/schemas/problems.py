"""The answer to a failure."""

from __future__ import annotations

from typing import Any

from biomatch.service.schemas.fields import Model


class Problem(Model):
    """RFC 9457."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    values: dict[str, Any] | None = None
