"""A print run on the desk, from the lot's page to the last word on it; scan alerts; label paper and the mark."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select
from tests import builders

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.traceability.labels.models import LabelPaper
from ocop_hub.traceability.models import AlertKind, Lot, LotState, ScanAlert

MARK = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4"/></svg>'


@pytest.fixture
async def cast(client: httpx.AsyncClient, database: Database) -> builders.Cast:
    """Hoa's product with a released lot; Hoa is signed in."""
    async with database.session(SYSTEM) as session:
        cast = await builders.make_cast(session)
        product = await builders.make_product(session, cast.hers)
        await builders.make_lot(session, product, state=LotState.RELEASED)
    await builders.sign_in(client, cast.hoa)
    return cast


async def lot_of(database: Database) -> Lot:
    async with database.session(SYSTEM) as session:
        return (await session.scalars(select(Lot))).one()


@pytest.fixture
async def run(client: httpx.AsyncClient, database: Database, cast: builders.Cast) -> str:
    """The page of a run of thirty serial labels on three rolls, planned for a print house."""
    lot = await lot_of(database)
    asked = {"count": "30", "kind": "serial", "roll_size": "10", "layout": "a4-3x8", "for": "house"}
    answer = await client.post(f"/ban-lam-viec/lo/{lot.id}/tem", data=asked)
    assert answer.status_code == 303
    return answer.headers["location"].partition("?")[0]


async def said(client: httpx.AsyncClient, run: str, act: str, **values: str) -> str:
    """Send the form of the page and read the page it leads to."""
    answer = await client.post(f"{run}/{act}", data=values)
    if answer.status_code == 303:
        answer = await client.get(answer.headers["location"])
    return answer.text


async def test_each_way_to_name_labels(client: httpx.AsyncClient, run: str) -> None:
    assert "Đã kích hoạt 5/30 tem." in await said(client, run, "kich-hoat", what="range", first="1", last="5")
    assert "Đã kích hoạt 15/30 tem." in await said(client, run, "kich-hoat", what="roll", roll="2")
    rows = csv.DictReader(io.StringIO((await client.get(f"/api/v1/print-runs/{run[-36:]}/labels.csv")).text))
    uris = [row["uri"] for row in rows]
    page = await said(client, run, "kich-hoat", what="scan", from_serial=uris[29], to_serial=uris[20].lower())
    assert "Đã kích hoạt 25/30 tem." in page
    assert "Đã kích hoạt 30/30 tem." in await said(client, run, "kich-hoat", what="all")


async def test_block_and_unblock_show_who_and_why(client: httpx.AsyncClient, run: str) -> None:
    page = await said(client, run, "khoa", what="range", first="3", last="6")
    assert "Hãy ghi lý do khóa tem" in page
    assert 'value="3"' in page
    page = await said(client, run, "khoa", what="range", first="3", last="6", note="Rách khi dán")
    assert "Tem đang khóa" in page
    assert page.count("Rách khi dán") == 2
    assert page.count("Nguyễn Thị Hòa") >= 3
    page = await said(client, run, "mo-khoa", what="range", first="1", last="4", note="Dán lại được")
    assert "5–6" in page
    assert "Dán lại được" in page


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({}, "Hãy ghi số."),
        ({"what": "range", "first": "1", "last": "31"}, "khoảng 1–31 không đúng"),
        ({"what": "range", "first": "một", "last": "2"}, "không phải số thứ tự"),
        ({"what": "roll", "roll": "4"}, "cuộn số 1 đến 3"),
        ({"what": "scan", "from_serial": "0000000000000000"}, "Hãy quét hoặc gõ mã"),
        ({"what": "scan", "from_serial": "x", "to_serial": "y"}, "không thuộc"),
        ({"what": "none"}, "Hãy chọn những tem nào."),
    ],
)
async def test_what_is_wrong_comes_back(
    client: httpx.AsyncClient, run: str, values: dict[str, str], words: str
) -> None:
    answer = await client.post(f"{run}/kich-hoat", data={"what": "range"} | values)
    assert answer.status_code == 422
    assert words in answer.text


async def test_reprint_then_void(client: httpx.AsyncClient, run: str) -> None:
    for asked in ({"print_first": "7", "print_last": "9"}, {}):
        sheet = await client.post(f"{run}/in-lai", data={"layout": "a4-3x8"} | asked)
        assert sheet.headers["content-type"] == "application/pdf"
    wrong = await client.post(f"{run}/in-lai", data={"layout": "a4-3x8", "print_first": "31"})
    assert wrong.status_code == 422
    page = (await client.get(run)).text
    assert "7–9" in page
    assert page.count("pdf, A4") == 2
    assert "Hãy ghi lý do hủy" in await said(client, run, "huy")
    page = await said(client, run, "huy", reason="In lệch")
    assert "In lệch" in page
    assert "/in-lai" not in page
    assert (await client.post(f"{run}/in-lai", data={"layout": "a4-3x8"})).status_code == 422


async def test_alerts_are_answered_once_and_stay_to_be_read(
    client: httpx.AsyncClient, database: Database, cast: builders.Cast
) -> None:
    lot = await lot_of(database)
    async with database.session(SYSTEM) as session:
        for n, kind in enumerate(AlertKind):
            session.add(
                ScanAlert(
                    producer_id=lot.producer_id, product_id=lot.product_id, lot_id=lot.id, kind=kind,
                    day=clock.today() - timedelta(days=n), scans=12,
                )
            )  # fmt: skip
    assert "8 cảnh báo chưa có câu trả lời." in (await client.get("/ban-lam-viec")).text
    page = (await client.get("/ban-lam-viec/canh-bao")).text
    actions = re.findall(r'action="(/ban-lam-viec/canh-bao/[^"]+)"', page)
    assert len(actions) == 8
    assert "giả" not in page.replace("giải", "")
    assert (await client.post(actions[0], data={"answer": " "})).status_code == 422
    assert (await client.post(actions[0], data={"answer": "Tem in thử ở xưởng"})).status_code == 303
    assert "Tem in thử" not in (await client.get("/ban-lam-viec/canh-bao")).text
    every = (await client.get("/ban-lam-viec/canh-bao?xem=het")).text
    assert "Tem in thử ở xưởng" in every
    assert "Nguyễn Thị Hòa" in every
    await builders.sign_in(client, cast.thu)
    assert "Tem in thử ở xưởng" in (await client.get("/ban-lam-viec/canh-bao?xem=het")).text


async def test_paper_of_ones_own_is_offered_and_printed_on(
    client: httpx.AsyncClient, database: Database, cast: builders.Cast
) -> None:
    lot = await lot_of(database)
    size = {"name": "Giấy xưởng", "label_width": "60", "label_height": "29,7", "page_width": "210"}
    grid = {"page_height": "297", "columns": "3", "rows": "10", "offset_x": "-0,5", "left": "10"}
    assert (await client.post("/ban-lam-viec/kho-tem", data=size | grid)).status_code == 303
    async with database.session(SYSTEM) as session:
        paper = (await session.scalars(select(LabelPaper))).one()
    key = f"rieng-{paper.id}"
    assert key in (await client.get(f"/ban-lam-viec/lo/{lot.id}")).text
    test = await client.get(f"/api/v1/label-layouts/test.pdf?layout={key}")
    assert test.content.startswith(b"%PDF-")
    asked = {"count": "3", "kind": "lot", "layout": key}
    sheet = await client.post(f"/ban-lam-viec/lo/{lot.id}/tem", data=asked)
    assert sheet.content.startswith(b"%PDF-")
    wrong = await client.post("/ban-lam-viec/kho-tem", data=size | grid | {"label_width": "rộng"})
    assert wrong.status_code == 422
    assert "Hãy ghi số mi-li-mét" in wrong.text
    assert (await client.post(f"/ban-lam-viec/kho-tem/{paper.id}/bo")).status_code == 303
    assert key not in (await client.get(f"/ban-lam-viec/lo/{lot.id}")).text


async def test_the_mark_is_given_by_the_office_and_seen_by_all(
    client: httpx.AsyncClient, cast: builders.Cast
) -> None:
    assert "Gửi hình dấu" not in (await client.get("/ban-lam-viec/kho-tem")).text
    await builders.sign_in(client, cast.thu)
    wrong = await client.post("/ban-lam-viec/dau-ocop", files={"mark": ("a.svg", b"GIF89a")})
    assert wrong.status_code == 422
    assert "Không đọc được hình dấu" in wrong.text
    given = await client.post("/ban-lam-viec/dau-ocop", files={"mark": ("a.svg", MARK)})
    assert given.status_code == 303
    await builders.sign_in(client, cast.hoa)
    picture = await client.get("/ban-lam-viec/dau-ocop")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert "sandbox" in picture.headers["content-security-policy"]
    assert "Vũ Thị Thu" in (await client.get("/ban-lam-viec/kho-tem")).text
