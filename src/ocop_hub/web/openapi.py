"""The OpenAPI document: what FastAPI derives, with the problem object and the ways to sign in said once."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

PROBLEM = {
    "type": "object",
    "description": "RFC 9457. `type` is stable and for programs; `detail` is Vietnamese and for people.",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "examples": ["urn:ocop-hub:error:not-found"]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["field", "code", "problem"],
                "properties": {
                    "field": {"type": "string", "description": "Dotted path of the field"},
                    "code": {"type": "string"},
                    "problem": {"type": "string"},
                },
            },
        },
    },
}
PROBLEM_ANSWER = {
    "description": "Refused; the body says why",
    "content": {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}
SECURITY = {
    "token": {"type": "http", "scheme": "bearer", "description": "API token (POST /api/v1/tokens)"},
    "session": {
        "type": "apiKey",
        "in": "cookie",
        "name": "__Host-ocop_session",
        "description": "Session of a browser; unsafe requests also carry X-CSRF-Token",
    },
}
IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "schema": {"type": "string", "maxLength": 200},
    "description": "The same key with the same request gets the first answer again (kept three days)",
}


def document(app: FastAPI) -> dict[str, Any]:
    """The whole document for ``app``, deterministic for one version of the code."""
    schema = get_openapi(title=app.title, version=app.version, description=app.description, routes=app.routes)
    components = schema.setdefault("components", {})
    components.setdefault("schemas", {})["Problem"] = PROBLEM
    components["securitySchemes"] = SECURITY
    for name in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(name, None)
    schema["security"] = [{}, {"token": []}, {"session": []}]
    for path, item in schema["paths"].items():
        for method, operation in item.items():
            operation["responses"].pop("422", None)
            operation["responses"]["default"] = PROBLEM_ANSWER
            if method == "post" and path != "/api/v1/session":
                operation.setdefault("parameters", []).append(IDEMPOTENCY_KEY)
    return schema
