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


@pytest.mark.parametrize(
    ("fault", "place", "rule"),
    [
        ({"ilmd": {"acme:grade": 1}}, "ilmd", "ilmd chỉ đi cùng action ADD."),
        ({"action": "MAYBE"}, "action", "Cần một trong: ADD, OBSERVE, DELETE."),
        ({"no_namespace": 1}, "no_namespace", "mục riêng phải mang tiền tố"),
        ({"quantityList": [{"epcClass": "x"}]}, "quantityList[0].epcClass", "Phải là một URI"),
        ({"bizStep": "flying"}, "bizStep", "Không dùng được giá trị “flying”. Các từ dùng được: accepting,"),
        ({"bizTransactionList": {}}, "bizTransactionList", "Phải là một danh sách."),
        ({"epcList": ["urn:a:b", "urn:a:b"]}, "epcList", "Có mục ghi hai lần."),
        ({"quantityList": [{"epcClass": "urn:x:y", "foo": 1}]}, "quantityList[0]", "Không có mục tên foo"),
        ({"type": "Foo"}, "type", "Cần một trong: ObjectEvent"),
    ],
)
def test_the_sentence_says_place_and_rule_and_not_the_event(
    fault: dict[str, Any], place: str, rule: str
) -> None:
    told = copy.deepcopy(read(next(path for path in DOCUMENTS if "ShippingAndTransporting" in path.stem)))
    events = told["epcisBody"]["eventList"]
    events[-1].update(fault)
    (problem,) = epcis_schema.event_problems(told)
    assert problem.field == place
    assert problem.problem.startswith(
        f"Sai cấu trúc EPCIS 2.0 ở epcisBody.eventList[{len(events) - 1}].{place}: "
    )
    assert rule in problem.problem
    assert events[-1]["eventTime"] not in problem.problem


def test_what_an_event_lacks_is_named() -> None:
    told = copy.deepcopy(read(DOCUMENTS[0]))
    del told["epcisBody"]["eventList"][0]["eventTimeZoneOffset"]
    (problem,) = epcis_schema.event_problems(told)
    assert (
        problem.problem == "Sai cấu trúc EPCIS 2.0 ở epcisBody.eventList[0]: Thiếu mục: eventTimeZoneOffset."
    )


def test_around_the_events_the_place_is_in_the_document() -> None:
    told = read(DOCUMENTS[0]) | {"schemaVersion": 2}
    problem = epcis_schema.document_problem(told)
    assert problem == epcis_schema.Problem(
        None, "schemaVersion", "Sai cấu trúc EPCIS 2.0 ở schemaVersion: Phải là chữ."
    )
