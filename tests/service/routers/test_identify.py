"""One against all: what a search is asked for, and what it answers."""

import pytest

from biomatch.bureau import Actor, open_gallery
from biomatch.service import create_app


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


def test_form_json_and_bare_body_give_the_same_answer(api, enrolled, probe, handed):
    answers = [
        api.post("/v1/identify/ALL", files={"image": ("p.png", probe)}),
        api.post("/v1/identify/ALL", json={"biometricData": [handed(probe)]}),
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


def test_a_gallery_and_a_position_limit_the_search(api, enrolled, probe, handed):
    found = api.post("/v1/identify/P01", files={"image": probe}).json()
    assert {candidate["personId"] for candidate in found["candidates"]} <= {"P01"}
    assert found["gallerySize"] == 2
    body = {"biometricData": [handed(probe)], "filter": {"biometricSubType": ["LEFT_THUMB"]}}
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
    assert ("-10 log10" in answer.json()["detail"]) is ("targetFPIR" in query)


@pytest.mark.parametrize("text", ["a\0b", "two\nlines"])
def test_a_purpose_that_is_not_one_line_is_refused(api, enrolled, sample_print, text):
    for asked in ({"purpose": text, "legalBasis": "act 4"}, {"purpose": "test", "legalBasis": text}):
        answer = api.post("/v1/identify/ALL", files={"image": sample_print("P02-right-index_3")}, params=asked)
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-text")


def test_a_bureaus_gallery_asks_what_for(serving, bearer, sample_print, tmp_path):
    with open_gallery(tmp_path / "bureau", workers=1) as bureau:
        bureau.access.require_purpose(Actor("tester", "test"))
        with serving(create_app(bureau)) as client:
            bearer(client, bureau)
            probe = {"image": sample_print("P02-right-index_3")}
            for given in ({"purpose": "curiosity"}, {"purpose": "curiosity", "legalBasis": " "}):
                answer = client.post("/v1/identify/ALL", files=probe, params=given)
                assert (answer.status_code, answer.json()["code"]) == (400, "purpose-missing")
            asked = {"purpose": "border check", "legalBasis": "act 4"}
            assert client.post("/v1/identify/ALL", files=probe, params=asked).status_code == 200


def test_who_else_left_a_persons_prints(pair, enrol):
    enrol("alias", "one", "P05-right-index_2", gallery="PAIR")
    for address in ("/v1/identify/PAIR/mia", "/v1/identify/ALL/mia/encounters/one"):
        answer = pair.post(address, params={"maxNbCand": 5, "correspondences": True})
        assert answer.status_code == 200, answer.text
        persons = [one["personId"] for one in answer.json()["candidates"]]
        assert persons[0] == "alias"
        assert "mia" not in persons
    assert pair.post("/v1/identify/PAIR/nobody").status_code == 404
    assert pair.post("/v1/identify/NONE/mia").json()["code"] == "gallery-not-found"
    pair.delete("/v1/persons/alias")


def test_who_scores_less_than_was_asked_for_is_not_listed(api, enrolled, probe):
    first, second, *_ = (one["score"] for one in api.post("/v1/identify/ALL", files={"image": probe}).json()["candidates"])
    asked = {"threshold": (first + second) / 2}
    found = api.post("/v1/identify/ALL", files={"image": probe}, params=asked).json()
    assert [one["score"] for one in found["candidates"]] == [first]
    assert found["gallerySize"] >= 6  # they were searched all the same
