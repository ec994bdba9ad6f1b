"""The routes of tasks: asked for page by page, cancelled, and whose they are."""

import pytest


def begin(client, token, **wish):
    return client.post("/v1/duplicates", headers=token, params=wish)


def test_another_token_sees_nothing_of_it(working):
    client, ada, bob = working
    task = begin(client, ada).json()["taskId"]
    for method, path in (("GET", ""), ("GET", "/status"), ("GET", "/result"), ("DELETE", "")):
        answer = client.request(method, f"/v1/tasks/{task}{path}", headers=bob)
        assert (answer.status_code, answer.json()["code"]) == (404, "task-not-found")
    assert client.get("/v1/tasks", headers=bob).json() == []
    assert task in {one["taskId"] for one in client.get("/v1/tasks", headers=ada).json()}


def test_lists_and_results_come_in_pages(working, ended):
    client, ada, _ = working
    wanted = {begin(client, ada, threshold=-1000).json()["taskId"] for _ in range(3)}
    task = next(iter(wanted))
    ended(client, task, ada)
    for path, first in (("/v1/tasks?limit=2", "taskId"), (f"/v1/tasks/{task}/result?limit=1", "number")):
        seen, pages = [], 0
        while path:
            answer = client.get(path, headers=ada)
            seen += [one[first] for one in answer.json()]
            path = answer.links.get("next", {}).get("url")
            pages += 1
        assert len(seen) == len(set(seen)) >= 2
        assert pages >= 2


def test_a_task_that_ended_cannot_be_cancelled(working, ended):
    client, ada, _ = working
    task = begin(client, ada).json()["taskId"]
    ended(client, task, ada)
    answer = client.delete(f"/v1/tasks/{task}", headers=ada)
    assert (answer.status_code, answer.json()["code"]) == (409, "task-ended")


def test_the_next_page_keeps_to_the_kind_that_was_asked_for(working, ended):
    client, ada, _ = working
    task = begin(client, ada, threshold=-1000).json()["taskId"]
    ended(client, task, ada)
    first = client.get(f"/v1/tasks/{task}/result", params={"kind": "duplicate", "limit": 1}, headers=ada)
    assert "kind=duplicate" in first.links["next"]["url"]
    second = client.get(first.links["next"]["url"], headers=ada).json()
    assert second[0]["number"] > first.json()[0]["number"]
    assert "next" not in client.get(f"/v1/tasks/{task}/result", params={"kind": "failure"}, headers=ada).links


@pytest.mark.parametrize(
    "query",
    [
        "?limit=0",
        "?limit=100000",
        "/x/result?limit=0",
        "/x/result?limit=100000",
        "/x/result?after=-2",
        "/x/result?after=2147483648",
        "/x/result?kind=other",
        "/x/result.csv?kind=other",
        f"/{'x' * 201}",
    ],
)
def test_what_no_page_and_no_table_has_is_refused(working, query):
    client, ada, _ = working
    answer = client.get(f"/v1/tasks{query}", headers=ada)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")


def test_a_table_of_a_task_that_is_not_there_is_no_empty_table(working):
    client, ada, _ = working
    answer = client.get("/v1/tasks/nowhere/result.csv", headers=ada)
    assert (answer.status_code, answer.json()["code"]) == (404, "task-not-found")
