"""Searches that are limited to some, as a client sees them."""

import base64
from datetime import UTC, datetime, timedelta

import pytest

from biomatch.gallery.filters import years_before

TODAY = datetime.now(UTC).date()
KNOWN = {
    "W40": {"gender": "F", "dateOfBirth": years_before(TODAY, 40).isoformat()},
    "W39": {"gender": "F", "dateOfBirth": (years_before(TODAY, 40) + timedelta(2)).isoformat()},  # 39, also if midnight passes
    "M40": {"gender": "M", "dateOfBirth": years_before(TODAY, 40).isoformat()},
    "N": {},
}


@pytest.fixture(scope="module")
def known(api, sample_print):
    """One print under four names, of whom different things are known."""
    image = sample_print("P04-right-index_1")
    for person, about in KNOWN.items():
        one = {"image": base64.b64encode(image).decode(), "captureDate": "2020-02-29" if person == "M40" else None}
        body = {"biometricData": [one], "biographicData": about, "galleries": ["KNOWN"]}
        answer = api.post(f"/v1/persons/{person}/encounters/first", json=body)
        assert answer.status_code == 200, answer.text
    yield
    for person in KNOWN:
        api.delete(f"/v1/persons/{person}")


@pytest.fixture
def found(api, known, sample_print):
    """found(filter): the persons that a search finds, by JSON and by form."""
    image = sample_print("P04-right-index_2")

    def search(**where):
        body = {"biometricData": [{"image": base64.b64encode(image).decode()}], "filter": where}
        by_json = api.post("/v1/identify/KNOWN", json=body)
        by_form = api.post("/v1/identify/KNOWN", files={"image": image}, data=where)
        assert by_json.status_code == by_form.status_code == 200, by_json.text + by_form.text
        lists = [[one["personId"] for one in answer.json()["candidates"]] for answer in (by_json, by_form)]
        assert lists[0] == lists[1]
        assert by_json.json()["gallerySize"] == len(lists[0])
        return set(lists[0])

    return search


def test_a_search_is_limited_by_sex(found):
    assert found(gender=["F"]) == {"W40", "W39", "N"}
    assert found(gender=["F", "M"]) == set(KNOWN)
    assert found(gender=["X"]) == {"N"}


def test_a_search_is_limited_by_age_today(found):
    assert found(ageMin=40) == {"W40", "M40", "N"}
    assert found(ageMax=39) == {"W39", "N"}
    assert found(ageMin=39, ageMax=40) == set(KNOWN)


def test_a_search_is_limited_by_birth_and_by_all_of_it_together(found):
    born = KNOWN["W39"]["dateOfBirth"]
    assert found(dateOfBirthMin=born) == {"W39", "N"}
    assert found(dateOfBirthMin=born, dateOfBirthMax=born, ageMin=40) == {"N"}
    assert found(gender=["F"], ageMin=40) == {"W40", "N"}


def test_a_search_is_limited_by_the_day_of_capture_or_else_of_enrolment(found):
    assert found(captureDateMax="2020-02-29") == {"M40"}
    assert found(captureDateMin="2020-03-01") == {"W40", "W39", "N"}


def test_a_person_s_own_prints_search_with_a_filter_too(api, known):
    answer = api.post("/v1/identify/KNOWN/W40", json={"gender": ["M"]})
    assert {one["personId"] for one in answer.json()["candidates"]} == {"M40", "N"}
    answer = api.post("/v1/identify/KNOWN/W40/encounters/first")
    assert {one["personId"] for one in answer.json()["candidates"]} == {"W39", "M40", "N"}


def test_what_is_known_is_read_and_changed(api, known, found):
    (encounter,) = api.get("/v1/persons/M40/encounters").json()
    assert encounter["biographicData"] == KNOWN["M40"]
    assert encounter["biometricData"][0]["captureDate"] == "2020-02-29"
    assert "biographicData" not in api.get("/v1/persons/N/encounters").json()[0]
    assert api.put("/v1/persons/N/encounters/first/biographicData", json={"gender": "X"}).status_code == 204
    assert found(gender=["F"]) == {"W40", "W39"}
    assert api.put("/v1/persons/N/encounters/first/biographicData", json={}).status_code == 204
    assert "biographicData" not in api.get("/v1/persons/N/encounters").json()[0]


@pytest.mark.parametrize(
    ("where", "words"),
    [
        ({"gender": ["female"]}, "gender"),
        ({"ageMin": 30, "ageMax": 20}, "ageMin is above ageMax"),
        ({"dateOfBirthMin": "yesterday"}, "dateOfBirthMin"),
        ({"ageMax": 151}, "ageMax"),
    ],
)
def test_a_filter_that_is_not_understood_is_refused_and_the_field_named(api, sample_print, where, words):
    body = {"biometricData": [{"image": base64.b64encode(sample_print("P04-right-index_2")).decode()}], "filter": where}
    answer = api.post("/v1/identify/ALL", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert words in answer.json()["detail"]


@pytest.mark.parametrize("name", ["genders", "ageMinimum", "biometricSubType", "gallery"])
def test_a_part_of_a_search_s_form_that_nobody_reads_is_refused(api, sample_print, name):
    answer = api.post("/v1/identify/ALL", files={"image": sample_print("P04-right-index_2")}, data={name: "F"})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown-field")
    assert name in answer.json()["detail"]


@pytest.mark.parametrize(("name", "where"), [("filters", {"gender": ["F"]}), ("filter", {"hairColour": "red"})])
def test_a_field_of_a_search_that_nobody_reads_is_refused(api, sample_print, name, where):
    image = base64.b64encode(sample_print("P04-right-index_2")).decode()
    answer = api.post("/v1/identify/ALL", json={"biometricData": [{"image": image}], name: where})
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown-field")
    assert answer.json()["values"]["name"] in (name, *where)


def test_nobody_is_born_and_nothing_taken_in_the_future(api, sample_print):
    files = {"image": sample_print("P04-right-index_2")}
    later = (TODAY + timedelta(3)).isoformat()
    for name in ("dateOfBirth", "captureDate"):
        answer = api.post("/v1/persons", files=files, data={name: later})
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
        assert name in answer.json()["detail"]
