"""One request until it is answered: what can be sent again safely is sent again, as often as patience lasts."""

from __future__ import annotations

import random
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx

AGAIN = frozenset((429, 502, 503, 504))
"""Statuses after which the same request may succeed."""

_MIN_WAIT, _MAX_WAIT = 0.2, 30.0  # s


class Refused(Exception):
    """The service's own words. code: stable, in docs/errors.md; status: of HTTP."""

    def __init__(self, status: int, problem: dict[str, Any]):
        self.status = status
        self.code = str(problem.get("code", "no-problem-document"))
        self.problem = problem
        super().__init__(str(problem.get("detail", f"the service answered {status}")))


class NoAnswer(Exception):
    """No answer came in the time that there was: whether a write was done is open. Sending it again with the same key is
    safe."""

    def __init__(self, reason: str, key: str | None):
        self.key = key
        super().__init__(
            f"the service does not answer: {reason}; send it again later" + (f" with the key {key}" if key else "")
        )


@dataclass(frozen=True)
class Patience:
    """seconds: how long one request is sent again; clock and sleep: of the process, unless a test brings its own."""

    seconds: float = 120
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep


def send(
    http: httpx.Client, method: str, path: str, patience: Patience, *, key: str | None = None, **options: Any
) -> httpx.Response:
    """Sends a request and returns the answer. A write carries its key, so that it is done once however often it is sent. Raises
    Refused, NoAnswer."""
    headers = {} if key is None else {"Idempotency-Key": key}
    end, wait = patience.clock() + patience.seconds, _MIN_WAIT
    while True:
        pause = wait * random.uniform(0.5, 1.5)  # so that many that were refused at once do not come back at once
        try:
            answer = http.request(method, path, headers=headers, **options)
        except httpx.TransportError as error:
            if patience.clock() + pause > end:
                raise NoAnswer(str(error) or type(error).__name__, key) from error
        else:
            if answer.is_success:
                return answer
            pause = max(pause, _seconds(answer.headers.get("Retry-After", "")))
            if answer.status_code not in AGAIN or patience.clock() + pause > end:
                raise Refused(answer.status_code, _problem(answer))
        patience.sleep(pause)
        wait = min(2 * wait, _MAX_WAIT)


def new_key() -> str:
    """Makes a key for one write."""
    return str(uuid.uuid4())


def _seconds(text: str) -> float:
    return float(text) if text.isdigit() else 0.0


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
