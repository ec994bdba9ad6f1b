"""Identify, verify and quality, as a client sees them."""

import base64

import pytest


def data(content, key="image", **more):
    return {"biometricType": "FINGER", key: base64.b64encode(content).decode(), **more}


@pytest.fixture
def probe(sample_print):
    return sample_print("P02-right-index_3")


def test_the_person_comes_first(api, enrolled, probe):
    found = api.post("/v1/identify/ALL", files={"image": probe}, params={"transactionId": "t"}).json()
    best = found["candidates"][0]
    assert (best["personId"], best["rank"]) == ("P02", 1)
    assert best["scores"][0]["encounterId"] == "first"
    assert best["scores"][0]["subtype"] == "RIGHT_INDEX"
    assert best["scores"][0]["galleries"] == ["P02", "STAFF"]
    assert "correspondences" not in best["scores"][0]
    assert found["gallerySize"] >= 6
    assert 0 <= found["missProbability"] <= 1
    assert found["transactionId"] == "t"
    assert found["probes"][0]["minutiaeCount"] > 10
    assert set(found["madeBy"]) >= {"extractor", "biomatch"}


def test_form_json_and_bare_body_give_the_same_answer(api, enrolled, probe):
    answers = [
        api.post("/v1/identify/ALL", files={"image": ("p.png", probe)}),
        api.post("/v1/identify/ALL", json={"biometricData": [data(probe)]}),
        api.post("/v1/identify/ALL", content=probe, headers={"content-type": "application/octet-stream"}),
    ]
    candidates = [answer.json()["candidates"] for answer in answers]
    assert candidates[0] == candidates[1] == candidates[2]


def test_correspondences_are_pairs_of_minutiae_that_exist(api, enrolled, probe):
    detail = api.post("/v1/quality", files={"image": probe}, params={"details": True}).json()[0]
    found = api.post("/v1/identify/ALL", files={"image": probe}, params={"correspondences": True}).json()
    evidence = found["candidates"][0]["scores"][0]
    reference = api.get(f"/v1/prints/{evidence['printId']}").json()
    assert len(evidence["correspondences"]) >= 5
    for pair in evidence["correspondences"]:
        assert detail["minutiae"][pair["probe"]]
        assert reference["minutiae"][pair["reference"]]


def test_the_prints_of_a_search_are_told_as_they_were_examined(api, enrolled, probe, sample_print):
    """Of two files the second is the mate: the evidence names it by its place."""
    files = [("image", ("thumb.png", sample_print("P02-left-thumb_3"))), ("image", ("index.png", probe))]
    found = api.post("/v1/identify/ALL", files=files, params={"details": True, "correspondences": True}).json()
    examined = api.post("/v1/quality", files=files, params={"details": True}).json()
    assert [one["details"]["name"] for one in found["probes"]] == ["thumb.png", "index.png"]
    for one, other in zip(found["probes"], examined, strict=True):
        assert one["quality"] == other["quality"]
        for name in ("passed", "reasons", "width", "height", "minutiae", "picture"):
            assert one["details"][name] == other[name]
    best = found["candidates"][0]["scores"][0]
    assert best["probe"] == 1
    assert all(pair["probe"] < found["probes"][1]["minutiaeCount"] for pair in best["correspondences"])
    plain = api.post("/v1/identify/ALL", files=files).json()
    assert [one.keys() & {"details"} for one in plain["probes"]] == [set(), set()]
    assert [one["score"] for one in plain["candidates"]] == [one["score"] for one in found["candidates"]]


def test_a_template_that_is_searched_with_has_no_picture(api, enrolled, probe):
    template = api.post("/v1/quality", files={"image": probe}, params={"details": True}).json()[0]["template"]
    body = {"biometricData": [{"template": template}]}
    (told,) = api.post("/v1/identify/ALL", json=body, params={"details": True}).json()["probes"]
    assert "picture" not in told["details"]
    assert len(told["details"]["minutiae"]) == told["minutiaeCount"]


def test_a_template_from_quality_searches_as_its_image_does(api, enrolled, probe):
    template = api.post("/v1/quality", files={"image": probe}, params={"details": True}).json()[0]["template"]
    by_template = api.post("/v1/identify/ALL", json={"biometricData": [{"template": template}]}).json()["candidates"]
    by_image = api.post("/v1/identify/ALL", files={"image": probe}).json()["candidates"]
    assert by_template == by_image


def test_a_gallery_and_a_position_limit_the_search(api, enrolled, probe):
    found = api.post("/v1/identify/P01", files={"image": probe}).json()
    assert {candidate["personId"] for candidate in found["candidates"]} <= {"P01"}
    assert found["gallerySize"] == 2
    body = {"biometricData": [data(probe)], "filter": {"biometricSubType": ["LEFT_THUMB"]}}
    assert api.post("/v1/identify/ALL", json=body).json()["candidates"] == []
    assert api.post("/v1/identify/ALL", files={"image": probe}, data={"filter": "LEFT_THUMB"}).json()["candidates"] == []
    answer = api.post("/v1/identify/NOBODY", files={"image": probe})
    assert (answer.status_code, answer.json()["code"]) == (404, "gallery-not-found")


def test_the_list_is_as_long_and_as_good_as_asked(api, enrolled, probe):
    assert len(api.post("/v1/identify/ALL", files={"image": probe}, params={"maxNbCand": 1}).json()["candidates"]) == 1
    found = api.post("/v1/identify/ALL", files={"image": probe}, params={"threshold": 1_000}).json()
    assert found["candidates"] == []


def test_a_target_turns_the_list_into_a_decision(api, enrolled, probe):
    found = api.post("/v1/identify/ALL", files={"image": probe}, params={"targetFPIR": 20}).json()
    assert found["hit"] == (found["candidates"][0]["score"] >= found["threshold"])
    assert "hit" not in api.post("/v1/identify/ALL", files={"image": probe}).json()


@pytest.mark.parametrize("effort", ["fast", "normal", "exhaustive"])
def test_every_effort_finds_the_mate_here(api, enrolled, probe, effort):
    found = api.post("/v1/identify/ALL", files={"image": probe}, params={"accuracyLevel": effort}).json()
    assert found["effort"] == effort
    assert found["candidates"][0]["personId"] == "P02"


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


def test_two_prints_are_compared_with_each_other(api, sample_print, probe):
    mate, stranger = sample_print("P02-right-index_1"), sample_print("P03-right-index_1")
    same = api.post("/v1/verify", files={"first": probe, "second": mate}, params={"correspondences": True}).json()
    body = {"biometricData1": [data(probe)], "biometricData2": [data(stranger)]}
    other = api.post("/v1/verify", json=body).json()
    assert same["verifyStatus"]
    assert not other["verifyStatus"]
    assert len(same["correspondences"]) >= 5
    assert "correspondences" not in other


def test_quality_says_why(api, probe, sample_print):
    files = [("image", ("good.png", probe)), ("image", ("text.png", b"not a print"))]
    good, bad = api.post("/v1/quality", files=files).json()
    assert good["passed"]
    assert good["quality"] > 0
    assert "template" not in good
    assert bad["problem"]["code"] == "unreadable-image"
    assert bad["name"] == "text.png"


def test_quality_draws_what_it_found(api, probe):
    detail = api.post("/v1/quality", files={"image": probe}, params={"details": True}).json()[0]
    assert base64.b64decode(detail["picture"]).startswith(b"\x89PNG")
    assert len(detail["minutiae"]) == detail["minutiaeCount"]
    assert {minutia["type"] for minutia in detail["minutiae"]} <= {"ending", "bifurcation", "other"}


def test_two_prints_are_explained(api, enrolled, probe, sample_print):
    mate = sample_print("P02-right-index_1")
    by_form = api.post("/v1/explain", files={"first": probe, "second": mate}).json()
    body = {"first": {"biometricData": data(probe)}, "second": {"biometricData": data(mate)}}
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


def test_an_enrolled_print_is_explained_by_its_place(api, enrolled, probe):
    enrolled_ = {"personId": "P02", "encounterId": "first", "biometricSubType": "RIGHT_INDEX"}
    found = api.post("/v1/explain?picture=none", json={"first": {"biometricData": data(probe)}, "second": enrolled_}).json()
    assert (found["second"]["personId"], found["second"]["encounterId"]) == ("P02", "first")
    by_id = {"printId": found["second"]["printId"]}
    again = api.post("/v1/explain?picture=none", json={"first": {"biometricData": data(probe)}, "second": by_id}).json()
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
def test_what_cannot_be_explained_is_told(api, enrolled, probe, side, status, code):
    answer = api.post("/v1/explain", json={"first": {"biometricData": data(probe)}, "second": side})
    assert (answer.status_code, answer.json()["code"]) == (status, code)
