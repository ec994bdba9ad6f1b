"""Names in addresses, parameters that a route reads, and the order in which a request is read."""

import asyncio
from typing import Annotated

import pytest
from fastapi import Query
from starlette.datastructures import QueryParams

from biomatch.errors import BadRequest, UnknownField
from biomatch.service.routing import EncodedSlashes, Route, resource


def test_names_may_hold_slashes_which_addresses_encode(api, sample_print, handed):
    body = {"biometricData": [handed(sample_print("P04-right-index_1"))], "galleries": ["set/1"]}
    made = api.post("/v1/persons/set%2F101_1/encounters/2024%2f7", json=body)
    assert made.status_code == 200, made.text
    assert (made.json()["personId"], made.json()["encounterId"]) == ("set/101_1", "2024/7")
    assert api.get("/v1/persons/set%2F101_1/encounters/2024%2F7").json()["galleries"] == ["set/1"]
    probe = {"biometricData": [handed(sample_print("P04-right-index_1"))]}
    assert api.post("/v1/identify/set%2F1", json=probe).json()["candidates"][0]["personId"] == "set/101_1"
    assert api.post("/v1/verify/set%2F1/set%2F101_1", json=probe).json()["verifyStatus"] is True
    assert api.get("/v1/persons/set/101_1/encounters").status_code == 404
    assert api.delete("/v1/persons/set%2F101_1").status_code == 204
    assert api.get("/v1/persons/set%2F101_1/encounters").json()["code"] == "person-not-found"


def test_no_route_lets_fastapi_read_a_body(every_route):
    """It would read it before the caller is known."""
    router = resource("/v1/things", "things")
    with pytest.raises(TypeError, match="bodies"):

        @router.put("/{thing}")
        async def change(thing: str, names: list[str]) -> None: ...

    assert len(every_route) > 40
    for route in every_route:
        assert isinstance(route, Route), route
        assert route.body_field is None, route


def test_a_parameter_is_given_once(api, sample_print):
    image = sample_print("P01-right-index_1")
    answer = api.post("/v1/identify/ALL?maxNbCand=1&maxNbCand=2", files={"image": image})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad-request")
    assert "maxNbCand: 2 values where one is taken" in answer.json()["detail"]
    assert api.post("/v1/enrolments?gallery=A&gallery=B", json={"manifest": "x"}).json()["code"] == "import-refused"


async def nothing(_scope, _receive, _send):
    return None


@pytest.mark.parametrize(
    ("raw", "path"),
    [
        (b"/v1/persons/a%2Fb", "/v1/persons/a\x1fb"),
        (b"/v1/persons/a%2fb/x%2Fy?after=%2F", "/v1/persons/a\x1fb/x\x1fy"),
        (b"/v1/persons/a%1Fb", "/v1/persons/a\x00b"),  # whoever writes the stand-in itself means no slash
        (b"/v1/persons/a%1fb%2F", "/v1/persons/a\x00b\x1f"),
        (b"/v1/persons/%C3%A9%2F", "/v1/persons/é\x1f"),
        (b"/v1/persons/a%252Fb", None),
        (b"/v1/persons/ada", None),
    ],
)
def test_only_an_address_with_an_encoded_slash_is_read_anew(raw, path):
    scope = {"raw_path": raw, "path": "as it was"}
    asyncio.run(EncodedSlashes(nothing)(scope, None, None))
    assert scope["path"] == (path or "as it was")


def test_a_route_says_which_of_its_parameters_may_be_repeated():
    router = resource("/v1/things", "things")

    @router.get("")
    async def read(colour: Annotated[list[str], Query()], limit: int = 1) -> None: ...

    (route,) = router.routes
    route.check_parameters(QueryParams("colour=red&colour=blue&limit=1"))
    with pytest.raises(BadRequest, match="limit: 2 values where one is taken"):
        route.check_parameters(QueryParams("colour=red&limit=1&limit=1"))
    with pytest.raises(UnknownField, match="did you mean 'limit'"):
        route.check_parameters(QueryParams("limits=1"))


def test_every_route_tells_of_the_error_that_any_may_give(every_route):
    assert all("`unknown-field`" in route.responses[400]["description"] for route in every_route)
