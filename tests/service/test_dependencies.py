"""What routes are given, and what stands in the address of each."""

import inspect
from dataclasses import dataclass
from typing import Annotated

import pytest
from fastapi import FastAPI, Query

from biomatch.gallery.filters import Filter
from biomatch.service import Settings
from biomatch.service.dependencies import gathered, label_of, search_request


def test_a_request_waits_for_a_thread_only_to_be_answered(every_route):
    waiting = set()

    def look(dependant):
        for one in dependant.dependencies:
            if not (inspect.iscoroutinefunction(one.call) or inspect.iscoroutinefunction(type(one.call).__call__)):
                waiting.add(one.call.__name__)
            look(one)

    for route in every_route:
        look(route.dependant)
    assert not waiting


def test_the_id_of_a_transaction_is_taken_by_every_call_that_asks_who_is_there(api, enrolled):
    """OSIA's clients send it with every request."""
    for path in ("/v1/persons/P01/encounters", "/v1/galleries", "/v1/galleries/ALL", "/v1/tasks"):
        assert api.get(path, params={"transactionId": "t"}).status_code == 200
    assert api.get("/v1/galleries", params={"transactionId": "t" * 201}).status_code == 400


@pytest.mark.parametrize("text", ["a\nb", "a\x00", "\x1b[2J", "a\u202eb"])
def test_a_transaction_id_is_one_line_that_can_be_printed(api, text):
    answer = api.get("/v1/galleries", params={"transactionId": text})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "transactionId" in answer.json()["detail"]


@pytest.mark.parametrize("path", ["/v1/identify/ALL", "/v1/identify/ALL/nobody", "/v1/duplicates"])
@pytest.mark.parametrize("name", ["gender", "ageMin", "filter", "biometricSubType"])
def test_a_filter_in_the_address_is_refused(api, sample_print, path, name):
    files = {"image": sample_print("P04-right-index_2")} if path.endswith("ALL") else None
    answer = api.post(path, files=files, params={name: "1"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert f"{name}: a filter stands in the body" in answer.json()["detail"]


def test_a_list_is_no_longer_than_the_service_allows():
    settings = Settings(max_candidates=5)
    assert [search_request(Filter(), top, settings, target_fpir=None).top for top in (3, 5, 10**9)] == [3, 5, 5]


def test_a_target_is_a_rate_on_a_scale_of_decibels():
    wanted = [search_request(Filter(), 1, Settings(), target_fpir=decibels).fpir for decibels in (None, 1, 10, 30)]
    assert wanted == [None, pytest.approx(0.794, abs=0.001), pytest.approx(0.1), pytest.approx(0.001)]


def test_osias_gallery_of_all_is_no_label():
    assert (label_of("ALL"), label_of("all"), label_of("STAFF")) == (None, "all", "STAFF")


def test_what_a_request_asks_for_is_gathered_without_a_thread():
    @dataclass(frozen=True)
    class Wishes:
        limit: Annotated[int, Query(ge=1, alias="most")] = 7
        colour: str = "red"

    app = FastAPI()

    @app.get("/")
    async def read(wishes: Annotated[Wishes, gathered(Wishes)]) -> dict[str, object]:
        return {"limit": wishes.limit, "colour": wishes.colour}

    (dependency,) = next(route for route in app.routes if route.path == "/").dependant.dependencies
    assert inspect.iscoroutinefunction(dependency.call)
    assert [(one.alias, one.default) for one in dependency.query_params] == [("most", 7), ("colour", "red")]
