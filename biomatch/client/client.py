"""The calls of the service (docs/http.md), each one method. Answers are the JSON that came."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self
from urllib.parse import quote

import httpx

from biomatch.client.people import People
from biomatch.client.sending import Patience, new_key, send
from biomatch.client.tasks import Tasks

Json = dict[str, Any]


@dataclass(frozen=True)
class Print:
    """An image or a template as bytes. position, impression: OSIA's names; empty: not known. ppi: None: what the file says.

    captured: the day on which it was taken, as YYYY-MM-DD; empty: not known.
    """

    data: bytes
    position: str = ""
    impression: str = ""
    ppi: float | None = None
    captured: str = ""


class Client(Tasks, People):
    """Safe from many threads. A write without a key of its own gets one, so that a lost answer costs nothing.

    url      such as https://bureau.example
    token    that `biomatch token create` printed
    timeout  s, for one answer
    http     instead of a connection of our own: its base_url and headers count, then
    """

    def __init__(
        self,
        url: str = "http://127.0.0.1:8000",
        token: str | None = None,
        *,
        timeout: float = 60,
        patience: Patience | None = None,
        http: httpx.Client | None = None,
    ):
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        self._http = http or httpx.Client(base_url=url, headers=headers, timeout=timeout)
        self._patience = patience or Patience()

    def enrol(
        self,
        prints: Sequence[Print],
        *,
        person: str | None = None,
        encounter: str | None = None,
        galleries: Iterable[str] = (),
        known: Json | None = None,
        status: str = "ACTIVE",
        key: str | None = None,
        **wishes: Any,
    ) -> Json:
        """Enrols prints. person None: a new one; encounter None: its id is made; known: of the person, `gender` and
        `dateOfBirth`.

        status: INACTIVE keeps the prints out of searches.

        wishes: identify="ALL" searches for who else it may be, with purpose and legalBasis.
        Raises Refused, NoAnswer, as all do.
        """
        path = "/v1/persons" if person is None else f"{_person(person)}/encounters"
        path = path if encounter is None else f"{path}/{_quoted(encounter)}"
        said = {"status": status, "galleries": sorted(galleries), "biographicData": known or {}}
        return self._write("POST", path, prints, said, key, wishes)

    def update(
        self, person: str, encounter: str, prints: Sequence[Print], *, galleries: Iterable[str] = (), key: str | None = None
    ) -> Json:
        """Puts other prints in the place of an encounter's."""
        path = f"{_person(person)}/encounters/{_quoted(encounter)}"
        return self._write("PUT", path, prints, {"galleries": sorted(galleries)}, key)

    def read(self, person: str) -> list[Json]:
        """Reads a person's encounters."""
        found: list[Json] = send(self._http, "GET", f"{_person(person)}/encounters", self._patience).json()
        return found

    def delete(self, person: str, encounter: str | None = None, *, key: str | None = None) -> None:
        path = _person(person) if encounter is None else f"{_person(person)}/encounters/{_quoted(encounter)}"
        send(self._http, "DELETE", path, self._patience, key=key or new_key())

    def merge(self, person: str, source: str, *, key: str | None = None) -> None:
        """Gives the source's encounters to this person."""
        path = f"{_person(person)}/merge/{_quoted(source)}"
        send(self._http, "POST", path, self._patience, key=key or new_key())

    def identify(
        self,
        prints: Sequence[Print],
        *,
        gallery: str = "ALL",
        where: Json | None = None,
        purpose: str = "",
        legal_basis: str = "",
        **wishes: Any,
    ) -> Json:
        """Searches; candidates come best first. where: the filter; wishes: maxNbCand, targetFPIR and what else docs/http.md
        lists."""
        asked = {"purpose": purpose, "legalBasis": legal_basis, **wishes}
        return self._ask(f"/v1/identify/{_quoted(gallery)}", _body(prints) | {"filter": where or {}}, asked)

    def verify(self, person: str, prints: Sequence[Print], *, gallery: str = "ALL", **wishes: Any) -> Json:
        """Asks whether these are this person's prints."""
        return self._ask(f"/v1/verify/{_quoted(gallery)}/{_quoted(person)}", _body(prints), wishes)

    def explain(self, first: Print | Json, second: Print | Json, *, picture: str = "png") -> Json:
        """Explains why two prints score as they do. An enrolled one by `printId`, or `personId` and more; picture: png, svg or
        none."""
        sides = (_one(side) if isinstance(side, Print) else side for side in (first, second))
        return self._ask("/v1/explain", dict(zip(("first", "second"), sides, strict=True)), {"picture": picture})

    def quality(self, prints: Sequence[Print]) -> list[Json]:
        found: list[Json] = send(self._http, "POST", "/v1/quality", self._patience, json=_body(prints)).json()
        return found

    def checkpoint(self) -> str:
        """Fetches the signed note of the audit tree: keep it."""
        return send(self._http, "GET", "/v1/audit/checkpoint", self._patience).text

    def close(self) -> None:
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _write(
        self, method: str, path: str, prints: Sequence[Print], more: Json, key: str | None, asked: Json | None = None
    ) -> Json:
        body = _body(prints) | more
        found: Json = send(self._http, method, path, self._patience, key=key or new_key(), params=asked, json=body).json()
        return found

    def _ask(self, path: str, body: Json, asked: Json) -> Json:
        found: Json = send(self._http, "POST", path, self._patience, params=asked, json=body).json()
        return found


def _body(prints: Sequence[Print]) -> Json:
    return {"biometricData": [_data(one) for one in prints]}


def _one(print_: Print) -> Json:
    return {"biometricData": _data(print_)}


def _data(one: Print) -> Json:
    return {
        "image": base64.b64encode(one.data).decode(),
        **({"biometricSubType": one.position} if one.position else {}),
        **({"impressionType": one.impression} if one.impression else {}),
        **({"resolution": one.ppi} if one.ppi is not None else {}),
        **({"captureDate": one.captured} if one.captured else {}),
    }


def _person(person: str) -> str:
    return f"/v1/persons/{_quoted(person)}"


def _quoted(name: str) -> str:
    return quote(name, safe="")
