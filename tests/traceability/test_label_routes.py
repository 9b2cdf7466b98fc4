"""Print runs over HTTP, from the lot to the scanned label."""

from __future__ import annotations

import csv
import hashlib
import io
from urllib.parse import urlsplit

import httpx
import pytest
from tests import builders
from tests.traceability.builders import BROWSER

from ocop_hub.db import SYSTEM, Database
from ocop_hub.traceability.models import EventKind, LotState

STEPS = (EventKind.HARVEST, EventKind.FIRST_PROCESSING, EventKind.PACKING, EventKind.PRODUCTION_PLACE)


@pytest.fixture
async def lot(client: httpx.AsyncClient, database: Database) -> str:
    """A released lot of Hoa's, with Hoa signed in."""
    async with database.session(SYSTEM) as session:
        cast = await builders.make_cast(session)
        product = await builders.make_product(session, cast.hers)
        made = await builders.make_lot(session, product, state=LotState.RELEASED)
        for kind in STEPS:
            await builders.make_event(session, made, kind)
    client.headers["X-CSRF-Token"] = await builders.sign_in(client, cast.hoa)
    return f"/api/v1/lots/{made.id}"


async def planned(client: httpx.AsyncClient, lot: str, **body: object) -> str:
    made = await client.post(f"{lot}/print-runs", json={"kind": "serial", "count": 30} | body)
    assert made.status_code == 201, made.text
    return str(made.headers["location"])


async def test_from_the_run_to_the_scanned_label(client: httpx.AsyncClient, lot: str) -> None:
    run = await planned(client, lot, roll_size=10)
    sheet = await client.get(f"{run}/sheet.pdf", params={"layout": "a4-3x8"})
    assert sheet.headers["content-type"] == "application/pdf"
    assert sheet.content.startswith(b"%PDF-")

    body = (await client.get(f"{run}/labels.csv")).content
    manifest = (await client.get(f"{run}/manifest.json")).json()
    assert manifest["sha256"] == hashlib.sha256(body).hexdigest()
    rows = list(csv.DictReader(io.StringIO(body.decode())))
    assert [row["number"] for row in rows] == [str(n) for n in range(1, 31)]
    assert (manifest["first"], manifest["last"]) == (rows[0]["uri"], rows[-1]["uri"])

    path = urlsplit(rows[11]["uri"]).path
    assert "chưa kích hoạt" in (await client.get(path, headers=BROWSER)).text
    said = await client.post(f"{run}/activate", json={"roll": 2})
    assert said.json() == {"count": 10}
    assert "đã được quét 2 lần" in (await client.get(path, headers=BROWSER)).text
    await client.post(f"{run}/block", json={"serial": rows[11]["serial"], "note": "Bị bóc"})
    assert "đã được khóa" in (await client.get(path, headers=BROWSER)).text

    detail = (await client.get(run)).json()
    assert detail["printed"] == 2
    assert [(each["kind"], each["first"], each["last"]) for each in detail["ranges"]] == [
        ("activated", 11, 20),
        ("blocked", 12, 12),
    ]


async def test_the_same_key_plans_one_run(client: httpx.AsyncClient, lot: str) -> None:
    for _ in range(2):
        made = await client.post(f"{lot}/print-runs", json={"count": 5}, headers={"Idempotency-Key": "tem-1"})
        assert made.status_code == 201
    assert len((await client.get(f"{lot}/print-runs")).json()["items"]) == 1


async def test_refusals_name_what_to_do(client: httpx.AsyncClient, lot: str) -> None:
    for body, status, said in (
        ({"count": 0}, 422, "từ 1 đến 16.777.216"),
        ({"count": 2**24 + 1}, 422, "từ 1 đến 16.777.216"),
        ({"count": 5, "mark": True}, 409, "không được ghi hạng sao"),
        ({"count": 5, "roll_size": 6}, 422, "mỗi cuộn"),
    ):
        answer = await client.post(f"{lot}/print-runs", json=body)
        assert (body, answer.status_code) == (body, status)
        assert said in answer.json()["detail"]
    run = await planned(client, lot)
    for params, said in (
        ({"layout": "a9"}, "Các khổ đang có"),
        ({"label_width": 20, "label_height": 15}, "quá nhỏ"),
        ({"label_width": 200, "label_height": 50, "columns": 2}, "ra ngoài trang"),
        ({"first": 31}, "không đúng"),
    ):
        answer = await client.get(f"{run}/sheet.pdf", params=params)
        assert answer.status_code == 422
        assert said in answer.json()["detail"]
    assert (await client.get(run)).json()["printed"] == 0
    await client.post(f"{run}/void", json={"reason": "In lệch"})
    for file in ("sheet.pdf", "labels.csv", "labels.zpl"):
        answer = await client.get(f"{run}/{file}")
        assert answer.status_code == 409
        assert "đã hủy" in answer.json()["detail"]


async def test_the_test_page_and_the_sizes_need_no_lot(client: httpx.AsyncClient) -> None:
    keys = [each["key"] for each in (await client.get("/api/v1/label-layouts")).json()]
    assert "a4-3x8" in keys
    page = await client.get("/api/v1/label-layouts/test.pdf", params={"layout": "a4-4x10", "offset_x": 1.5})
    assert page.content.startswith(b"%PDF-")
