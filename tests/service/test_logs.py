"""The log tells what happened, and of nobody to whom."""

import ast
import io
import json
import logging
import sqlite3
import time
from pathlib import Path

import pytest

import biomatch
from biomatch.bureau import Actor, open_gallery
from biomatch.errors import PersonNotFound
from biomatch.service import create_app, logs

ME = Actor("MARKER-tester", "test")


@pytest.fixture
def log():
    """log(3): the lines since the last time, once three requests are told of: a client has its answer a moment before.

    The process's own log is put back at the end.
    """
    before = logging.root.handlers, logging.root.level, logging.getLogger("biomatch").level
    stream = io.StringIO()
    logs.write_to(stream)

    def lines(requests=0):
        end = time.monotonic() + 30
        while stream.getvalue().count('"event": "request"') < requests:
            assert time.monotonic() < end, stream.getvalue()
            time.sleep(0.01)
        text = stream.getvalue()
        stream.seek(0)
        stream.truncate()
        return [json.loads(line) for line in text.splitlines()]

    yield lines
    logging.root.handlers, level, own = before
    logging.root.setLevel(level)
    logging.getLogger("biomatch").setLevel(own)


@pytest.fixture(scope="module")
def served(serving, tmp_path_factory):
    with open_gallery(tmp_path_factory.mktemp("logged") / "gallery", workers=1) as bureau:
        _, token = bureau.access.create_token("MARKER-post", ME)
        with serving(create_app(bureau)) as client:
            client.headers["Authorization"] = f"Bearer {token}"
            yield client, bureau, token


def test_nothing_of_persons_names_addresses_or_tokens_is_ever_logged(served, log, sample_print, monkeypatch):
    """Every way in is marked; what works, what is refused and what fails alike leaves no mark in the log."""
    client, bureau, token = served
    image = sample_print("P02-right-index_1")
    marked = {"transactionId": "MARKER-t", "purpose": "MARKER-p", "legalBasis": "MARKER-l"}
    files = {"image": ("MARKER.png", image)}
    about = {"gallery": "MARKER-g", "dateOfBirth": "1985-11-30", "gender": "F"}
    asked = [
        client.post("/v1/persons/MARKER-ada/encounters/MARKER-e", files=files, data=about, params=marked),
        client.post("/v1/persons/MARKER-ada/encounters/MARKER-e", files=files, data=about),  # exists
        client.get("/v1/persons/MARKER-ada/encounters", headers={"User-Agent": "MARKER", "Referer": "http://MARKER"}),
        client.get("/v1/persons/MARKER-nobody/encounters"),
        client.post("/v1/identify/MARKER-g", files=files, params=marked, data={"dateOfBirthMin": "1985-11-30"}),
        client.post("/v1/identify/ALL", files={"image": b"MARKER no image"}),
        client.post("/v1/verify/ALL/MARKER-ada", files=files),
        client.post("/v1/explain", json={"first": {"personId": "MARKER-ada"}, "second": {"personId": "MARKER-ada"}}),
        client.post("/v1/persons", json={"MARKER": "MARKER"}),
        client.get("/v1/counts", params={"MARKER": "MARKER"}),
        client.get("/MARKER/MARKER"),
        client.request("MARKER", "/v1/galleries"),
        client.get("/v1/galleries", headers={"Authorization": "Bearer biomatch_MARKER_MARKER"}),
        client.get("/v1/galleries", headers={"Host": "MARKER.example"}),
        client.delete("/v1/persons/MARKER-ada", headers={"Idempotency-Key": "MARKER-k"}),
    ]

    def broken(*_arguments, **_options):
        try:
            sqlite3.connect(":memory:").execute("SELECT MARKER FROM MARKER")
        except sqlite3.Error as error:
            raise KeyError("MARKER-ada") from error

    monkeypatch.setattr(bureau.encounters, "labels", broken)
    asked.append(client.get("/v1/galleries"))
    lines = log(len(asked))
    told = json.dumps(lines)
    for mark in ("MARKER", "marker", "1985-11-30", "1985, 11, 30", token, token.split("_")[2]):
        assert mark not in told
    assert {answer.status_code for answer in asked} >= {200, 204, 400, 401, 403, 404, 405, 409, 422, 500}
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["status"], line["request"]) for line in requests] == [
        (answer.status_code, answer.headers["request-id"]) for answer in asked
    ]
    assert len({line["request"] for line in requests}) == len(asked)
    assert all(
        set(line) <= {"event", "level", "time", "logger", "at", "request", "exception", "trace", *logs.FIELDS} for line in lines
    )


def test_an_act_carries_the_id_of_its_request(served, log, sample_print):
    client, _, _ = served
    answer = client.post("/v1/quality", files={"image": sample_print("P02-right-index_1")})
    answer = client.post("/v1/persons/bob/encounters", files={"image": sample_print("P02-right-index_1")})
    (act,) = [line for line in log(2) if line["event"] == "act"]
    assert (act["act"], act["door"], act["counts"]) == ("enrol", "http", {"prints": 1})
    assert act["request"] == answer.headers["request-id"]


def test_a_failure_is_told_by_its_kinds_and_the_code_that_it_came_through(served, log, monkeypatch):
    client, bureau, _ = served

    def broken(_actor):
        raise RuntimeError("who?") from PersonNotFound("ada")

    monkeypatch.setattr(bureau.encounters, "labels", broken)
    answer = client.get("/v1/galleries")
    (line,) = [line for line in log(1) if line["level"] == "error"]
    assert (line["event"], line["request"]) == ("a request failed", answer.headers["request-id"])
    assert line["exception"] == ["RuntimeError", "person-not-found"]
    assert line["trace"][-1].endswith(" broken")
    assert "tests/service/test_logs.py:" in line["trace"][-1]


def test_of_other_libraries_only_the_place_is_told(log):
    logging.getLogger("library").warning("a word on %s", "MARKER")
    logging.getLogger("library").warning("a word on MARKER")
    logging.getLogger("library").info("a word")
    logging.getLogger("uvicorn.error").error("Invalid %s", "MARKER")
    logging.getLogger("uvicorn.error").error(OSError(98, "address already in use"))
    first, second, third, fourth = log()
    assert first["event"] == second["event"] == "a library said something"
    assert (first["logger"], third["event"], fourth["event"]) == ("library", "Invalid %s", "[Errno 98] address already in use")
    assert "service/test_logs.py:" in first["at"]


def test_the_least_that_is_logged_is_a_setting(log):
    stream = io.StringIO()
    logs.write_to(stream, "warning")
    logging.getLogger("biomatch.x").info("quiet")
    logging.getLogger("biomatch.x").warning("loud")
    assert [json.loads(line)["event"] for line in stream.getvalue().splitlines()] == ["loud"]


def test_our_own_words_in_the_log_are_fixed():
    """`_log.info("words", extra={...})`: words that were put together might quote somebody."""
    wrong = []
    for path in Path(biomatch.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)):
                continue
            if isinstance(node.func.value, ast.Name) and node.func.value.id == "_log":
                fixed = len(node.args) == 1 and isinstance(node.args[0], ast.Constant)
                extra = [word.value for word in node.keywords if word.arg == "extra"]
                keys = {key.value for one in extra if isinstance(one, ast.Dict) for key in one.keys}
                if not fixed or not keys <= set(logs.FIELDS):
                    wrong.append(f"{path}:{node.lineno}")
    assert wrong == []
