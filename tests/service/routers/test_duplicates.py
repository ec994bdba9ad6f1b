"""The route that searches a gallery with itself: a task, begun once under its key."""

import pytest


def test_duplicates_are_a_task_whose_result_are_pairs(working, ended):
    client, ada, _ = working
    answer = client.post("/v1/duplicates", headers=ada)
    assert answer.status_code == 202
    task = answer.json()["taskId"]
    assert answer.headers["location"] == f"/v1/tasks/{task}"
    found = ended(client, task, ada)
    assert (found["status"], found["done"], found["total"], found["counts"]) == ("DONE", 3, 3, {"results": 1})
    assert client.get(f"/v1/tasks/{task}/status", headers=ada).json() == found
    (one,) = client.get(f"/v1/tasks/{task}/result", headers=ada).json()
    pair = one["duplicate"]
    assert {pair["personId"], pair["otherPersonId"]} == {"P01", "twin"}
    assert pair["score"] > 30
    assert pair["scores"][0]["score"] > 30
    assert client.get(f"/v1/tasks/{task}/result", params={"kind": "failure"}, headers=ada).json() == []


def test_a_task_sent_again_under_its_key_is_the_same(working):
    client, ada, _ = working
    headers = ada | {"Idempotency-Key": "once"}
    tasks = {client.post("/v1/duplicates", headers=headers).json()["taskId"] for _ in range(2)}
    assert len(tasks) == 1
    answer = client.post("/v1/duplicates", headers=headers, params={"threshold": 50})
    assert (answer.status_code, answer.json()["code"]) == (422, "key-reused")


@pytest.mark.parametrize(
    "query", [{"targetFPIR": 0}, {"targetFPIR": 301}, {"threshold": "inf"}, {"llr": "nan"}, {"accuracyLevel": "wild"}]
)
def test_an_option_that_means_nothing_begins_no_task(working, query):
    client, ada, _ = working
    before = len(client.get("/v1/tasks", headers=ada).json())
    answer = client.post("/v1/duplicates", headers=ada, params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert next(iter(query)) in answer.json()["detail"]
    assert len(client.get("/v1/tasks", headers=ada).json()) == before


def test_a_gallery_that_is_not_there_is_not_searched(working):
    client, ada, _ = working
    answer = client.post("/v1/duplicates", headers=ada, params={"gallery": "NOWHERE"})
    assert (answer.status_code, answer.json()["code"]) == (404, "gallery-not-found")


def test_a_pair_below_the_least_score_is_not_told(working, ended):
    client, ada, _ = working
    task = client.post("/v1/duplicates", headers=ada, params={"threshold": 100_000}).json()["taskId"]
    assert ended(client, task, ada)["status"] == "DONE"
    assert client.get(f"/v1/tasks/{task}/result", headers=ada).json() == []
