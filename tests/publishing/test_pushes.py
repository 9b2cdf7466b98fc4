"""What marketplaces tell: genuine ones kept once and worked off; forged, repeated, late and odd ones harmless."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select, update

from ocop_hub.db import SYSTEM
from ocop_hub.kit import clock
from ocop_hub.marketplaces.adapters.shopee.signing import sign_push
from ocop_hub.marketplaces.contract import ListingState, Push, PushKind
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing.models import AccountState, Listing, MarketplaceAccount
from ocop_hub.publishing.models_beside import MarketplacePush
from ocop_hub.publishing.stalls import pushes
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.publishing.stalls.push_routes import MAX_BYTES, router
from ocop_hub.sandbox import PARTNER_KEY
from ocop_hub.web import errors

from .conftest import SEALING_KEY, World

URL = "https://ocop.example/hooks/marketplaces/shopee"


@pytest.fixture
async def hook(world: World) -> AsyncIterator[httpx.AsyncClient]:
    """The route alone over the world's database."""
    app = FastAPI()
    app.state.database = world.database
    app.state.outside = world.outside
    app.include_router(router)
    errors.install(app)
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://hub") as client:
        yield client


async def made(world: World, **order: Any) -> tuple[bytes, dict[str, str]]:
    """A push as the simulated marketplace sends it."""
    await world.client.put(f"{world.base}/_sandbox/push-target", json={"url": URL})
    answer = await world.client.post(
        f"{world.base}/_sandbox/pushes/made", json={"shop_id": world.shop_id, **order}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["body"].encode(), answer.json()["headers"]


async def send(hook: httpx.AsyncClient, push: tuple[bytes, dict[str, str]]) -> httpx.Response:
    return await hook.post("/hooks/marketplaces/shopee", content=push[0], headers=push[1])


async def kept(world: World) -> list[MarketplacePush]:
    async with world.database.session(SYSTEM) as session:
        rows = await session.scalars(
            select(MarketplacePush)
            .where(MarketplacePush.shop_id == world.shop_id)
            .order_by(MarketplacePush.received_at)
        )
        return list(rows)


async def live_listing(world: World) -> tuple[UUID, Listing]:
    account_id = await world.connect()
    (listing_id,) = await world.request(account_id, world.products[0])
    for _ in range(4):
        await world.hurry()
        await world.drain()
    listing = await world.listing(listing_id)
    assert listing.state is ListingState.LIVE
    return account_id, listing


class TestReceiving:
    async def test_a_genuine_one_is_kept_and_answered_with_nothing(
        self, world: World, hook: httpx.AsyncClient
    ) -> None:
        answer = await send(hook, await made(world, item_id=7))
        assert (answer.status_code, answer.content) == (200, b"")
        (push,) = await kept(world)
        assert (push.kind, push.remote_id, push.done_at) == (PushKind.LISTING, "7", None)

    async def test_a_repeat_is_answered_alike_and_kept_once(
        self, world: World, hook: httpx.AsyncClient
    ) -> None:
        push = await made(world, item_id=7)
        assert [(await send(hook, push)).status_code for _ in range(3)] == [200, 200, 200]
        assert len(await kept(world)) == 1

    @pytest.mark.parametrize("kind", ["forged", "unsigned", "changed", "other-address"])
    async def test_what_is_not_genuine_is_refused_and_not_kept(
        self, world: World, hook: httpx.AsyncClient, kind: str
    ) -> None:
        body, headers = await made(world, item_id=7, kind="forged" if kind == "forged" else "good")
        if kind == "unsigned":
            headers = {}
        if kind == "changed":
            body = body.replace(b'"item_id": 7', b'"item_id": 8')
        if kind == "other-address":
            headers = {
                "Authorization": sign_push(PARTNER_KEY, callback_url="https://x", raw_body=body.decode())
            }
        answer = await send(hook, (body, headers))
        assert answer.status_code == 401
        assert answer.json()["type"].endswith("push-refused")
        assert await kept(world) == []

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"[]",
            b"null",
            b'"x"',
            b"{",
            b"\xff\xfe\x00",
            b"[" * 5_000,
            b'{"code": 6, "shop_id": null, "data": [], "timestamp": "gestern"}',
            b'{"code": 6, "shop_id": 1e400, "data": {"item_id": {}}, "timestamp": 1e400}',
            b'{"code": 12, "data": {"shop_expire_soon": [{}, null, "\\u0000"], "expire_before": 1}}',
            b'{"code": 1, "shop_id": "\\ud800", "timestamp": -5, "data": {"x": "\\u0000"}}',
            b'{"code": 5, "data": {"x": NaN, "y": Infinity}}',
            b'{"code": ' + b"9" * 6_000 + b"}",
        ],
    )
    async def test_odd_bodies_are_never_a_fault_of_ours(self, hook: httpx.AsyncClient, body: bytes) -> None:
        """Signed with the right key: not even the marketplace itself can bring the page down."""
        text = body.decode("utf-8", "replace")
        headers = {"Authorization": sign_push(PARTNER_KEY, callback_url=URL, raw_body=text)}
        assert (await send(hook, (body, headers))).status_code in (200, 401)

    async def test_too_large_is_cut_off(self, hook: httpx.AsyncClient) -> None:
        assert (await send(hook, (b"x" * (MAX_BYTES + 1), {}))).status_code == 413

    @pytest.mark.parametrize("key", ["tiki", "postmart", "no-such"])
    async def test_who_sends_none_is_not_found(self, hook: httpx.AsyncClient, key: str) -> None:
        assert (await hook.post(f"/hooks/marketplaces/{key}", content=b"{}")).status_code == 404


@pytest.mark.parametrize("market", ["shopee", "lazada", "tiktok_shop"])
class TestEveryMarketplaceThatPushes:
    """The same of each, through the route and the job."""

    @pytest.mark.parametrize("kind", ["forged", "not_json", "unsigned", "changed"])
    async def test_what_is_not_genuine_is_refused(
        self, world: World, hook: httpx.AsyncClient, market: str, kind: str
    ) -> None:
        order = kind if kind in ("forged", "not_json") else "good"
        body, headers = await told(world, market, item_id=7, kind=order)
        headers = {} if kind == "unsigned" else headers
        body = body + b" " if kind == "changed" else body
        answer = await hook.post(f"/hooks/marketplaces/{market}", content=body, headers=headers)
        assert answer.status_code == 401
        assert await kept(world) == []

    async def test_one_sent_again_and_again_is_kept_once(
        self, world: World, hook: httpx.AsyncClient, market: str
    ) -> None:
        body, headers = await told(world, market, item_id=7)
        for _ in range(3):
            answer = await hook.post(f"/hooks/marketplaces/{market}", content=body, headers=headers)
            assert (answer.status_code, answer.content) == (200, b"")
        assert [each.remote_id for each in await kept(world)] == ["7"]
        await pushes.work_off(world.database)
        await hook.post(f"/hooks/marketplaces/{market}", content=body, headers=headers)
        assert [each.outcome for each in await kept(world)] == ["unknown-stall"]

    @pytest.mark.parametrize(("age_s", "outcome"), [(0, "looked"), (3600, "older-than-seen")])
    async def test_a_late_one_does_nothing(
        self, world: World, hook: httpx.AsyncClient, market: str, age_s: int, outcome: str
    ) -> None:
        listing_id = await seen_listing(world, market)
        body, headers = await told(world, market, item_id=7, age_s=age_s)
        await hook.post(f"/hooks/marketplaces/{market}", content=body, headers=headers)
        await pushes.work_off(world.database)
        assert [each.outcome for each in await kept(world)] == [outcome]
        due = (await world.listing(listing_id)).next_look_at <= clock.now()
        assert due is (outcome == "looked")


async def told(world: World, market: str, **order: Any) -> tuple[bytes, dict[str, str]]:
    """A push of this marketplace about the world's stall."""
    url = f"https://ocop.example/hooks/marketplaces/{market}"
    await world.client.put(f"{world.base}/_sandbox/push-target", json={"market": market, "url": url})
    answer = await world.client.post(
        f"{world.base}/_sandbox/pushes/made", json={"market": market, "shop_id": world.shop_id, **order}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()["body"].encode(), answer.json()["headers"]


async def seen_listing(world: World, market: str) -> UUID:
    """A listing under the number 7 that was looked at just now."""
    async with world.database.session(SYSTEM) as session:
        account = await stalls.connect(
            session,
            SYSTEM_ACTOR,
            producer_id=world.producer_id,
            marketplace=world.outside.adapters.get(market),
            shop_id=world.shop_id,
            name="Gian hàng thử",
            credentials={"access_token": "không gọi tới"},
            sealing_key=SEALING_KEY,
        )
        account.state = AccountState.CONNECTED
    (listing_id,) = await world.request(account.id, world.products[0])
    async with world.database.session(SYSTEM) as session:
        listing = await session.get_one(Listing, listing_id)
        listing.remote_id, listing.observed_at = "7", clock.now()
        listing.next_look_at = clock.now() + timedelta(hours=6)
    return listing_id


class TestWorkingOff:
    async def test_a_banned_item_is_looked_at(self, world: World, hook: httpx.AsyncClient) -> None:
        _, listing = await live_listing(world)
        path = f"{world.base}/_sandbox/items/{listing.remote_id}/state"
        await world.client.post(path, json={"word": "BANNED"})
        await send(hook, await made(world, item_id=int(listing.remote_id)))
        await pushes.work_off(world.database)
        assert [each.outcome for each in await kept(world)] == ["looked"]
        await world.drain()
        seen = await world.listing(listing.id)
        assert seen.state is ListingState.SUSPENDED
        assert "Sửa mô tả" in seen.reason

    async def test_a_late_one_does_nothing(self, world: World, hook: httpx.AsyncClient) -> None:
        _, listing = await live_listing(world)
        await send(hook, await made(world, item_id=int(listing.remote_id), age_s=3600))
        await pushes.work_off(world.database)
        assert [each.outcome for each in await kept(world)] == ["older-than-seen"]
        assert (await world.listing(listing.id)).next_look_at == listing.next_look_at

    @pytest.mark.parametrize(("code", "outcome"), [(2, "unknown-stall"), (6, "unknown-stall"), (99, "kept")])
    async def test_of_a_stall_that_is_not_here(
        self, world: World, hook: httpx.AsyncClient, code: int, outcome: str
    ) -> None:
        await send(hook, await made(world, code=code, item_id=1))
        await pushes.work_off(world.database)
        assert [each.outcome for each in await kept(world)] == [outcome]

    async def test_a_withdrawn_consent_stops_the_stall(self, world: World, hook: httpx.AsyncClient) -> None:
        account_id = await world.connect()
        await send(hook, await made(world, code=2))
        await pushes.work_off(world.database)
        async with world.database.session(SYSTEM) as session:
            account = await session.get_one(MarketplaceAccount, account_id)
        assert account.state is AccountState.NEEDS_SIGN_IN

    async def test_one_from_before_the_sign_in_stops_nothing(
        self, world: World, hook: httpx.AsyncClient
    ) -> None:
        account_id = await world.connect()
        async with world.database.session(SYSTEM) as session:
            await session.execute(update(MarketplaceAccount).values(granted_at=clock.now()))
        await send(hook, await made(world, code=2, age_s=600))
        await pushes.work_off(world.database)
        async with world.database.session(SYSTEM) as session:
            account = await session.get_one(MarketplaceAccount, account_id)
        assert account.state is not AccountState.NEEDS_SIGN_IN

    async def test_the_end_of_a_consent_is_noted(self, world: World, hook: httpx.AsyncClient) -> None:
        account_id = await world.connect()
        await send(hook, await made(world, code=12, ends_in_s=5 * 86_400))
        await pushes.work_off(world.database)
        async with world.database.session(SYSTEM) as session:
            account = await session.get_one(MarketplaceAccount, account_id)
        assert account.consent_until is not None
        left = account.consent_until - clock.now()
        assert timedelta(days=4) < left <= timedelta(days=5)


class TestQueue:
    async def test_events_are_kept_before_they_are_acknowledged(self, world: World) -> None:
        async with world.database.session(SYSTEM) as session:
            new = [
                await pushes.keep(session, "tiki", [Push("e1", PushKind.OTHER, world.shop_id, raw={"a": 1})])
                for _ in range(2)
            ]
        assert new == [1, 0]
        (push,) = await kept(world)
        assert json.loads(json.dumps(push.raw)) == {"a": 1}
