"""A sheet of labels from the lot's page, as a producer prints it."""

from __future__ import annotations

import re

import httpx
import pytest
from tests import builders

from ocop_hub.db import SYSTEM, Database
from ocop_hub.traceability.models import LotState


@pytest.fixture
async def page(client: httpx.AsyncClient, database: Database) -> str:
    """The page of a released lot of Hoa's, with Hoa signed in."""
    async with database.session(SYSTEM) as session:
        cast = await builders.make_cast(session)
        product = await builders.make_product(session, cast.hers)
        lot = await builders.make_lot(session, product, state=LotState.RELEASED)
    client.headers["X-CSRF-Token"] = await builders.sign_in(client, cast.hoa)
    return f"/ban-lam-viec/lo/{lot.id}"


async def test_a_sheet_is_downloaded_and_its_run_activated(client: httpx.AsyncClient, page: str) -> None:
    asked = {"count": "3", "layout": "a4-3x8", "kind": "serial"}
    sheet = await client.post(f"{page}/tem", data=asked)
    assert sheet.headers["content-type"] == "application/pdf"
    assert sheet.content.startswith(b"%PDF-")
    seen = (await client.get(page)).text
    assert "đã kích hoạt 0 tem" in seen
    (action,) = re.findall(r'action="(/ban-lam-viec/dot-in/[^"]+)"', seen)
    answer = await client.post(action)
    assert answer.status_code == 303
    done = (await client.get(answer.headers["location"])).text
    assert "Đã kích hoạt tem." in done
    assert "đã kích hoạt 3 tem" in done
    assert "/kich-hoat" not in done


@pytest.mark.parametrize("count", ["", "0", "-1", "5001", "9" * 30, "hai"])
async def test_a_wrong_number_comes_back_with_what_was_typed(
    client: httpx.AsyncClient, page: str, count: str
) -> None:
    answer = await client.post(f"{page}/tem", data={"count": count, "layout": "a4-4x10", "kind": "lot"})
    assert answer.status_code == 422
    assert "Số tem mỗi lần in từ 1 đến 5.000." in answer.text
    assert '<option value="a4-4x10" selected>' in answer.text


async def test_an_unknown_size_is_said(client: httpx.AsyncClient, page: str) -> None:
    answer = await client.post(f"{page}/tem", data={"count": "3", "layout": "a0", "kind": "lot"})
    assert answer.status_code == 422
    assert "Không có khổ tem" in answer.text
