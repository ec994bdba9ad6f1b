"""Every operation that is served, asked for by a user of every role: HTTP answers what the table of roles says."""

import re
import time
from dataclasses import replace
from itertools import count
from urllib.parse import parse_qs, urlparse

import httpx
import pyotp
import pytest
from fastapi import FastAPI

from biomatch.bureau import Actor, open_gallery
from biomatch.bureau.access.guesses import Guesses
from biomatch.bureau.access.policy import Role, scopes_of
from biomatch.bureau.scopes import FRESH, FRESH_MINUTES, Scope
from biomatch.service import create_app, operations
from biomatch.service.dependencies import DeleterDep, ReaderDep
from biomatch.service.operations import ASKS_NOBODY, OF_ONESELF, Operation
from biomatch.service.routing import resource

ME = Actor("me", "cli")
PASSWORD = "seven red kites over the river"
NO_ROLE = "no-role"
NO_SESSION = "no-session"
CALLERS = (*(role.value for role in Role), NO_ROLE, NO_SESSION)
LET_IN = (0, "")
FRESHLY, LONG_AGO = "signed in freshly", "signed in long ago"
CONDITIONS = (FRESHLY, LONG_AGO)


@pytest.fixture(scope="module")
def served(serving, tmp_path_factory):
    """bureau, its application, and ask(caller, operation), where a caller is a user of one role who has signed in."""
    with open_gallery(tmp_path_factory.mktemp("operations") / "gallery", workers=1) as bureau:
        times = count(0, 60)
        bureau._context.guesses = Guesses(lambda: float(next(times)))  # a minute between two sign-ins at one address
        app = create_app(bureau)
        with serving(app) as client:
            origin = {"Origin": str(client.base_url).rstrip("/")}
            cookies = {caller: cookie_of(bureau, client, origin, caller) for caller in CALLERS if caller != NO_SESSION}
            fresh = dict(bureau._context.sessions._sessions)
            old = {digest: replace(until, proved=until.proved - FRESH_MINUTES * 60) for digest, until in fresh.items()}

            def ask(caller: str, operation: Operation, condition: str = FRESHLY) -> httpx.Response:
                """Who was asked to leave is in again when the next one asks."""
                bureau._context.sessions._sessions = dict(old if condition == LONG_AGO else fresh)
                cookie = {"Cookie": cookies[caller]} if caller in cookies else {}
                path = re.sub(r"\{\w+\}", "1", operation.path)
                answer = client.request(operation.method, path, headers=origin | cookie)
                client.cookies.clear()
                return answer

            yield bureau, app, ask


def cookie_of(bureau, client, origin, role):
    """Makes a user of a role, who signs in as users do. NO_ROLE: the user's one role is known no more."""
    made = bureau.access.create_user(role, ME, password=PASSWORD, roles=[Role.AUDITOR if role == NO_ROLE else role])
    if role == NO_ROLE:
        user, secrets = bureau._context.store.users.find(role)
        bureau._context.store.users.put(replace(user, roles=("emperor",)), secrets, bureau._context.act(ME, "change-user"))
    code = pyotp.TOTP(parse_qs(urlparse(made.address).query)["secret"][0]).at(int(time.time()))
    answer = client.post("/session", json={"user": role, "password": PASSWORD, "oneTimeCode": code}, headers=origin)
    assert answer.status_code == 204, answer.text
    client.cookies.clear()
    return answer.headers["set-cookie"].partition(";")[0]


def foreseen(caller: str, operation: Operation, condition: str) -> tuple[int, str]:
    """Says what the table says: the status and the code of a refusal; LET_IN for any other answer."""
    if (operation.method, operation.path) in ASKS_NOBODY:
        return LET_IN
    if caller == NO_SESSION:
        return 401, "token-missing"
    if not operation.scopes <= scopes_of([caller]):
        return 403, "not-allowed"
    return (403, "sign-in-too-old") if condition == LONG_AGO and operation.scopes & FRESH else LET_IN


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize("caller", CALLERS)
def test_every_operation_answers_a_caller_as_the_table_says(served, caller, condition):
    _, app, ask = served
    asked = operations.served(app)
    assert len(asked) >= 40
    wrong = []
    for operation in asked:
        answer, wanted = ask(caller, operation, condition), foreseen(caller, operation, condition)
        told = (answer.status_code, answer.json()["code"]) if answer.status_code in (401, 403) else LET_IN
        if told != wanted:
            wrong.append((operation.method, operation.path, answer.status_code, told, wanted))
    assert wrong == []


def test_no_answer_is_a_failure_of_the_service(served):
    _, app, ask = served
    assert [one for one in operations.served(app) if ask(Role.SUPERVISOR, one).status_code >= 500] == []


def test_what_the_document_tells_of_is_what_is_served(served):
    _, app, _ = served
    told = {(method.upper(), path) for path, methods in app.openapi()["paths"].items() for method in methods}
    found = {(one.method, one.path) for one in operations.served(app)}
    assert told <= found
    assert {path for _, path in found - told} == {
        "/",
        "/docs",
        "/openapi.json",
        "/session",
        "/session/fresh",
        "/session/passkey",
        "/session/passkey/options",
        "/session/passkeys",
        "/session/passkeys/options",
        "/session/passkeys/{passkey}",
        "/sessions",
        "/sessions/{sessionId}",
    }


def test_an_operation_that_asks_for_no_scope_cannot_be_served():
    app, things = FastAPI(openapi_url=None), resource("/v1/things", "things")

    @things.get("")
    async def read_things() -> None: ...

    app.include_router(things)
    with pytest.raises(TypeError, match="GET /v1/things needs no scope"):
        operations.check(app)


def test_an_operation_that_no_role_may_ask_for_cannot_be_served(served, monkeypatch):
    bureau, _, _ = served
    without = {role: replace(rule, scopes=rule.scopes - {Scope.QUALITY_READ}) for role, rule in operations.POLICY.items()}
    monkeypatch.setattr(operations, "POLICY", without)
    with pytest.raises(TypeError, match=r"POST /v1/quality needs .*quality\.read"):
        create_app(bureau)


def test_the_table_of_operations_without_a_scope_names_none_that_is_not_served(served):
    _, app, _ = served
    assert {(one.method, one.path) for one in operations.served(app) if not one.scopes} == ASKS_NOBODY | OF_ONESELF


def test_all_scopes_of_an_operation_are_found():
    app, things = FastAPI(openapi_url=None), resource("/v1/things", "things")

    @things.get("/{thingId}")
    async def read_thing(actor: ReaderDep) -> None: ...

    @things.delete("/{thingId}")
    async def delete_thing(actor: DeleterDep) -> None: ...

    app.include_router(things)
    read, delete = operations.served(app)
    assert read == Operation("GET", "/v1/things/{thingId}", frozenset((Scope.ENCOUNTER_READ,)))
    assert delete == Operation("DELETE", "/v1/things/{thingId}", frozenset((Scope.ENCOUNTER_WRITE, Scope.ENCOUNTER_DELETE)))
