"""The schema as GS1 published it, over the sample documents."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from ocop_hub.gs1 import epcis_schema

DOCUMENTS = sorted((Path(__file__).parent / "epcis").glob("epcisDoc*.jsonld"))


def read(path: Path) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return told


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.stem)
def test_samples_are_valid(path: Path) -> None:
    told = read(path)
    assert list(epcis_schema.event_problems(told)) == []


@pytest.mark.parametrize(
    "fault",
    [
        {"eventTime": "2026-02-30T00:00:00Z"},
        {"eventTime": "2026-02-20T00:00:00"},
        {"eventTimeZoneOffset": "+7"},
        {"bizStep": "flying"},
        {"no_namespace": 1},
        {"action": "MAYBE"},
    ],
)
def test_a_planted_fault_is_found_and_placed(fault: dict[str, Any]) -> None:
    told = copy.deepcopy(read(next(path for path in DOCUMENTS if "ShippingAndTransporting" in path.stem)))
    events = told["epcisBody"]["eventList"]
    events[-1].update(fault)
    (problem,) = epcis_schema.event_problems(told)
    assert problem.index == len(events) - 1
    assert not epcis_schema.valid_against_schema(told)
