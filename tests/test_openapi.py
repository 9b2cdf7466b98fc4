"""The kept OpenAPI document is what the code says."""

from __future__ import annotations

import json
from pathlib import Path

from ocop_hub.app import openapi_document

KEPT = Path(__file__).parent.parent / "openapi" / "ocop-hub.json"


def test_the_kept_document_is_current() -> None:
    assert json.loads(KEPT.read_text(encoding="utf-8")) == openapi_document(), "run: make openapi"


def test_every_operation_says_what_it_does_and_may_answer_with_a_problem() -> None:
    silent = [
        f"{verb.upper()} {path}"
        for path, operations in openapi_document()["paths"].items()
        for verb, operation in operations.items()
        if not operation.get("description") or "default" not in operation["responses"]
    ]
    assert silent == []
