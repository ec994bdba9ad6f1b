"""A user's own session: to sign in, to see to all sessions of that user, and for administrators to see to all users."""

from __future__ import annotations

from collections.abc import Iterable
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

    def users(self) -> list[Json]:
        """Lists all users that were ever made. This and what follows is for administrators."""
        found: list[Json] = send(self._http, "GET", "/v1/users", self._patience).json()
        return found

    def create_user(
        self, name: str, password: str, roles: Iterable[str], *, display: str | None = None, until: str | None = None
    ) -> Json:
        """Makes a user; the answer has the `address` of the one-time codes, this once. until: the last day, as YYYY-MM-DD."""
        said = _said(password=password, roles=list(roles), display=display, until=until)
        found: Json = send(self._http, "POST", "/v1/users", self._patience, json={"name": name} | said).json()
        return found

    def change_user(
        self, name: str, *, roles: Iterable[str] | None = None, display: str | None = None, until: str | None = None
    ) -> Json:
        """Changes a user's roles, the name that others see, or the last day."""
        said = _said(roles=None if roles is None else list(roles), display=display, until=until)
        found: Json = send(self._http, "PUT", _user(name), self._patience, json=said).json()
        return found

    def end_user(self, name: str) -> Json:
        """Ends a user."""
        found: Json = send(self._http, "DELETE", _user(name), self._patience).json()
        return found

    def ask_reset(self, name: str, password: str) -> None:
        """Asks for another password and other one-time codes of a user; another administrator has to confirm it."""
        send(self._http, "POST", f"{_user(name)}/reset", self._patience, json={"password": password})

    def confirm_reset(self, name: str) -> Json:
        """Allows a reset that another administrator asked for; the answer has the `address` of the new codes, this once."""
        found: Json = send(self._http, "POST", f"{_user(name)}/reset/confirmation", self._patience).json()
        return found

    def end_other_sessions(self) -> None:
        """Ends all of your sessions but this one."""
        send(self._http, "DELETE", "/sessions", self._patience)


def _user(name: str) -> str:
    return f"/v1/users/{quote(name, safe='')}"


def _said(**given: Any) -> Json:
    return {name: value for name, value in given.items() if value is not None}
