"""Kỳ số liệu over HTTP: open, confirm, close, read the frozen figure again."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from tests.builders import Cast, make_account, make_listing, make_product, sign_in

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade

HTML = {"accept": "text/html"}
AS_OF = clock.today() - timedelta(days=1)


@pytest.fixture
async def goods(database: Database, cast: Cast) -> None:
    begun = clock.now() - timedelta(days=300)
    async with database.session(SYSTEM) as session:
        listed = await make_product(session, cast.hers, "Trà hoa vàng", stars=4)
        await make_product(session, cast.hers, "Miến dong", stars=3)
        await make_product(session, cast.his, "Chả mực", stars=3)
        account = await make_account(session, cast.hers)
        await make_listing(session, listed, account, grade=Grade.API, since=begun)


async def token(client: httpx.AsyncClient, path: str) -> str:
    page = (await client.get(path, headers=HTML)).text
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]


async def send(client: httpx.AsyncClient, path: str, form_on: str, **values: str) -> httpx.Response:
    values["csrf"] = await token(client, form_on)
    return await client.post(path, data=values, headers=HTML)


@pytest.mark.usefixtures("goods")
async def test_from_opening_to_the_frozen_list(client: httpx.AsyncClient, cast: Cast) -> None:
    await sign_in(client, cast.thu)
    opened = await send(client, "/bao-cao/ky", "/bao-cao/ky", as_of=AS_OF.isoformat())
    assert opened.status_code == 303
    one = opened.headers["location"].split("?")[0]
    twice = await send(client, "/bao-cao/ky", "/bao-cao/ky", as_of=AS_OF.isoformat())
    assert twice.status_code == 422
    assert "Đã có kỳ số liệu" in twice.text

    await sign_in(client, cast.minh)
    before = (await client.get(one, headers=HTML)).text
    assert "1/2 sản phẩm" in before
    assert f"/bao-cao/danh-sach?as_of={AS_OF.isoformat()}&amp;part=not_listed" in before
    confirmed = await send(client, f"{one}/xac-nhan", one)
    assert confirmed.status_code == 303
    mine = (await client.get(one, headers=HTML)).text
    assert "Đơn vị của bạn đã xác nhận 1/2 sản phẩm lúc" in mine
    assert f'action="{one}/xac-nhan"' not in mine

    await sign_in(client, cast.thu)
    page = (await client.get(one, headers=HTML)).text
    assert "1 đơn vị chưa xác nhận" in page
    assert "1/3 sản phẩm" in page
    incomplete = await send(client, f"{one}/chot", one, document_number="", document_date="")
    assert incomplete.status_code == 422
    paper = {"document_number": "12/BC-SNNMT", "document_date": clock.today().strftime("%d/%m/%Y")}
    closed = await send(client, f"{one}/chot", one, **paper)
    assert closed.status_code == 303
    page = (await client.get(one, headers=HTML)).text
    assert "Số liệu đã chốt" in page
    assert "12/BC-SNNMT" in page
    assert "33,3%" in page
    assert "1 đơn vị chưa xác nhận khi chốt" in page
    assert "Phường Bãi Cháy" in page
    again = await send(client, f"{one}/dieu-chinh", one, reason="Xem lại", **paper)
    assert again.status_code == 422
    assert "không có gì để điều chỉnh" in again.text

    listed = (await client.get(f"{one}/danh-sach?part=listed", headers=HTML)).text
    assert "Trà hoa vàng" in listed
    assert "Chả mực" not in listed
    for kind, start in (("docx", b"PK"), ("xlsx", b"PK"), ("pdf", b"%PDF")):
        file = await client.get(f"{one}/tep?dang={kind}")
        assert file.content.startswith(start)
        assert f"{AS_OF.isoformat()}.{kind}" in file.headers["content-disposition"]
    live = await client.get("/bao-cao/tep?dang=docx&by=marketplace")
    assert live.status_code == 200
    assert (await client.get("/bao-cao/tep?dang=exe")).status_code == 422
    dashboard = (await client.get(f"/bao-cao?as_of={AS_OF.isoformat()}", headers=HTML)).text
    assert "Số liệu tạm tính" in dashboard
    assert "Số liệu đã chốt của ngày này: 33,3% (1/3), văn bản 12/BC-SNNMT" in dashboard


@pytest.mark.usefixtures("goods")
async def test_a_commune_says_what_is_wrong_beside_its_list(client: httpx.AsyncClient, cast: Cast) -> None:
    await sign_in(client, cast.thu)
    opened = await send(client, "/bao-cao/ky", "/bao-cao/ky", as_of=AS_OF.isoformat())
    one = opened.headers["location"].split("?")[0]

    await sign_in(client, cast.minh)
    asked = (await client.get(one, headers=HTML)).text
    listed, missing = asked.index("Trà hoa vàng"), asked.index("Miến dong")
    assert missing < listed < asked.index(f'action="{one}/xac-nhan"')
    assert "Chưa lên sàn" in asked[missing:listed]
    assert "Chả mực" not in asked
    silent = await send(client, f"{one}/chua-dung", one, objection=" ")
    assert silent.status_code == 422
    assert "Hãy ghi điều chưa đúng" in silent.text
    said = await send(client, f"{one}/chua-dung", one, objection="Miến dong đã lên <Voso>")
    assert said.status_code == 303
    mine = (await client.get(said.headers["location"], headers=HTML)).text
    assert "Đã gửi điều chưa đúng lên cấp tỉnh." in mine
    assert "Miến dong đã lên &lt;Voso&gt;" in mine
    assert f'action="{one}/xac-nhan"' in mine

    await sign_in(client, cast.thu)
    page = (await client.get(one, headers=HTML)).text
    assert "1 đơn vị báo chưa đúng" in page
    assert "<b>Xã Ba Chẽ</b>: Miến dong đã lên &lt;Voso&gt;" in page
    assert "0 đơn vị đã xác nhận" in page
    assert "1 đơn vị chưa xác nhận" in page
    paper = {"document_number": "12/BC-SNNMT", "document_date": clock.today().strftime("%d/%m/%Y")}
    await send(client, f"{one}/chot", one, **paper)
    closed = (await client.get(one, headers=HTML)).text
    assert "1 đơn vị báo chưa đúng khi chốt" in closed
    assert "<b>Xã Ba Chẽ</b>: Miến dong đã lên &lt;Voso&gt;" in closed


@pytest.mark.usefixtures("goods")
async def test_a_communes_officer_sees_her_part_of_the_list(client: httpx.AsyncClient, cast: Cast) -> None:
    await sign_in(client, cast.thu)
    made = (await client.post("/api/v1/report-periods", json={"as_of": AS_OF.isoformat()})).json()
    one = f"/api/v1/report-periods/{made['id']}"
    paper = {"document_number": "12/BC", "document_date": clock.today().isoformat()}
    closed = await client.post(f"{one}/close", json=paper)
    assert closed.json()["coverage"]["figure"]["closed"] is True
    assert closed.json()["coverage"]["figure"]["document_number"] == "12/BC"
    again = await client.post(f"{one}/close", json=paper)
    assert again.status_code == 409
    assert "đã chốt theo văn bản 12/BC" in again.json()["detail"]
    assert len((await client.get(f"{one}/products")).json()["items"]) == 3
    await sign_in(client, cast.minh)
    assert {p["name"] for p in (await client.get(f"{one}/products")).json()["items"]} == {
        "Trà hoa vàng",
        "Miến dong",
    }
    assert (await client.get(one)).json()["figures"][0]["coverage"]["figure"]["numerator"] == 1
