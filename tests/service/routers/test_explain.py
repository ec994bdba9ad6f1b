"""The route that explains a score: its two sides, and its picture."""

import base64

import pytest


def test_two_prints_are_explained(api, enrolled, probe, sample_print, handed):
    mate = sample_print("P02-right-index_1")
    by_form = api.post("/v1/explain", files={"first": probe, "second": mate}).json()
    body = {"first": {"biometricData": handed(probe)}, "second": {"biometricData": handed(mate)}}
    by_json = api.post("/v1/explain", json=body, params={"picture": "svg"}).json()
    assert base64.b64decode(by_form.pop("picture")).startswith(b"\x89PNG")
    assert b"<svg" in base64.b64decode(by_json.pop("picture"))
    assert by_form == by_json
    verified = api.post("/v1/verify", files={"first": probe, "second": mate}, params={"correspondences": True}).json()
    assert (by_form["score"], by_form["correspondences"]) == (verified["verifyScore"], verified["correspondences"])
    for pair in by_form["correspondences"]:
        assert by_form["first"]["minutiae"][pair["probe"]]
        assert by_form["second"]["minutiae"][pair["reference"]]
    assert by_form["measures"]["relaxed"] > 0


def test_an_enrolled_print_is_explained_by_its_place(api, enrolled, probe, handed):
    enrolled_ = {"personId": "P02", "encounterId": "first", "biometricSubType": "RIGHT_INDEX"}
    found = api.post("/v1/explain?picture=none", json={"first": {"biometricData": handed(probe)}, "second": enrolled_}).json()
    assert (found["second"]["personId"], found["second"]["encounterId"]) == ("P02", "first")
    by_id = {"printId": found["second"]["printId"]}
    again = api.post("/v1/explain?picture=none", json={"first": {"biometricData": handed(probe)}, "second": by_id}).json()
    assert again == found
    assert "picture" not in found


@pytest.mark.parametrize(
    ("side", "status", "code"),
    [
        ({}, 400, "bad-request"),
        ({"printId": "p", "personId": "q"}, 400, "bad-request"),
        ({"printId": "p"}, 404, "print-not-found"),
        ({"personId": "P02", "biometricSubType": "LEFT_LITTLE"}, 404, "finger-not-found"),
    ],
)
def test_what_cannot_be_explained_is_told(api, enrolled, probe, side, status, code, handed):
    answer = api.post("/v1/explain", json={"first": {"biometricData": handed(probe)}, "second": side})
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_a_picture_of_another_kind_is_refused(api, probe):
    answer = api.post("/v1/explain", files={"first": probe, "second": probe}, params={"picture": "gif"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "picture" in answer.json()["detail"]


def test_a_side_is_one_print(api, sample_print, probe):
    files = [("first", probe), ("second", probe), ("second", sample_print("P02-right-index_1"))]
    answer = api.post("/v1/explain", files=files)
    assert (answer.status_code, answer.json()["code"]) == (400, "too-many-prints")
