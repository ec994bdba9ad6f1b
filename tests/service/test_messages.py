"""What a client is told of prints and names that cannot be used."""

import base64
import re

import pytest

WORDS = b"these are words"


@pytest.fixture
def one_print(sample_print):
    return sample_print("P01-right-index_1")


@pytest.mark.parametrize("field", ["biometricSubType", "impressionType"])
def test_a_wrong_name_in_json_lists_names_and_not_their_numbers(api, field):
    body = {"biometricData": [{field: "RIGHT_PINKY", "image": base64.b64encode(WORDS).decode()}]}
    told = api.post("/v1/quality", json=body).json()["detail"]
    assert "'RIGHT_PINKY' is none of" in told
    assert {"biometricSubType": "RIGHT_LITTLE", "impressionType": "LIVE_SCAN_PLAIN"}[field] in told
    assert not re.search(r"\b\d+, \d+", told)


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
