"""Encounters change over HTTP, as OSIA's operations say."""

import base64
import re

import pytest


def enrol(api, sample_print, person, encounter, name, **data):
    files = {"image": (f"{name}.png", sample_print(name))}
    answer = api.post(f"/v1/persons/{person}/encounters/{encounter}", files=files, data={"position": "RIGHT_INDEX"} | data)
    assert answer.status_code == 200, answer.text


@pytest.fixture
def pair(api, sample_print):
    """Mia and Noa, one encounter each; gone at the end."""
    enrol(api, sample_print, "mia", "one", "P05-right-index_1", gallery="PAIR")
    enrol(api, sample_print, "noa", "two", "P06-right-index_1", gallery="PAIR")
    yield api
    for person in ("mia", "noa"):
        api.delete(f"/v1/persons/{person}")


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


def test_a_merge_with_one_encounter_twice_changes_nothing(pair, sample_print):
    enrol(pair, sample_print, "noa", "one", "P06-right-index_2")
    answer = pair.post("/v1/persons/mia/merge/noa")
    assert (answer.status_code, answer.json()["code"]) == (409, "encounter-exists")
    assert len(pair.get("/v1/persons/noa/encounters").json()) == 2


def test_who_else_left_a_persons_prints(pair, sample_print):
    enrol(pair, sample_print, "alias", "one", "P05-right-index_2", gallery="PAIR")
    for address in ("/v1/identify/PAIR/mia", "/v1/identify/ALL/mia/encounters/one"):
        answer = pair.post(address, params={"maxNbCand": 5, "correspondences": True})
        assert answer.status_code == 200, answer.text
        persons = [one["personId"] for one in answer.json()["candidates"]]
        assert persons[0] == "alias"
        assert "mia" not in persons
    assert pair.post("/v1/identify/PAIR/nobody").status_code == 404
    assert pair.post("/v1/identify/NONE/mia").json()["code"] == "gallery-not-found"
    pair.delete("/v1/persons/alias")


def test_a_gallery_is_read_page_by_page(pair, sample_print):
    enrol(pair, sample_print, "mia", "three, four", "P05-right-index_2", gallery="PAIR")
    seen, address = [], "/v1/galleries/PAIR?limit=2"
    while address:
        answer = pair.get(address)
        seen += [(one["personId"], one["encounterId"]) for one in answer.json()]
        link = re.match('<(.+)>; rel="next"', answer.headers.get("link", ""))
        address = link[1] if link else None
    assert seen == [("mia", "one"), ("mia", "three, four"), ("noa", "two")]
    assert {one["personId"] for one in pair.get("/v1/galleries/ALL?limit=1000").json()} >= {"mia", "noa"}
    assert pair.get("/v1/galleries/NONE").json()["code"] == "gallery-not-found"
    for bad in ("x", "[1]", "[1,2,3]"):
        assert pair.get("/v1/galleries/PAIR", params={"after": bad}).json()["code"] == "bad-request"


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
