"""A job as it is kept, and one of its steps."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from biomatch.store.jobs.items import JobItem
from biomatch.store.rows.tables import RUNNING, WAITING

OPEN = (WAITING, RUNNING)  # states of a job that has not ended


class JobLost(Exception):
    """It was cancelled, or somebody else has claimed it: nothing was written. No failure, and it never leaves the bureau."""


@dataclass(frozen=True)
class StoredJob:
    """place: where the next step begins, as the kind of job knows it. fault: code and message of what ended it.

    actor   who asked, as the audit tree keeps it, and what for
    token   whose it is; empty: nobody was asked
    counts  what was found, in numbers
    fence   of the claim under which it was read
    """

    job: str
    kind: str
    state: str
    parameters: dict[str, Any]
    place: dict[str, Any] | None
    done: int
    total: int | None
    counts: dict[str, int]
    fault: dict[str, str] | None
    actor: dict[str, str]
    token: str
    fence: int
    created: str
    ended: str | None

    @property
    def is_open(self) -> bool:
        return self.state in OPEN


@dataclass(frozen=True)
class Step:
    """The work of a job since its last step.

    counts  to be added to the job's
    items   what was found
    used    inputs up to this number are not needed any more
    """

    place: dict[str, Any] | None
    done: int
    total: int | None = None
    counts: Mapping[str, int] = field(default_factory=dict)
    items: Sequence[JobItem] = ()
    used: int | None = None
