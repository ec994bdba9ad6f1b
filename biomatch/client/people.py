"""A user's own session: to sign in, and to see to all sessions of that user."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import httpx

from biomatch.client.sending import Patience, send

Json = dict[str, Any]


class People:
    """Calls of a client that has signed in as a user; a token has no sessions."""

    _http: httpx.Client
    _patience: Patience

    def sign_in(self, user: str, password: str, one_time_code: str) -> None:
        """Begins a session, which the client keeps as its cookie, in place of a token. Raises Refused, NoAnswer, as all do."""
        self._http.headers.pop("Authorization", None)
        address = self._http.base_url
        self._http.headers["Origin"] = f"{address.scheme}://{address.netloc.decode()}"  # what writes by a cookie must say so
        entry = {"user": user, "password": password, "oneTimeCode": one_time_code}
        send(self._http, "POST", "/session", self._patience, json=entry)

    def sign_in_again(self, password: str, one_time_code: str) -> None:
        """Says once more who you are, before a deletion, an export or a change of rights."""
        send(self._http, "POST", "/session/fresh", self._patience, json={"password": password, "oneTimeCode": one_time_code})

    def leave(self) -> None:
        """Ends the session."""
        send(self._http, "DELETE", "/session", self._patience)

    def sessions(self) -> list[Json]:
        """Lists your sessions, the last one begun first."""
        found: list[Json] = send(self._http, "GET", "/sessions", self._patience).json()
        return found

    def end_session(self, session: str) -> None:
        """Ends one of your sessions, by the name that the list shows."""
        send(self._http, "DELETE", f"/sessions/{quote(session, safe='')}", self._patience)

    def end_other_sessions(self) -> None:
        """Ends all of your sessions but this one."""
        send(self._http, "DELETE", "/sessions", self._patience)
