"""Tokens that are renewed in pairs by one process at a time, and the way out to the marketplace and back."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from urllib.parse import parse_qs, parse_qsl, urlsplit
from uuid import UUID

import pytest
from sqlalchemy import select, update

from ocop_hub.db import SYSTEM
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grant, ListingState
from ocop_hub.producers.actor import PUBLIC_ACTOR, SYSTEM_ACTOR
from ocop_hub.publishing.errors import ConsentFailed, ConsentLapsed, NotThisStall
from ocop_hub.publishing.models import AccountState, CallOutcome, ListingAttempt, MarketplaceAccount
from ocop_hub.publishing.models_beside import StallConsent
from ocop_hub.publishing.stalls import consents, grants
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.publishing.stalls.sealed import open_shop

from .conftest import SEALING_KEY, World

REDIRECT = "https://ocop.example/ban-lam-viec/gian-hang/ve"
BROWSER = "the-browser-that-set-out"


async def go(world: World, **more: object) -> dict[str, str]:
    """Out to the simulated marketplace, agree there, and what comes back in the query."""
    async with world.database.session(SYSTEM) as session:
        url = await consents.set_out(
            session,
            SYSTEM_ACTOR,
            world.outside.adapters.get("shopee"),
            producer_id=world.producer_id,
            browser=BROWSER,
            redirect_uri=REDIRECT,
            **more,  # type: ignore[arg-type]  # account_id, name: as the test gives them
        )
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    form = {**asked, "shop_id": world.shop_id, "answer": "yes"}
    answer = await world.client.post(f"{world.base}/shopee/auth", data=form)
    assert answer.status_code == 303, answer.text
    return dict(parse_qsl(urlsplit(answer.headers["location"]).query))


async def arrive(world: World, back: dict[str, str], *, browser: str = BROWSER) -> UUID:
    """Back at our page, in its three steps."""
    adapter = world.outside.adapters.get("shopee")
    async with world.database.session(SYSTEM) as session:
        wish = await consents.come_back(session, SYSTEM_ACTOR, state=back["state"], browser=browser)
    grant = await consents.exchange(adapter, wish, back, redirect_uri=REDIRECT)
    async with world.database.session(SYSTEM) as session:
        account = await consents.take(session, SYSTEM_ACTOR, adapter, wish, grant, sealing_key=SEALING_KEY)
        return account.id


async def account_of(world: World, account_id: UUID) -> MarketplaceAccount:
    async with world.database.session(SYSTEM) as session:
        return await session.get_one(MarketplaceAccount, account_id)


async def tokens_of(world: World, account_id: UUID) -> dict[str, str]:
    return dict(open_shop(await account_of(world, account_id), SEALING_KEY).credentials)


async def change(world: World, account_id: UUID, **values: object) -> None:
    async with world.database.session(SYSTEM) as session:
        await session.execute(
            update(MarketplaceAccount).where(MarketplaceAccount.id == account_id).values(**values)
        )


async def end(world: World, *, withdraw: bool = False) -> None:
    order = {"market": "shopee", "shop_id": world.shop_id, "withdraw": withdraw}
    assert (await world.client.post(f"{world.base}/_sandbox/grants", json=order)).status_code == 204


async def renewals(world: World) -> int:
    """How many pairs of tokens the marketplace gave out for the stall."""
    return len(await world.history("token"))


@pytest.fixture
async def stall(world: World) -> UUID:
    account_id = await arrive(world, await go(world, name="Đồng Tiến"))
    await stalls.read_shop(world.database, world.outside, account_id)
    await change(world, account_id, granted_at=clock.now() - timedelta(hours=1), state=AccountState.CONNECTED)
    return account_id


class TestTheWayOutAndBack:
    async def test_a_stall_is_opened_by_consent(self, world: World, stall: UUID) -> None:
        account = await account_of(world, stall)
        assert (account.shop_id, account.name) == (world.shop_id, "Đồng Tiến")
        assert account.items_read_at is not None
        assert account.access_until is not None
        assert clock.now() < account.access_until < clock.now() + timedelta(hours=5)
        assert set(await tokens_of(world, stall)) == {"access_token", "refresh_token"}

    async def test_a_state_is_used_once(self, world: World) -> None:
        back = await go(world)
        await arrive(world, back)
        with pytest.raises(ConsentLapsed):
            await arrive(world, back)

    async def test_a_state_is_of_one_browser(self, world: World) -> None:
        back = await go(world)
        with pytest.raises(ConsentLapsed):
            await arrive(world, back, browser="another")
        await arrive(world, back)

    async def test_a_state_lapses(self, world: World) -> None:
        back = await go(world)
        async with world.database.session(SYSTEM) as session:
            await session.execute(update(StallConsent).values(expires_at=clock.now()))
        with pytest.raises(ConsentLapsed, match="30 phút"):
            await arrive(world, back)

    async def test_who_may_not_act_for_the_producer_sets_out_for_nothing(self, world: World) -> None:
        async with world.database.session(SYSTEM) as session:
            with pytest.raises(NotFound):
                await consents.set_out(
                    session,
                    PUBLIC_ACTOR,
                    world.outside.adapters.get("shopee"),
                    producer_id=world.producer_id,
                    browser=BROWSER,
                    redirect_uri=REDIRECT,
                )

    async def test_who_said_no_is_told_so(self, world: World) -> None:
        back = await go(world)
        with pytest.raises(ConsentFailed, match="không đồng ý"):
            await arrive(world, {"error": "access_denied", "state": back["state"]})

    async def test_signing_in_again_needs_the_same_stall(self, world: World, stall: UUID) -> None:
        back = await go(world, account_id=stall)
        await change(world, stall, shop_id="123")
        with pytest.raises(NotThisStall, match="123"):
            await arrive(world, back)

    async def test_signing_in_again_opens_the_stall_that_is_known(self, world: World, stall: UUID) -> None:
        before = await tokens_of(world, stall)
        await change(world, stall, state=AccountState.NEEDS_SIGN_IN)
        assert await arrive(world, await go(world, account_id=stall)) == stall
        assert (await account_of(world, stall)).state is AccountState.NEEDS_ANSWERS
        assert await tokens_of(world, stall) != before


class TestRenewing:
    async def test_both_tokens_are_kept_together(self, world: World, stall: UUID) -> None:
        before = await tokens_of(world, stall)
        assert await grants.renew(world.database, world.outside, stall)
        after = await tokens_of(world, stall)
        assert after["access_token"] != before["access_token"]
        assert after["refresh_token"] != before["refresh_token"]
        assert await grants.renew(world.database, world.outside, stall)

    async def test_ten_at_once_renew_once(self, world: World, stall: UUID) -> None:
        used = (await tokens_of(world, stall))["access_token"]
        count = await renewals(world)
        await asyncio.gather(
            *(grants.renew(world.database, world.outside, stall, refused=used) for _ in range(10))
        )
        assert await renewals(world) == count + 1
        assert await grants.renew(world.database, world.outside, stall, refused=used)
        assert (await account_of(world, stall)).state is AccountState.CONNECTED

    async def test_the_sweep_finds_what_ends_soon(self, world: World, stall: UUID) -> None:
        async def due() -> list[UUID]:
            async with world.database.session(SYSTEM) as session:
                return list(await session.scalars(grants.due_grants()))

        assert stall not in await due()
        await change(world, stall, access_until=clock.now() + timedelta(minutes=5))
        assert stall in await due()
        await grants.renew(world.database, world.outside, stall)
        assert stall not in await due()

    async def test_a_token_that_ended_early_is_renewed_and_the_step_made_again(
        self, world: World, stall: UUID
    ) -> None:
        (listing_id, *_) = await world.request(stall, world.products[0])
        await end(world)
        count = await renewals(world)
        for _ in range(3):
            await world.hurry()
            await world.drain()
        assert (await world.listing(listing_id)).state in (ListingState.LIVE, ListingState.IN_REVIEW)
        assert await renewals(world) == count + 1
        assert len(await world.history()) == 1

    async def test_a_withdrawn_consent_stops_this_stall_only(self, world: World, stall: UUID) -> None:
        (listing_id, *_) = await world.request(stall, world.products[0])
        await end(world, withdraw=True)
        await world.drain()
        assert (await account_of(world, stall)).state is AccountState.NEEDS_SIGN_IN
        await world.hurry()
        assert await world.drain() == 0
        assert (await world.listing(listing_id)).state is ListingState.PREPARING

    async def test_a_token_refused_right_after_renewal_asks_for_a_sign_in(
        self, world: World, stall: UUID
    ) -> None:
        await grants.renew(world.database, world.outside, stall)
        used = (await tokens_of(world, stall))["access_token"]
        assert not await grants.renew(world.database, world.outside, stall, refused=used)
        assert (await account_of(world, stall)).state is AccountState.NEEDS_SIGN_IN

    async def test_a_renewal_without_answer_is_tried_again_later(self, world: World, stall: UUID) -> None:
        # Token calls name no stall in their address.
        order = {"call": "auth/access_token/get", "kind": "500"}
        await world.client.post(f"{world.base}/_sandbox/faults", json=order)
        assert not await grants.renew(world.database, world.outside, stall)
        account = await account_of(world, stall)
        assert account.state is AccountState.CONNECTED
        assert account.renew_after is not None
        assert not await grants.renew(world.database, world.outside, stall)
        await change(world, stall, renew_after=clock.now())
        assert await grants.renew(world.database, world.outside, stall)

    async def test_who_lost_the_lease_writes_nothing(self, world: World, stall: UUID) -> None:
        """A process that slept through its lease has a refresh token that another has replaced."""
        await change(
            world, stall, renew_token=UUID(int=1), renew_lease_until=clock.now() + timedelta(hours=1)
        )
        before = await tokens_of(world, stall)
        assert not await grants.renew(world.database, world.outside, stall)
        assert await tokens_of(world, stall) == before

    async def test_the_attempt_says_why_without_the_token(self, world: World, stall: UUID) -> None:
        used = await tokens_of(world, stall)
        await world.request(stall, world.products[0])
        await end(world)
        await world.drain()
        async with world.database.session(SYSTEM) as session:
            attempt = await session.scalar(
                select(ListingAttempt).order_by(ListingAttempt.started_at).limit(1)
            )
        assert attempt is not None
        assert attempt.outcome is CallOutcome.RETRY
        assert attempt.code == "invalid_acceess_token"
        assert used["access_token"] not in str(attempt.exchange) + attempt.message


class TestTheClock:
    def account(self, **more: object) -> MarketplaceAccount:
        return MarketplaceAccount(access_until=clock.now(), **more)

    def test_a_stall_by_key_has_no_end(self) -> None:
        assert grants.sign_in_by(MarketplaceAccount()) is None

    def test_a_consent_that_ends_is_told_seven_days_ahead(self) -> None:
        assert grants.ends_soon(self.account(consent_until=clock.now() + timedelta(days=6)))
        assert not grants.ends_soon(self.account(consent_until=clock.now() + timedelta(days=9)))

    def test_a_refresh_token_that_is_renewed_in_time_is_nobodys_worry(self) -> None:
        soon = clock.now() + timedelta(days=2)
        assert not grants.ends_soon(self.account(refresh_until=soon))
        assert grants.ends_soon(self.account(refresh_until=soon, renew_after=clock.now()))

    def test_keeping_a_grant_ends_the_lease(self) -> None:
        account = self.account(id=UUID(int=5), renew_token=UUID(int=1), renew_after=clock.now())
        grants.keep(account, Grant("a", clock.now(), "b"), SEALING_KEY)
        assert account.renew_token is None
        assert account.renew_after is None
