"""A buyer reports, the producer and the office read and answer; nobody else sees it."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select
from tests import builders
from tests.builders import Cast, sign_in

from ocop_hub.catalogue.models import Product
from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.traceability.codes import new_trace_code
from ocop_hub.traceability.reports.models import ProblemReport, ReportKind
from ocop_hub.traceability.reports.service import MOST_OF_A_PRODUCT

DESK = "/ban-lam-viec/van-de"


@dataclass(frozen=True, slots=True)
class Label:
    tem: str
    product: Product
    cast: Cast


@pytest.fixture
async def tem(database: Database) -> Label:
    async with database.session(SYSTEM) as session:
        cast = await builders.make_cast(session)
        product = await builders.make_product(session, cast.hers)
        product.translations = {"zh": {"name": "金花茶"}}
        lot = await builders.make_lot(session, product)
        code = await builders.make_trace_code(session, product, lot, new_trace_code())
    return Label(f"/t/{code.code}", product, cast)


async def kept(database: Database) -> list[ProblemReport]:
    async with database.session(SYSTEM) as session:
        return list(await session.scalars(select(ProblemReport)))


def typed(label: Label, **more: str) -> dict[str, str]:
    return {"tem": label.tem, "kind": "quality", "text": "Hộp có mùi lạ", "lang": "vi", **more}


async def test_a_report_reaches_the_producer_and_the_office_and_is_answered(
    client: httpx.AsyncClient, database: Database, tem: Label
) -> None:
    form = await client.get("/bao-van-de", params={"tem": tem.tem + "/21/K7ABCDEFGHJKMNPQ"})
    assert form.status_code == 200
    assert "L001" in form.text
    sent = await client.post(
        "/bao-van-de",
        data=typed(tem, tem=tem.tem + "/21/K7ABCDEFGHJKMNPQ", phone="0912 345 678", consent="1"),
    )
    assert sent.status_code == 200
    assert "Đã nhận." in sent.text
    (report,) = await kept(database)
    assert (report.kind, report.serial, report.phone) == (
        ReportKind.QUALITY,
        "K7ABCDEFGHJKMNPQ",
        "+84912345678",
    )
    token = await sign_in(client, tem.cast.thu)
    assert "Hộp có mùi lạ" in (await client.get(DESK)).text
    client.cookies.clear()
    await sign_in(client, tem.cast.minh)
    seen = (await client.get(DESK)).text
    assert "Hộp có mùi lạ" in seen
    assert "+84912345678" not in seen
    client.cookies.clear()
    token = await sign_in(client, tem.cast.hoa)
    assert "Người mua báo vấn đề về" in (await client.get("/ban-lam-viec")).text
    assert "+84912345678" in (await client.get(DESK)).text
    empty = await client.post(f"{DESK}/{report.id}", data={"answer": " ", "csrf": token})
    assert empty.status_code == 422
    done = await client.post(f"{DESK}/{report.id}", data={"answer": "Đã đổi hộp khác", "csrf": token})
    assert done.status_code == 303
    (report,) = await kept(database)
    assert (report.phone, report.answer) == ("", "Đã đổi hộp khác")
    assert "Hộp có mùi lạ" not in (await client.get(DESK)).text
    assert "Đã đổi hộp khác" in (await client.get(f"{DESK}?xem=het")).text


async def test_another_producer_sees_and_answers_nothing(
    client: httpx.AsyncClient, database: Database, tem: Label
) -> None:
    await client.post("/bao-van-de", data=typed(tem))
    (report,) = await kept(database)
    token = await sign_in(client, tem.cast.binh)
    assert "Hộp có mùi lạ" not in (await client.get(f"{DESK}?xem=het")).text
    answer = await client.post(f"{DESK}/{report.id}", data={"answer": "Của tôi", "csrf": token})
    assert answer.status_code == 404


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"kind": ""}, "Hãy chọn điều không đúng."),
        ({"text": ""}, "Hãy kể lại bằng vài chữ"),
        ({"text": "x" * 2_001}, "Hãy kể lại bằng vài chữ"),
        ({"phone": "0912 345 678"}, "Hãy đánh dấu đồng ý"),
        ({"phone": "12", "consent": "1"}, "Số điện thoại chưa đúng"),
    ],
)
async def test_what_is_missing_is_said_and_nothing_kept(
    client: httpx.AsyncClient, database: Database, tem: Label, more: dict[str, str], sentence: str
) -> None:
    answer = await client.post("/bao-van-de", data=typed(tem, **more))
    assert answer.status_code == 422
    assert sentence in answer.text
    assert await kept(database) == []


async def test_the_form_speaks_chinese_to_a_chinese_browser(client: httpx.AsyncClient, tem: Label) -> None:
    page = await client.get(
        "/bao-van-de", params={"tem": tem.tem}, headers={"Accept-Language": "zh-CN,zh;q=0.9,en;q=0.5"}
    )
    assert "反映问题：金花茶" in page.text
    assert page.headers["content-language"] == "zh"


async def test_more_than_people_send_is_refused_without_knowing_who(
    client: httpx.AsyncClient, database: Database, tem: Label
) -> None:
    most, within = MOST_OF_A_PRODUCT
    async with database.session(SYSTEM) as session:
        for n in range(most):
            session.add(
                ProblemReport(
                    producer_id=tem.product.producer_id,
                    product_id=tem.product.id,
                    kind=ReportKind.OTHER,
                    text=f"Tin {n}",
                    created_at=clock.now() - within / 2,
                )
            )
    answer = await client.post("/bao-van-de", data=typed(tem))
    assert answer.status_code == 429
    assert "Hãy gửi lại sau 1 phút." in answer.text
    assert ">Hộp có mùi lạ</textarea>" in answer.text
    assert len(await kept(database)) == most
    assert within > timedelta(minutes=1)


@pytest.mark.parametrize("path", ["", "/01/08936000000012", "/t/", "/t/ZZZZZZZZ", "http://x", "/01/%00"])
async def test_a_label_that_is_none_has_no_form(client: httpx.AsyncClient, path: str) -> None:
    answer = await client.get("/bao-van-de", params={"tem": path, "lang": "zh"})
    assert answer.status_code == 404
    assert "标签上的编码有误" in answer.text or "没有使用此编码的产品" in answer.text
    (english,) = re.findall(r'<a href="([^"]+)" hreflang="en"', answer.text)
    assert "label" in (await client.get(html.unescape(english))).text


async def test_another_sites_form_is_refused(client: httpx.AsyncClient, tem: Label) -> None:
    answer = await client.post("/bao-van-de", data=typed(tem), headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403


async def test_over_the_api_by_whether_it_waits(
    client: httpx.AsyncClient, database: Database, tem: Label
) -> None:
    await client.post("/bao-van-de", data=typed(tem, phone="0912 345 678", consent="1"))
    client.headers["X-CSRF-Token"] = await sign_in(client, tem.cast.hoa)
    reports = "/api/v1/buyer-reports"
    (waiting,) = (await client.get(reports, params={"answered": False})).json()["items"]
    assert (waiting["text"], waiting["phone"]) == ("Hộp có mùi lạ", "+84912345678")
    assert (await client.get(reports, params={"answered": True})).json()["items"] == []
    said = await client.post(f"{reports}/{waiting['id']}/answer", json={"answer": "Đã đổi hộp khác."})
    assert (said.status_code, said.json()["phone"]) == (200, "")
    assert (await client.get(reports, params={"answered": False})).json()["items"] == []
    (answered,) = (await client.get(reports, params={"answered": True})).json()["items"]
    assert answered["answer"] == "Đã đổi hộp khác."
    await client.post("/dang-xuat")
    client.headers["X-CSRF-Token"] = await sign_in(client, tem.cast.binh)
    assert (await client.get(reports)).json()["items"] == []
    refused = await client.post(f"{reports}/{waiting['id']}/answer", json={"answer": "x"})
    assert refused.status_code == 404
