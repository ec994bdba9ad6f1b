"""The calls of the service that take longer than a request: to begin one, to wait for it, and to read what it found."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import httpx

from biomatch.client.sending import Patience, new_key, send

Json = dict[str, Any]

EVERY = 1.0  # s, between two questions whether a task has ended
_PAGE = 500
_OPEN = ("WAITING", "RUNNING")


class Tasks:
    """The calls about tasks, for `Client`. Answers are the JSON that came."""

    _http: httpx.Client
    _patience: Patience

    def enrol_list(
        self,
        manifest: bytes,
        files: Mapping[str, bytes],
        *,
        galleries: Iterable[str] = (),
        purpose: str = "",
        legal_basis: str = "",
        key: str | None = None,
        **wishes: Any,
    ) -> Json:
        """Begins to enrol a list (CSV) with its prints, by the file names that it has: the task."""
        parts = [("manifest", ("list.csv", manifest)), *(("image", (name, data)) for name, data in files.items())]
        asked = {"gallery": sorted(galleries), "purpose": purpose, "legalBasis": legal_basis, **wishes}
        return self._begin("/v1/enrolments", asked, key, files=parts)

    def find_duplicates(
        self, *, gallery: str = "ALL", purpose: str = "", legal_basis: str = "", key: str | None = None, **wishes: Any
    ) -> Json:
        """Begins to search a gallery with its own prints: the task. wishes: targetFPIR and what else docs/http.md lists."""
        asked = {"gallery": gallery, "purpose": purpose, "legalBasis": legal_basis, **wishes}
        return self._begin("/v1/duplicates", asked, key)

    def task(self, task: str) -> Json:
        """Asks how far a task is."""
        found: Json = send(self._http, "GET", f"/v1/tasks/{task}", self._patience).json()
        return found

    def finished(self, task: str, *, every: float = EVERY) -> Json:
        """Waits for the end of a task, good or not: its `status` says which. Returns it."""
        while (found := self.task(task))["status"] in _OPEN:
            self._patience.sleep(every)
        return found

    def result(self, task: str, kind: str | None = None) -> Iterator[Json]:
        """Yields what a task has found so far, of one kind or any."""
        asked: Json = {"limit": _PAGE, "after": -1, **({"kind": kind} if kind else {})}
        while page := send(self._http, "GET", f"/v1/tasks/{task}/result", self._patience, params=asked).json():
            yield from page
            asked["after"] = page[-1]["number"]

    def cancel(self, task: str) -> None:
        """Cancels a task."""
        send(self._http, "DELETE", f"/v1/tasks/{task}", self._patience)

    def _begin(self, path: str, asked: Json, key: str | None, **body: Any) -> Json:
        found: Json = send(self._http, "POST", path, self._patience, key=key or new_key(), params=asked, **body).json()
        return found
