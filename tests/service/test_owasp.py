"""OWASP API Security Top 10 (2023): each risk tried on the real service. docs/security.md says how each is met."""

import base64
import http.server
import json
import re
import socket
import threading
import time

import httpx
import pytest
from starlette.routing import Mount, Route

from biomatch.bureau import GRANTED, Actor, open_gallery
from biomatch.bureau.folder.door import use_cases
from biomatch.client import Client, Refused
from biomatch.service import Settings, create_app

ME = Actor("tester", "test")
LIMITS = Settings(max_body_bytes=200_000, body_seconds=1, max_arriving=4, max_candidates=5, request_seconds=20)


@pytest.fixture(scope="module")
def served(serving, tmp_path_factory):
    """bureau, app, and ask(who): a client with the token of that name."""
    with open_gallery(tmp_path_factory.mktemp("owasp") / "gallery", workers=1) as bureau:
        bureau.access.require_purpose(ME)
        app = create_app(bureau, LIMITS)
        tokens = {name: bureau.access.create_token(name, ME)[1] for name in ("ours", "theirs")}
        tokens |= {scope.value: bureau.access.create_token(scope.value, ME, scopes=[scope])[1] for scope in GRANTED}
        tokens["hasty"] = bureau.access.create_token("hasty", ME, per_minute=2)[1]
        with serving(app) as nobody:

            def ask(who):
                return httpx.Client(base_url=nobody.base_url, headers={"Authorization": f"Bearer {tokens[who]}"}, timeout=60)

            yield bureau, app, ask


@pytest.fixture(scope="module")
def ours(served, sample_print):
    """A client of ours, who has enrolled Ada."""
    _, _, ask = served
    with ask("ours") as client:
        body = {
            "biometricData": [{"image": base64.b64encode(sample_print("P02-right-index_1")).decode()}],
            "biographicData": {"gender": "F", "dateOfBirth": "1985-11-30"},
        }
        client.post("/v1/persons/ada/encounters/first", json=body, headers={"Idempotency-Key": "k"}).raise_for_status()
        yield client


def test_api1_nobody_reaches_objects_that_are_anothers(served, ours):
    """Tasks and idempotency keys are a token's own; enrolled prints are shown to who may read them, by whatever way."""
    _, _, ask = served
    why = {"purpose": "p", "legalBasis": "l"}
    task = ours.post("/v1/duplicates", params=why).json()["taskId"]
    with ask("theirs") as stranger, ask("abis.verify") as verifier, ask("abis.identify") as searcher:
        assert ours.get(f"/v1/tasks/{task}/status").status_code == 200
        assert stranger.get(f"/v1/tasks/{task}/status").status_code == 404
        assert stranger.delete("/v1/persons/nobody", headers={"Idempotency-Key": "k"}).status_code == 404  # not "key-reused"
        sides = {"first": {"personId": "ada"}, "second": {"personId": "ada"}}
        assert verifier.post("/v1/explain", json=sides).status_code == 403
        (print_,) = ours.get("/v1/persons/ada/encounters").json()[0]["biometricData"]
        for path in ("", "/picture", "/original"):
            assert searcher.get(f"/v1/prints/{print_['printId']}{path}").status_code == 403


def test_api2_a_token_is_whole_good_and_in_its_header(served, ours):
    bureau, _, _ = served
    _, text = bureau.access.create_token("short", ME, days=0.5 / 86_400)
    revoked, gone = bureau.access.create_token("gone", ME)
    bureau.access.revoke_token(revoked.token, ME)
    time.sleep(0.6)
    wrong = {"token-expired": text, "token-revoked": gone, "token-unknown": text[:-1], "token-missing": None}
    with httpx.Client(base_url=ours.base_url) as client:
        for code, secret in wrong.items():
            headers = {} if secret is None else {"Authorization": f"Bearer {secret}"}
            answer = client.get("/v1/galleries", headers=headers)
            assert (answer.status_code, answer.json()["code"]) == (401, code)
        good = ours.headers["Authorization"].removeprefix("Bearer ")
        assert client.get("/v1/galleries", params={"token": good, "access_token": good}).status_code == 401
        assert client.get("/v1/galleries", headers={"Cookie": f"token={good}"}).status_code == 401
    kept = b"".join(path.read_bytes() for path in bureau.folder.rglob("*") if path.is_file())
    assert good.split("_")[2].encode() not in kept  # a digest is all that is kept


def test_api3_a_body_sets_and_an_answer_shows_no_more_than_is_meant(ours, sample_print):
    """What a body is not meant to set is refused by its name, and nothing of the body is kept."""
    image = base64.b64encode(sample_print("P03-right-index_1")).decode()
    plain = {"biometricData": [{"image": image}], "biographicData": {"gender": "M"}}
    for name, value in (
        ("active", False), ("bureau", "other"), ("created", "1999-01-01"), ("personId", "eve"), ("encounterId", "eve"),
    ):  # fmt: skip
        refused(ours.post("/v1/persons/bob/encounters/first", json=plain | {name: value}), name)
    for name, value in (("printId", "mine"), ("quality", 100), ("extractor", "mine"), ("person", "eve")):
        body = plain | {"biometricData": [{"image": image, name: value}]}
        refused(ours.post("/v1/persons/bob/encounters/first", json=body), name)
    for name, value in (("firstName", "Bob"), ("isAdmin", True)):
        body = plain | {"biographicData": {"gender": "M", name: value}}
        refused(ours.post("/v1/persons/bob/encounters/first", json=body), name)
    for person in ("bob", "eve"):
        assert ours.get(f"/v1/persons/{person}/encounters").status_code == 404
    ours.post("/v1/persons/bob/encounters/first", json=plain).raise_for_status()
    (encounter,) = ours.get("/v1/persons/bob/encounters").json()
    assert (encounter["status"], encounter["encounterId"], encounter["biographicData"]) == ("ACTIVE", "first", {"gender": "M"})
    asked = {"biometricData": [{"image": base64.b64encode(sample_print("P02-right-index_3")).decode()}]}
    found = ours.post("/v1/identify/ALL", json=asked, params={"purpose": "p", "legalBasis": "l"}).json()
    assert found["candidates"][0]["personId"] == "ada"
    told = json.dumps(found)
    for secret in ("1985-11-30", "template", "original", "biographic"):
        assert secret not in told  # a searcher learns who it may be; the rest is for who may read it


def refused(answer, name):
    assert (answer.status_code, answer.json()["code"], answer.json()["values"]["name"]) == (400, "unknown-field", name)


def test_api4_nobody_takes_more_than_a_share(served, ours, sample_print):
    """Bytes, pixels, prints, candidates, pages, time, requests at once and requests a minute all have an end."""
    _, _, ask = served
    image = sample_print("P02-right-index_3")
    why = {"purpose": "p", "legalBasis": "l"}
    assert ours.post("/v1/quality", content=b"x" * 200_001, headers={"Content-Type": "image/png"}).status_code == 413
    many = [("image", (f"{n}.bmt", b"x")) for n in range(101)]
    assert ours.post("/v1/persons", files=many).json()["code"] in ("too-many-prints", "bad-request")
    answer = ours.post("/v1/identify/ALL", files={"image": image}, params=why | {"maxNbCand": 10**9})
    assert len(answer.json()["candidates"]) <= LIMITS.max_candidates
    for path in ("/v1/galleries/ALL?limit=1000000", "/v1/audit/leaves?limit=1000000"):
        assert ours.get(path).status_code == 400
    assert ours.post("/v1/quality", files={"image": image}, headers={"Deadline-Seconds": "0.000001"}).status_code == 504
    with ask("hasty") as hasty:
        assert [hasty.get("/v1/counts").status_code for _ in range(3)] == [200, 200, 429]
    lines = [slow_body(ours) for _ in range(3)]  # the share of one caller
    try:
        with slow_body(ours) as crowded:
            assert b" 429 " in crowded.recv(200)
        assert ours.get("/v1/counts").status_code == 200  # who sends no body waits for nobody's
        with ask("theirs") as others:
            assert others.post("/v1/quality", content=image, headers={"Content-Type": "image/png"}).status_code == 200
        assert b" 408 " in lines[0].recv(200)
    finally:
        for line in lines:
            line.close()


def slow_body(client):
    """A request whose body does not come."""
    line = socket.create_connection((client.base_url.host, client.base_url.port), timeout=20)
    line.sendall(
        b"POST /v1/quality HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\nContent-Length: 100000\r\nAuthorization: "
        + client.headers["Authorization"].encode() + b"\r\n\r\nx"
    )  # fmt: skip
    time.sleep(0.05)
    return line


def test_api5_what_is_for_who_keeps_the_bureau_has_no_route(served):
    """Each route wants its own scope (test_access.py tries every one); backups, keys and tokens are not reached at all."""
    bureau, app, ask = served
    local = {name.rpartition(".")[2] for name, use_case in use_cases(bureau).items() if use_case.scope == "local"}
    assert local >= {"export", "create_token", "revoke_token", "backup", "rotate_key", "require_purpose", "export_audit"}
    names = " ".join(route.name for route in app.routes if isinstance(route, Route)).replace("_", " ")
    assert not re.search("token|backup|export|rotate|compact|restore|purpose", names)
    with ask("ours") as client:
        for path in ("/v1/tokens", "/v1/backup", "/v1/export", "/admin", "/v1/admin", "/debug", "/.env"):
            assert client.get(path).status_code == 404


def test_api6_trawling_the_gallery_is_bounded_and_seen(served, ours, sample_print):
    """A search says what it is for, counts against its token's quota, and is in the audit tree under that token."""
    bureau, _, _ = served
    image = {"image": sample_print("P02-right-index_3")}
    assert ours.post("/v1/identify/ALL", files=image).json()["code"] == "purpose-missing"
    size = bureau._context.store.audit.size()
    ours.post("/v1/identify/ALL", files=image, params={"purpose": "border check", "legalBasis": "act 4"}).raise_for_status()
    (leaf,) = bureau.upkeep.audit_leaves(ME, first=size)
    said = leaf.said
    assert (said["act"], said["purpose"], said["legalBasis"]) == ("identify", "border check", "act 4")
    assert said["actor"]["name"] == "ours"
    assert said["actor"]["token"] == ours.headers["Authorization"].split("_")[1]


def test_api7_the_service_fetches_no_address_that_it_is_given(ours, sample_print):
    """OSIA's imageRef and callback are not followed."""
    with socket.socket() as trap:
        trap.bind(("127.0.0.1", 0))
        trap.listen()
        trap.setblocking(False)
        url = f"http://127.0.0.1:{trap.getsockname()[1]}/print.png"
        image = base64.b64encode(sample_print("P03-right-index_2")).decode()
        address = "/v1/persons/carl/encounters"
        refused(ours.post(address, json={"biometricData": [{"imageRef": url}]}), "imageRef")
        refused(ours.post(address, json={"biometricData": [{"image": image, "imageRef": url}]}), "imageRef")
        refused(ours.post(address, json={"biometricData": [{"image": image}]}, params={"callback": url}), "callback")
        assert ours.get(address).status_code == 404
        time.sleep(0.2)
        with pytest.raises(BlockingIOError):
            trap.accept()


def test_api8_what_is_not_needed_is_shut(ours):
    page, answer = ours.get("/"), ours.get("/v1/galleries")
    for one in (page, answer, ours.get("/nothing"), ours.get("/v1/persons/nobody/encounters")):
        assert one.headers["X-Content-Type-Options"] == "nosniff"
        assert "default-src 'none'" in one.headers["Content-Security-Policy"]
        assert not [name for name in one.headers if name.startswith("access-control")]
    assert answer.headers["Cache-Control"] == "no-store"
    for method in ("TRACE", "OPTIONS", "PATCH", "CONNECTED"):
        assert ours.request(method, "/v1/galleries").status_code == 405
    for headers in ({"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}):
        assert ours.get("/v1/galleries", headers=headers).status_code == 403
    wrong = ours.get("/v1/galleries/ALL", params={"after": "x"}).text
    assert "Traceback" not in wrong
    assert ".py" not in wrong
    for page in ("/", "/docs"):
        assert not re.search(r"""(src|href)=["'](https?:)?//""", ours.get(page).text)  # nothing from elsewhere


def test_api9_every_route_is_in_the_document_and_under_a_version(served):
    _, app, _ = served
    document = app.openapi()["paths"]
    beside = {"/", "/docs", "/session", "/session/fresh", "/sessions", "/sessions/{sessionId}", "/openapi.json", "/static"}
    beside |= {
        f"/session/{path}" for path in ("passkey", "passkey/options", "passkeys", "passkeys/options", "passkeys/{passkey}")
    }
    for route in app.routes:
        if isinstance(route, Mount):
            assert route.path in beside
        elif isinstance(route, Route):
            path = re.sub(r":name\}", "}", route.path)
            assert path in document or path in beside, path
    assert all(path.startswith("/v1/") or path in ("/healthz", "/readyz", "/metrics") for path in document)


def test_api10_what_other_systems_send_is_not_believed(ours, sample_print):
    """A transaction that lies is refused; the client takes its token to no address that an answer names."""
    lie = b"1.001:999999999\x1d1.002:0502\x1d1.003:1\x1c"
    answer = ours.post("/v1/transactions", content=lie, params={"purpose": "p", "legalBasis": "l"})
    assert 400 <= answer.status_code < 500
    assert b"1.004:ERR" in answer.content
    seen = []

    class Redirecting(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            seen.append(self.path)
            self.send_response(307)
            self.send_header("Location", "/elsewhere")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Redirecting)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        with Client(f"http://127.0.0.1:{server.server_port}", "secret") as client, pytest.raises(Refused):
            client.read("ada")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    assert seen == ["/v1/persons/ada/encounters"]


def test_the_page_on_security_names_the_test_of_each_risk(root):
    told = re.findall(r"`(test_api\w+)` \|$", (root / "docs" / "security.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert told == [name for name in globals() if name.startswith("test_api")]
    assert len(told) == 10
