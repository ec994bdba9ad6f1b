"""What the API's document says of bodies, and its examples."""

import base64
import copy

import pytest
from fastapi import FastAPI
from pydantic import BaseModel

from biomatch.service import documents
from biomatch.template import Template
from biomatch.vocabulary import FingerPosition


class Thing(BaseModel):
    size: int


@pytest.fixture
def app():
    """One route, whose body FastAPI does not see."""
    made = FastAPI()

    @made.put("/things/{name}", openapi_extra=documents.json_body(documents.reference(Thing), {"size": 3}, required=False))
    async def change(name: str, colour: str = "red") -> None: ...

    documents.complete(made, [Thing])
    return made


def test_the_print_of_an_example_is_a_template_that_is_the_same_each_time():
    (one,) = documents.prints()
    template = Template.from_bytes(base64.b64decode(one["template"]))
    assert (template.position, len(template.minutiae)) == (FingerPosition.RIGHT_INDEX, 30)
    documents._template.cache_clear()  # as a process that is started anew
    assert documents.prints() == [one]
    assert documents.prints(seed=2) != [one]


def test_minutiae_of_an_example_lie_on_its_print():
    template = Template.from_bytes(base64.b64decode(documents.prints()[0]["template"]))
    assert (template.minutiae.x < template.width).all()
    assert (template.minutiae.y < template.height).all()


def test_a_body_is_a_form_or_json_and_files_may_be_repeated():
    content = documents.body(Thing, {"size": 1}, files={"image": "prints"}, texts={"gender": "M, F or X"})["requestBody"][
        "content"
    ]
    parts = content["multipart/form-data"]["schema"]["properties"]
    assert (parts["image"]["type"], parts["image"]["items"]["format"]) == ("array", "binary")
    assert parts["gender"] == {"type": "string", "description": "M, F or X"}
    assert {"position", "impression", "ppi"} <= parts.keys()
    assert content["application/json"] == {"schema": {"$ref": "#/components/schemas/Thing"}, "example": {"size": 1}}


def test_schemas_that_are_referred_to_are_in_the_document(app):
    document = app.openapi()
    assert document["components"]["schemas"]["Thing"]["properties"]["size"]["type"] == "integer"
    assert document["paths"]["/things/{name}"]["put"]["requestBody"]["required"] is False
    assert "HTTPValidationError" in document["components"]["schemas"]  # FastAPI's own stay


def test_an_outline_is_of_what_clients_rely_on_and_of_no_words(app):
    document = app.openapi()
    (outline,) = documents.outline(document).values()
    assert outline["parameters"] == [("path", "name", True), ("query", "colour", False)]
    assert (outline["bodies"], outline["answers"]) == (["application/json"], ["200", "422"])
    told = copy.deepcopy(document)
    operation = told["paths"]["/things/{name}"]["put"]
    operation["summary"] = operation["description"] = "Other words"
    assert documents.outline(told) == documents.outline(document)
    operation["parameters"].pop()
    assert documents.outline(told) != documents.outline(document)
