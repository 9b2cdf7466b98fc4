"""The checker sees what it must: a double, one beside an adopted item, a loss, a violation, planted for real."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest
from tests.chaos.checker import Shown, judge
from tests.marketplaces.stages import SandboxStage
from tests.served import served

from ocop_hub.marketplaces.contract import ListingDraft, ListingState, Shop
from ocop_hub.sandbox import access_token_for, create_sandbox

_shops = itertools.count(930_001)


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("sandbox")
    with served(lambda base: create_sandbox(folder, base, review_seconds=0.0)) as base:
        yield base


@dataclass
class Market:
    """A stall at the simulated marketplace, and what we believe of it."""

    stage: SandboxStage
    draft: ListingDraft

    async def create(self, draft: ListingDraft | None = None) -> str:
        chosen = draft or self.draft
        refs = [await self.stage.market.upload_picture(self.stage.shop, each) for each in chosen.pictures]
        return (await self.stage.market.publish(self.stage.shop, chosen, refs)).remote_id

    async def history(self) -> list[dict[str, Any]]:
        answer = await self.stage.client.get(f"{self.stage.base}/_sandbox/history")
        return [row for row in answer.json() if row["shop_id"] == self.stage.shop.shop_id]

    def shown(self, remote_id: str, **more: Any) -> Shown:
        return replace(
            Shown(self.stage.shop.shop_id, self.draft.seller_sku, ListingState.LIVE, remote_id, 1), **more
        )


@pytest.fixture
async def market(base: str) -> AsyncIterator[Market]:
    shop_id = str(next(_shops))
    async with httpx.AsyncClient() as client:
        shop = Shop(shop_id, {"access_token": access_token_for(shop_id)})
        stage = SandboxStage("shopee", base, client, shop)
        yield Market(stage, stage.draft())


async def test_what_is_right_is_clean(market: Market) -> None:
    remote_id = await market.create()
    assert judge(await market.history(), [market.shown(remote_id)]).clean


async def test_a_double_is_seen(market: Market) -> None:
    remote_id = await market.create()
    await market.create()
    verdict = judge(await market.history(), [market.shown(remote_id)])
    assert verdict.doubled == (f"{market.draft.seller_sku}: created 2 times",)
    assert not verdict.clean


async def test_a_copy_beside_an_item_of_a_foreign_sku_is_seen(market: Market) -> None:
    """The adopted item carries the shop's own SKU: only the adoption tells that the copy is one."""
    page = await market.stage.market.list_items(market.stage.shop)
    old = page.items[0]
    assert old.seller_sku != market.draft.seller_sku
    adopted = market.shown(old.remote_id, adopted=True)
    assert judge(await market.history(), [adopted]).clean
    await market.create()
    verdict = judge(await market.history(), [adopted])
    assert len(verdict.doubled) == 1
    assert old.remote_id in verdict.doubled[0]


async def test_a_loss_is_seen(market: Market) -> None:
    verdict = judge(await market.history(), [market.shown("5")])
    assert verdict.lost == (f"{market.draft.seller_sku}: never created",)
    stuck = judge(await market.history(), [market.shown("", state=ListingState.PREPARING)])
    assert len(stuck.lost) == 2


async def test_what_we_say_and_they_do_not_is_seen(market: Market) -> None:
    await market.create()
    assert judge(await market.history(), [market.shown("5")]).untrue
    assert judge(await market.history(), []).untrue


async def test_a_rate_violation_is_seen(market: Market) -> None:
    """Forty calls at once, past our own gateway: the marketplace refuses some and writes it down."""
    url, shop = f"{market.stage.base}/shopee/api/v2/product/get_item_list", market.stage.shop.shop_id
    remote_id = await market.create()
    async with httpx.AsyncClient() as client:
        answers = await asyncio.gather(*(client.get(url, params={"shop_id": shop}) for _ in range(40)))
    assert any("error_rate_limit" in each.text for each in answers)
    verdict = judge(await market.history(), [market.shown(remote_id)])
    assert verdict.violations
    assert not verdict.clean
