"""Misbehaviour on order, and what is kept through it. Broken connections need a real one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from tests.sandbox.conftest import BASE, Caller
from tests.served import served

from ocop_hub.sandbox import SandboxSeed, create_sandbox

ADD = "product/add_item"
#: Seconds a commit is late: time for a busy machine to ask before it, and not to find it.
LATE = 1.5


@pytest.fixture
async def wired(tmp_path: Path) -> AsyncIterator[Caller]:
    """The caller over a real connection."""
    with served(lambda base: create_sandbox(tmp_path, base, review_seconds=0)) as base:
        async with httpx.AsyncClient(base_url=base) as http:
            yield Caller(http)


async def found(caller: Caller) -> list[int]:
    said = await caller.get("product/search_item", item_sku="OURS-1", page_size=10)
    ids: list[int] = said["response"]["item_id_list"]
    return ids


async def found_at_last(caller: Caller) -> int:
    """How many there are once there are any; 30 s at most."""
    async with asyncio.timeout(30):
        while not (ids := await found(caller)):
            await asyncio.sleep(0.05)
    return len(ids)


class TestLostAnswers:
    async def test_drop_after_commit(self, wired: Caller) -> None:
        body = await wired.item()
        await wired.fault(ADD, "drop_after_commit")
        with pytest.raises(httpx.RemoteProtocolError):
            await wired.post(ADD, body)
        assert len(await found(wired)) == 1
        assert (await wired.post(ADD, body))["error"] == ""

    async def test_late_commit(self, wired: Caller) -> None:
        body = await wired.item()
        await wired.fault(ADD, "late_commit", delay_s=LATE)
        with pytest.raises(httpx.RemoteProtocolError):
            await wired.post(ADD, body)
        assert await found(wired) == []
        assert await found_at_last(wired) == 1

    async def test_late_find(self, wired: Caller) -> None:
        body = await wired.item()
        await wired.fault(ADD, "late_find", delay_s=LATE)
        with pytest.raises(httpx.RemoteProtocolError):
            await wired.post(ADD, body)
        assert [row["call"] for row in await wired.history()] == [ADD]
        assert await found(wired) == []
        assert await found_at_last(wired) == 1

    async def test_half_answer(self, wired: Caller) -> None:
        body = await wired.item()
        await wired.fault(ADD, "half_answer")
        with pytest.raises(ValueError):
            await wired.post(ADD, body)
        assert len(await found(wired)) == 1


class TestRefusals:
    @pytest.mark.parametrize(("kind", "status"), [("429", 429), ("429_retry_after", 429), ("500", 500)])
    async def test_nothing_is_done(self, caller: Caller, kind: str, status: int) -> None:
        body = await caller.item()
        await caller.fault(ADD, kind, delay_s=9)
        answer = await caller.http.post(f"/shopee/api/v2/{ADD}", params=caller.query(ADD), json=body)
        assert answer.status_code == status
        assert answer.headers.get("retry-after") == ("9" if kind == "429_retry_after" else None)
        assert await caller.history() == []

    async def test_slow_is_done_before_it_is_answered(self, caller: Caller) -> None:
        await caller.fault(ADD, "slow", delay_s=LATE)
        task = asyncio.create_task(caller.post(ADD, await caller.item()))
        while not (made := await caller.history()):
            await asyncio.sleep(0.01)
        assert (len(made), task.done()) == (1, False)
        assert (await task)["error"] == ""


class TestOrders:
    async def test_an_order_is_for_its_call_shop_and_times(self, caller: Caller) -> None:
        await caller.fault("get_category", "429", times=2, shop_id=caller.shop_id)
        assert (await Caller(caller.http, "220001").get("product/get_category"))["error"] == ""
        assert (await caller.get("product/search_item", item_sku="x", page_size=1))["error"] == ""
        path = "/shopee/api/v2/product/get_category"
        statuses = [
            (await caller.http.get(path, params=caller.query("product/get_category"))).status_code
            for _ in range(3)
        ]
        assert statuses == [429, 429, 200]

    async def test_orders_are_seen_and_cleared(self, caller: Caller) -> None:
        await caller.fault("*", "500", times=5)
        assert len((await caller.http.get("/_sandbox/faults")).json()) == 1
        await caller.http.delete("/_sandbox/faults")
        assert (await caller.http.get("/_sandbox/faults")).json() == []

    async def test_an_unknown_kind_is_refused(self, caller: Caller) -> None:
        answer = await caller.http.post("/_sandbox/faults", json={"call": "*", "kind": "explode"})
        assert answer.status_code == 422


class TestKept:
    async def test_items_and_history_outlive_a_restart(self, tmp_path: Path) -> None:
        ids = []
        for round_ in (1, 2):
            app = create_sandbox(tmp_path, BASE, seed=SandboxSeed())
            async with (
                app.router.lifespan_context(app),
                httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=BASE) as http,
            ):
                caller = Caller(http)
                ids.append((await caller.post(ADD, await caller.item()))["response"]["item_id"])
                assert await found(caller) == ids
                assert [row["item_id"] for row in await caller.history()] == ids
                assert len(ids) == round_
        assert ids[0] < ids[1]
