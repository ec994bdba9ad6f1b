"""The route that enrols a list: with its prints, from the server's disk, or refused."""

import pytest

from biomatch.bureau import Actor


def enrol(client, token, **how):
    return client.post("/v1/enrolments", headers=token, **how)


def test_a_list_is_enrolled_with_its_prints(working, sample_print, ended):
    client, ada, _ = working
    files = [
        ("manifest", ("list.csv", b"path,person,position\na/x.png,sent 1,RIGHT_INDEX\ny.png,sent 2,\nbad.png,sent 3,\n")),
        *(("image", (name, sample_print(f"P06-right-index_{number}"))) for name, number in (("x.png", 1), ("y.png", 2))),
        ("image", ("bad.png", b"nothing")),
    ]
    answer = enrol(client, ada, files=files, params={"gallery": ["BATCH"], "targetFPIR": 30})
    assert answer.status_code == 202, answer.text
    found = ended(client, answer.json()["taskId"], ada)
    assert (found["status"], found["counts"]) == ("DONE", {"enrolled": 2, "skipped": 0, "failed": 1, "results": 2})
    results = client.get(f"/v1/tasks/{found['taskId']}/result", headers=ada).json()
    (failed,) = (one["failure"] for one in results if one["kind"] == "failure")
    assert (failed["line"], failed["name"], failed["personId"], failed["code"]) == (4, "bad.png", "sent 3", "unreadable-image")
    (pair,) = (one["duplicate"] for one in results if one["kind"] == "duplicate")
    assert {pair["personId"], pair["otherPersonId"]} == {"sent 1", "sent 2"}
    for kind, words in (("failure", "4,bad.png,sent 3,unreadable-image,"), ("duplicate", "sent 2")):
        table = client.get(f"/v1/tasks/{found['taskId']}/result.csv", params={"kind": kind}, headers=ada)
        assert table.headers["content-type"] == "text/csv; charset=utf-8"
        assert words in table.text
        assert len(table.text.splitlines()) == 2
    members = client.get("/v1/galleries/BATCH", headers=ada).json()
    assert {one["personId"] for one in members} == {"sent 1", "sent 2"}


def test_so_is_one_on_the_servers_disk_and_none_outside(working, ended):
    client, ada, _ = working
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
def test_what_is_no_list_is_refused(working, how, status, code):
    client, ada, _ = working
    answer = client.post("/v1/enrolments", **(how | {"headers": ada | how.get("headers", {})}))
    assert (answer.status_code, answer.json()["code"]) == (status, code)


def test_nothing_is_read_from_a_disk_that_was_not_opened_to_it(api):
    answer = api.post("/v1/enrolments", json={"manifest": "list.csv"})
    assert (answer.status_code, answer.json()["code"]) == (400, "import-refused")


def test_a_form_with_two_lists_is_refused(working):
    client, ada, _ = working
    lists = [("manifest", (f"{n}.csv", b"path,person\n")) for n in (1, 2)]
    answer = enrol(client, ada, files=lists)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "manifest: 2 lists where one is taken" in answer.json()["detail"]


def test_who_else_is_looked_for_only_by_who_may_search(api, bureau):
    token = bureau.access.create_token("lister", Actor("tester", "test"), scopes=["abis.encounter.write"])[1]
    files = {"manifest": b"path,person\nx.png,ann\n", "image": ("x.png", b"x")}
    answer = api.post("/v1/enrolments", files=files, params={"targetFPIR": 30}, headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (403, "not-allowed")
