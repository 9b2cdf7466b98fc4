from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from ocop_hub.gs1.epc import constrained
from ocop_hub.gs1.event_hash import document_hashes, event_hash, namespaces_of, pre_hash

HERE = Path(__file__).parent
VECTORS: list[dict[str, Any]] = [
    vector
    for vector in json.loads((HERE / "vectors_gs1.json").read_text(encoding="utf-8"))
    if vector["kind"] == "epcis_event_hash"
]

EVENT: dict[str, Any] = {
    "type": "ObjectEvent",
    "eventTime": "2026-09-30T08:00:00+07:00",
    "eventTimeZoneOffset": "+07:00",
    "epcList": ["https://id.gs1.org/01/09520123456788/21/B", "https://id.gs1.org/01/09520123456788/21/A"],
    "action": "ADD",
    "bizStep": "commissioning",
    "disposition": "active",
    "readPoint": {"id": "https://id.gs1.org/414/9520123456788"},
    "bizTransactionList": [{"type": "cert", "bizTransaction": "urn:x:1"}],
    "quantityList": [
        {"epcClass": "https://id.gs1.org/01/09520123456788/10/LO1", "quantity": 12.5, "uom": "KGM"}
    ],
    "sensorElementList": [{"sensorReport": [{"type": "Temperature", "value": 4, "uom": "CEL"}]}],
    "ilmd": {"ocop:plot": "Ruộng 3", "ocop:harvested": "2026-09-29"},
}
NAMES = {"ocop": "https://ocop.example.vn/ns/"}


@pytest.mark.parametrize("vector", VECTORS, ids=lambda v: Path(v["input"]).stem)
def test_vector(vector: dict[str, Any]) -> None:
    document = json.loads((HERE / vector["input"]).read_text(encoding="utf-8"))
    assert document_hashes(document) == vector["expected"]["hashes"]


class TestSameEvent:
    def changed(self, **fields: Any) -> str:
        return event_hash({**EVENT, **fields}, NAMES)

    @property
    def plain(self) -> str:
        return event_hash(EVENT, NAMES)

    def test_order_of_fields_and_of_list_items(self) -> None:
        turned = dict(reversed(EVENT.items())) | {"epcList": EVENT["epcList"][::-1]}
        assert event_hash(turned, NAMES) == self.plain

    def test_other_ways_to_write_the_same(self) -> None:
        assert self.changed(eventTime="2026-09-30T01:00:00.000Z") == self.plain
        assert self.changed(bizStep="urn:epcglobal:cbv:bizstep:commissioning") == self.plain
        assert self.changed(bizStep="cbv:BizStep-commissioning") == self.plain
        assert (
            self.changed(readPoint={"id": "https://ocop.example.vn/x/414/9520123456788?17=260930"})
            == self.plain
        )
        assert self.changed(quantityList=[{**EVENT["quantityList"][0], "quantity": "12.50"}]) == self.plain
        renamed = {"x:plot": "Ruộng 3", "x:harvested": "2026-09-29"}
        assert event_hash({**EVENT, "ilmd": renamed}, {"x": NAMES["ocop"]}) == self.plain

    @pytest.mark.parametrize("field", ["eventID", "recordTime", "errorDeclaration", "rdfs:comment"])
    def test_fields_that_take_no_part(self, field: str) -> None:
        assert self.changed(**{field: "x"}) == self.plain

    @pytest.mark.parametrize("field", [f for f in EVENT if f != "type"])
    def test_any_field_gone_changes_it(self, field: str) -> None:
        assert (
            event_hash({name: value for name, value in EVENT.items() if name != field}, NAMES) != self.plain
        )

    @pytest.mark.parametrize(
        "fields",
        [
            {"eventTime": "2026-09-30T08:00:00.001+07:00"},
            {"eventTimeZoneOffset": "+08:00"},
            {"epcList": EVENT["epcList"][:1]},
            {"action": "OBSERVE"},
            {"ilmd": {"ocop:plot": "Ruộng 4", "ocop:harvested": "2026-09-29"}},
            {"ocop:extra": {"ocop:a": [1, True]}},
        ],
    )
    def test_any_value_changed_changes_it(self, fields: dict[str, Any]) -> None:
        assert self.changed(**fields) != self.plain


def test_extension_stands_at_the_end_of_its_parent() -> None:
    event = {
        "type": "ObjectEvent",
        "readPoint": {"ocop:row": 2, "id": "urn:x"},
        "ocop:z": [{"ocop:b": 1, "ocop:a": None}, "2026-09-30T08:00:00+07:00"],
        "ocop:when": "2026-13-30T08:00:00Z",
    }
    space = "{https://ocop.example.vn/ns/}"
    assert pre_hash(event, NAMES) == (
        f"eventType=ObjectEventreadPointid=urn:x{space}row=2"
        f"{space}when=2026-13-30T08:00:00Z{space}z=2026-09-30T01:00:00.000Z{space}z{space}b=1"
    )


def test_context_of_event_and_document() -> None:
    assert namespaces_of(["https://x/context", {"a": "https://a/", "b": {"@id": "x"}}]) == {"a": "https://a/"}
    bare = {**EVENT, "@context": ["https://x", NAMES]}
    assert document_hashes(bare) == [event_hash(EVENT, NAMES)]
    assert document_hashes({"epcisBody": {"event": bare}}) == document_hashes(bare)


# All key kinds: facts from the same suite, tests/examples/documents/epcisDocWithAllGS1Keys.jsonld.
@pytest.mark.parametrize(
    ("urn", "path"),
    [
        ("urn:epc:id:sgtin:4012345.012345.12", "01/04012345123456/21/12"),
        ("urn:epc:id:sscc:4012345.0000000333", "00/040123450000003338"),
        ("urn:epc:id:grai:4012345.66666.87", "8003/0401234566666387"),
        ("urn:epc:id:giai:4012345.AAbb", "8004/4012345AAbb"),
        ("urn:epc:id:gsrn:4012345.9876540000", "8018/401234598765400000"),
        ("urn:epc:id:gsrnp:4012345.0000098765", "8017/401234500000987658"),
        ("urn:epc:id:gdti:4012345.55555.98", "253/401234555555498"),
        ("urn:epc:id:cpi:4012345.ABC.123", "8010/4012345ABC/8011/123"),
        ("urn:epc:id:sgcn:4012345.99999.44", "255/401234599999044"),
        ("urn:epc:id:ginc:4012345.333", "401/4012345333"),
        ("urn:epc:id:gsin:4012345.999987654", "402/40123459999876541"),
        ("urn:epc:id:itip:4012345.012345.01.02.999", "8006/040123451234560102/21/999"),
        ("urn:epc:id:upui:4012345.012345.AB12", "01/04012345123456/235/AB12"),
        ("urn:epc:id:sgln:4012345.00011.987", "414/4012345000115/254/987"),
        ("urn:epc:id:sgln:4012345.00011.0", "414/4012345000115"),
        ("urn:epc:id:pgln:4012345.00000", "417/4012345000009"),
        ("urn:epc:class:lgtin:4054739.099914.20160711", "01/04054739999148/10/20160711"),
        ("urn:epc:idpat:sgtin:4054739.099914.*", "01/04054739999148"),
        ("urn:epc:idpat:grai:4012345.66666.*", "8003/04012345666663"),
        ("urn:epc:idpat:gdti:4012345.55555.*", "253/4012345555554"),
        ("urn:epc:idpat:sgcn:4012345.99999.*", "255/4012345999990"),
        ("urn:epc:idpat:cpi:4012345.ABC.*", "8010/4012345ABC"),
        ("urn:epc:idpat:itip:4012345.012345.01.02.*", "8006/040123451234560102"),
        ("https://a.vn/x/01/09520123456788/22/V/10/L/21/S?17=260930#f", "01/09520123456788/21/S"),
    ],
)
def test_epc_as_constrained_link(urn: str, path: str) -> None:
    assert constrained(urn) == f"https://id.gs1.org/{path}"


@pytest.mark.parametrize(
    "text",
    [
        "http://transaction.acme.com/po/12345678", "https://a.vn/", "geo:47.5,11.1", "urn:epc:id:sgtin:x.1.2",
        "urn:epc:idpat:sgtin:4054739.*.*", "urn:epc:id:new:1.2.3", "urn:epc:id:", "urn:epc:id:sgtin:4012345",
        "urn:epc:id:itip:4012345.012345.01", "https://a.vn/01/123",
    ],
)  # fmt: skip
def test_other_text_stays(text: str) -> None:
    assert constrained(text) == text
