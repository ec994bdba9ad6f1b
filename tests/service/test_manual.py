"""The API's document, arranged for people."""

import json
import shlex

import pytest

from biomatch.service.manual import Parameter, arrange

READ = {"operationId": "readThing", "tags": ["things"], "responses": {"200": {"description": "it"}, "404": {}}}
SEND = {
    "operationId": "sendThing",
    "tags": ["things"],
    "description": "Keep it.",
    "parameters": [
        {"name": "personId", "in": "path", "schema": {"type": "string"}},
        {"name": "limit", "in": "query", "description": "of one page", "schema": {"default": 20}},
        {"name": "gallery", "in": "query", "schema": {"default": "ALL"}},
        {"name": "details", "in": "query", "description": "with all", "schema": {"default": None}},
    ],
    "requestBody": {
        "content": {
            "multipart/form-data": {
                "schema": {"properties": {"image": {"type": "array"}, "ppi": {"type": "number", "description": "resolution"}}}
            },
            "application/json": {"example": {"size": 3}},
        }
    },
    "responses": {"200": {"description": "kept"}},
}
API = {
    "paths": {
        "/v1/things/{personId}": {"post": SEND, "get": READ, "trace": {}},
        "/v1/others": {"get": READ | {"tags": ["others"]}},
    }
}


@pytest.fixture
def sent():
    return arrange(API)["things"][1]


def test_operations_stand_under_their_resource_and_reading_before_writing():
    found = arrange(API)
    assert list(found) == ["things", "others"]
    assert [one.method for one in found["things"]] == ["get", "post"]


def test_an_operation_without_a_body_has_no_line_for_curl():
    (one,) = arrange(API)["others"]
    assert (one.curl, one.example, one.parts, one.words) == ("", "", [], "")
    assert one.answers == {"200": "it", "404": ""}


def test_the_line_for_curl_is_the_call_with_names_in_its_address(sent):
    words = shlex.split(sent.curl)
    assert words[:3] == ["curl", "--oauth2-bearer", "$TOKEN"]
    assert words[3:-1] == ["-F", "image=@print.png"]  # and not the texts, which may be left out
    assert words[-1] == "http://127.0.0.1:8000/v1/things/ada"


def test_the_example_can_be_sent_as_it_stands(sent):
    assert json.loads(sent.example) == {"size": 3}


def test_parameters_say_what_is_taken_where_nothing_is_said(sent):
    assert sent.parameters == [
        Parameter("personId", "path", "", "ada"),
        Parameter("limit", "query", "of one page; default 20"),
        Parameter("gallery", "query", 'default "ALL"'),
        Parameter("details", "query", "with all"),
    ]
    assert sent.parts == [Parameter("image", "form", ""), Parameter("ppi", "form", "resolution")]
