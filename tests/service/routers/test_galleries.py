"""The routes of galleries: which there are, how many prints, and who is in one, page by page."""

import re

import pytest


def test_galleries_and_the_whole_are_counted(api, enrolled):
    galleries = {each["galleryId"]: each["prints"] for each in api.get("/v1/galleries").json()}
    assert galleries["STAFF"] == 6
    assert galleries["P02"] == 2
    assert api.get("/v1/counts").json()["prints"] >= 6


def test_a_gallery_is_read_page_by_page(pair, enrol):
    enrol("mia", "three, four", "P05-right-index_2", gallery="PAIR")
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


@pytest.mark.parametrize(
    "after",
    ["[" * 2_000, '["\\ud800", ""]', '["a"]', '["a", "b", "c"]', '["a", 1]', "null", "{}", "x", '["\\u0000", "\\n"]', "\ud800"],
)
def test_a_page_that_never_was_is_refused_or_empty(api, enrolled, after):
    answer = api.get("/v1/galleries/ALL", params={"after": after.encode("utf-8", "surrogatepass").decode("latin-1")})
    assert answer.status_code in (200, 400), answer.text


@pytest.mark.parametrize("query", [{"limit": 0}, {"limit": 100_000}, {"limit": "all"}, {"after": "x" * 2_001}], ids=str)
def test_no_page_is_of_nothing_or_of_everything(api, query):
    answer = api.get("/v1/galleries/ALL", params=query)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert next(iter(query)) in answer.json()["detail"]


def test_the_next_page_of_a_gallery_whose_name_holds_a_slash_is_its_own(api, enrol):
    for encounter in ("one", "two"):
        enrol("lea", encounter, "P07-right-index_1", gallery="set/1 a")
    first = api.get("/v1/galleries/set%2F1%20a", params={"limit": 1})
    second = api.get(first.links["next"]["url"])
    assert [one["encounterId"] for one in first.json() + second.json()] == ["one", "two"]
    api.delete("/v1/persons/lea")
