"""Persons and encounters, as a client sees them."""

import base64

import pytest

from biomatch import formats
from biomatch.template import Template


def data(content, key="image", **more):
    return {"biometricType": "FINGER", key: base64.b64encode(content).decode(), **more}


def test_a_receipt_names_person_encounter_and_prints(enrolled):
    receipt = enrolled["P01"]
    assert (receipt["personId"], receipt["encounterId"]) == ("P01", "first")
    assert len(receipt["biometricData"]) == 2
    made = receipt["biometricData"][0]
    assert (made["biometricSubType"], made["impressionType"]) == ("RIGHT_INDEX", "LIVE_SCAN_PLAIN")
    assert made["minutiaeCount"] > 10
    assert 0 < made["quality"] <= 100


def test_ids_are_made_where_none_are_given(api, sample_print):
    body = {"biometricData": [data(sample_print("P04-right-index_1"), resolution=500)]}
    answer = api.post("/v1/persons", json=body, params={"transactionId": "t-1"}).json()
    assert answer["transactionId"] == "t-1"
    assert answer["encounterId"]
    assert api.get(f"/v1/persons/{answer['personId']}/encounters").status_code == 200
    assert api.delete(f"/v1/persons/{answer['personId']}").status_code == 204


def test_a_print_can_be_the_body_itself(api, sample_print):
    body = sample_print("P04-right-index_1")
    answer = api.post("/v1/persons/P04/encounters", content=body, headers={"content-type": "image/png"})
    assert answer.status_code == 200, answer.text
    assert api.delete("/v1/persons/P04").status_code == 204


def test_encounters_are_read_as_they_were_made(api, enrolled):
    (encounter,) = api.get("/v1/persons/P01/encounters").json()
    assert encounter == api.get("/v1/persons/P01/encounters/first").json()
    assert (encounter["encounterId"], encounter["status"], encounter["galleries"]) == ("first", "ACTIVE", ["P01", "STAFF"])
    assert [each["printId"] for each in encounter["biometricData"]] == [
        each["printId"] for each in enrolled["P01"]["biometricData"]
    ]
    assert encounter["biometricData"][0]["hasImage"] is True
    assert encounter["biometricData"][0]["algorithm"].startswith("learned/")


@pytest.mark.parametrize("wanted", ["ISO_19794_2", "BIOMATCH"])
def test_templates_come_out_in_the_format_that_is_asked_for(api, enrolled, wanted):
    found = api.get("/v1/persons/P01/encounters/first/templates", params={"templateFormat": wanted}).json()
    (template,) = formats.read_templates(base64.b64decode(found[0]["template"]))
    assert len(template.minutiae) == enrolled["P01"]["biometricData"][0]["minutiaeCount"]
    assert found[0]["templateFormat"] == wanted


def test_an_encounter_is_made_once(api, enrolled, sample_print):
    files = {"image": sample_print("P01-right-index_1")}
    answer = api.post("/v1/persons/P01/encounters/first", files=files)
    assert (answer.status_code, answer.json()["code"]) == (409, "encounter-exists")


def test_deleted_is_gone(api, sample_print):
    probe = sample_print("P05-right-index_1")
    api.post("/v1/persons/P05/encounters/one", files={"image": probe})
    api.post("/v1/persons/P05/encounters/two", files={"image": sample_print("P05-right-index_2")})
    assert api.delete("/v1/persons/P05/encounters/one").status_code == 204
    assert [each["encounterId"] for each in api.get("/v1/persons/P05/encounters").json()] == ["two"]
    assert api.delete("/v1/persons/P05").status_code == 204
    for answer in (api.get("/v1/persons/P05/encounters"), api.delete("/v1/persons/P05")):
        assert (answer.status_code, answer.json()["code"]) == (404, "person-not-found")
    found = api.post("/v1/identify/ALL", files={"image": probe}).json()
    assert "P05" not in {candidate["personId"] for candidate in found["candidates"]}


def test_a_single_print_is_read_shown_and_deleted(api, sample_print):
    original = sample_print("P06-right-index_1")
    made = api.post("/v1/persons/P06/encounters", files={"image": original}).json()["biometricData"][0]
    path = f"/v1/prints/{made['printId']}"
    detail = api.get(path).json()
    assert detail["personId"] == "P06"
    assert len(detail["minutiae"]) == made["minutiaeCount"]
    assert all(0 <= minutia["x"] <= detail["width"] and 0 <= minutia["y"] <= detail["height"] for minutia in detail["minutiae"])
    assert api.get(f"{path}/original").content == original
    picture = api.get(f"{path}/picture")
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG")
    assert api.delete(path).status_code == 204
    for answer in (api.get(path), api.get(f"{path}/picture"), api.delete(path)):
        assert (answer.status_code, answer.json()["code"]) == (404, "print-not-found")


def test_a_template_has_no_picture(api, enrolled):
    (first, *_) = api.get("/v1/persons/P01/encounters/first/templates", params={"templateFormat": "BIOMATCH"}).json()
    body = {"biometricData": [{"template": first["template"]}]}
    made = api.post("/v1/persons/P07/encounters", json=body).json()["biometricData"][0]
    assert made["biometricSubType"] == "RIGHT_INDEX"
    answer = api.get(f"/v1/prints/{made['printId']}/picture")
    assert (answer.status_code, answer.json()["code"]) == (404, "original-not-kept")
    assert Template.from_bytes(api.get(f"/v1/prints/{made['printId']}/original").content)
    api.delete("/v1/persons/P07")


def test_galleries_and_the_whole_are_counted(api, enrolled):
    galleries = {each["galleryId"]: each["prints"] for each in api.get("/v1/galleries").json()}
    assert galleries["STAFF"] == 6
    assert galleries["P02"] == 2
    assert api.get("/v1/counts").json()["prints"] >= 6


def test_an_encounter_is_in_a_hundred_galleries_at_most(api, sample_print):
    """Each is a row for each print."""
    body = {"biometricData": [data(sample_print("P04-right-index_1"))], "galleries": [f"g{n}" for n in range(101)]}
    answer = api.post("/v1/persons/everywhere/encounters", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "galleries" in answer.json()["detail"]
    files, galleries = {"image": sample_print("P04-right-index_1")}, {"gallery": body["galleries"]}
    assert api.post("/v1/persons/everywhere/encounters", files=files, data=galleries).json()["code"] == "bad-request"


def test_names_may_hold_slashes_which_addresses_encode(api, sample_print):
    body = {"biometricData": [data(sample_print("P04-right-index_1"))], "galleries": ["set/1"]}
    made = api.post("/v1/persons/set%2F101_1/encounters/2024%2f7", json=body)
    assert made.status_code == 200, made.text
    assert (made.json()["personId"], made.json()["encounterId"]) == ("set/101_1", "2024/7")
    assert api.get("/v1/persons/set%2F101_1/encounters/2024%2F7").json()["galleries"] == ["set/1"]
    probe = {"biometricData": [data(sample_print("P04-right-index_1"))]}
    assert api.post("/v1/identify/set%2F1", json=probe).json()["candidates"][0]["personId"] == "set/101_1"
    assert api.post("/v1/verify/set%2F1/set%2F101_1", json=probe).json()["verifyStatus"] is True
    assert api.get("/v1/persons/set/101_1/encounters").status_code == 404
    assert api.delete("/v1/persons/set%2F101_1").status_code == 204
    assert api.get("/v1/persons/set%2F101_1/encounters").json()["code"] == "person-not-found"
