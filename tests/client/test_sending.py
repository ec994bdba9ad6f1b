"""What is sent again, when, and what is not."""

import httpx
import pytest

from biomatch.client import Client, NoAnswer, Patience, Print, Refused

ONE = [Print(b"print")]


class Service:
    """Answers by turns: an exception is raised, a number is a status, a dict is JSON."""

    def __init__(self, *turns):
        self.turns = list(turns)
        self.seen = []
        self.now = 0.0
        self.waited = []

    def __call__(self, request):
        self.seen.append(request)
        turn = self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]
        if isinstance(turn, Exception):
            raise turn
        if isinstance(turn, tuple):
            status, headers = turn
            return httpx.Response(status, headers=headers, json={"code": "too-busy", "detail": "wait"})
        return httpx.Response(200, json=turn)

    def sleep(self, seconds):
        self.waited.append(seconds)
        self.now += seconds

    def client(self, seconds=120.0):
        http = httpx.Client(base_url="http://bureau", transport=httpx.MockTransport(self))
        return Client(http=http, patience=Patience(seconds, lambda: self.now, self.sleep))


def test_a_lost_answer_is_asked_for_again_under_the_same_key():
    service = Service(httpx.ReadError("gone"), httpx.ConnectError("refused"), {"personId": "p"})
    assert service.client().enrol(ONE)["personId"] == "p"
    keys = {request.headers["idempotency-key"] for request in service.seen}
    assert (len(service.seen), len(keys)) == (3, 1)
    assert len({request.content for request in service.seen}) == 1


def test_two_writes_have_two_keys_and_ones_own_key_is_used():
    service = Service({})
    client = service.client()
    client.enrol(ONE)
    client.enrol(ONE)
    client.update("p", "e", ONE, key="mine")
    keys = [request.headers["idempotency-key"] for request in service.seen]
    assert len(set(keys)) == 3
    assert keys[2] == "mine"


@pytest.mark.parametrize("status", [429, 502, 503, 504])
def test_whoever_is_told_to_wait_waits(status):
    service = Service((status, {"Retry-After": "7"}), (status, {}), {"candidates": []})
    assert service.client().identify(ONE) == {"candidates": []}
    assert service.waited[0] == 7
    assert 0 < service.waited[1] < 1


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 413, 422, 500])
def test_what_would_fail_again_is_not_sent_again(status):
    service = Service((status, {}), {})
    with pytest.raises(Refused, match="wait") as refused:
        service.client().enrol(ONE)
    assert (refused.value.status, refused.value.code, len(service.seen)) == (status, "too-busy", 1)


def test_patience_ends():
    service = Service(httpx.ConnectError("refused"))
    with pytest.raises(NoAnswer, match="send it again later with the key mine") as lost:
        service.client(10).enrol(ONE, key="mine")
    assert lost.value.key == "mine"
    assert service.now <= 10
    assert len(service.seen) > 3
    service = Service((503, {"Retry-After": "60"}))
    with pytest.raises(Refused):
        service.client(10).read("p")
    assert service.waited == []


def test_waits_grow_and_differ():
    service = Service(*[httpx.ConnectError("refused")] * 8, [])
    service.client().read("p")
    assert service.waited[-1] > 4 * service.waited[0]
    assert len(set(service.waited)) == 8


def test_names_in_addresses_are_quoted():
    service = Service([])
    service.client().read("set/101_1 a?")
    assert service.seen[0].url.raw_path == b"/v1/persons/set%2F101_1%20a%3F/encounters"


def test_an_answer_that_is_no_problem_document_is_refused_by_its_status():
    client = Client(
        http=httpx.Client(base_url="http://x", transport=httpx.MockTransport(lambda _: httpx.Response(400, text="<")))
    )
    with pytest.raises(Refused, match="answered 400"):
        client.read("p")
