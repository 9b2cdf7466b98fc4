"""Stalls without an interface: what stands in them is told by the addresses that a person pastes.

Each address becomes a shop item that waits; a job opens the public pages one after the other, as a buyer would,
and puts the near matches to a person. What came of a line is the item's ``raw_state``.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final
from urllib.parse import urljoin
from uuid import UUID

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit, jobs
from ocop_hub.db import SYSTEM, Database
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import fold
from ocop_hub.marketplaces import pages
from ocop_hub.marketplaces.contract import ListingState, Marketplace, MarketplaceError, Mode, Page
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.models import ItemDecision, Listing, MarketplaceAccount, ShopItem
from ocop_hub.publishing.queries import accounts_visible_to
from ocop_hub.publishing.stalls import pictures
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.publishing.stalls.matching import best_match

READ_LINKS: Final = "publishing.read_links"
#: Lines taken at one time; the rest is left for the next paste.
MOST_LINES: Final = 100


class Reading(StrEnum):
    """What came of a pasted address; all but the first two say why its page was not taken."""

    WAITING = "pasted"
    READ = "page read"
    GONE = "page gone"
    NO_ANSWER = "no answer"
    ELSEWHERE = "leads elsewhere"
    NO_TITLE = "no product on page"
    OTHER_SELLER = "another seller"


class Wrong(StrEnum):
    """Why a line was not taken."""

    NOT_THIS_MARKET = "not_this_market"
    LISTED = "listed"
    TOO_MANY = "too_many"


@dataclass(frozen=True, slots=True)
class WrongLine:
    """A line that stays in the box. ``number`` counts from 1, empty lines included."""

    number: int
    text: str
    why: Wrong


def takes_links(account: MarketplaceAccount, marketplace: Marketplace) -> bool:
    """Whether what stands in this stall is told by pasted addresses."""
    return account.mode is not Mode.API and marketplace.capabilities.checks_links


def address_in(line: str) -> str:
    """The address in a line: of several cells of a spreadsheet the first that is one; ``https://`` may lack."""
    words = [word.strip("\"'<>,;") for word in re.split(r"\s+", line.strip())]
    found = next((word for word in words if "://" in word), "")
    return found or next((f"https://{word}" for word in words if "." in word and "/" in word), line.strip())


async def paste(
    session: AsyncSession, actor: Actor, marketplace: Marketplace, *, account_id: UUID, text: str
) -> list[WrongLine]:
    """Take an address per line; the lines that were not taken. One pasted again is read again.

    Raises :class:`NotFound` for a stall that is not the actor's, or that is read through its interface.
    """
    account = await session.scalar(
        accounts_visible_to(actor).where(MarketplaceAccount.id == account_id).with_for_update()
    )
    if account is None or not actor.may_change(account.producer_id) or not takes_links(account, marketplace):
        raise NotFound("Không tìm thấy gian hàng này.")
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if line.strip()]
    wrong = [WrongLine(number, line, Wrong.TOO_MANY) for number, line in lines[MOST_LINES:]]
    listed = set(await session.scalars(select(Listing.remote_id).where(Listing.account_id == account_id)))
    known = {
        item.remote_id: item
        for item in await session.scalars(select(ShopItem).where(ShopItem.account_id == account_id))
    }
    taken: set[str] = set()
    for number, line in lines[:MOST_LINES]:
        url = address_in(line)
        remote_id = marketplace.match_url(url)
        if not remote_id:
            wrong.append(WrongLine(number, line, Wrong.NOT_THIS_MARKET))
        elif remote_id in listed:
            wrong.append(WrongLine(number, line, Wrong.LISTED))
        elif remote_id not in taken:
            taken.add(remote_id)
            _wait(session, account, known.get(remote_id), remote_id, url)
    if taken:
        await want_reading(session, account_id)
        audit.record(
            session,
            actor=actor.label,
            action="publishing.paste_links",
            subject=f"account:{account_id}",
            producer_id=account.producer_id,
            lines=len(taken),
        )
    return sorted(wrong, key=lambda each: each.number)


def _wait(
    session: AsyncSession, account: MarketplaceAccount, item: ShopItem | None, remote_id: str, url: str
) -> None:
    if item is None:
        item = ShopItem(
            id=new_id(),
            account_id=account.id,
            producer_id=account.producer_id,
            remote_id=remote_id,
            title="",
        )
        session.add(item)
    item.public_url = url
    item.state, item.raw_state = ListingState.NONE, Reading.WAITING
    item.decision = ItemDecision.PENDING
    item.seen_at = clock.now()


async def want_reading(session: AsyncSession, account_id: UUID) -> None:
    """Have the pasted pages of a stall opened; a wish that already waits is enough."""
    await jobs.enqueue(session, READ_LINKS, {"account_id": str(account_id)}, dedupe_key=f"links:{account_id}")


def _waiting() -> ColumnElement[bool]:
    return (
        (ShopItem.state == ListingState.NONE)
        & (ShopItem.raw_state == Reading.WAITING)
        & (ShopItem.decision == ItemDecision.PENDING)
    )


def unread_accounts() -> Select[UUID]:
    """Stalls with pasted addresses that nobody opened yet."""
    return select(ShopItem.account_id).where(_waiting()).distinct()


async def read_links(database: Database, outside: Outside, account_id: UUID) -> None:
    """Open the pages that wait, one after the other; no transaction is open while a page is fetched."""
    async with database.session(SYSTEM) as session:
        account = await session.get(MarketplaceAccount, account_id)
        if account is None:
            return
        producer = await session.get_one(Producer, account.producer_id)
        waiting = list(
            await session.execute(
                select(ShopItem.id, ShopItem.public_url)
                .where(ShopItem.account_id == account_id, _waiting())
                .order_by(ShopItem.id)
            )
        )
    adapter = outside.adapters.get(account.marketplace_key)
    sellers = (account.name, producer.name)
    for item_id, url in waiting:
        facts, reading = await _open(outside, adapter, url, sellers)
        shown = facts.picture_url if reading is Reading.READ else ""
        look = await pictures.look(outside, shown) if shown else ""
        async with database.session(SYSTEM) as session:
            await _keep(session, item_id, url, facts, reading, look)


async def _open(
    outside: Outside, adapter: Marketplace, url: str, sellers: Collection[str]
) -> tuple[pages.PageFacts, Reading]:
    try:
        page = await outside.fetch_page(url)
    except MarketplaceError:
        return pages.PageFacts(), Reading.NO_ANSWER
    if page.status in (404, 410):
        return pages.PageFacts(), Reading.GONE
    if page.status != 200:
        return pages.PageFacts(), Reading.NO_ANSWER
    if adapter.match_url(page.url) != adapter.match_url(url):
        return pages.PageFacts(), Reading.ELSEWHERE
    return await asyncio.to_thread(_read, page, sellers)


def _read(page: Page, sellers: Collection[str]) -> tuple[pages.PageFacts, Reading]:
    """What the page says; of a page that names another seller nothing is taken over."""
    facts = pages.read_page(page.text)
    said = fold(facts.text)
    if facts.price_vnd is None and any(word in said for word in pages.GONE_WORDS):
        return facts, Reading.GONE
    if not facts.title:
        return facts, Reading.NO_TITLE
    if facts.seller and not any(
        pages.same_words(name, facts.seller, share=pages.SELLER_SHARE) for name in sellers
    ):
        return facts, Reading.OTHER_SELLER
    return replace(facts, picture_url=_absolute(page.url, facts.picture_url)), Reading.READ


def _absolute(page_url: str, written: str) -> str:
    """An address as a page writes it; empty where it is none."""
    try:
        return urljoin(page_url, written) if written else ""
    except ValueError:
        return ""


async def _keep(
    session: AsyncSession, item_id: UUID, url: str, facts: pages.PageFacts, reading: Reading, look: str
) -> None:
    """Store what the page said, unless the item was answered, or another address pasted, meanwhile."""
    item = await session.scalar(
        select(ShopItem)
        .where(ShopItem.id == item_id, ShopItem.public_url == url, _waiting())
        .with_for_update()
    )
    if item is None:
        return
    item.title, item.price_vnd = facts.title, facts.price_vnd
    item.picture_url, item.picture_look = facts.picture_url, look
    item.raw_state, item.seen_at = reading, clock.now()
    item.state = {Reading.READ: ListingState.LIVE, Reading.GONE: ListingState.DELETED}.get(
        reading, ListingState.UNKNOWN
    )
    match = None
    if reading is Reading.READ:
        candidates = await stalls.candidates_of(session, item.producer_id)
        match = best_match(stalls.as_item(item), candidates, look=look)
    stalls.take_match(item, match)
