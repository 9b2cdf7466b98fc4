"""Cách tính on its page: read by officers, decided by an office, a trial marked as one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from tests.builders import Cast, make_product, sign_in

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock

HTML = {"accept": "text/html"}
PAGE = "/bao-cao/cach-tinh"


async def the_form(client: httpx.AsyncClient, **values: str) -> dict[str, Any]:
    page = (await client.get(PAGE, headers=HTML)).text
    csrf = page.split('name="csrf" value="', 1)[1].split('"', 1)[0]
    return {
        "csrf": csrf,
        "name": "Kế hoạch 12/KH-UBND",
        "valid_from": clock.today().isoformat(),
        "denominator": "certified_ever",
        "listing_rule": "live_on_as_of",
        "least_evidence": "link",
        "off_season": "shown_apart",
        "san_postmart": "1",
        **values,
    }


async def test_the_next_rule_is_decided_and_answers_from_its_day(
    client: httpx.AsyncClient, database: Database, cast: Cast
) -> None:
    async with database.session(SYSTEM) as session:
        await make_product(session, cast.hers, "Trà hoa vàng", stars=4)
    await sign_in(client, cast.thu)
    answer = await client.post(PAGE, data=await the_form(client), headers=HTML)
    assert answer.status_code == 303
    page = (await client.get(PAGE, headers=HTML)).text
    assert "Kế hoạch 12/KH-UBND" in page
    assert "Cách tính số 2" in page
    today = (await client.get("/bao-cao", headers=HTML)).text
    assert 'href="/bao-cao/cach-tinh#so-2"' in today
    assert "Đã từng được công nhận" in today
    before = (clock.today() - timedelta(days=1)).isoformat()
    assert "/bao-cao/cach-tinh#so-1" in (await client.get(f"/bao-cao?as_of={before}", headers=HTML)).text


async def test_a_figure_by_another_wish_says_that_it_is_a_trial(
    client: httpx.AsyncClient, database: Database, cast: Cast
) -> None:
    async with database.session(SYSTEM) as session:
        await make_product(session, cast.hers, "Trà hoa vàng", stars=4)
    await sign_in(client, cast.thu)
    said = "Thử, không phải cách tính chính thức"
    assert said not in (await client.get("/bao-cao", headers=HTML)).text
    assert said in (await client.get("/bao-cao?denominator=participating", headers=HTML)).text


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"valid_from": ""}, "Chưa ghi ngày áp dụng."),
        ({"valid_from": "2019-01-01"}, "cách tính mới phải áp dụng từ ngày đó trở đi"),
        ({"name": ""}, "Chưa ghi tên cách tính"),
        ({"listing_rule": "live_days", "live_days": "40", "period_days": "30"}, "đang ghi 40 ngày"),
        ({"listing_rule": "live_days", "live_days": "nhiều"}, "Số ngày hiển thị phải từ 1"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_typed_stays(
    client: httpx.AsyncClient, cast: Cast, wrong: dict[str, str], said: str
) -> None:
    await sign_in(client, cast.thu)
    answer = await client.post(PAGE, data=await the_form(client, **wrong), headers=HTML)
    assert answer.status_code == 422
    assert said in answer.text
    assert 'id="f-san_postmart" name="san_postmart" value="1" checked' in answer.text
    assert 'id="f-san_shopee" name="san_shopee" value="1">' in answer.text


async def test_no_marketplace_is_refused(client: httpx.AsyncClient, cast: Cast) -> None:
    await sign_in(client, cast.thu)
    form = await the_form(client)
    del form["san_postmart"]
    answer = await client.post(PAGE, data=form, headers=HTML)
    assert answer.status_code == 422
    assert "Hãy chọn ít nhất một sàn" in answer.text


async def test_a_commune_reads_and_does_not_decide(client: httpx.AsyncClient, cast: Cast) -> None:
    await sign_in(client, cast.minh)
    page = await client.get(PAGE, headers=HTML)
    assert page.status_code == 200
    assert "Cách tính số 1" in page.text
    assert "Ghi cách tính mới" not in page.text
