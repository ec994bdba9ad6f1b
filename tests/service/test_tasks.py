"""Tasks over HTTP: begun with 202, asked for, cancelled; whose they are."""

import time

import pytest

from biomatch.bureau import Actor, open_gallery
from biomatch.service import Settings, create_app

ME = Actor("tester", "test")


@pytest.fixture(scope="module")
def guarded(serving, sample_print, tmp_path_factory):
    """A client of a bureau that works, with three persons of whom two are one; and two tokens."""
    folder = tmp_path_factory.mktemp("tasks")
    with open_gallery(folder / "gallery", workers=1) as bureau:
        tokens = [bureau.access.create_token(name, ME)[1] for name in ("ada", "bob")]
        bureau.work()
        (folder / "import").mkdir()
        (folder / "import" / "P03.png").write_bytes(sample_print("P03-right-index_1"))
        (folder / "import" / "list.csv").write_text("path,person\nP03.png,P03\nabsent.png,P04\n")
        (folder / "outside.csv").write_text("path,person\nP03.png,P05\n")
        with serving(create_app(bureau, Settings(import_folder=folder / "import"))) as client:
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


def enrol(client, token, **how):
    return client.post("/v1/enrolments", headers=bearer(token), **how)


def test_a_list_is_enrolled_with_its_prints(guarded, sample_print):
    client, ada, _ = guarded
    files = [
        ("manifest", ("list.csv", b"path,person,position\na/x.png,sent 1,RIGHT_INDEX\ny.png,sent 2,\nbad.png,sent 3,\n")),
        *(("image", (name, sample_print(f"P06-right-index_{number}"))) for name, number in (("x.png", 1), ("y.png", 2))),
        ("image", ("bad.png", b"nothing")),
    ]
    answer = enrol(client, ada, files=files, params={"gallery": ["BATCH"], "targetFPIR": 30})
    assert answer.status_code == 202, answer.text
    found = ended(client, answer.json()["taskId"], ada)
    assert (found["status"], found["counts"]) == ("DONE", {"enrolled": 2, "skipped": 0, "failed": 1, "results": 2})
    results = client.get(f"/v1/tasks/{found['taskId']}/result", headers=bearer(ada)).json()
    (failed,) = (one["failure"] for one in results if one["kind"] == "failure")
    assert (failed["line"], failed["name"], failed["personId"], failed["code"]) == (4, "bad.png", "sent 3", "unreadable-image")
    (pair,) = (one["duplicate"] for one in results if one["kind"] == "duplicate")
    assert {pair["personId"], pair["otherPersonId"]} == {"sent 1", "sent 2"}
    for kind, words in (("failure", "4,bad.png,sent 3,unreadable-image,"), ("duplicate", "sent 2")):
        table = client.get(f"/v1/tasks/{found['taskId']}/result.csv", params={"kind": kind}, headers=bearer(ada))
        assert table.headers["content-type"] == "text/csv; charset=utf-8"
        assert words in table.text
        assert len(table.text.splitlines()) == 2
    members = client.get("/v1/galleries/BATCH", headers=bearer(ada)).json()
    assert {one["personId"] for one in members} == {"sent 1", "sent 2"}


def test_so_is_one_on_the_servers_disk_and_none_outside(guarded):
    client, ada, _ = guarded
    found = ended(client, enrol(client, ada, json={"manifest": "list.csv"}).json()["taskId"], ada)
    assert found["counts"] == {"enrolled": 1, "skipped": 0, "failed": 1, "results": 1}
    for path in ("../outside.csv", "/etc/passwd"):
        answer = enrol(client, ada, json={"manifest": path})
        assert (answer.status_code, answer.json()["code"]) == (400, "import-refused")
    answer = enrol(client, ada, json={"manifest": "absent.csv"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-manifest")


@pytest.mark.parametrize(
    ("how", "status", "code"),
    [
        ({"json": {}}, 400, "bad-request"),
        ({"content": b"x", "headers": {"content-type": "text/csv"}}, 415, "unsupported-body"),
        ({"files": {"image": b"x"}}, 400, "bad-request"),
        ({"files": {"manifest": b"path,person\nx.png,ann\n"}}, 400, "bad-manifest"),
        ({"files": {"manifest": b"\xff\xfe"}}, 400, "bad-manifest"),
    ],
)
def test_what_is_no_list_is_refused(guarded, how, status, code):
    client, ada, _ = guarded
    answer = client.post("/v1/enrolments", **(how | {"headers": bearer(ada) | how.get("headers", {})}))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_nothing_is_read_from_a_disk_that_was_not_opened_to_it(api):
    answer = api.post("/v1/enrolments", json={"manifest": "list.csv"})
    assert (answer.status_code, answer.json()["code"]) == (400, "import-refused")
