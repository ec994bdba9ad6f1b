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


@pytest.mark.parametrize(
    "pixels",
    [
        np.full((300, 300), 255, np.uint8),
        np.zeros((300, 300), np.uint8),
        np.random.default_rng(1).integers(0, 255, (300, 300), np.uint8),
        np.full((1, 1), 9, np.uint8),
        np.full((300, 300, 4), 200, np.uint8),
        np.full((300, 300), 40_000, np.uint16),
    ],
    ids=["blank", "black", "noise", "one pixel", "rgba", "16 bit"],
)
def test_an_image_without_a_print_fails_in_quality(api, pixels):
    answer = api.post("/v1/quality", files={"image": png(pixels)})
    assert answer.status_code == 200, answer.text
    found = answer.json()[0]
    assert not found["passed"]
    assert found["reasons"]


@pytest.mark.parametrize(
    ("options", "status", "code"),
    [
        ({"json": {}}, 400, "bad-request"),
        ({"json": {"biometricData": []}}, 400, "nothing-given"),
        ({"json": {"biometricData": [{}]}}, 400, "nothing-given"),
        ({"json": {"biometricData": [{"image": "no base64!"}]}}, 400, "bad-request"),
        ({"json": {"biometricData": [{"image": "aaaa", "biometricSubType": "NOSE"}]}}, 400, "bad-request"),
        ({"json": {"biometricData": [{"image": "aaaa", "biometricType": "IRIS"}]}}, 400, "bad-request"),
        ({"content": b"{", "headers": {"content-type": "application/json"}}, 400, "bad-request"),
        ({"content": b"x", "headers": {"content-type": "multipart/form-data"}}, 400, "bad-request"),
        ({"content": b"x", "headers": {"content-type": "text/plain"}}, 415, "unsupported-body"),
        ({"content": b""}, 415, "unsupported-body"),
        ({"files": {"image": b"x"}, "data": {"position": "NOSE"}}, 400, "bad-request"),
        ({"files": {"image": b"x"}, "data": {"ppi": "many"}}, 400, "bad-request"),
        ({"files": {"image": b"x"}, "data": {"ppi": "nan"}}, 400, "bad-request"),
        ({"files": {"image": b"x"}, "data": {"position": ["LEFT_THUMB", "LEFT_INDEX"]}}, 400, "bad-request"),
        ({"data": {"position": "LEFT_THUMB"}}, 415, "unsupported-body"),
        ({"files": [("image", b"x")] * 101}, 400, "bad-request"),
        ({"files": [("image", b"x")] * 11}, 400, "too-many-prints"),
    ],
)
def test_a_bad_request_is_refused_with_a_reason(api, options, status, code):
    answer = api.post("/v1/identify/ALL", **options)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text


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


def test_a_list_that_is_too_long_is_named(api, enrolled):
    answer = api.post("/v1/quality", json={"biometricData": [{}] * 101})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "biometricData" in answer.json()["detail"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_a_resolution_that_is_no_number_is_named(api, sample_print, number):
    image = base64.b64encode(sample_print("P01-right-index_1")).decode()
    body = f'{{"biometricData": [{{"image": "{image}", "resolution": {number}}}]}}'
    answer = api.post("/v1/quality", content=body, headers={"Content-Type": "application/json"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request"), answer.text
    assert "resolution" in answer.json()["detail"]


@pytest.mark.parametrize(
    "after",
    ["[" * 2_000, '["\\ud800", ""]', '["a"]', '["a", "b", "c"]', '["a", 1]', "null", "{}", "x", '["\\u0000", "\\n"]', "\ud800"],
)
def test_a_page_that_never_was_is_refused_or_empty(api, enrolled, after):
    answer = api.get("/v1/galleries/ALL", params={"after": after.encode("utf-8", "surrogatepass").decode("latin-1")})
    assert answer.status_code in (200, 400), answer.text


@pytest.mark.parametrize("charset", ["unicode_escape", "utf-16", "utf-7", "rot13", "idna"])
def test_a_form_in_another_charset_is_refused_or_read(api, enrolled, charset):
    body = b"--x\r\nContent-Disposition: form-data; name=\\ud800\r\n\r\n\\ud800\r\n--x--\r\n"
    answer = api.post(
        "/v1/identify/ALL", content=body, headers={"content-type": f"multipart/form-data; boundary=x; charset={charset}"}
    )
    assert (answer.status_code, answer.json()["code"] in ("bad-request", "unknown-field")) == (400, True)


@pytest.mark.parametrize("path", ["/v1/persons?identify=ALL&targetFPIR=", "/v1/enrolments?targetFPIR=", "/v1/duplicates?llr="])
@pytest.mark.parametrize("number", ["inf", "nan", "1e999"])
def test_an_option_that_is_no_number_is_named(api, enrolled, sample_print, path, number):
    answer = api.post(path + number, files={"image": sample_print("P01-right-index_1")})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


@pytest.mark.parametrize("ppi", ["99", "4001", "-500"])
def test_an_impossible_resolution_is_refused(api, sample_print, ppi):
    answer = api.post("/v1/quality", files={"image": sample_print("P01-right-index_1")}, data={"ppi": ppi})
    assert (answer.status_code, answer.json()["code"]) == (422, "bad-resolution"), answer.text


@pytest.mark.parametrize(
    "query",
    [
        {"maxNbCand": 0},
        {"maxNbCand": "many"},
        {"targetFPIR": -1},
        {"targetFPIR": 0},
        {"targetFPIR": 0.001},  # a rate, and no -10 log10 of one: it would call nearly every stranger a hit
        {"targetFPIR": "inf"},
        {"accuracyLevel": "wild"},
        {"threshold": "x"},
        {"threshold": "nan"},
    ],
)
def test_a_bad_option_is_named(api, sample_print, query):
    answer = api.post("/v1/identify/ALL", files={"image": sample_print("P01-right-index_1")}, params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert next(iter(query)) in answer.json()["detail"]


@pytest.mark.parametrize("threshold", ["nan", "inf", "-inf", "1e999"])
@pytest.mark.parametrize("path", ["/v1/verify/ALL/P01", "/v1/verify"])
def test_a_threshold_that_is_no_number_is_named(api, enrolled, sample_print, path, threshold):
    print_ = sample_print("P01-right-index_1")
    files = {"image": print_} if "P01" in path else {"first": print_, "second": print_}
    answer = api.post(path, files=files, params={"threshold": threshold})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "threshold" in answer.json()["detail"]


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


@pytest.mark.parametrize("path", ["/v1/verify", "/v1/explain"])
def test_the_side_of_a_comparison_that_is_missing_or_misspelt_is_named(api, sample_print, path):
    one = sample_print("P01-right-index_1")
    for files, code, words in (
        ({"first": one}, "nothing-given", "no print in the part 'second' was given"),
        ({"second": one}, "nothing-given", "no print in the part 'first' was given"),
        ({"first": one, "secnd": one}, "unknown-field", "there is no part 'secnd'; did you mean 'second'?"),
    ):
        problem = api.post(path, files=files).json()
        assert (problem["code"], words in problem["detail"]) == (code, True), problem
    if path == "/v1/verify":
        sides = {"biometricData1": [{"image": base64.b64encode(one).decode()}], "biometricData2": []}
        assert "no print in the field 'biometricData2'" in api.post(path, json=sides).json()["detail"]


@pytest.mark.parametrize(
    ("path", "part"), [("/v1/quality", "image"), ("/v1/persons", "image"), ("/v1/verify", "first"), ("/v1/verify", "second")]
)
def test_a_file_that_came_as_text_is_told_with_what_was_forgotten(api, sample_print, path, part):
    files = {part: (None, "print.png"), "other" if part == "image" else "first": sample_print("P01-right-index_1")}
    files |= {"first": (None, "print.png")} if part == "first" else {}
    problem = api.post(path, files=files).json()
    assert problem["code"] == "bad-request"
    assert f"the part '{part}' is a text where a file is needed; did you forget @" in problem["detail"]


def test_json_that_cannot_be_read_is_told_in_one_sentence(api):
    problem = api.post("/v1/quality", content=b"{", headers={"Content-Type": "application/json"}).json()
    assert problem["detail"].startswith("the request cannot be read: Invalid JSON")
