# ruff: noqa: S101 - this module is made of tests
"""For adapters that call: what is said arrives, what goes wrong is told apart, nothing is doubled."""

from __future__ import annotations

import logging
from dataclasses import replace

from ocop_hub.kit import clock
from ocop_hub.marketplaces.conformance.any_mode import AnyMarketplace
from ocop_hub.marketplaces.conformance.stage import Log, Stage, all_items, failure, publish, put_up
from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    ListingState,
    MarketplaceError,
    Misconfigured,
    Refused,
    SignInAgain,
    TransportFailed,
    Unsupported,
    WaitUntil,
    outcome_unknown,
)

#: Answers that are none, and what of each is kept: pages for people, 10 MB, another charset than said.
UNREADABLE = {
    "not_json": "Hệ thống đang bảo trì",
    "404_page": "404 Not Found",
    "huge_answer": "     ",
    "other_charset": "Th\\xe0nh c\\xf4ng",
}


class ApiMarketplace(AnyMarketplace):
    """For adapters that call: what is said arrives, what goes wrong is told apart, nothing is doubled."""

    #: False where the application's key opens nothing by itself: calls carry the stall's token only.
    signs_with_key = True

    async def test_vietnamese_text_comes_back_as_it_went(self, stage: Stage) -> None:
        draft = stage.draft()
        read = await stage.market.status(stage.shop, await put_up(stage, draft))
        assert (read.title, read.price_vnd) == (draft.title, draft.price_vnd)

    async def test_a_listing_becomes_live(self, stage: Stage) -> None:
        seen = await publish(stage, stage.draft())
        assert seen.state in (ListingState.SUBMITTED, ListingState.IN_REVIEW, ListingState.LIVE)
        remote_id = await stage.until_live(seen.remote_id)
        assert (await stage.market.status(stage.shop, remote_id)).state is ListingState.LIVE

    async def test_find_returns_ours_and_only_ours(self, stage: Stage) -> None:
        draft = stage.draft()
        assert await stage.market.find(stage.shop, draft.seller_sku) is None
        seen = await publish(stage, draft)
        under_way = await stage.market.find(stage.shop, draft.seller_sku)
        assert under_way is not None
        assert under_way.title == draft.title
        remote_id = await stage.until_live(seen.remote_id)
        found = await stage.market.find(stage.shop, draft.seller_sku)
        assert found is not None
        assert (found.remote_id, found.title) == (remote_id, draft.title)

    async def test_after_a_lost_answer_find_returns_the_item(self, stage: Stage) -> None:
        draft = stage.draft()
        await stage.fault(Call.PUBLISH, "drop_after_commit")
        error = await failure(TransportFailed, publish(stage, draft))
        assert error.sent
        assert outcome_unknown(error, Call.PUBLISH)
        found = await stage.market.find(stage.shop, draft.seller_sku)
        assert found is not None
        remote_id = await stage.until_live(found.remote_id)
        ours = [item for item in await all_items(stage) if item.seller_sku == draft.seller_sku]
        assert [item.remote_id for item in ours] == [remote_id]

    async def test_of_two_alike_the_first_is_found(self, stage: Stage) -> None:
        draft = stage.draft()
        first = await put_up(stage, draft)
        await put_up(stage, draft)
        found = await stage.market.find(stage.shop, draft.seller_sku)
        assert found is not None
        assert found.remote_id == first

    async def test_every_item_of_the_shop_is_listed_once(self, stage: Stage) -> None:
        before = {item.remote_id for item in await all_items(stage)}
        remote_id = await put_up(stage, stage.draft())
        after = [item.remote_id for item in await all_items(stage)]
        assert set(after) == before | {remote_id}
        assert len(after) == len(set(after))

    async def test_an_update_is_read_back(self, stage: Stage) -> None:
        draft = stage.draft()
        remote_id = await put_up(stage, draft)
        changed = replace(
            draft, title=draft.title + " – loại đặc biệt", price_vnd=draft.price_vnd + 5_000, stock=0
        )
        read = await stage.market.update(stage.shop, remote_id, changed, [])
        assert (read.title, read.price_vnd) == (changed.title, changed.price_vnd)
        assert read.out_of_stock

    async def test_unlisting_twice_and_back(self, stage: Stage) -> None:
        remote_id = await put_up(stage, stage.draft())
        for _ in range(2):
            read = await stage.market.unlist(stage.shop, remote_id)
            assert read.state is ListingState.UNLISTED
        back = await stage.market.relist(stage.shop, remote_id)
        assert back.state in (ListingState.LIVE, ListingState.IN_REVIEW)

    async def test_an_unknown_word_is_unknown_and_kept(self, stage: Stage) -> None:
        remote_id = await put_up(stage, stage.draft())
        await stage.set_word(remote_id, "SOMETHING_NEW")
        read = await stage.market.status(stage.shop, remote_id)
        assert (read.state, read.raw_state) == (ListingState.UNKNOWN, "SOMETHING_NEW")

    async def test_an_item_that_is_not_there_is_deleted(self, stage: Stage) -> None:
        assert (await stage.market.status(stage.shop, "999999999")).state is ListingState.DELETED

    async def test_a_broken_picture_is_refused(self, stage: Stage) -> None:
        if not stage.market.capabilities.uploads_pictures:
            return  # the marketplace fetches them itself
        picture = replace(stage.draft().pictures[0], content=b"not a picture")
        error = await failure(Refused, stage.market.upload_picture(stage.shop, picture))
        assert error.reasons

    async def test_a_draft_without_pictures_is_refused_by_field(self, stage: Stage) -> None:
        bare = replace(stage.draft(), pictures=())
        error = await failure(Refused, stage.market.publish(stage.shop, bare, []))
        assert "pictures" in {reason.field for reason in error.reasons}

    async def test_what_it_cannot_say_is_unsupported(self, stage: Stage) -> None:
        draft = replace(stage.draft(), extra={"khong_co": "1"})
        await failure(Unsupported, stage.market.publish(stage.shop, draft, []))

    async def test_too_many_calls_wait_as_long_as_said(self, stage: Stage) -> None:
        await stage.fault(Call.STATUS, "429_retry_after", delay_s=3)
        before = clock.now()
        error = await failure(WaitUntil, stage.market.status(stage.shop, "1"))
        waited = (error.until - before).total_seconds()
        assert 2 <= waited <= 10

    async def test_nothing_leaves_while_told_to_wait(self, stage: Stage) -> None:
        await stage.fault(Call.STATUS, "429")
        first = await failure(WaitUntil, stage.market.status(stage.shop, "1"))
        second = await failure(WaitUntil, stage.market.find(stage.shop, "x"))
        assert second.until == first.until

    async def test_a_server_error_is_no_answer(self, stage: Stage) -> None:
        await stage.fault(Call.PUBLISH, "500")
        error = await failure(TransportFailed, publish(stage, stage.draft()))
        assert error.sent

    async def test_half_an_answer_is_no_answer(self, stage: Stage) -> None:
        draft = stage.draft()
        await stage.fault(Call.PUBLISH, "half_answer")
        error = await failure(TransportFailed, publish(stage, draft))
        assert outcome_unknown(error, Call.PUBLISH)
        assert await stage.market.find(stage.shop, draft.seller_sku) is not None

    async def test_an_answer_that_cannot_be_read_is_kept_as_it_came(self, stage: Stage) -> None:
        for kind, said in UNREADABLE.items():
            await stage.fault(Call.STATUS, kind)
            error = await failure(BadAnswer, stage.market.status(stage.shop, "1"))
            assert said in str(error.exchange["answer"]), kind
            assert len(str(error.exchange["answer"])) <= 20_000, kind

    async def test_a_create_whose_answer_cannot_be_read_is_found_not_made_anew(self, stage: Stage) -> None:
        for kind in UNREADABLE:
            draft = stage.draft()
            await stage.fault(Call.PUBLISH, kind)
            error = await failure(BadAnswer, publish(stage, draft))
            assert outcome_unknown(error, Call.PUBLISH), kind
            found = await stage.market.find(stage.shop, draft.seller_sku)
            assert found is not None, kind

    async def test_without_a_connection_nothing_was_sent(self, stage: Stage) -> None:
        # Port 9 (discard) is closed on every machine that runs tests.
        market = stage.rewired(api_base="http://127.0.0.1:9")
        error = await failure(TransportFailed, market.status(stage.shop, "1"))
        assert not error.sent

    async def test_a_lost_grant_asks_to_sign_in(self, stage: Stage) -> None:
        for credentials in ({}, {"access_token": "withdrawn-by-the-seller"}):
            shop = replace(stage.shop, credentials=credentials)
            await failure(SignInAgain, stage.market.status(shop, "1"))

    async def test_a_wrong_key_is_the_operators(self, stage: Stage) -> None:
        if not self.signs_with_key:
            return
        for key in ("", "another-key-altogether"):
            await failure(Misconfigured, stage.rewired(partner_key=key).status(stage.shop, "1"))

    async def test_no_secret_is_kept_or_logged(self, stage: Stage, log: Log) -> None:
        draft = stage.draft()
        seen = await publish(stage, draft)
        await stage.fault(Call.PUBLISH, "500")
        error: MarketplaceError = await failure(TransportFailed, publish(stage, draft))
        assert seen.exchange["url"]
        assert seen.exchange["status"] == 200
        assert error.exchange["status"] == 500
        logging.getLogger(__name__).info("the end of what was logged")
        logged = log.read()
        assert "the end of what was logged" in logged
        kept = f"{seen!r} {error!r} {error.exchange!r} {stage.shop!r} {logged}"
        for secret in stage.secrets:
            assert secret not in kept
