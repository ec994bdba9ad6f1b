"""One print against a person, or against another print: what the address says, and what is answered."""

import pytest


def test_verify_tells_the_mate_from_a_stranger(api, enrolled, probe):
    mate = api.post("/v1/verify/ALL/P02", files={"image": probe}).json()
    stranger = api.post("/v1/verify/STAFF/P03", files={"image": probe}).json()
    assert mate["verifyScore"] > stranger["verifyScore"]
    assert mate["verifyStatus"]
    assert not stranger["verifyStatus"]
    assert (mate["threshold"], mate["scores"][0]["subtype"]) == (40.0, "RIGHT_INDEX")
    for path, code in (("/v1/verify/ALL/NOBODY", "person-not-found"), ("/v1/verify/P01/P02", "gallery-not-found")):
        answer = api.post(path, files={"image": probe})
        assert (answer.status_code, answer.json()["code"]) == (404, code)


def test_two_prints_are_compared_with_each_other(api, sample_print, probe, handed):
    mate, stranger = sample_print("P02-right-index_1"), sample_print("P03-right-index_1")
    same = api.post("/v1/verify", files={"first": probe, "second": mate}, params={"correspondences": True}).json()
    body = {"biometricData1": [handed(probe)], "biometricData2": [handed(stranger)]}
    other = api.post("/v1/verify", json=body).json()
    assert same["verifyStatus"]
    assert not other["verifyStatus"]
    assert len(same["correspondences"]) >= 5
    assert "correspondences" not in other


@pytest.mark.parametrize("threshold", ["nan", "inf", "-inf", "1e999"])
@pytest.mark.parametrize("path", ["/v1/verify/ALL/P01", "/v1/verify"])
def test_a_threshold_that_is_no_number_is_named(api, enrolled, sample_print, path, threshold):
    print_ = sample_print("P01-right-index_1")
    files = {"image": print_} if "P01" in path else {"first": print_, "second": print_}
    answer = api.post(path, files=files, params={"threshold": threshold})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "threshold" in answer.json()["detail"]


def test_the_threshold_that_is_asked_for_decides(api, enrolled, probe):
    score = api.post("/v1/verify/ALL/P02", files={"image": probe}).json()["verifyScore"]
    asked = {"threshold": score + 1, "transactionId": "t"}
    answers = (
        api.post("/v1/verify/ALL/P02", files={"image": probe}, params=asked).json(),
        api.post(
            "/v1/verify", files={"first": probe, "second": probe}, params={"threshold": 10_000, "transactionId": "t"}
        ).json(),
    )
    assert [(one["verifyStatus"], one["transactionId"]) for one in answers] == [(False, "t")] * 2
    assert answers[0]["verifyScore"] == score
    assert answers[0]["threshold"] == score + 1


def test_pairs_of_minutiae_are_told_of_a_person_only_if_asked_for(api, enrolled, probe):
    for asked in (True, False):
        found = api.post("/v1/verify/ALL/P02", files={"image": probe}, params={"correspondences": asked}).json()
        assert ("correspondences" in found["scores"][0]) is asked
