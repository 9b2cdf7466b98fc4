# ruff: noqa: S101 - this module is made of tests
"""For adapters whose stalls are opened by consent, and whose marketplaces send pushes."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ocop_hub.kit import clock
from ocop_hub.marketplaces.conformance.any_mode import AnyMarketplace
from ocop_hub.marketplaces.conformance.stage import REDIRECT, Log, Stage, failure, refusal
from ocop_hub.marketplaces.contract import ForgedPush, PushKind, Refused, Shop, SignInAgain


class ConsentMarketplace(AnyMarketplace):
    """For adapters whose stalls are opened by their owner's consent."""

    async def granted(self, stage: Stage) -> Shop:
        """The stall with a grant of its own, by the whole way out and back."""
        url = stage.market.authorise_url(redirect_uri=REDIRECT, state="tr&ạng=1")
        back = await stage.agree(url)
        assert back["state"] == "tr&ạng=1"
        grant = await stage.market.exchange(back, redirect_uri=REDIRECT)
        named = stage.market.capabilities.consent_names_shop
        assert grant.shop_id == (stage.shop.shop_id if named else "")
        assert grant.access_until > clock.now()
        return replace(stage.shop, credentials=grant.credentials())

    async def test_consent_opens_the_stall(self, stage: Stage) -> None:
        shop = await self.granted(stage)
        assert (await stage.market.list_items(shop)).items

    async def test_a_code_works_once(self, stage: Stage) -> None:
        back = await stage.agree(stage.market.authorise_url(redirect_uri=REDIRECT, state="s"))
        await stage.market.exchange(back, redirect_uri=REDIRECT)
        await failure(Refused, stage.market.exchange(back, redirect_uri=REDIRECT))

    async def test_who_said_no_gives_no_grant(self, stage: Stage) -> None:
        denied = {"error": "access_denied", "state": "s"}
        error = await failure(Refused, stage.market.exchange(denied, redirect_uri=REDIRECT))
        assert error.message

    async def test_a_refresh_token_works_once_and_brings_the_next(self, stage: Stage) -> None:
        shop = await self.granted(stage)
        await stage.end_grant()
        await failure(SignInAgain, stage.market.list_items(shop))
        grant = await stage.market.refresh(shop)
        renewed = replace(shop, credentials=grant.credentials())
        assert (await stage.market.list_items(renewed)).items
        await failure(SignInAgain, stage.market.refresh(shop))
        assert (await stage.market.refresh(renewed)).access_token != grant.access_token

    async def test_a_withdrawn_consent_cannot_be_renewed(self, stage: Stage) -> None:
        shop = await self.granted(stage)
        await stage.end_grant(withdraw=True)
        await failure(SignInAgain, stage.market.list_items(shop))
        await failure(SignInAgain, stage.market.refresh(shop))

    async def test_no_code_or_token_is_kept_or_logged(self, stage: Stage, log: Log) -> None:
        back = await stage.agree(stage.market.authorise_url(redirect_uri=REDIRECT, state="s"))
        browsed = len(log.read())  # the owner's browser is the stage's, not ours
        grant = await stage.market.exchange(back, redirect_uri=REDIRECT)
        shop = replace(stage.shop, credentials=grant.credentials())
        again = await failure(Refused, stage.market.exchange(back, redirect_uri=REDIRECT))
        newer = await stage.market.refresh(shop)
        ended = await failure(SignInAgain, stage.market.refresh(shop))
        kept = f"{grant!r} {newer!r} {shop!r} {again.exchange!r} {ended.exchange!r} {log.read()[browsed:]}"
        for secret in (back["code"], grant.access_token, grant.refresh_token, newer.refresh_token):
            assert secret
            assert secret not in kept


class PushingMarketplace(AnyMarketplace):
    """For adapters whose marketplace sends signed pushes."""

    async def test_a_genuine_push_names_stall_and_item(self, stage: Stage) -> None:
        (push,) = stage.market.read_push(await stage.push("23500000001"))
        assert (push.kind, push.shop_id, push.remote_id) == (
            PushKind.LISTING,
            stage.shop.shop_id,
            "23500000001",
        )
        assert push.event_id
        assert push.at is not None

    async def test_a_repeat_has_the_same_id(self, stage: Stage) -> None:
        request = await stage.push("23500000001")
        other = await stage.push("23500000002")
        first, second, third = (stage.market.read_push(each)[0] for each in (request, request, other))
        assert first.event_id == second.event_id != third.event_id

    async def test_what_is_not_genuine_is_forged(self, stage: Stage) -> None:
        good = await stage.push("23500000001")
        wrong = (
            await stage.push("23500000001", forged=True),
            replace(good, body=good.body.replace(b"23500000001", b"23500000009")),
            replace(good, body=good.body + b" "),
            replace(good, headers={}),
            replace(good, body=b""),
            replace(good, body=b"\xff\xfe{}"),
        )
        for each in wrong:
            assert each != good
            refusal(ForgedPush, partial(stage.market.read_push, each))
