"""Stalls (gian hàng): connecting one, reading what already stands in it, and asking about matches.

Nothing is created in a stall before its matches are answered (decision 0004).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, Protocol
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit, jobs
from ocop_hub.catalogue.models import Product, ProductPhoto
from ocop_hub.db import SYSTEM, Database, table_of
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.sealing import CannotOpen
from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Item,
    ItemPage,
    Marketplace,
    MarketplaceError,
    Mode,
    Shop,
    SignInAgain,
)
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.draft import seller_sku
from ocop_hub.publishing.errors import StallExists
from ocop_hub.publishing.models import AccountState, ItemDecision, Listing, MarketplaceAccount, ShopItem
from ocop_hub.publishing.queries import accounts_visible_to
from ocop_hub.publishing.stalls import grants, pictures
from ocop_hub.publishing.stalls.matching import Candidate, Match, best_match
from ocop_hub.publishing.stalls.sealed import open_shop, seal

log = structlog.get_logger(__name__)

READ_SHOP = "publishing.read_shop"
#: What another reading of an item takes over.
SEEN = (
    "title",
    "price_vnd",
    "seller_sku",
    "gtin",
    "public_url",
    "picture_url",
    "picture_look",
    "state",
    "raw_state",
    "seen_at",
)
#: Pages of one reading; the smallest page of a marketplace here has 20 items, and no stall of ours a thousand.
MOST_PAGES: Final = 2_000
#: A stall that could not be read is read again after this.
READ_AGAIN = timedelta(seconds=20)


async def connect(
    session: AsyncSession,
    actor: Actor,
    *,
    producer_id: UUID,
    marketplace: Marketplace,
    shop_id: str,
    name: str,
    credentials: Mapping[str, str] | None = None,
    public_url: str = "",
    sealing_key: bytes,
) -> MarketplaceAccount:
    """Open a producer's stall on a marketplace. Raises :class:`NotFound` (not yours), :class:`StallExists`."""
    known = await session.scalar(select(Producer.id).where(Producer.id == producer_id))
    if known is None or not actor.may_change(producer_id):
        raise NotFound("Không tìm thấy chủ thể này.")
    account = MarketplaceAccount(
        id=new_id(),
        producer_id=producer_id,
        marketplace_key=marketplace.key,
        shop_id=shop_id,
        name=name,
        mode=marketplace.capabilities.mode,
        state=AccountState.NEEDS_ANSWERS if marketplace.capabilities.lists_items else AccountState.CONNECTED,
        public_url=public_url,
    )
    if credentials:
        seal(account, credentials, sealing_key)
    await _add(session, account, marketplace)
    audit.record(
        session,
        actor=actor.label,
        action="publishing.connect",
        subject=f"account:{account.id}",
        producer_id=producer_id,
        marketplace=marketplace.key,
    )
    if marketplace.capabilities.lists_items:
        await want_read(session, account.id)
    return account


async def sign_in(
    session: AsyncSession,
    actor: Actor,
    *,
    account_id: UUID,
    credentials: Mapping[str, str],
    sealing_key: bytes,
) -> MarketplaceAccount:
    """New credentials for a stall; it goes on after its items were read anew. Raises :class:`NotFound`."""
    account = await session.scalar(
        accounts_visible_to(actor).where(MarketplaceAccount.id == account_id).with_for_update()
    )
    if account is None or not actor.may_change(account.producer_id):
        raise NotFound("Không tìm thấy gian hàng này.")
    seal(account, credentials, sealing_key)
    account.state = AccountState.NEEDS_ANSWERS if account.mode is Mode.API else AccountState.CONNECTED
    audit.record(
        session,
        actor=actor.label,
        action="publishing.sign_in",
        subject=f"account:{account.id}",
        producer_id=account.producer_id,
    )
    if account.mode is Mode.API:
        account.items_read_at = None
        await want_read(session, account.id)
    return account


async def want_read(session: AsyncSession, account_id: UUID, *, after: timedelta | None = None) -> None:
    """Have the stall read; a wish that already waits is enough."""
    await jobs.enqueue(
        session, READ_SHOP, {"account_id": str(account_id)}, dedupe_key=f"read:{account_id}", after=after
    )


async def _add(session: AsyncSession, account: MarketplaceAccount, marketplace: Marketplace) -> None:
    """The constraint decides: under row-level security this actor may not see who has the stall already."""
    try:
        async with session.begin_nested():
            session.add(account)
    except IntegrityError as error:
        if "uq_marketplace_accounts" not in str(error.orig):
            raise
        raise StallExists(f"Gian hàng {account.shop_id} trên {marketplace.name} đã được kết nối.") from error


async def read_shop(database: Database, outside: Outside, account_id: UUID) -> None:
    """Read every item of the stall, keep it, and put near matches to a person; no match, no question.

    A stall that does not take our credentials waits for its owner; another failure leaves the stall unread,
    and the sweep has it read again.
    """
    async with database.session(SYSTEM) as session:
        account = await session.get(MarketplaceAccount, account_id)
    if account is None:
        return
    adapter = outside.adapters.get(account.marketplace_key)
    try:
        shop = open_shop(account, outside.sealing_key)
        items = await all_items(adapter, shop)
    except CannotOpen:
        async with database.session(SYSTEM) as session:
            sealed = await session.get_one(MarketplaceAccount, account_id, with_for_update=True)
            sealed.state = AccountState.NEEDS_SIGN_IN
        return
    except SignInAgain:
        # Read again by the sweep with the newer token, if there is one.
        used = shop.credentials.get("access_token", "")
        await grants.renew(database, outside, account_id, refused=used)
        return
    except MarketplaceError as error:
        log.warning("stall not read yet", account=str(account_id), code=error.code, error=error.message)
        return
    looks = await looks_of_items(database, outside, account_id, items)
    async with database.session(SYSTEM) as session:
        await keep_items(session, account_id, items, looks)


class ListsItems(Protocol):
    """What of a marketplace's contract a reading asks for."""

    async def list_items(self, shop: Shop, cursor: str = "") -> ItemPage:
        """One page of the stall."""
        ...


async def all_items(adapter: ListsItems, shop: Shop) -> list[Item]:
    """Every item of the stall once, page by page. Raises the marketplace's errors: half a list is none.

    A list that comes back to a page it gave before, or does not end, is :class:`BadAnswer`.
    """
    items: dict[str, Item] = {}
    asked: set[str] = set()
    cursor = ""
    while cursor not in asked and len(asked) < MOST_PAGES:
        asked.add(cursor)
        page = await adapter.list_items(shop, cursor)
        items |= {item.remote_id: item for item in page.items}
        cursor = page.next_cursor
        if not cursor:
            return list(items.values())
    raise BadAnswer(
        f"Danh sách mục trong gian hàng không kết thúc sau {len(asked)} trang.", code="endless-list"
    )


async def looks_of_items(
    database: Database, outside: Outside, account_id: UUID, items: Sequence[Item]
) -> dict[str, str]:
    """What the first picture of each item looks like, by its remote id, as far as it is worth a fetch.

    Nothing is fetched for a producer without photos, for what a listing of ours stands for, and for a picture
    that was seen before.
    """
    async with database.session(SYSTEM) as session:
        account = await session.get_one(MarketplaceAccount, account_id)
        if not await _looks_by_product(session, account.producer_id):
            return {}
        ours = await _own_marks(session, account_id)
        rows = await session.execute(
            select(ShopItem.remote_id, ShopItem.picture_url, ShopItem.picture_look).where(
                ShopItem.account_id == account_id, ShopItem.picture_look != ""
            )
        )
    known = {(remote_id, url): look for remote_id, url, look in rows}
    shown = {each.remote_id: each.picture_urls[0] for each in items if each.picture_urls}
    seen = {remote_id: look for (remote_id, url), look in known.items() if shown.get(remote_id) == url}
    wanted = {
        each.remote_id: shown[each.remote_id]
        for each in items
        if each.remote_id in shown
        and each.remote_id not in seen
        and not ours & {each.remote_id, each.seller_sku}
    }
    return seen | await pictures.looks(outside, wanted)


async def keep_items(
    session: AsyncSession, account_id: UUID, items: list[Item], looks: Mapping[str, str]
) -> None:
    """Store what stands in the stall with its best match; a decision once taken stays.

    ``looks``: what its picture looks like, by remote id, where that is known.
    """
    account = await session.get_one(MarketplaceAccount, account_id, with_for_update=True)
    candidates = await candidates_of(session, account.producer_id)
    ours = await _own_marks(session, account_id)
    now = clock.now()
    rows = []
    for item in items:
        # What a listing of ours stands for, or will find by its SKU, is nobody's question.
        known = item.remote_id in ours or item.seller_sku in ours
        look = looks.get(item.remote_id, "")
        match = None if known else best_match(item, candidates, look=look)
        row: dict[str, Any] = {
            "id": new_id(),
            "account_id": account_id,
            "producer_id": account.producer_id,
            "remote_id": item.remote_id,
            "title": item.title,
            "price_vnd": item.price_vnd,
            "seller_sku": item.seller_sku,
            "gtin": item.gtin,
            "public_url": item.public_url,
            "picture_url": item.picture_urls[0] if item.picture_urls else "",
            "picture_look": look,
            "state": item.state,
            "raw_state": item.raw_state,
            "product_id": match.product_id if match else None,
            "score": match.score if match else 0,
            "grounds": list(match.grounds) if match else [],
            "decision": ItemDecision.PENDING,
            "decided_by": "",
            "seen_at": now,
        }
        rows.append(row)
    if rows:
        adding = insert(table_of(ShopItem))
        keeping = adding.on_conflict_do_update(
            index_elements=[ShopItem.account_id, ShopItem.remote_id],
            set_={name: adding.excluded[name] for name in SEEN},
        )
        await session.execute(keeping, rows)  # all sent at once; a column of lists is nothing for insert_rows
    account.items_read_at = now
    await settle_account(session, account)


async def settle_account(session: AsyncSession, account: MarketplaceAccount) -> None:
    """Open the stall for creating as soon as no match waits for an answer."""
    if account.state in (AccountState.NEEDS_SIGN_IN, AccountState.CLOSED) or account.items_read_at is None:
        return
    await session.flush()  # decisions taken in this transaction count
    waiting = await session.scalar(
        select(ShopItem.id)
        .where(
            ShopItem.account_id == account.id,
            ShopItem.decision == ItemDecision.PENDING,
            ShopItem.product_id.is_not(None),
        )
        .limit(1)
    )
    account.state = AccountState.CONNECTED if waiting is None else AccountState.NEEDS_ANSWERS


async def ask_about(session: AsyncSession, account: MarketplaceAccount, product: Product) -> bool:
    """A product that came after the stall was read: is it one of the items nobody asked about yet?"""
    if account.mode is not Mode.API:
        return False
    looks = await _looks_by_product(session, product.producer_id)
    candidate = _candidate(product, looks)
    unasked = await session.scalars(
        select(ShopItem).where(
            ShopItem.account_id == account.id,
            ShopItem.decision == ItemDecision.PENDING,
            ShopItem.product_id.is_(None),
        )
    )
    asked = False
    for row in unasked:
        match = best_match(as_item(row), [candidate], look=row.picture_look)
        if match is not None:
            take_match(row, match)
            asked = True
    if asked:
        await settle_account(session, account)
    return asked


def take_match(row: ShopItem, match: Match | None) -> None:
    """Let the item be the nearest product, or none."""
    row.product_id = match.product_id if match else None
    row.score = match.score if match else 0
    row.grounds = list(match.grounds) if match else []


def as_item(row: ShopItem) -> Item:
    """The stored item as the contract's."""
    return Item(
        remote_id=row.remote_id,
        title=row.title,
        price_vnd=row.price_vnd,
        seller_sku=row.seller_sku,
        gtin=row.gtin,
        state=row.state,
        raw_state=row.raw_state,
        public_url=row.public_url,
    )


async def _own_marks(session: AsyncSession, account_id: UUID) -> set[str]:
    """Remote ids and SKUs of the listings in this stall."""
    rows = await session.execute(
        select(Listing.remote_id, Listing.seller_sku).where(Listing.account_id == account_id)
    )
    return {mark for row in rows for mark in row if mark}


async def candidates_of(session: AsyncSession, producer_id: UUID) -> list[Candidate]:
    """What an item may be: every product of the producer."""
    products = await session.scalars(
        select(Product).where(Product.producer_id == producer_id, Product.merged_into_id.is_(None))
    )
    looks = await _looks_by_product(session, producer_id)
    return [_candidate(each, looks) for each in products]


def _candidate(product: Product, looks: Mapping[UUID, tuple[str, ...]]) -> Candidate:
    return Candidate(
        product.id,
        product.name,
        product.gtin or "",
        product.price_vnd,
        seller_sku(product.id),
        looks.get(product.id, ()),
    )


async def _looks_by_product(session: AsyncSession, producer_id: UUID) -> dict[UUID, tuple[str, ...]]:
    """What the photos of each of the producer's products look like, where they are not too plain to tell."""
    rows = await session.execute(
        select(ProductPhoto.product_id, ProductPhoto.look).where(
            ProductPhoto.producer_id == producer_id, ProductPhoto.look != ""
        )
    )
    found: dict[UUID, tuple[str, ...]] = defaultdict(tuple)
    for product_id, look in rows:
        found[product_id] += (look,)
    return found
