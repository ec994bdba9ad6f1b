"""Whatever comes in, the answer is a problem document that says what to do, and the service stays up."""

import base64
import errno
import sqlite3
import struct
import zlib

import cv2
import numpy as np
import pytest
from sqlalchemy.exc import OperationalError

from biomatch.bureau import MAX_PRINTS, Actor
from biomatch.service.intake import bodies
from biomatch.service.routers.enrolments import ListIn
from biomatch.service.schemas.biographies import BiographicData, FilterIn
from biomatch.service.schemas.comparisons import ComparisonIn, VerifyIn
from biomatch.service.schemas.encounters import EncounterIn
from biomatch.service.schemas.explanations import ExplainIn
from biomatch.service.schemas.quality import QualityIn
from biomatch.service.schemas.searches import IdentifyIn
from biomatch.store.audit import tree

ME = Actor("tester", "test")


def png(pixels):
    return cv2.imencode(".png", pixels)[1].tobytes()


def claimed(width, height):
    """A PNG whose header claims a size."""
    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    body = struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + body + b"\0\0\0\0IEND" + struct.pack(">I", zlib.crc32(b"IEND"))


BAD = {
    "empty": (b"", 400, "nothing-given"),
    "text": (b"these are words", 422, "unreadable-image"),
    "cut off": (png(np.full((300, 300), 128, np.uint8))[:100], 422, "unreadable-image"),
    "huge": (claimed(20_000, 20_000), 413, "image-too-large"),
    "nothing behind its header": (claimed(300, 300), 422, "unreadable-image"),
    "template of one byte": (b"BMT\x01", 422, "corrupt-template"),
    "record of one byte": (b"FMR\0", 422, None),
}


@pytest.mark.parametrize("path", ["/v1/identify/ALL", "/v1/quality", "/v1/persons/bad/encounters"])
@pytest.mark.parametrize("name", BAD)
def test_a_bad_print_is_refused_with_a_reason(api, enrolled, path, name):
    content, status, code = BAD[name]
    answer = api.post(path, files={"image": (name, content)})
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    problem = answer.json()
    assert code is None or problem["code"] == code
    assert ";" in problem["detail"]
    assert api.get("/v1/persons/bad/encounters").status_code == 404


NESTED = b"[" * 200_000
MANY = b'{"biometricData":[' + b"{}," * 2_000_000 + b"{}]}"


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/quality"),
        ("POST", "/v1/identify/ALL"),
        ("POST", "/v1/identify/ALL/P01"),
        ("POST", "/v1/verify"),
        ("POST", "/v1/explain"),
        ("POST", "/v1/persons"),
        ("POST", "/v1/enrolments"),
        ("PUT", "/v1/persons/P01/encounters/first/galleries"),
        ("PUT", "/v1/persons/P01/encounters/first/biographicData"),
    ],
)
@pytest.mark.parametrize("body", [MANY, NESTED], ids=["two million", "nested"])
def test_json_of_many_values_is_refused_before_anything_is_built_of_it(api, enrolled, monkeypatch, method, path, body):
    """It took 8 GB and two minutes: 300 bytes of memory for each value that is nothing."""
    monkeypatch.setattr("pydantic.TypeAdapter.validate_json", None)  # whoever parses it fails
    answer = api.request(method, path, content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request"), answer.text
    assert "5,000 values" in answer.json()["detail"]


def schemas_of_bodies():
    """Every schema that a body is read by, with those within it."""
    models = (EncounterIn, IdentifyIn, VerifyIn, ComparisonIn, ExplainIn, QualityIn, ListIn, BiographicData, FilterIn)
    return [*(model.model_json_schema() for model in models), bodies.GALLERIES.json_schema()]


def test_every_list_and_name_in_every_body_has_an_end():
    def ends(schema, at):
        if isinstance(schema, dict):
            if schema.get("type") == "array" and "prefixItems" not in schema:
                assert schema.get("maxItems", 10**9) <= MAX_PRINTS, at
            if schema.get("type") == "string" and not {"format", "enum", "const"} & schema.keys():
                assert schema.get("maxLength", 10**9) <= 1_000, at
            for name, value in schema.items():
                yield from ends(value, f"{at}/{name}")
            yield at
        elif isinstance(schema, list):
            for number, value in enumerate(schema):
                yield from ends(value, f"{at}/{number}")

    assert sum(1 for schema in schemas_of_bodies() for _ in ends(schema, schema.get("title", ""))) > 100


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_resolution_that_is_no_number_is_named(api, sample_print, number):
    image = base64.b64encode(sample_print("P01-right-index_1")).decode()
    body = f'{{"biometricData": [{{"image": "{image}", "resolution": {number}}}]}}'
    answer = api.post("/v1/quality", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request"), answer.text
    assert "resolution" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/v1/persons?identify=ALL&targetFPIR=", "/v1/enrolments?targetFPIR=", "/v1/duplicates?llr="])
@pytest.mark.parametrize("number", ["inf", "nan", "1e999"])
def test_an_option_that_is_no_number_is_named(api, enrolled, sample_print, path, number):
    answer = api.post(path + number, files={"image": sample_print("P01-right-index_1")})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


@pytest.mark.parametrize("person", ["%00", "a%0ab", "x" * 201, "%20", "a%1fb", "%ff", "a%C0%AF"])
def test_a_bad_person_id_is_refused(api, sample_print, person):
    answer = api.post(f"/v1/persons/{person}/encounters", files={"image": sample_print("P01-right-index_1")})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-name")


def test_what_is_not_there_is_404_and_what_cannot_be_done_is_405(api):
    for answer, status, code in (
        (api.get("/v1/nothing"), 404, "no-such-path"),
        (api.put("/v1/quality"), 405, "no-such-method"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (status, code)
        assert answer.headers["content-type"] == "application/problem+json"


def test_base64_of_nothing_is_nothing(api):
    body = {"biometricData": [{"image": base64.b64encode(b"").decode()}]}
    assert api.post("/v1/quality", json=body).json()["code"] == "nothing-given"


def test_a_defect_is_a_500_that_tells_nothing(api, bureau, monkeypatch, caplog):
    def broken(_actor):
        raise ZeroDivisionError("secret detail")

    monkeypatch.setattr(bureau.encounters, "labels", broken)
    answer = api.get("/v1/galleries")
    assert (answer.status_code, answer.json()["code"]) == (500, "defect")
    assert "secret" not in answer.text
    assert answer.headers["content-security-policy"]
    assert answer.headers["request-id"] in answer.json()["detail"]
    assert "a request failed" in caplog.text


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "disk-full"),
        (OperationalError("INSERT", {}, sqlite3.OperationalError("unable to open database file")), "store-failed"),
    ],
)
def test_a_full_disk_or_a_lost_database_is_told_and_nothing_is_kept(api, bureau, sample_print, monkeypatch, fault, code):
    def fails(_connection):
        raise fault

    with monkeypatch.context() as patch:
        patch.setattr(tree, "size", fails)
        answer = api.post("/v1/persons/full/encounters", files={"image": sample_print("P05-right-index_1")})
        assert (answer.status_code, answer.json()["code"]) == (503, code)
        assert answer.headers["Retry-After"]
        assert api.post("/v1/identify/ALL", files={"image": sample_print("P05-right-index_1")}).status_code == 503
    assert api.get("/v1/persons/full/encounters").status_code == 404
    assert bureau.upkeep.check(ME).ok
    assert api.get("/healthz").status_code == 200


def test_json_that_cannot_be_read_is_told_in_one_sentence(api):
    problem = api.post("/v1/quality", content=b"{", headers={"Content-Type": "application/json"}).json()
    assert problem["detail"].startswith("the request cannot be read: Invalid JSON")
