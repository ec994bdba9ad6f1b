"""Long work over the client: begun, waited for, read page by page, cancelled."""

import httpx
import pytest

from biomatch.client import Client, Patience, Refused


def test_long_work_is_begun_waited_for_and_read(client, sample_print):
    files = {f"{n}.png": sample_print(f"P05-right-index_{n}") for n in (1, 2)}
    manifest = b"path,person\n1.png,long 1\n2.png,long 2\n2.png, \n"
    why = {"purpose": "clean up", "legal_basis": "act 4"}
    begun = client.enrol_list(manifest, files, galleries=["LONG"], targetFPIR=30, **why)
    ended = client.finished(begun["taskId"], every=0.05)
    assert (ended["status"], ended["counts"]["enrolled"]) == ("DONE", 2)
    assert {one["kind"] for one in client.result(begun["taskId"])} == {"failure", "duplicate"}
    begun = client.find_duplicates(gallery="LONG", key="d-1", **why)
    assert client.find_duplicates(gallery="LONG", key="d-1", **why)["taskId"] == begun["taskId"]
    client.finished(begun["taskId"], every=0.05)
    (pair,) = client.result(begun["taskId"], "duplicate")
    assert {pair["duplicate"]["personId"], pair["duplicate"]["otherPersonId"]} == {"long 1", "long 2"}
    with pytest.raises(Refused) as refused:
        client.cancel(begun["taskId"])
    assert refused.value.code == "task-ended"
    for person in ("long 1", "long 2"):
        client.delete(person)


@pytest.fixture
def asked():
    """The requests that were sent, in their order."""
    return []


@pytest.fixture
def waited():
    """How long it was waited, s, in order."""
    return []


@pytest.fixture
def talking(asked, waited):
    """talking(answer): a client whose requests are answered by answer(request), in no time."""

    def make(answer):
        def answered(request):
            asked.append(request)
            return httpx.Response(200, json=answer(request))

        http = httpx.Client(base_url="http://bureau", transport=httpx.MockTransport(answered))
        return Client(http=http, patience=Patience(1, lambda: 0.0, waited.append))

    return make


def test_a_task_is_asked_for_until_it_has_ended_well_or_not(talking, asked, waited):
    for end in ("DONE", "FAILED", "CANCELLED"):
        turns = ["WAITING", "RUNNING", "RUNNING", end]
        client = talking(lambda _, turns=turns: {"status": turns.pop(0)})
        assert client.finished("t-1", every=3) == {"status": end}
    assert waited == [3] * 9
    assert {request.url.path for request in asked} == {"/v1/tasks/t-1"}


def test_a_result_is_read_to_its_end_whatever_its_pages_hold(talking, asked):
    """Numbers need not follow one another: some are of another kind."""
    numbers = [0, 3, 4, 90, 1_000]

    def page(request):
        after = int(request.url.params["after"])
        return [{"number": number} for number in numbers if number > after][:2]

    found = talking(page).result("t-1", "failure")
    assert asked == []  # nothing is asked before somebody reads
    assert [one["number"] for one in found] == numbers
    assert [request.url.params["after"] for request in asked] == ["-1", "3", "90", "1000"]
    assert {request.url.params["kind"] for request in asked} == {"failure"}


def test_of_any_kind_is_said_by_no_kind(talking, asked):
    assert list(talking(lambda _: []).result("t-1")) == []
    assert "kind" not in asked[0].url.params


def test_work_is_begun_under_a_key_with_all_that_was_wished(talking, asked):
    client = talking(lambda _: {"taskId": "t-1"})
    client.find_duplicates(gallery="A", purpose="p", legal_basis="b", key="mine", targetFPIR=30)
    client.find_duplicates()
    client.enrol_list(b"path,person\n", {"a.png": b"print"}, galleries={"B", "A"})
    first, second, third = asked
    assert first.headers["idempotency-key"] == "mine"
    assert len({request.headers["idempotency-key"] for request in asked}) == 3
    assert dict(first.url.params) == {"gallery": "A", "purpose": "p", "legalBasis": "b", "targetFPIR": "30"}
    assert second.url.params["gallery"] == "ALL"
    assert third.url.params.get_list("gallery") == ["A", "B"]
    assert third.content.index(b'name="manifest"') < third.content.index(b'filename="a.png"')
