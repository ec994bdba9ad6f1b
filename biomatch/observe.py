"""Two ways to watch work: the stages of a pipeline (Trace) and the course of long work (Progress).

Both are passed as arguments; the null versions cost nothing.
"""

from __future__ import annotations

from typing import Protocol


class Trace(Protocol):
    """Receives each stage's output under a stable name, such as "orientation"."""

    def __call__(self, name: str, value: object) -> None: ...


class Progress(Protocol):
    """Receives the course of long work. `total` None: the end is not known."""

    def start(self, what: str, total: int | None) -> None: ...

    def advance(self, steps: int = 1) -> None: ...

    def done(self) -> None: ...


class _NoTrace:
    def __call__(self, name: str, value: object) -> None:
        return None


class _NoProgress:
    def start(self, what: str, total: int | None) -> None:
        return None

    def advance(self, steps: int = 1) -> None:
        return None

    def done(self) -> None:
        return None


NO_TRACE: Trace = _NoTrace()
NO_PROGRESS: Progress = _NoProgress()
