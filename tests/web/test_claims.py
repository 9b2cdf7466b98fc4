"""Taking over a producer by its code, as a phone's browser does."""

from __future__ import annotations

import httpx
import pytest
from tests.builders import PASSPHRASE, Cast, make_producer, sign_in
from tests.cast import OFFICER

from ocop_hub.db import SYSTEM, Database
from ocop_hub.producers.claims import issue_claim


@pytest.fixture
async def code(database: Database, cast: Cast) -> str:
    async with database.session(SYSTEM) as session:
        producer = await make_producer(session, "Hộ sản xuất Tòng Văn A")
        return (await issue_claim(session, OFFICER, producer.id)).code


NEW = {"display_name": "Tòng Thị B", "login": "0978 111 222", "passphrase": PASSPHRASE}


async def test_a_stranger_registers_and_has_it(client: httpx.AsyncClient, code: str) -> None:
    page = await client.get(f"/nhan-ho-so/{code}")
    assert (page.status_code, "Hộ sản xuất Tòng Văn A" in page.text) == (200, True)
    assert "Xã Ba Chẽ" in page.text
    assert page.headers["referrer-policy"] == "same-origin"
    weak = await client.post(f"/nhan-ho-so/{code}", data={**NEW, "passphrase": "ngắn"})
    assert (weak.status_code, 'value="Tòng Thị B"' in weak.text) == (422, True)
    # The Back button shows this page again instead of asking to send the form twice; the code's own page is not kept.
    assert (page.headers["cache-control"], weak.headers["cache-control"]) == (
        "private, no-store",
        "private, no-cache",
    )
    assert "ngắn" not in weak.text
    done = await client.post(f"/nhan-ho-so/{code}", data=NEW)
    assert (done.status_code, done.headers["location"]) == (303, "/ban-lam-viec"), done.text
    me = (await client.get("/api/v1/me")).json()
    assert (me["name"], len(me["producers"])) == ("Tòng Thị B", 1)
    client.cookies.clear()
    again = await client.get(f"/nhan-ho-so/{code}")
    assert (again.status_code, "chỉ dùng được một lần" in again.text) == (409, True)


async def test_all_that_is_wrong_is_said_at_once_and_at_its_field(
    client: httpx.AsyncClient, code: str
) -> None:
    wrong = await client.post(f"/nhan-ho-so/{code}", data={"login": "0912 345", "passphrase": "123456"})
    assert wrong.status_code == 422
    for words in ('href="#f-login"', "Số điện thoại chưa đúng", 'href="#f-passphrase"', "từ 10 đến 200"):
        assert words in wrong.text
    nothing = await client.post(f"/nhan-ho-so/{code}", data={})
    assert "Hãy nhập số điện thoại hoặc thư điện tử" in nothing.text


async def test_who_is_signed_in_has_one_button(client: httpx.AsyncClient, cast: Cast, code: str) -> None:
    token = await sign_in(client, cast.binh)
    page = await client.get(f"/nhan-ho-so/{code}")
    assert "Nhận hồ sơ này" in page.text
    assert "Chưa có tài khoản" not in page.text
    assert (await client.post(f"/nhan-ho-so/{code}", data={"csrf": token})).status_code == 303
    assert len((await client.get("/api/v1/me")).json()["producers"]) == 2


async def test_a_known_number_keeps_the_code(client: httpx.AsyncClient, cast: Cast, code: str) -> None:
    taken = await client.post(f"/nhan-ho-so/{code}", data={**NEW, "login": cast.hoa.phone})
    assert taken.status_code == 409
    assert "Hãy đăng nhập" in taken.text
    assert (await client.get(f"/nhan-ho-so/{code}")).status_code == 200


async def test_a_code_typed_by_hand(client: httpx.AsyncClient, code: str) -> None:
    assert "Mã trên giấy" in (await client.get("/nhan-ho-so")).text
    on = await client.get("/nhan-ho-so", params={"code": f" {code.lower()} "})
    assert (on.status_code, on.headers["location"]) == (303, f"/nhan-ho-so/{code.lower()}")
    assert (await client.get(on.headers["location"])).status_code == 200
    unknown = await client.get("/nhan-ho-so/AAAA-BBBB-CCCC")
    assert (unknown.status_code, "Không có mã này" in unknown.text) == (404, True)
