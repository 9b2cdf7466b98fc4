# ruff: noqa: S101 - this module is made of tests
"""What every adapter must do, as tests: an adapter's test class inherits these and supplies a stage.

In a test module::

    class TestShopee(MarketplaceConformance):
        @pytest.fixture
        async def stage(self, ...) -> AsyncGenerator[Stage]: ...

Tests look at ``capabilities``: what an adapter does not offer must be refused with ``Unsupported``. The stage
is the other side of the wire, over real HTTP; recorded answers are not enough to see a lost one.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Protocol, TypeVar

from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    ForgedPush,
    Item,
    ListingDraft,
    ListingState,
    Marketplace,
    MarketplaceError,
    Misconfigured,
    Mode,
    NeedsPerson,
    Observation,
    Page,
    PushKind,
    PushRequest,
    Refused,
    Shop,
    SignInAgain,
    TransportFailed,
    Unsupported,
    WaitUntil,
    outcome_unknown,
)
from ocop_hub.marketplaces.packs import zip_pack
from ocop_hub.marketplaces.registry import ADAPTERS, MARKETPLACES

#: Where consent leads back to in these tests.
REDIRECT = "http://127.0.0.1:9/ban-lam-viec/gian-hang/ve"

#: Answers that are none, and what of each is kept: pages for people, 10 MB, another charset than said.
UNREADABLE = {
    "not_json": "Hệ thống đang bảo trì",
    "404_page": "404 Not Found",
    "huge_answer": "     ",
    "other_charset": "Th\\xe0nh c\\xf4ng",
}

Failure = TypeVar("Failure", bound=BaseException)


@dataclass(frozen=True, slots=True)
class Log:
    """What the program logged so far."""

    read: Callable[[], str]


class Stage(Protocol):
    """The other side: an adapter wired to a marketplace that can be told to misbehave."""

    market: Marketplace
    shop: Shop
    #: Must never be seen in what is kept or logged.
    secrets: tuple[str, ...]

    def draft(self) -> ListingDraft:
        """A complete draft, with a Vietnamese title and a SKU not used before."""

    def rewired(self, *, api_base: str | None = None, partner_key: str | None = None) -> Marketplace:
        """The same adapter pointed elsewhere or with another key."""

    async def fault(self, call: Call, kind: str, *, delay_s: float = 0.0) -> None:
        """Let the next such call go wrong: drop_after_commit, 429, 500, half_answer, … (as the sandbox names them)."""

    async def set_word(self, remote_id: str, word: str) -> None:
        """Give an item a state word."""

    async def until_live(self, remote_id: str) -> str:
        """Wait until the review of an item is over and it is up; the id under which it then stands."""

    async def agree(self, url: str) -> Mapping[str, str]:
        """Open the consent page as the owner of the stall and agree; the query that leads back to us."""

    async def end_grant(self, *, withdraw: bool = False) -> None:
        """Let the stall's access token lapse early, or take the whole consent back."""

    async def push(self, remote_id: str, *, forged: bool = False) -> PushRequest:
        """A push about the item, as the marketplace sends it to an address of ours."""

    async def enter_by_hand(self, draft: ListingDraft) -> str:
        """Do as a seller at the entry form; the public address."""

    async def fetch(self, url: str) -> Page:
        """A public page as the page checker sees it."""


async def failure(kind: type[Failure], doing: Awaitable[object]) -> Failure:
    """The error of exactly this family that ``doing`` must raise."""
    try:
        result = await doing
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}, got {result!r}")


def refusal(kind: type[Failure], doing: Callable[[], object]) -> Failure:
    """:func:`failure` of something that is not awaited."""
    try:
        result = doing()
    except kind as error:
        return error
    raise AssertionError(f"expected {kind.__name__}, got {result!r}")


async def publish(stage: Stage, draft: ListingDraft) -> Observation:
    """Upload the pictures where they are uploaded, then create."""
    refs = []
    if stage.market.capabilities.uploads_pictures:
        refs = [await stage.market.upload_picture(stage.shop, picture) for picture in draft.pictures]
    return await stage.market.publish(stage.shop, draft, refs)


async def put_up(stage: Stage, draft: ListingDraft) -> str:
    """Create and wait for the review; the id under which the item stands."""
    return await stage.until_live((await publish(stage, draft)).remote_id)


async def all_items(stage: Stage) -> list[Item]:
    """Every item of the shop, page by page."""
    items: list[Item] = []
    cursor = ""
    while True:
        page = await stage.market.list_items(stage.shop, cursor)
        items += page.items
        cursor = page.next_cursor
        if not cursor:
            return items


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
