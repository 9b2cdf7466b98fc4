"""EPCIS 2.0 over HTTP: what is found from the root, one event, a document too large."""

from __future__ import annotations

from collections.abc import AsyncIterator
from urllib.parse import quote

import httpx
import pytest
from tests import builders

from ocop_hub.db import SYSTEM, Database
from ocop_hub.gs1 import epcis_schema

STEP = {"at": "2026-09-28T08:00:00+07:00"}
FACTS = {"harvest": STEP, "first_processing": STEP, "packing": STEP, "place": {"text": "Xưởng Tân Tiến"}}


@pytest.fixture
async def hoa(client: httpx.AsyncClient, database: Database) -> httpx.AsyncClient:
    """Hoa, signed in, with a lot and its four facts."""
    async with database.session(SYSTEM) as session:
        cast = await builders.make_cast(session)
        product = await builders.make_product(session, cast.hers)
        lot = await builders.make_lot(session, product)
    await builders.sign_in(client, cast.hoa)
    made = await client.post(f"/api/v1/lots/{lot.id}/four-facts", json=FACTS)
    assert made.status_code == 201, made.text
    return client


async def test_from_the_root_to_one_event(hoa: httpx.AsyncClient) -> None:
    root = (await hoa.get("/epcis/v2")).json()
    assert root["type"] == "Collection"
    assert {"events", "capture", "eventTypes", "bizSteps", "dispositions"} == set(root["member"])
    assert (await hoa.get("/epcis/v2/eventTypes")).json()["member"] == ["ObjectEvent"]
    steps = (await hoa.get("/epcis/v2/bizSteps")).json()["member"]
    assert "packing" in steps
    found = await hoa.get("/epcis/v2/bizSteps/packing/events", params={"perPage": 1})
    assert epcis_schema.valid_against_schema(found.json())
    (event,) = found.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]
    one = await hoa.get(f"/epcis/v2/events/{quote(event['eventID'], safe='')}")
    assert epcis_schema.valid_against_schema(one.json())
    assert one.json()["epcisBody"]["eventList"] == [event]


async def test_what_is_not_offered_is_not_there(hoa: httpx.AsyncClient) -> None:
    for path in ("queries", "subscriptions", "epcs", "bizSteps/packing", "events/ni:none"):
        assert (await hoa.get(f"/epcis/v2/{path}")).status_code == 404


async def test_limits_are_told_to_anyone(client: httpx.AsyncClient) -> None:
    for path in ("", "/capture", "/events"):
        answer = await client.options(f"/epcis/v2{path}")
        assert answer.status_code == 204
        assert answer.headers["gs1-epcis-version"] == "2.0.0"
        assert answer.headers["gs1-epcis-capture-limit"] == "20000"
        assert int(answer.headers["gs1-epcis-capture-file-size-limit"]) == 20_000_000


async def test_captures_are_listed_in_pages(hoa: httpx.AsyncClient) -> None:
    document = {
        "@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld",
        "type": "EPCISDocument",
        "schemaVersion": "2.0",
        "creationDate": "2026-09-30T08:00:00+07:00",
        "epcisBody": {"eventList": [{"type": "ObjectEvent"}]},
    }
    handed = [
        (await hoa.post("/epcis/v2/capture", json=document)).headers["location"][-36:] for _ in range(3)
    ]
    first = await hoa.get("/epcis/v2/capture", params={"perPage": 2})
    rest = await hoa.get(first.links["next"]["url"])
    assert [each["id"] for each in [*first.json(), *rest.json()]] == handed[::-1]
    assert "next" not in rest.links


async def test_what_cannot_be_kept_is_refused_as_the_senders_fault(hoa: httpx.AsyncClient) -> None:
    head = '{"@context": "https://ref.gs1.org/standards/epcis/2.0.0/epcis-context.jsonld", "a:x": '
    deep = [f"{head}{'[' * levels}{']' * levels}}}" for levels in (100, 900, 100_000)]
    for body in (*deep, f"{head}1e999}}", f"{head}NaN}}", f'{head}"\\ud800"}}', f'{head}"\\u0000"}}'):
        answer = await hoa.post(
            "/epcis/v2/capture", content=body, headers={"Content-Type": "application/json"}
        )
        assert answer.status_code in (400, 422), body[-40:]


async def test_a_document_of_a_hundred_megabytes_is_refused_before_it_is_read(hoa: httpx.AsyncClient) -> None:
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while sent < 100_000_000:
            sent += 1_000_000
            yield b" " * 1_000_000

    for body, headers in ((endless(), {}), (b"{}", {"Content-Length": "100000000"})):
        answer = await hoa.post(
            "/epcis/v2/capture",
            content=body,
            headers={"Content-Type": "application/json", **headers},
        )
        assert answer.status_code == 413
    assert sent <= 22_000_000
