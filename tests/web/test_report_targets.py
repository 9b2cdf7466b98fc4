"""Chỉ tiêu and work lists over HTTP."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from tests.builders import Cast, make_product, sign_in

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock

HTML = {"accept": "text/html"}
DUE = clock.today() + timedelta(days=30)


@pytest.fixture
async def goods(database: Database, cast: Cast) -> None:
    async with database.session(SYSTEM) as session:
        await make_product(session, cast.hers, "Trà <hoa> vàng", stars=4)
        await make_product(session, cast.his, "Chả mực", stars=3)


@pytest.mark.usefixtures("goods")
async def test_a_target_and_the_work_to_reach_it(client: httpx.AsyncClient, cast: Cast) -> None:
    await sign_in(client, cast.thu)
    page = (await client.get("/bao-cao/chi-tieu", headers=HTML)).text
    csrf = page.split('name="csrf" value="', 1)[1].split('"', 1)[0]
    form = {"csrf": csrf, "due_on": DUE.isoformat(), "share": "92,5%", "document_number": "5/KH-UBND"}
    wrong = await client.post("/bao-cao/chi-tieu", data=form | {"share": "nhiều"}, headers=HTML)
    assert wrong.status_code == 422
    assert (await client.post("/bao-cao/chi-tieu", data=form, headers=HTML)).status_code == 303
    page = (await client.get("/bao-cao/chi-tieu", headers=HTML)).text
    assert f"92,5% đến {DUE.day}/{DUE.month}/{DUE.year}" in page
    assert "% chỉ tiêu" in page
    assert "5/KH-UBND" in page
    assert "Chỉ tiêu 92,5%: đạt 0% chỉ tiêu" in (await client.get("/bao-cao", headers=HTML)).text
    work = (await client.get("/bao-cao/viec", headers=HTML)).text
    assert "Trà &lt;hoa&gt; vàng" in work
    assert "còn thiếu 2 sản phẩm" in work
    text = await client.get("/bao-cao/viec.txt")
    assert text.headers["content-type"].startswith("text/plain")
    assert "Phường Bãi Cháy (1 sản phẩm):" in text.text
    assert "/bao-cao/danh-sach" in text.text
    sheet = await client.get("/bao-cao/viec.xlsx")
    assert sheet.content.startswith(b"PK")


@pytest.mark.usefixtures("goods")
async def test_a_commune_gets_its_own_work(client: httpx.AsyncClient, cast: Cast) -> None:
    await sign_in(client, cast.minh)
    text = (await client.get("/bao-cao/viec.txt")).text
    assert "Trà <hoa> vàng" in text
    assert "Chả mực" not in text
