"""The API's document is true: its examples work, its operations are OSIA's, its errors are in the manual."""

import json
import re

import pytest

from biomatch.errors import BiomatchError
from biomatch.service import documents
from biomatch.service.problems import status_of

OSIA = {
    "createEncounterNoIds": ("post", "/v1/persons"),
    "createEncounterNoId": ("post", "/v1/persons/{personId}/encounters"),
    "readAllEncounters": ("get", "/v1/persons/{personId}/encounters"),
    "createEncounter": ("post", "/v1/persons/{personId}/encounters/{encounterId}"),
    "readEncounter": ("get", "/v1/persons/{personId}/encounters/{encounterId}"),
    "updateEncounter": ("put", "/v1/persons/{personId}/encounters/{encounterId}"),
    "updateEncounterStatus": ("put", "/v1/persons/{personId}/encounters/{encounterId}/status"),
    "updateEncounterGalleries": ("put", "/v1/persons/{personId}/encounters/{encounterId}/galleries"),
    "mergeEncounter": ("post", "/v1/persons/{personId}/merge/{sourceId}"),
    "moveEncounter": ("post", "/v1/persons/{personId}/move/{sourceId}/encounters/{encounterId}"),
    "identifyFromId": ("post", "/v1/identify/{galleryId}/{personId}"),
    "identifyFromEncounterId": ("post", "/v1/identify/{galleryId}/{personId}/encounters/{encounterId}"),
    "readGalleryContent": ("get", "/v1/galleries/{galleryId}"),
    "deleteEncounter": ("delete", "/v1/persons/{personId}/encounters/{encounterId}"),
    "readTemplate": ("get", "/v1/persons/{personId}/encounters/{encounterId}/templates"),
    "deleteAll": ("delete", "/v1/persons/{personId}"),
    "identify": ("post", "/v1/identify/{galleryId}"),
    "verifyFromId": ("post", "/v1/verify/{galleryId}/{personId}"),
    "verifyFromBio": ("post", "/v1/verify"),
    "readGalleries": ("get", "/v1/galleries"),
}


@pytest.fixture(scope="module")
def document(api):
    return api.get("/openapi.json").json()


def operations(document):
    return [(path, method, operation) for path, methods in document["paths"].items() for method, operation in methods.items()]


def test_osias_operations_have_osias_names(document):
    named = {operation["operationId"]: (method, path) for path, method, operation in operations(document)}
    assert OSIA.items() <= named.items()


def test_every_example_works_as_it_stands(api, document):
    api.post("/v1/persons/ada/encounters", json=example(document["paths"]["/v1/persons"]["post"]))
    sent = 0
    for path, method, operation in operations(document):
        if example(operation) is None:
            continue
        address = path.format(personId="ada", encounterId="example", galleryId="ALL")
        answer = api.request(method, address, json=example(operation))
        assert answer.status_code in (200, 204), (path, answer.text)
        sent += 1
    assert sent == 13
    api.delete("/v1/persons/ada")


def example(operation):
    return operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")


def test_every_reference_in_the_document_leads_somewhere(document):
    def references(node):
        if isinstance(node, dict):
            for key, value in node.items():
                yield from [value] if key == "$ref" else references(value)
        elif isinstance(node, list):
            for value in node:
                yield from references(value)

    for reference in references(document):
        node = document
        for part in reference.removeprefix("#/").split("/"):
            assert part in node, reference
            node = node[part]


def test_every_operation_has_a_name_and_words(document):
    for path, method, operation in operations(document):
        assert re.fullmatch(r"[a-z]+([A-Z][a-z]*)*", operation["operationId"]), (path, method)
        assert operation["description"], (path, method)


def test_the_errors_manual_has_the_status_that_http_gives(root):
    rows = re.findall(r"^\| `([a-z-]+)` \| (\d+) \|", (root / "docs" / "errors.md").read_text(), re.MULTILINE)
    told = {code: int(status) for code, status in rows}

    def every(kind):
        return [kind, *(found for child in kind.__subclasses__() for found in every(child))]

    for kind in every(BiomatchError):
        if kind.code in told:
            assert told[kind.code] == status_of(kind), kind.code


def test_the_committed_document_is_that_of_the_service(document, root):
    """Written anew by: curl http://127.0.0.1:8000/openapi.json | python -m json.tool --indent 1 - docs/openapi.json"""
    committed = json.loads((root / "docs" / "openapi.json").read_text(encoding="utf-8"))
    here, there = (json.loads(json.dumps(documents.outline(one))) for one in (document, committed))
    assert here == there
