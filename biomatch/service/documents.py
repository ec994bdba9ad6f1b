"""The bodies that `bodies` reads, for the OpenAPI document, with examples that work as they stand."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from fastapi import FastAPI
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from biomatch.bureau.scopes import INCLUDES, Scope
from biomatch.template import BIFURCATION, ENDING, Minutiae, Template
from biomatch.vocabulary import FingerPosition, ImpressionType

_TEXTS = {
    "position": {"type": "string", "description": "RIGHT_THUMB ... LEFT_LITTLE; once for all prints, or once a print"},
    "impression": {"type": "string", "description": "LIVE_SCAN_PLAIN ...; once for all prints, or once a print"},
    "ppi": {"type": "number", "description": "resolution of the images; once for all prints, or once a print"},
}
_FILE = {"type": "string", "format": "binary"}


def body(
    model: type[BaseModel], example: dict[str, Any], *, files: dict[str, str], texts: dict[str, str] | None = None
) -> dict[str, Any]:
    """Makes `openapi_extra=` of a route. files, texts: further parts of the form, with what they are."""
    parts = {name: {"type": "array", "items": _FILE, "description": words} for name, words in files.items()}
    more = {name: {"type": "string", "description": words} for name, words in (texts or {}).items()}
    return {
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": {"type": "object", "properties": {**parts, **_TEXTS, **more}}},
                "application/json": {
                    "schema": reference(model),
                    "example": example,
                },
            },
        }
    }


def json_body(schema: dict[str, Any], example: Any, *, required: bool = True) -> dict[str, Any]:
    """Makes `openapi_extra=` of a route whose body is JSON only."""
    return {"requestBody": {"required": required, "content": {"application/json": {"schema": schema, "example": example}}}}


def reference(model: type[BaseModel]) -> dict[str, Any]:
    """Returns the reference to a schema among those that `complete` adds."""
    return {"$ref": f"#/components/schemas/{model.__name__}"}


def complete(app: FastAPI, models: Sequence[type[BaseModel]]) -> None:
    """Adds the schemas of bodies and problems, which FastAPI does not see, to the application's document."""
    _, found = models_json_schema([(model, "validation") for model in models], ref_template="#/components/schemas/{model}")
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        document = plain()
        document["components"]["schemas"] = found["$defs"] | document["components"]["schemas"]
        for operation in (one for methods in document["paths"].values() for one in methods.values()):
            for needed in operation.get("security", []):
                needed |= {scheme: _given(scopes) for scheme, scopes in needed.items()}
        return document

    app.openapi = openapi  # type: ignore[method-assign]


def _given(scopes: Sequence[str]) -> list[str]:
    """Returns the scopes that a token is given by name: what another one includes is left out."""
    included = {scope for one in scopes for scope in INCLUDES.get(Scope(one), ())}
    return [one for one in scopes if one not in included]


def outline(document: dict[str, Any]) -> dict[str, Any]:
    """Lists what clients rely on, by path and method: name, scopes, parameters, types of bodies, answers.

    How FastAPI words the rest differs between its versions.
    """
    return {
        f"{method.upper()} {path}": {
            "operationId": operation["operationId"],
            "security": operation.get("security", []),
            "parameters": sorted(
                (one["in"], one["name"], one.get("required", False)) for one in operation.get("parameters", [])
            ),
            "bodies": sorted(operation.get("requestBody", {}).get("content", {})),
            "answers": sorted(operation["responses"]),
        }
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    }


def prints(seed: int = 1) -> list[dict[str, Any]]:
    """Makes biometricData with one print as a template of ours."""
    return [
        {
            "biometricType": "FINGER",
            "biometricSubType": "RIGHT_INDEX",
            "impressionType": "LIVE_SCAN_PLAIN",
            "template": base64.b64encode(_template(seed)).decode(),
        }
    ]


@cache
def _template(seed: int) -> bytes:
    """Makes the minutiae of nobody: 30 along arches nine px apart."""
    rng = np.random.default_rng(seed)
    x, y = rng.uniform(30, 270, 30), rng.uniform(30, 330, 30)
    flow = np.arctan2(0.8 * (x - 150), 150 + y) + np.pi * rng.integers(0, 2, 30)
    kinds = rng.choice([ENDING, BIFURCATION], 30)
    minutiae = Minutiae.of(x, y, flow, kinds, rng.uniform(0.6, 1.0, 30))
    return Template(minutiae, 300, 360, FingerPosition.RIGHT_INDEX, ImpressionType.LIVE_SCAN_PLAIN, 70, "example/1").to_bytes()
