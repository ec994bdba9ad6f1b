"""Prints of a form, of JSON, or the body itself: labelled, named, or refused with the part that is wrong."""

import base64

import pytest


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


def test_a_list_that_is_too_long_is_named(api, enrolled):
    answer = api.post("/v1/quality", json={"biometricData": [{}] * 101})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "biometricData" in answer.json()["detail"]


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


WORDS = b"these are words"


@pytest.fixture
def one_print(sample_print):
    return sample_print("P01-right-index_1")


@pytest.mark.parametrize("path", ["/v1/verify", "/v1/explain"])
@pytest.mark.parametrize("side", ["first", "second"])
def test_of_two_prints_the_one_that_failed_is_named(api, one_print, path, side):
    parts = {"first": ("print.png", one_print), "second": ("print.png", one_print)} | {side: ("print.png", WORDS)}
    problem = api.post(path, files=parts).json()
    assert problem["code"] == "unreadable-image"
    assert problem["detail"].startswith(f"{side}: ")
    assert problem["values"]["path"] == side


def test_of_two_prints_in_json_the_one_that_failed_is_named(api, one_print):
    good, bad = ([{"image": base64.b64encode(data).decode()}] for data in (one_print, WORDS))
    problem = api.post("/v1/verify", json={"biometricData1": good, "biometricData2": bad}).json()
    assert problem["detail"].startswith("biometricData2[0]: ")


def test_of_several_prints_the_one_that_failed_is_named(api, one_print):
    files = [("image", ("thumb.png", one_print)), ("image", ("index.png", WORDS))]
    for path in ("/v1/identify/ALL", "/v1/persons/two/encounters"):
        assert api.post(path, files=files).json()["detail"].startswith("index.png: ")


def test_an_empty_file_is_called_empty(api):
    problem = api.post("/v1/quality", files={"image": ("index.png", b"")}).json()
    assert problem["code"] == "nothing-given"
    assert "'index.png' is empty" in problem["detail"]
