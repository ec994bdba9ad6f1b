"""The routes of persons and their encounters: enrolled, read, changed, merged and deleted as OSIA's operations say."""

import base64

import pytest

from biomatch import formats


def test_a_receipt_names_person_encounter_and_prints(enrolled):
    receipt = enrolled["P01"]
    assert (receipt["personId"], receipt["encounterId"]) == ("P01", "first")
    assert len(receipt["biometricData"]) == 2
    made = receipt["biometricData"][0]
    assert (made["biometricSubType"], made["impressionType"]) == ("RIGHT_INDEX", "LIVE_SCAN_PLAIN")
    assert made["minutiaeCount"] > 10
    assert 0 < made["quality"] <= 100


def test_ids_are_made_where_none_are_given(api, sample_print, handed):
    body = {"biometricData": [handed(sample_print("P04-right-index_1"), resolution=500)]}
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


def test_an_encounter_is_in_a_hundred_galleries_at_most(api, sample_print, handed):
    """Each is a row for each print."""
    body = {"biometricData": [handed(sample_print("P04-right-index_1"))], "galleries": [f"g{n}" for n in range(101)]}
    answer = api.post("/v1/persons/everywhere/encounters", json=body)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "galleries" in answer.json()["detail"]
    files, galleries = {"image": sample_print("P04-right-index_1")}, {"gallery": body["galleries"]}
    assert api.post("/v1/persons/everywhere/encounters", files=files, data=galleries).json()["code"] == "bad-request"


def best(api, probe, **params):
    answer = api.post("/v1/identify/PAIR", files={"image": probe}, params=params).json()
    return [candidate["personId"] for candidate in answer["candidates"]]


def test_an_encounter_is_updated(pair, sample_print):
    files = {"image": ("again.png", sample_print("P05-right-index_2"))}
    answer = pair.put("/v1/persons/mia/encounters/one", files=files, params={"transactionId": "t"})
    assert (answer.status_code, answer.json()["transactionId"], answer.json()["encounterId"]) == (200, "t", "one")
    (encounter,) = pair.get("/v1/persons/mia/encounters").json()
    assert encounter["galleries"] == ["PAIR"]
    assert [one["printId"] for one in encounter["biometricData"]] == [one["printId"] for one in answer.json()["biometricData"]]
    assert pair.put("/v1/persons/mia/encounters/nine", files=files).status_code == 404


def test_a_status_hides_an_encounter_from_searches(pair, sample_print):
    address = "/v1/persons/mia/encounters/one/status"
    assert pair.put(address, params={"status": "INACTIVE"}).status_code == 204
    assert pair.get("/v1/persons/mia/encounters/one").json()["status"] == "INACTIVE"
    assert "mia" not in best(pair, sample_print("P05-right-index_3"))
    assert pair.put(address, params={"status": "ACTIVE"}).status_code == 204
    assert best(pair, sample_print("P05-right-index_3"))[0] == "mia"
    assert pair.put(address, params={"status": "GONE"}).status_code == 400


def test_galleries_are_replaced(pair):
    address = "/v1/persons/mia/encounters/one/galleries"
    assert pair.put(address, json=["A", "B"]).status_code == 204
    assert pair.get("/v1/persons/mia/encounters/one").json()["galleries"] == ["A", "B"]
    assert pair.put(address, json=["ALL"]).json()["code"] == "bad-name"
    assert pair.put(address, json={"A": 1}).json()["code"] == "bad-request"


def test_two_persons_are_merged_and_parted(pair, sample_print):
    assert pair.post("/v1/persons/mia/merge/noa").status_code == 204
    assert best(pair, sample_print("P06-right-index_3"))[0] == "mia"
    assert pair.get("/v1/persons/noa/encounters").status_code == 404
    assert pair.post("/v1/persons/noa/move/mia/encounters/two").status_code == 204
    assert best(pair, sample_print("P06-right-index_3"))[0] == "noa"
    assert pair.post("/v1/persons/mia/merge/mia").json()["code"] == "same-person"


def test_a_merge_with_one_encounter_twice_changes_nothing(pair, enrol):
    enrol("noa", "one", "P06-right-index_2")
    answer = pair.post("/v1/persons/mia/merge/noa")
    assert (answer.status_code, answer.json()["code"]) == (409, "encounter-exists")
    assert len(pair.get("/v1/persons/noa/encounters").json()) == 2


def test_a_write_sent_again_under_its_key_is_done_once(api, sample_print):
    files, key = {"image": sample_print("P05-right-index_1")}, {"Idempotency-Key": "7d0c"}
    first = api.post("/v1/persons", files=files, headers=key)
    again = api.post("/v1/persons", files=files, headers=key)
    assert first.json() == again.json()
    assert first.status_code == again.status_code == 200
    person = first.json()["personId"]
    assert len(api.get(f"/v1/persons/{person}/encounters").json()) == 1
    answer = api.delete(f"/v1/persons/{person}", headers=key)
    assert (answer.status_code, answer.json()["code"]) == (422, "key-reused")
    for _ in range(2):
        assert api.delete(f"/v1/persons/{person}", headers={"Idempotency-Key": "7d0d"}).status_code == 204
    assert api.delete(f"/v1/persons/{person}", headers={"Idempotency-Key": "x" * 201}).json()["code"] == "bad-request"


def test_who_is_enrolled_may_be_there_already(pair, sample_print):
    image = sample_print("P06-right-index_2")
    plain = pair.post("/v1/persons", files={"image": image}).json()
    assert "identified" not in plain
    pair.delete(f"/v1/persons/{plain['personId']}")
    receipt = pair.post(
        "/v1/persons/new/encounters/e", files={"image": image}, params={"identify": "ALL", "maxNbCand": 1}
    ).json()
    found = receipt["identified"]
    assert [one["personId"] for one in found["candidates"]] != ["new"]
    assert (len(found["candidates"]), bool(found["searchId"])) == (1, True)
    assert pair.get("/v1/persons/new/encounters").status_code == 200
    refused = pair.post("/v1/persons/new/encounters/f", files={"image": image}, params={"identify": "NOWHERE"})
    assert (refused.status_code, refused.json()["code"]) == (404, "gallery-not-found")
    assert pair.get("/v1/persons/new/encounters/f").status_code == 404  # nothing was kept
    pair.delete("/v1/persons/new")


def as_json(sample_print, name, **more):
    return {"biometricData": [{"image": base64.b64encode(sample_print(name)).decode()}], **more}


@pytest.mark.parametrize("way", ["json", "form"])
def test_an_encounter_is_enrolled_inactive(pair, sample_print, way):
    address = "/v1/persons/zoe/encounters/one"
    if way == "json":
        body = as_json(sample_print, "P07-right-index_1", status="INACTIVE", galleries=["PAIR"])
        answer = pair.post(address, json=body)
    else:
        files = {"image": sample_print("P07-right-index_1")}
        answer = pair.post(address, files=files, data={"status": "INACTIVE", "gallery": "PAIR"})
    assert answer.status_code == 200, answer.text
    assert pair.get(address).json()["status"] == "INACTIVE"
    assert "zoe" not in best(pair, sample_print("P07-right-index_2"))
    assert pair.put(address + "/status", params={"status": "ACTIVE"}).status_code == 204
    assert best(pair, sample_print("P07-right-index_2"))[0] == "zoe"
    pair.delete("/v1/persons/zoe")


def test_an_update_says_the_status_or_leaves_it(pair, sample_print):
    address = "/v1/persons/mia/encounters/one"
    for status, now in (("INACTIVE", "INACTIVE"), (None, "INACTIVE"), ("ACTIVE", "ACTIVE")):
        more = {} if status is None else {"status": status}
        assert pair.put(address, json=as_json(sample_print, "P05-right-index_2", **more)).status_code == 200
        assert pair.get(address).json()["status"] == now


def test_who_is_enrolled_inactive_may_be_there_already(pair, sample_print):
    body = as_json(sample_print, "P06-right-index_2", status="INACTIVE")
    found = pair.post("/v1/persons/zoe/encounters/one", json=body, params={"identify": "PAIR"}).json()["identified"]
    assert found["candidates"][0]["personId"] == "noa"
    pair.delete("/v1/persons/zoe")


def test_a_status_that_there_is_not_is_named(pair, sample_print):
    body = as_json(sample_print, "P05-right-index_2", status="GONE")
    for answer in (
        pair.post("/v1/persons", json=body),
        pair.post("/v1/persons", files={"image": b"x"}, data={"status": "GONE"}),
    ):
        assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
        assert "status" in answer.json()["detail"]
