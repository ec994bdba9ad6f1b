"""A name that nobody reads is refused with the nearest one that is read: in the address, in JSON, in a form."""

import base64

import pytest

from biomatch.bureau import Actor
from biomatch.bureau.access.sessions import Visitor
from biomatch.service.credentials import cookie_name
from biomatch.service.settings import Settings

ME = Actor("me", "cli")


@pytest.fixture(scope="module")
def image(sample_print):
    return sample_print("P01-right-index_1")


def json_of(image, **more):
    return {"biometricData": [{"image": base64.b64encode(image).decode(), **more}]}


def refused(answer, *words):
    assert (answer.status_code, answer.json()["code"]) == (400, "unknown-field"), answer.text
    for one in words:
        assert one in answer.json()["detail"]


@pytest.mark.parametrize(
    ("method", "path", "name", "near"),
    [
        ("POST", "/v1/identify/ALL", "maxNbCands", "maxNbCand"),
        ("POST", "/v1/identify/ALL", "maxnbcand", "maxNbCand"),
        ("POST", "/v1/identify/ALL", "legal_basis", "legalBasis"),
        ("POST", "/v1/verify/ALL/P01", "treshold", "threshold"),
        ("POST", "/v1/persons", "identity", "identify"),
        ("POST", "/v1/quality", "detail", "details"),
        ("POST", "/v1/duplicates", "galery", "gallery"),
        ("POST", "/v1/enrolments", "galery", "gallery"),
        ("POST", "/v1/transactions", "persons", "person"),
        ("GET", "/v1/galleries/ALL", "limits", "limit"),
        ("GET", "/v1/tasks", "afters", "after"),
        ("GET", "/v1/persons/P01/encounters/first/templates", "templatFormat", "templateFormat"),
        ("PUT", "/v1/persons/P01/encounters/first/status", "state", "status"),
    ],
)
def test_a_misspelt_parameter_is_refused_and_the_nearest_one_named(api, enrolled, image, method, path, name, near):
    files = {"image": image} if method == "POST" else None
    answer = api.request(method, path, params={name: "1"}, files=files)
    refused(answer, f"there is no parameter '{name}'", f"did you mean '{near}'?")


@pytest.fixture
def administrator(bureau):
    """Headers of a page in which an administrator has signed in."""
    bureau.access.create_user("names", ME, password="seven red kites over the river", roles=["administrator"])
    secret = bureau._context.sessions.begin(Visitor("names", user="names"))
    cookie = f"{cookie_name(Settings())}={secret}"
    return {"Authorization": "", "Cookie": cookie, "Sec-Fetch-Site": "same-origin"}


def test_every_route_of_the_document_refuses_a_parameter_that_nobody_reads(api, administrator):
    """Whatever route is added later: none is left out."""
    asked = 0
    for path, methods in api.get("/openapi.json").json()["paths"].items():
        for method in methods:
            who = administrator if path.startswith("/v1/users") else {}  # no token may see to users
            answer = api.request(method, path.replace("{leaf}", "0"), params={"colour": "red"}, headers=who)
            refused(answer, "there is no parameter 'colour'")
            asked += 1
    assert asked > 40


def test_who_is_not_known_learns_no_names(api):
    answer = api.post("/v1/identify/ALL", params={"maxNbCands": "1"}, headers={"Authorization": ""})
    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/v1/persons", "/v1/identify/ALL", "/v1/verify/ALL/P01", "/v1/quality"])
def test_a_misspelt_field_is_refused_wherever_it_stands(api, enrolled, image, path):
    refused(
        api.post(path, json=json_of(image, biometricSubtype="RIGHT_INDEX")),
        "there is no field 'biometricSubtype'", "did you mean 'biometricSubType'?",
    )  # fmt: skip
    refused(api.post(path, json=json_of(image) | {"galery": ["A"]}), "there is no field 'galery'")


def test_fields_of_every_body_are_looked_at(api, enrolled, image):
    pair = {"biometricData1": json_of(image)["biometricData"], "biometricData2": json_of(image)["biometricData"]}
    refused(api.post("/v1/verify", json=pair | {"biometricData3": []}), "did you mean 'biometricData")
    sides = {"first": {"personId": "P01"}, "second": {"personId": "P02"}}
    refused(api.post("/v1/explain", json=sides | {"third": {}}), "there is no field 'third'; there are first, second")
    refused(api.post("/v1/explain", json=sides | {"second": {"person": "P02"}}), "did you mean 'personId'?")
    refused(api.post("/v1/enrolments", json={"manifest": "x", "galleries": ["A"]}), "there is no field 'galleries'")
    refused(api.post("/v1/identify/ALL/P01", json={"agemin": 3}), "did you mean 'ageMin'?")
    refused(api.post("/session", json={"tokens": "x"}), "did you mean 'token'?")
    about = api.put("/v1/persons/P01/encounters/first/biographicData", json={"sex": "F"})
    refused(about, "there is no field 'sex'", "gender")


def test_fields_of_osia_that_are_not_kept_are_refused_with_words_that_say_so(api, image):
    refused(api.post("/v1/persons", json=json_of(image, captureDevice="x")), "'captureDevice'", "neither read nor kept")
    refused(api.post("/v1/persons", json=json_of(image) | {"contextualData": {}}), "neither read nor kept")
    refused(api.post("/v1/persons", json=json_of(image) | {"biographicData": {"firstName": "Ada"}}), "your own records")


def test_an_encounter_as_osia_wants_it_is_taken(api, image):
    """OSIA demands status and encounterType."""
    body = json_of(image) | {"status": "ACTIVE", "encounterType": "VISIT"}
    answer = api.post("/v1/persons/osia/encounters/one", json=body, params={"transactionId": "t"})
    assert answer.status_code == 200, answer.text
    api.delete("/v1/persons/osia", params={"transactionId": "t"})


def test_a_print_is_an_image_or_a_template_and_not_both(api, image):
    answer = api.post("/v1/quality", json=json_of(image, template="Qk1U"))
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "one of image, template" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("path", "name", "near"),
    [
        ("/v1/persons", "galery", "gallery"),
        ("/v1/persons", "dateOfBrith", "dateOfBirth"),
        ("/v1/identify/ALL", "genders", "gender"),
        ("/v1/identify/ALL", "positions", "position"),
        ("/v1/verify/ALL/P01", "impressions", "impression"),
        ("/v1/quality", "dpi", "ppi"),
    ],
)
def test_a_misspelt_part_of_a_form_is_refused(api, enrolled, image, path, name, near):
    answer = api.post(path, files={"image": image}, data={name: "F"})
    refused(answer, f"there is no part '{name}'", f"did you mean '{near}'?")


def test_a_part_that_another_call_reads_is_refused(api, enrolled, image):
    refused(api.post("/v1/quality", files={"image": image}, data={"gender": "F"}), "there is no part 'gender'")
    refused(api.post("/v1/verify/ALL/P01", files={"image": image}, data={"gallery": "A"}), "there is no part 'gallery'")
    two = {"first": image, "second": image}
    refused(api.post("/v1/explain", files=two, data={"gallery": "A"}), "there is no part 'gallery'")


def test_a_file_named_second_is_a_print_like_the_others(api, enrolled, image):
    """Only a comparison has two sides."""
    answer = api.post("/v1/quality", files={"first": image, "second": image})
    assert len(answer.json()) == 2
