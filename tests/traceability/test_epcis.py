"""A lot's history as EPCIS: valid, hashed, proven; handed in elsewhere, nothing is lost."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.traceability.builders import GTIN, Cast, House, make_cast, make_released_lot
from typer.testing import CliRunner

from ocop_hub.cli import app as cli
from ocop_hub.db import SYSTEM, Database
from ocop_hub.gs1 import epcis_schema
from ocop_hub.gs1.event_hash import document_hashes
from ocop_hub.jobs import JobContext
from ocop_hub.kit import clock
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.traceability import jobs, queries, service
from ocop_hub.traceability.details import DetailsIn, Measure
from ocop_hub.traceability.epcis import capture
from ocop_hub.traceability.epcis import query as epcis_query
from ocop_hub.traceability.epcis.document import as_document, lot_document, verify
from ocop_hub.traceability.epcis.events import CONTEXT_URL
from ocop_hub.traceability.errors import DocumentInvalid, ProducerNotNamed, QueryInvalid
from ocop_hub.traceability.models import CaptureState, EpcisCapture, EventKind, Lot, LotInput, LotState
from ocop_hub.traceability.schemas import EventIn, LotIn
from ocop_hub.traceability.story.events import story_events

YESTERDAY = clock.now() - timedelta(days=1)
LOT_URI = f"https://id.gs1.org/01/{GTIN}/10/LO-9"
JSON = dict[str, Any]


def event(kind: EventKind, hours: int, **details: Any) -> EventIn:
    at = YESTERDAY + timedelta(hours=hours)
    return EventIn(kind=kind, occurred_at=at, note="Ghi chú", details=DetailsIn.model_validate(details))


async def full_history(session: AsyncSession, cast: Cast) -> Lot:
    """A lot with one event of every kind, a correction, an input, and a recall."""
    source = await service.create_lot(
        session, cast.alice, cast.squid, LotIn(code="MUC-TUOI", quantity=200, quantity_unit="kg")
    )
    lot = await service.create_lot(
        session, cast.alice, cast.squid, LotIn(code="LO-9", quantity=100, quantity_unit="kg")
    )
    for given in (
        event(EventKind.HARVEST, 1, amount={"quantity": "150", "unit": "kg"}, plot="VQN-01"),
        event(EventKind.PURCHASE, 2),
        event(EventKind.FIRST_PROCESSING, 3),
        event(
            EventKind.PROCESSING,
            4,
            inputs=[{"lot_id": source.id, "quantity": "120", "unit": "kg"}],
            amount={"quantity": "1", "unit": "tạ"},
        ),
        event(
            EventKind.INSPECTION,
            5,
            test_number="KN 12/2026",
            readings=[{"measure": "temperature", "value": "-18.5", "at": YESTERDAY}],
            attachments=[{"key": f"papers/ab/{'a' * 64}.pdf"}],
        ),
        event(EventKind.PACKING, 6, point={"latitude": "20.95", "longitude": "107.08"}),
        event(EventKind.SHIPPING, 7, parties=[{"role": "to", "name": "Cửa hàng", "gln": "8936000000011"}]),
        event(EventKind.RECEIVING, 8, gln="8936000000011"),
        event(EventKind.SALE, 9, amount={"quantity": "20", "unit": "kg"}),
    ):
        last = await service.record_event(session, cast.alice, lot, given)
    right = event(EventKind.SALE, 9, amount={"quantity": "2", "unit": "kg"})
    right.corrects_id = last.id
    await service.record_event(session, cast.alice, lot, right)
    await service.recall_lot(session, cast.alice, lot, reason="Sai hạn sử dụng")
    return lot


def step(**more: Any) -> JSON:
    """One event as others write it."""
    return {
        "type": "ObjectEvent",
        "action": "OBSERVE",
        "bizStep": "shipping",
        "eventTime": YESTERDAY.isoformat(),
        "eventTimeZoneOffset": "+07:00",
        "quantityList": [{"epcClass": LOT_URI, "quantity": 5, "uom": "KGM"}],
        **more,
    }


#: An event with everything that EPCIS 2.0 lets one hold beyond what, when, where and why.
RICH: JSON = {
    "type": "ObjectEvent",
    "action": "ADD",
    "bizStep": "commissioning",
    "disposition": "active",
    "persistentDisposition": {"set": ["completeness_verified"], "unset": ["completeness_inferred"]},
    "eventTime": YESTERDAY.isoformat(),
    "eventTimeZoneOffset": "+07:00",
    "certificationInfo": ["https://accreditation.example.org/certificate/ABC12345", "urn:acme:cert:7"],
    "epcList": [f"{LOT_URI}/21/A1"],
    "quantityList": [{"epcClass": LOT_URI, "quantity": 12.3456, "uom": "KGM"}],
    "readPoint": {"id": "geo:20.95,107.08", "acme:gate": {"acme:no": [1, 2.50]}},
    "bizLocation": {"id": "https://id.gs1.org/414/8936000000011"},
    "bizTransactionList": [{"type": "po", "bizTransaction": "https://buyer.example/po/7"}],
    "sourceList": [{"type": "owning_party", "source": "urn:epc:id:pgln:4000001.00001"}],
    "destinationList": [{"type": "location", "destination": "https://id.gs1.org/414/8936000000011"}],
    "sensorElementList": [
        {
            "acme:calibrated": True,
            "sensorMetadata": {
                "time": YESTERDAY.isoformat(),
                "deviceID": "urn:epc:id:giai:4000001.111",
                "rawData": "https://acme.example/raw/1",
                "bizRules": "https://acme.example/rules",
                "acme:firmware": "1.0",
            },
            "sensorReport": [
                {"type": "Temperature", "value": -18.5, "uom": "CEL", "sDev": 0.1, "acme:depth": "core"},
                {"type": "gs1:Temperature", "value": 39.2, "uom": "FAH"},
                {"type": "RelativeHumidity", "meanValue": 61.25, "uom": "P1", "component": "x"},
                {"type": "Temperature", "value": -500, "uom": "CEL"},
                {"type": "Illuminance", "value": 1e22, "uom": "LUX"},
                {"type": "Temperature", "exception": "ALARM_CONDITION"},
            ],
        }
    ],
    "ilmd": {
        "cbvmda:lotNumber": "LO-9",
        "gs1:certification": [
            {"gs1:certificationStandard": "VietGAP", "gs1:certificationURI": "https://vietgap.example/9"}
        ],
        "acme:photo": {"acme:sha256": "9f" * 32, "acme:by": ["Hoa", None]},
    },
    "acme:report": {"acme:file": "https://acme.example/phieu.pdf", "acme:pages": 3, "acme:final": False},
    "acme:words": "Chả mực “giã tay” – 魷魚餅 🦑",
}
RICH_CONTEXT: list[Any] = [
    CONTEXT_URL,
    {
        "acme": "https://acme.example/voc/",
        "acme:file": {"@type": "@id"},
        "old": {"@id": "https://old.example/"},
    },
]


def in_other_words() -> JSON:
    """Another kind of event, with a context of its own."""
    return {
        "@context": [{"lab": "urn:lab:"}],
        "type": "TransformationEvent",
        "eventTime": (YESTERDAY + timedelta(hours=1)).isoformat(),
        "eventTimeZoneOffset": "+07:00",
        "transformationID": "urn:acme:job:5",
        "inputEPCList": ["https://id.gs1.org/01/09506000134376/21/1"],
        "outputQuantityList": [{"epcClass": LOT_URI}],
        "certificationInfo": "https://accreditation.example.org/2",
        "ilmd": {"lab:step": {"lab:heat": [{"lab:minutes": 20}, {"lab:minutes": 5}]}},
        "lab:signed": "2026-09-30",
    }


def nested(levels: int) -> JSON:
    found: JSON = {}
    for _ in range(levels):
        found = {"acme:x": found}
    return found


def without_identity(event: JSON) -> JSON:
    return {name: value for name, value in event.items() if name != "eventID"}


def whole(*events: JSON, context: Any = CONTEXT_URL) -> JSON:
    return {
        "@context": context,
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-09-30T08:00:00.000+07:00",
        "epcisBody": {"eventList": list(events)},
    }


async def take(session: AsyncSession, actor: Actor, document: JSON, **more: Any) -> EpcisCapture:
    """Accept and take over at once, as the job would."""
    row = await capture.accept(session, actor, document, **more)
    await capture.take_over(session, row)
    return row


def in_words(document: JSON) -> list[str]:
    """The events, each in one form, in no order."""
    return sorted(json.dumps(each, sort_keys=True) for each in document["epcisBody"]["eventList"])


class TestALotsHistory:
    async def test_is_valid_epcis_with_every_kind_of_event(self, session: AsyncSession, cast: Cast) -> None:
        lot = await full_history(session, cast)
        told = json.loads(json.dumps(await lot_document(session, lot.id)))
        assert epcis_schema.valid_against_schema(told)
        assert epcis_schema.document_problem(told) is None
        events = told["epcisBody"]["eventList"]
        assert list(epcis_schema.event_problems(told)) == []
        assert [each.get("bizStep") for each in events] == [
            "commissioning", "commissioning", "other", "commissioning", "inspecting", "packing", "shipping",
            "receiving", "retail_selling", "retail_selling", "other",
        ]  # fmt: skip
        made = events[3]
        assert (made["type"], made["inputQuantityList"][0]["quantity"]) == ("TransformationEvent", 120)
        assert made["outputQuantityList"] == [{"epcClass": LOT_URI, "quantity": 100, "uom": "KGM"}]
        assert events[-1]["disposition"] == "recalled"

    async def test_declares_what_was_corrected(self, session: AsyncSession, cast: Cast) -> None:
        lot = await full_history(session, cast)
        events = (await lot_document(session, lot.id))["epcisBody"]["eventList"]
        declaration = events[8]["errorDeclaration"]
        assert declaration["reason"] == "incorrect_data"
        assert declaration["correctiveEventIDs"] == [events[9]["eventID"]]
        assert "errorDeclaration" not in events[9]

    async def test_tells_no_person(self, session: AsyncSession, cast: Cast) -> None:
        lot = await full_history(session, cast)
        text = json.dumps(await lot_document(session, lot.id), ensure_ascii=False)
        assert "Cửa hàng" not in text
        assert "user:" not in text
        assert "recorded_by" not in text


class TestVerify:
    async def test_an_untouched_document_holds(self, session: AsyncSession, cast: Cast) -> None:
        lot = await full_history(session, cast)
        told = json.loads(json.dumps(await lot_document(session, lot.id)))
        verdict = verify(told)
        assert (verdict.holds, verdict.hashed, verdict.chain_holds) == (True, 11, True)

    async def test_every_change_is_found(self, session: AsyncSession, cast: Cast, tmp_path: Path) -> None:
        lot = await full_history(session, cast)
        told = json.loads(json.dumps(await lot_document(session, lot.id)))
        changed, dropped, swapped = (copy.deepcopy(told) for _ in range(3))
        changed["epcisBody"]["eventList"][4]["eventTime"] = "2026-01-01T00:00:00Z"
        del dropped["epcisBody"]["eventList"][5]
        events = swapped["epcisBody"]["eventList"]
        events[0], events[1] = events[1], events[0]
        for wrong in (changed, dropped, swapped):
            assert not verify(wrong).holds
        # Rewritten as a whole it holds by itself, but not against the chain published elsewhere.
        rewritten = copy.deepcopy(dropped)
        rewritten["ocop:chainHash"] = verify(dropped).chain
        assert verify(rewritten).holds
        assert not verify(rewritten, chain=told["ocop:chainHash"]).holds

        runner = CliRunner()
        for name, content, code in (("good", told, 0), ("wrong", changed, 1), ("other", {"type": "x"}, 2)):
            file = tmp_path / f"{name}.jsonld"
            file.write_text(json.dumps(content), encoding="utf-8")
            result = runner.invoke(cli, ["trace", "verify", str(file)])
            assert (name, result.exit_code) == (name, code), result.output
        assert (
            "Sự kiện thứ 5 đã bị sửa"
            in runner.invoke(cli, ["trace", "verify", str(tmp_path / "wrong.jsonld")]).output
        )


class TestRoundTrip:
    async def test_nothing_is_lost(self, session: AsyncSession, database: Database, cast: Cast) -> None:
        lot = await full_history(session, cast)
        told = json.loads(json.dumps(await lot_document(session, lot.id)))
        async with database.session(SYSTEM) as elsewhere:
            other = await make_cast(elsewhere)
            source = LotIn(code="MUC-TUOI", quantity=200, quantity_unit="kg")
            await service.create_lot(elsewhere, other.alice, other.squid, source)
            row = await take(elsewhere, other.alice, told)
            assert (row.state, row.errors, row.stored_count) == (CaptureState.DONE, [], 11)
            found = await elsewhere.execute(queries.lots_named(GTIN, "LO-9", None))
            copied = found.scalar_one()
            again = json.loads(json.dumps(await lot_document(elsewhere, copied.id)))
            standing = (await elsewhere.scalars(queries.standing_events_of(copied.id))).all()
            inputs = (await elsewhere.scalars(select(LotInput))).all()
        assert in_words(again) == in_words(told)
        assert copied.state is LotState.RECALLED
        assert len(standing) == 10
        assert [str(each.quantity) for each in inputs] == ["120.000"]

    async def test_others_words_come_back_as_they_were(self, session: AsyncSession, cast: Cast) -> None:
        lot = await service.create_lot(session, cast.alice, cast.squid, LotIn(code="LO-9"))
        given = step(
            bizStep="https://ref.gs1.org/cbv/BizStep-shipping",
            eventID="urn:uuid:0193f9b3-0000-7000-8000-000000000001",
            **{"acme:truck": {"acme:plate": ["14C-123.45", 7.5, True]}},
        )
        document = whole(given, context=[CONTEXT_URL, {"acme": "https://acme.example/voc/"}])
        row = await take(session, cast.alice, document)
        assert row.errors == []
        told = await lot_document(session, lot.id)
        assert told["epcisBody"]["eventList"] == [given]
        assert told["@context"][1]["acme"] == "https://acme.example/voc/"
        assert epcis_schema.valid_against_schema(json.loads(json.dumps(told)))

    async def test_everything_an_event_may_hold_comes_back(self, session: AsyncSession, cast: Cast) -> None:
        lot = await service.create_lot(session, cast.alice, cast.squid, LotIn(code="LO-9"))
        document = whole(RICH, in_other_words(), context=RICH_CONTEXT)
        assert epcis_schema.valid_against_schema(document)
        row = await take(session, cast.alice, document)
        assert (row.state, row.errors, row.stored_count) == (CaptureState.DONE, [], 2)
        session.expunge_all()
        told = json.loads(json.dumps(await lot_document(session, lot.id)))
        page = await epcis_query.find_events(session, cast.alice, {"MATCH_epcClass": LOT_URI})
        for answer in (told, json.loads(json.dumps(as_document(page.rows)))):
            events = answer["epcisBody"]["eventList"]
            assert [without_identity(each) for each in events] == [RICH, in_other_words()]
            assert document_hashes(answer) == document_hashes(document)
            assert answer["@context"][1].items() >= RICH_CONTEXT[1].items()
            assert epcis_schema.valid_against_schema(answer)
        assert [each["eventID"] for each in told["epcisBody"]["eventList"]] == document_hashes(document)
        assert verify(told).holds

    async def test_what_one_document_means_is_not_what_another_does(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        lot = await service.create_lot(session, cast.alice, cast.squid, LotIn(code="LO-9"))
        own = {"@context": [{"b": "https://b.example/"}], "b:x": 2}
        documents = [
            whole(step(**{"a:x": 1}), context=[CONTEXT_URL, {"a": "https://one.example/"}]),
            whole(step(**own, **{"a:x": 1}), context=[CONTEXT_URL, {"a": "https://two.example/"}]),
        ]
        hashes = [each for document in documents for each in document_hashes(document)]
        for document in documents:
            assert (await take(session, cast.alice, document)).stored_count == 1
        told = json.loads(json.dumps(await lot_document(session, lot.id)))
        assert document_hashes(told) == hashes
        assert len(set(hashes)) == 2
        assert verify(told).holds

    async def test_what_people_can_read_stands_on_the_lots_page(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        lot = await service.create_lot(session, cast.alice, cast.squid, LotIn(code="LO-9"))
        await take(session, cast.alice, whole(RICH, context=RICH_CONTEXT))
        (event,) = await story_events(session, lot.id)
        assert event.readings == (
            (Measure.TEMPERATURE, Decimal("-18.5")),
            (Measure.TEMPERATURE, Decimal(4)),
            (Measure.HUMIDITY, Decimal("61.25")),
        )
        assert [(each.kind.value, each.href) for each in event.links] == [
            ("certificate", "https://accreditation.example.org/certificate/ABC12345"),
            ("document", "https://buyer.example/po/7"),
            ("certificate", "https://vietgap.example/9"),
            ("document", "https://acme.example/phieu.pdf"),
        ]

    async def test_the_same_document_twice_adds_nothing(self, session: AsyncSession, cast: Cast) -> None:
        await service.create_lot(session, cast.alice, cast.squid, LotIn(code="LO-9"))
        first = await take(session, cast.alice, whole(step()))
        second = await take(session, cast.alice, whole(step()))
        assert (first.stored_count, second.stored_count, second.state) == (1, 0, CaptureState.DONE)

    async def test_an_event_declared_false_no_longer_stands(self, session: AsyncSession, cast: Cast) -> None:
        lot = await service.create_lot(session, cast.alice, cast.squid, LotIn(code="LO-9"))
        declaration = {"declarationTime": clock.now().isoformat(), "reason": "did_not_occur"}
        await take(session, cast.alice, whole(step()))
        assert len((await session.scalars(queries.standing_events_of(lot.id))).all()) == 1
        await take(session, cast.alice, whole(step(errorDeclaration=declaration)))
        assert (await session.scalars(queries.standing_events_of(lot.id))).all() == []


class TestCapture:
    async def test_says_which_of_a_thousand_is_wrong_and_keeps_none(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        lot_id = (await service.create_lot(session, cast.alice, cast.squid, LotIn(code="LO-9"))).id
        events = [step(eventTime=(YESTERDAY - timedelta(seconds=n)).isoformat()) for n in range(1_000)]
        del events[617]["eventTimeZoneOffset"]
        row = await take(session, cast.alice, whole(*events))
        assert (row.state, row.stored_count) == (CaptureState.FAILED, 0)
        assert [(each["index"], "eventTimeZoneOffset" in each["problem"]) for each in row.errors] == [
            (617, True)
        ]
        assert (await session.scalars(queries.events_of(lot_id))).all() == []

    async def test_proceeds_when_asked(self, session: AsyncSession, cast: Cast) -> None:
        await service.create_lot(session, cast.alice, cast.squid, LotIn(code="LO-9"))
        row = await take(session, cast.alice, whole(step(), step(bizStep="flying")), proceed=True)
        assert (row.state, row.stored_count, [each["index"] for each in row.errors]) == (
            CaptureState.DONE,
            1,
            [1],
        )

    @pytest.mark.parametrize(
        ("wrong", "sentence"),
        [
            (
                {"quantityList": [{"epcClass": "https://id.gs1.org/01/09506000134376/10/X"}]},
                "không thuộc chủ thể",
            ),
            ({"quantityList": [{"epcClass": f"https://id.gs1.org/01/{GTIN}"}]}, "thiếu số lô"),
            ({"eventTime": (clock.now() + timedelta(days=1)).isoformat()}, "chưa tới"),
            ({"eventTime": "1999-01-01T00:00:00Z"}, "xem lại năm"),
            ({"eventTime": "hôm qua"}, "Sai cấu trúc"),
            ({"quantityList": [{"epcClass": LOT_URI, "quantity": 1e30, "uom": "KGM"}]}, "số lượng"),
            ({"quantityList": [{"epcClass": LOT_URI, "quantity": -1, "uom": "KGM"}]}, "số lượng"),
            ({"@context": "https://acme.example/context.jsonld"}, "không gian tên"),
        ],
    )
    async def test_what_cannot_be_is_refused_with_a_sentence(
        self, session: AsyncSession, cast: Cast, wrong: JSON, sentence: str
    ) -> None:
        await service.create_lot(session, cast.alice, cast.squid, LotIn(code="LO-9"))
        row = await take(session, cast.alice, whole(step(**wrong)))
        assert row.state is CaptureState.FAILED
        assert sentence in row.errors[0]["problem"]

    async def test_the_gtin_of_another_producer_is_refused_whether_its_lot_is_there_or_not(
        self, session: AsyncSession, cast: Cast
    ) -> None:
        lot = await service.create_lot(session, cast.alice, cast.squid, LotIn(code="LO-9"))
        new = [{"epcClass": f"https://id.gs1.org/01/{GTIN}/10/LO-MOI", "quantity": 1, "uom": "KGM"}]
        row = await take(session, cast.bob, whole(step(action="ADD"), step(action="ADD", quantityList=new)))
        assert (row.state, row.stored_count) == (CaptureState.FAILED, 0)
        assert [(each["index"], "không thuộc chủ thể" in each["problem"]) for each in row.errors] == [
            (0, True), (1, True),
        ]  # fmt: skip
        assert (await session.scalars(queries.events_of(lot.id))).all() == []
        assert (await session.scalars(select(Lot.code))).all() == ["LO-9"]

    @pytest.mark.parametrize(
        "document",
        [
            whole(step(), context="https://acme.example/context.jsonld"),
            whole(step(), context=[CONTEXT_URL, "https://acme.example/context.jsonld"]),
            whole(step(), context={"acme": "https://acme.example/voc/"}),
            whole(),
            {**whole(step()), "type": "EPCISQueryDocument"},
            {key: value for key, value in whole(step()).items() if key != "schemaVersion"},
            whole(step(**{"ocop:note": "a\0b"})),
            whole(step(**{"ocop:note": ["\ud800"]})),
            whole(step(quantityList=[{"epcClass": LOT_URI, "quantity": float("inf"), "uom": "KGM"}])),
            whole(step(**{"acme:x": nested(capture.DEEPEST)})),
        ],
    )
    async def test_a_document_that_is_none_is_refused_at_once(
        self, session: AsyncSession, cast: Cast, document: JSON
    ) -> None:
        with pytest.raises(DocumentInvalid):
            await capture.accept(session, cast.alice, document)

    async def test_who_acts_for_several_names_the_producer(self, session: AsyncSession, cast: Cast) -> None:
        both = Actor(Role.HELPER, producers=cast.alice.producers | cast.bob.producers)
        with pytest.raises(ProducerNotNamed):
            await capture.accept(session, both, whole(step()))


class TestTheJob:
    async def test_sees_only_its_producer(self, house: House) -> None:
        async with house.database.session(SYSTEM) as session:
            row = await capture.accept(
                session,
                house.cast.alice,
                whole(step(quantityList=[{"epcClass": "urn:epc:class:lgtin:893600.0000001.LO-2026-09"}])),
            )
        await jobs.capture(JobContext(house.database, {}), {"capture_id": str(row.id)})
        await jobs.capture(JobContext(house.database, {}), {"capture_id": str(row.id)})
        async with house.database.session(SYSTEM) as session:
            done = await capture.find_capture(session, house.cast.alice, row.id)
            events = (await session.scalars(queries.events_of(house.lot.id))).all()
        assert (done.state, done.errors, done.stored_count) == (CaptureState.DONE, [], 1)
        assert len(events) == 5

    async def test_the_history_is_public_for_a_published_lot(self, house: House) -> None:
        path = f"/p/epcis/01/{GTIN}/10/{house.lot.code}"
        answer = await house.client.get(path)
        assert answer.headers["content-type"] == "application/ld+json"
        assert epcis_schema.valid_against_schema(answer.json())
        assert verify(answer.json()).holds
        assert (await house.client.get(f"/p/epcis/01/{GTIN}")).status_code == 404
        asked = await house.client.get(path.removeprefix("/p/epcis"), params={"linkType": "gs1:epcis"})
        assert asked.headers["location"].endswith(path)


class TestQuery:
    async def ask(self, session: AsyncSession, cast: Cast, **asked: str) -> list[str]:
        page = await epcis_query.find_events(session, cast.alice, asked)
        return [each.kind.value for each in page.rows]

    async def test_filters(self, session: AsyncSession, cast: Cast) -> None:
        lot = await full_history(session, cast)
        await make_released_lot(session, cast, cast.tea, "TRA")
        both = await self.ask(session, cast, EQ_bizStep="https://ref.gs1.org/cbv/BizStep-packing|shipping")
        assert both == ["packing", "packing", "shipping"]
        assert await self.ask(session, cast, EQ_disposition="recalled") == ["recall"]
        assert await self.ask(session, cast, eventType="TransformationEvent") == ["processing"]
        assert len(await self.ask(session, cast, MATCH_epcClass=LOT_URI)) == 11
        assert len(await self.ask(session, cast, MATCH_epcClass=f"urn:uuid:{lot.id}")) == 11
        source = f"https://ocop.example.vn/01/{GTIN}/10/muc-tuoi"
        assert await self.ask(session, cast, MATCH_epcClass=source) == ["processing"]
        six = (YESTERDAY + timedelta(hours=6)).isoformat()
        seven = (YESTERDAY + timedelta(hours=7)).astimezone(UTC).isoformat().replace("+00:00", "Z")
        assert await self.ask(session, cast, GE_eventTime=six, LT_eventTime=seven) == ["packing"]
        page = await epcis_query.find_events(session, cast.bob, {})
        assert page.rows == []

    async def test_pages(self, session: AsyncSession, cast: Cast) -> None:
        await full_history(session, cast)
        seen: list[Any] = []
        token = ""
        while True:
            asked = {"perPage": "4", **({"nextPageToken": token} if token else {})}
            page = await epcis_query.find_events(session, cast.alice, asked)
            seen += [each.id for each in page.rows]
            token = page.token
            if not token:
                break
        assert (len(seen), len(set(seen))) == (11, 11)

    @pytest.mark.parametrize(
        "asked", [{"perPage": "0"}, {"GE_eventTime": "2026-09-30T08:00:00"}, {"WD_bizLocation": "x"}]
    )
    async def test_what_is_not_understood_is_said(
        self, session: AsyncSession, cast: Cast, asked: dict[str, str]
    ) -> None:
        with pytest.raises(QueryInvalid):
            await epcis_query.find_events(session, cast.alice, asked)

    async def test_the_answer_is_an_epcis_document(self, session: AsyncSession, cast: Cast) -> None:
        await full_history(session, cast)
        page = await epcis_query.find_events(session, cast.alice, {})
        told = as_document(page.rows)
        assert epcis_schema.valid_against_schema(json.loads(json.dumps(told)))
        assert datetime.fromisoformat(told["creationDate"]).tzinfo is not None
