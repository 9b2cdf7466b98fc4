# ruff: noqa: S101 - this module is made of tests
"""For every adapter, whatever its mode, and for those where a person does the entering."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace

from ocop_hub.marketplaces.conformance.stage import REDIRECT, Stage, failure, put_up, refusal
from ocop_hub.marketplaces.contract import (
    ListingDraft,
    ListingState,
    Marketplace,
    Mode,
    NeedsPerson,
    Page,
    PushRequest,
    Unsupported,
)
from ocop_hub.marketplaces.packs import zip_pack
from ocop_hub.marketplaces.registry import ADAPTERS, MARKETPLACES


class AnyMarketplace:
    """For every adapter, whatever its mode."""

    async def test_stands_in_the_registry(self, stage: Stage) -> None:
        assert isinstance(stage.market, Marketplace)
        assert stage.market.key in ADAPTERS
        assert stage.market.key in MARKETPLACES

    async def test_a_good_draft_has_nothing_to_mend(self, stage: Stage) -> None:
        assert stage.market.validate(stage.draft()) == ()

    async def test_missing_things_are_named_by_field(self, stage: Stage) -> None:
        bare = replace(stage.draft(), title="", description=" ", price_vnd=0, pictures=())
        fields = {reason.field for reason in stage.market.validate(bare)}
        assert fields >= {"title", "description", "price_vnd", "pictures"}
        assert all(reason.text and reason.code for reason in stage.market.validate(bare))

    async def test_without_pages_of_its_own_no_address_is_given(self, stage: Stage) -> None:
        if stage.market.capabilities.checks_links:
            return
        assert stage.market.public_url(stage.shop, "123456") == ""
        page = Page("https://example.org/p/a-1.html", 200, "")
        refusal(Unsupported, lambda: stage.market.match_page(page, stage.draft(), stage.shop))

    async def test_its_own_address_is_recognised(self, stage: Stage) -> None:
        if not stage.market.capabilities.checks_links:
            return
        assert stage.market.match_url(stage.market.public_url(stage.shop, "123456")) == "123456"

    async def test_foreign_addresses_are_not(self, stage: Stage) -> None:
        for url in (
            "",
            "javascript:alert(1)",
            "https://example.org/product/1/2",
            "http://[",
            "https://example.org/p/a-1.html",
        ):
            assert stage.market.match_url(url) == ""

    async def test_what_it_does_not_offer_is_unsupported(self, stage: Stage) -> None:
        market, shop, draft = stage.market, stage.shop, stage.draft()
        offers = market.capabilities
        refused: list[tuple[bool, Callable[[], Awaitable[object]]]] = [
            (offers.lists_items, lambda: market.list_items(shop)),
            (offers.uploads_pictures, lambda: market.upload_picture(shop, draft.pictures[0])),
            (offers.updates, lambda: market.update(shop, "1", draft, [])),
            (offers.unlists, lambda: market.unlist(shop, "1")),
            (offers.unlists, lambda: market.relist(shop, "1")),
            (offers.finds_by_sku, lambda: market.find(shop, draft.seller_sku)),
            (offers.reads_status, lambda: market.status(shop, "1")),
            (offers.signs_in, lambda: market.exchange({}, redirect_uri=REDIRECT)),
            (offers.signs_in, lambda: market.refresh(shop)),
            (offers.queues_pushes, lambda: market.pull_pushes(shop)),
        ]
        for offered, ask in refused:
            if not offered:
                assert not (await failure(Unsupported, ask())).sent
        plain: list[tuple[bool, Callable[[], object]]] = [
            (offers.signs_in, lambda: market.authorise_url(redirect_uri=REDIRECT, state="s")),
            (offers.pushes, lambda: market.read_push(PushRequest(REDIRECT, {}, b"{}"))),
        ]
        for offered, say in plain:
            if not offered:
                assert not refusal(Unsupported, say).sent

    async def test_the_public_page_is_held_against_the_draft(self, stage: Stage) -> None:
        if not stage.market.capabilities.checks_links:
            return
        draft = stage.draft()
        url = await self.shown(stage, draft)
        page = await stage.fetch(url)
        match = stage.market.match_page(page, draft, stage.shop)
        assert match.matches
        assert match.checks["url"]
        assert match.checks["title"]
        assert match.checks["price"]
        assert match.observation.state is ListingState.LIVE
        assert match.observation.price_vnd == draft.price_vnd
        other = replace(draft, title="Nấm linh chi rừng sấy lạnh hộp 250 g")
        unlike = stage.market.match_page(page, other, stage.shop)
        assert not unlike.matches
        assert unlike.observation.state is ListingState.UNKNOWN

    async def test_a_page_that_is_gone_is_deleted(self, stage: Stage) -> None:
        if not stage.market.capabilities.checks_links:
            return
        page = await stage.fetch(stage.market.public_url(stage.shop, "999999999"))
        match = stage.market.match_page(page, stage.draft(), stage.shop)
        assert not match.matches
        assert match.observation.state is ListingState.DELETED

    async def test_a_page_that_refuses_us_says_nothing(self, stage: Stage) -> None:
        if not stage.market.capabilities.checks_links:
            return
        page = Page(stage.market.public_url(stage.shop, "1"), 403, "Verify you are human")
        match = stage.market.match_page(page, stage.draft(), stage.shop)
        assert (match.matches, match.observation.state) == (False, ListingState.UNKNOWN)

    async def shown(self, stage: Stage, draft: ListingDraft) -> str:
        """The public address of the draft, made visible in the way of the marketplace."""
        if stage.market.capabilities.mode is Mode.API:
            return stage.market.public_url(stage.shop, await put_up(stage, draft))
        return await stage.enter_by_hand(draft)


class AssistedMarketplace(AnyMarketplace):
    """For adapters where a person does the entering."""

    async def test_publish_asks_for_a_person(self, stage: Stage) -> None:
        error = await failure(NeedsPerson, stage.market.publish(stage.shop, stage.draft(), []))
        assert not error.sent
        assert error.message

    async def test_the_pack_carries_the_words_unchanged(self, stage: Stage) -> None:
        draft = stage.draft()
        pack = stage.market.pack(draft)
        texts = [text for _, text in pack.fields]
        assert texts[0] == draft.title
        assert draft.description in texts
        assert str(draft.price_vnd) in texts
        assert all(label and text for label, text in pack.fields)

    async def test_the_pack_names_its_pictures_in_order(self, stage: Stage) -> None:
        draft = stage.draft()
        files = stage.market.pack(draft).files
        assert [file.content for file in files] == [picture.content for picture in draft.pictures]
        names = [file.name for file in files]
        assert names == sorted(names)
        assert all(name.isascii() and "/" not in name for name in names)

    async def test_the_same_pack_is_the_same_zip(self, stage: Stage) -> None:
        draft = stage.draft()
        assert zip_pack(stage.market.pack(draft)) == zip_pack(stage.market.pack(draft))
