"""Stalls that are planted as a whole, as a demonstration does."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sandbox.conftest import Caller


def stall(market: str, title: str = "Mật ong hoa rừng") -> dict[str, Any]:
    items = [{"sku": "OCOP-1", "title": title, "price_vnd": 185_000, "description": "Chai 500 ml."}]
    return {"market": market, "shop_id": "990001", "name": "HTX minh hoạ", "items": items}


@pytest.mark.parametrize("market", ["shopee", "postmart", "voso", "san_quang_ninh"])
async def test_every_planted_item_has_a_page(caller: Caller, market: str) -> None:
    (item,) = (await caller.http.post("/_sandbox/stalls", json=[stall(market)])).json()
    assert (item["market"], item["sku"]) == (market, "OCOP-1")
    page = await caller.http.get(item["path"])
    assert page.status_code == 200
    assert "Mật ong hoa rừng" in page.text


async def test_a_stall_that_is_there_stays_as_it_is(caller: Caller) -> None:
    first = (await caller.http.post("/_sandbox/stalls", json=[stall("postmart")])).json()
    again = (await caller.http.post("/_sandbox/stalls", json=[stall("postmart", "Khác")])).json()
    assert again == first
    assert "Mật ong hoa rừng" in (await caller.http.get(first[0]["path"])).text
