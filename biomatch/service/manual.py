"""The OpenAPI document, arranged for people: by resource, with a curl line and a body that can be sent as it stands."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

_METHODS = ("get", "post", "put", "delete")
_EXAMPLES = {"personId": "ada", "encounterId": "first", "galleryId": "ALL", "printId": "0123abcd"}


@dataclass(frozen=True)
class Parameter:
    """`place`: path, query or form."""

    name: str
    place: str
    words: str
    example: str = ""


@dataclass(frozen=True)
class Operation:
    """example: a JSON body; curl: the same call with a file; answers: status -> what it means."""

    name: str
    method: str
    path: str
    words: str
    parameters: list[Parameter]
    parts: list[Parameter]
    example: str
    curl: str
    answers: dict[str, str]


def arrange(api: dict[str, Any]) -> dict[str, list[Operation]]:
    """Returns operations by resource, in the document's order."""
    found: dict[str, list[Operation]] = {}
    for path, method, operation in _operations(api):
        found.setdefault(operation["tags"][0], []).append(_operation(path, method, operation))
    return found


def _operations(api: dict[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in api["paths"].items():
        for method in _METHODS:
            if method in methods:
                yield path, method, methods[method]


def _operation(path: str, method: str, operation: dict[str, Any]) -> Operation:
    content = operation.get("requestBody", {}).get("content", {})
    parts = content.get("multipart/form-data", {}).get("schema", {}).get("properties", {})
    example = content.get("application/json", {}).get("example")
    return Operation(
        name=operation["operationId"],
        method=method,
        path=path,
        words=operation.get("description", ""),
        parameters=[_parameter(parameter) for parameter in operation.get("parameters", [])],
        parts=[Parameter(name, "form", part.get("description", "")) for name, part in parts.items()],
        example=json.dumps(example, indent=2) if example else "",
        curl=_curl(path, method, parts),
        answers={status: answer.get("description", "") for status, answer in operation["responses"].items()},
    )


def _parameter(parameter: dict[str, Any]) -> Parameter:
    schema = parameter.get("schema", {})
    words = parameter.get("description", "")
    if schema.get("default") is not None:
        words = f"{words}; default {json.dumps(schema['default'])}".removeprefix("; ")
    return Parameter(parameter["name"], parameter["in"], words, _EXAMPLES.get(parameter["name"], ""))


def _curl(path: str, method: str, parts: dict[str, Any]) -> str:
    files = [name for name, part in parts.items() if part.get("type") == "array"]
    if not files:
        return ""
    for name, value in _EXAMPLES.items():
        path = path.replace(f"{{{name}}}", value)
    return " ".join(
        ["curl --oauth2-bearer $TOKEN", *(f"-F {name}=@print.png" for name in files), f"http://127.0.0.1:8000{path}"]
    )
