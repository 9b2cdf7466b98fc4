"""Lots over HTTP, from a signed-in producer to the page a buyer opens."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from tests import builders
from tests.traceability.builders import BROWSER

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.kit.qr import read_png
from ocop_hub.traceability.models import AlertKind, ScanAlert


@pytest.fixture
async def product(client: httpx.AsyncClient, database: Database) -> str:
    """Hoa's product without a GTIN, with Hoa signed in."""
    async with database.session(SYSTEM) as session:
        cast = await builders.make_cast(session)
        made = await builders.make_product(session, cast.hers)
    client.headers["X-CSRF-Token"] = await builders.sign_in(client, cast.hoa)
    return f"/api/v1/products/{made.id}"


def facts() -> dict[str, Any]:
    packed = clock.now() - timedelta(days=1)
    harvest = {"at": (packed - timedelta(days=1)).isoformat()}
    return {
        "harvest": harvest,
        "first_processing": harvest,
        "packing": {"at": packed.isoformat()},
        "place": {"text": "Xưởng Ba Chẽ"},
    }


async def test_from_the_lot_to_the_buyers_page(client: httpx.AsyncClient, product: str) -> None:
    made = await client.post(f"{product}/lots", json={"code": "lo-01", "display_name": "Lô đầu mùa"})
    assert made.status_code == 201
    lot = made.headers["location"]
    assert (await client.post(f"{lot}/release")).status_code == 409
    assert (await client.post(f"{lot}/four-facts", json=facts())).status_code == 201
    assert (await client.post(f"{lot}/release")).json()["state"] == "released"

    label = await client.get(f"{lot}/label.png")
    assert label.headers["content-type"] == "image/png"
    (uri,) = read_png(label.content)
    detail = (await client.get(lot)).json()
    assert (detail["trace_uri"], len(detail["events"])) == (uri, 4)
    drawn = await client.get(f"{lot}/label.svg")
    assert "BẢN THỬ – KHÔNG IN" in drawn.text
    assert drawn.headers["content-type"].startswith("image/svg+xml")

    page = await client.get(uri, headers=BROWSER)
    assert page.status_code == 200
    assert "LO-01 (Lô đầu mùa)" in page.text
    await client.post(f"{lot}/recall", json={"reason": "Sai hạn sử dụng"})
    assert "Sai hạn sử dụng" in (await client.get(uri, headers=BROWSER)).text
    assert (await client.get(f"{lot}/label.png")).status_code == 409


async def test_a_products_own_label(client: httpx.AsyncClient, product: str) -> None:
    (uri,) = read_png((await client.get(f"{product}/label.png")).content)
    assert (await client.get(uri, headers=BROWSER)).status_code == 200
    assert read_png((await client.get(f"{product}/label.png")).content) == [uri]


async def test_lots_are_paged_newest_first(client: httpx.AsyncClient, product: str) -> None:
    for number in range(3):
        await client.post(f"{product}/lots", json={"code": f"LO-{number}"})
    first = (await client.get(f"{product}/lots", params={"limit": 2})).json()
    rest = (await client.get(f"{product}/lots", params={"limit": 2, "cursor": first["next_cursor"]})).json()
    assert [each["code"] for each in (*first["items"], *rest["items"])] == ["LO-2", "LO-1", "LO-0"]
    assert rest["next_cursor"] is None


async def test_refusals_name_what_to_do(client: httpx.AsyncClient, product: str) -> None:
    refused = await client.post(f"{product}/lots", json={"code": "LÔ-01"})
    assert refused.status_code == 422
    assert refused.json()["type"] == "urn:ocop-hub:error:lot-code-invalid"
    assert "“LO-01”" in refused.json()["detail"]
    await client.post(f"{product}/lots", json={"code": "LO-01"})
    taken = await client.post(f"{product}/lots", json={"code": "LO-01"})
    assert (taken.status_code, taken.json()["type"]) == (409, "urn:ocop-hub:error:lot-code-taken")


async def test_a_correction_names_what_it_corrects(client: httpx.AsyncClient, product: str) -> None:
    lot = (await client.post(f"{product}/lots", json={"code": "LO-01"})).headers["location"]
    event = {"kind": "packing", "occurred_at": (clock.now() - timedelta(days=3)).isoformat()}
    wrong = (await client.post(f"{lot}/events", json=event)).json()
    right = {**event, "corrects_id": wrong["id"], "note": "Đóng gói lại"}
    assert (await client.post(f"{lot}/events", json=right)).status_code == 201
    assert (await client.post(f"{lot}/events", json=right)).status_code == 409
    naive = {**event, "occurred_at": "2026-01-02T03:04:05"}
    assert (await client.post(f"{lot}/events", json=naive)).status_code == 422


async def test_a_paper_goes_with_an_event(client: httpx.AsyncClient, product: str) -> None:
    lot = (await client.post(f"{product}/lots", json={"code": "LO-01"})).headers["location"]
    kept = await client.post(f"{lot}/papers", files={"paper": ("kn.pdf", b"%PDF-1.7 ...", "application/pdf")})
    assert kept.status_code == 201
    event = {
        "kind": "inspection",
        "occurred_at": (clock.now() - timedelta(days=1)).isoformat(),
        "details": {"attachments": [{"key": kept.json()["key"], "title": "Phiếu kiểm nghiệm"}]},
    }
    written = (await client.post(f"{lot}/events", json=event)).json()
    assert written["details"]["attachments"][0]["title"] == "Phiếu kiểm nghiệm"
    assert written["event_hash"].startswith("ni:///sha-256;")
    script = await client.post(f"{lot}/papers", files={"paper": ("x.html", b"<script>", "text/html")})
    assert script.status_code == 422
    assert (await client.get("/api/v1/event-templates", params={"group": "do_uong"})).json()["steps"][0][
        "kind"
    ] == "harvest"
    assert (await client.get(f"{lot}/scans")).json() == []
    assert (await client.get("/api/v1/scan-alerts")).json()["items"] == []


async def test_alerts_by_whether_they_wait(
    client: httpx.AsyncClient, database: Database, product: str
) -> None:
    made = (await client.post(f"{product}/lots", json={"code": "LO-01"})).json()
    async with database.session(SYSTEM) as session:
        about = {name: UUID(made[name]) for name in ("producer_id", "product_id")}
        alert = ScanAlert(
            kind=AlertKind.MORE_THAN_MADE, day=clock.today(), scans=9, lot_id=UUID(made["id"]), **about
        )
        session.add(alert)
    alerts = "/api/v1/scan-alerts"

    async def listed(answered: bool) -> list[str]:
        return [
            each["id"] for each in (await client.get(alerts, params={"answered": answered})).json()["items"]
        ]

    assert (await listed(False), await listed(True)) == ([str(alert.id)], [])
    await client.post(f"{alerts}/{alert.id}/answer", json={"answer": "Hàng trưng bày"})
    assert (await listed(False), await listed(True)) == ([], [str(alert.id)])


async def test_epcis_over_http(client: httpx.AsyncClient, product: str) -> None:
    lot = (await client.post(f"{product}/lots", json={"code": "LO-01"})).headers["location"]
    await client.post(f"{lot}/four-facts", json=facts())
    document = (await client.get(f"{lot}/epcis")).json()
    taken = await client.post(
        "/epcis/v2/capture",
        content=json.dumps(document),
        headers={"Content-Type": "application/ld+json"},
    )
    assert taken.status_code == 202
    assert taken.headers["gs1-epcis-version"] == "2.0.0"
    assert (await client.get(taken.headers["location"])).json()["running"] is True
    first = await client.get("/epcis/v2/events", params={"perPage": "3"})
    rest = await client.get(first.links["next"]["url"])
    counts = [
        len(each.json()["epcisBody"]["queryResults"]["resultsBody"]["eventList"]) for each in (first, rest)
    ]
    assert counts == [3, 1]
    assert "next" not in rest.links
    huge = await client.post("/epcis/v2/capture", content=b"{}", headers={"Content-Length": "100000000"})
    assert huge.status_code == 413
    assert "20 MB" in huge.json()["detail"]
