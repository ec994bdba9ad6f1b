"""Tasks over HTTP: begun with 202, asked for, cancelled; whose they are."""

import time

import pytest

from biomatch.bureau import Actor, open_gallery
from biomatch.service import create_app

ME = Actor("tester", "test")


@pytest.fixture(scope="module")
def guarded(serving, sample_print, tmp_path_factory):
    """A client of a bureau that works, with three persons of whom two are one; and two tokens."""
    with open_gallery(tmp_path_factory.mktemp("tasks") / "gallery", workers=1) as bureau:
        tokens = [bureau.create_token(name, ME)[1] for name in ("ada", "bob")]
        bureau.work()
        with serving(create_app(bureau)) as client:
            for person, name in (("P01", "P01-right-index_1"), ("P02", "P02-right-index_1"), ("twin", "P01-right-index_2")):
                files = {"image": sample_print(name)}
                answer = client.post(f"/v1/persons/{person}/encounters", files=files, headers=bearer(tokens[0]))
                assert answer.status_code == 200, answer.text
            yield client, *tokens


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


def ended(client, task, token):
    for _ in range(600):
        found = client.get(f"/v1/tasks/{task}", headers=bearer(token)).json()
        if found["status"] not in ("WAITING", "RUNNING"):
            return found
        time.sleep(0.1)
    raise AssertionError(found)


def begin(client, token, **wish):
    return client.post("/v1/duplicates", headers=bearer(token), params=wish)


def test_duplicates_are_a_task_whose_result_are_pairs(guarded):
    client, ada, _ = guarded
    answer = begin(client, ada)
    assert answer.status_code == 202
    task = answer.json()["taskId"]
    assert answer.headers["location"] == f"/v1/tasks/{task}"
    found = ended(client, task, ada)
    assert (found["status"], found["done"], found["total"], found["counts"]) == ("DONE", 3, 3, {"results": 1})
    assert client.get(f"/v1/tasks/{task}/status", headers=bearer(ada)).json() == found
    (one,) = client.get(f"/v1/tasks/{task}/result", headers=bearer(ada)).json()
    pair = one["duplicate"]
    assert {pair["personId"], pair["otherPersonId"]} == {"P01", "twin"}
    assert pair["score"] > 30
    assert pair["scores"][0]["score"] > 30
    assert client.get(f"/v1/tasks/{task}/result", params={"kind": "failure"}, headers=bearer(ada)).json() == []


def test_another_token_sees_nothing_of_it(guarded):
    client, ada, bob = guarded
    task = begin(client, ada).json()["taskId"]
    for method, path in (("GET", ""), ("GET", "/status"), ("GET", "/result"), ("DELETE", "")):
        answer = client.request(method, f"/v1/tasks/{task}{path}", headers=bearer(bob))
        assert (answer.status_code, answer.json()["code"]) == (404, "task-not-found")
    assert client.get("/v1/tasks", headers=bearer(bob)).json() == []
    assert task in {one["taskId"] for one in client.get("/v1/tasks", headers=bearer(ada)).json()}


def test_lists_and_results_come_in_pages(guarded):
    client, ada, _ = guarded
    wanted = {begin(client, ada, threshold=-1000).json()["taskId"] for _ in range(3)}
    task = next(iter(wanted))
    ended(client, task, ada)
    for path, first in (("/v1/tasks?limit=2", "taskId"), (f"/v1/tasks/{task}/result?limit=1", "number")):
        seen, pages = [], 0
        while path:
            answer = client.get(path, headers=bearer(ada))
            seen += [one[first] for one in answer.json()]
            path = answer.links.get("next", {}).get("url")
            pages += 1
        assert len(seen) == len(set(seen)) >= 2
        assert pages >= 2


def test_a_task_that_ended_cannot_be_cancelled(guarded):
    client, ada, _ = guarded
    task = begin(client, ada).json()["taskId"]
    ended(client, task, ada)
    answer = client.delete(f"/v1/tasks/{task}", headers=bearer(ada))
    assert (answer.status_code, answer.json()["code"]) == (409, "task-ended")


def test_a_task_sent_again_under_its_key_is_the_same(guarded):
    client, ada, _ = guarded
    headers = bearer(ada) | {"Idempotency-Key": "once"}
    tasks = {client.post("/v1/duplicates", headers=headers).json()["taskId"] for _ in range(2)}
    assert len(tasks) == 1
    answer = client.post("/v1/duplicates", headers=headers, params={"threshold": 50})
    assert (answer.status_code, answer.json()["code"]) == (422, "key-reused")
