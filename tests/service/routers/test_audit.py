"""The audit over HTTP, as a client checks it that trusts nobody."""

import base64
import json

import pytest

from biomatch.crypto import commitment
from biomatch.store.audit import merkle
from biomatch.store.audit.checkpoint import key_of, opened


@pytest.fixture
def key(api):
    return key_of(api.get("/v1/audit/key").json()["key"])


def test_a_search_is_proved_by_what_the_service_hands_out(api, enrolled, sample_print, key):
    probe = sample_print("P02-right-index_3")
    api.post("/v1/identify/ALL", files={"image": probe}, params={"purpose": "test", "legalBasis": "none needed"})
    size = opened(api.get("/v1/audit/checkpoint").text, key).size
    (leaf,) = api.get("/v1/audit/leaves", params={"after": size - 2}).json()
    assert json.loads(leaf["entry"])["purpose"] == "test"
    item = next(one for one in leaf["items"] if '"person":"P02"' in one["content"])
    value = commitment(base64.b64decode(item["salt"]), item["content"].encode())
    assert value.hex() in json.loads(leaf["entry"])["items"]
    proof = api.get(f"/v1/audit/leaves/{leaf['number']}/proof").json()
    found = opened(proof["checkpoint"], key)
    path = [bytes.fromhex(step) for step in proof["path"]]
    assert merkle.includes(merkle.leaf_hash(leaf["entry"].encode()), leaf["number"], found.size, path, found.root)


def test_checkpoints_of_two_days_fit_together(api, enrolled, sample_print, key):
    old = opened(api.get("/v1/audit/checkpoint").text, key)
    api.get("/v1/persons/P01/encounters")
    proof = api.get("/v1/audit/consistency", params={"first": old.size}).json()
    new = opened(proof["checkpoint"], key)
    assert new.size > old.size
    path = [bytes.fromhex(step) for step in proof["path"]]
    assert merkle.consistent(old.size, new.size, old.root, new.root, path)


@pytest.mark.parametrize("number", [1_000_000, 2**31, 10**30])
def test_leaves_and_sizes_that_are_not_there_are_refused(api, number):
    answer = api.get(f"/v1/audit/leaves/{number}/proof")
    assert (answer.status_code, answer.json()["code"]) == (404, "leaf-not-found")
    answer = api.get("/v1/audit/consistency", params={"first": number})
    assert (answer.status_code, answer.json()["code"]) == (400, "wrong-tree-size")
    assert api.get("/v1/audit/leaves", params={"after": number}).json() == []


def test_a_search_is_repeated_by_the_id_that_its_answer_names(api, enrolled, sample_print):
    probe = sample_print("P02-right-index_3")
    search = api.post("/v1/identify/ALL", files={"image": probe}).json()["searchId"]
    api.post("/v1/persons/later/encounters", files={"image": probe})
    found = api.post(f"/v1/searches/{search}/replay").json()
    assert (found["searchId"], found["same"], found["differences"], found["erased"]) == (search, True, [], [])
    assert found["candidates"] >= 1
    assert api.post("/v1/searches/none/replay").json()["code"] == "search-not-found"
    api.delete("/v1/persons/later")


@pytest.mark.parametrize(
    "path",
    ["/leaves?after=-2", "/leaves?limit=0", "/leaves/-1/proof", "/leaves/x/proof", "/consistency", "/consistency?first=-1"],
)
def test_numbers_that_no_tree_has_are_named(api, path):
    answer = api.get(f"/v1/audit{path}")
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_leaves_come_in_order_behind_the_last_that_one_has(api, enrolled):
    first = api.get("/v1/audit/leaves", params={"limit": 2}).json()
    assert [leaf["number"] for leaf in first] == [0, 1]
    assert api.get("/v1/audit/leaves", params={"after": 1, "limit": 1}).json()[0]["number"] == 2


def test_a_checkpoint_is_text_that_can_be_kept_as_a_file(api):
    answer = api.get("/v1/audit/checkpoint")
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.text.endswith("\n")
