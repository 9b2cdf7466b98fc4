"""Reading marketplaces' categories through one of their stalls: by job, as a page must not wait for them."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

import structlog
from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import jobs
from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.kit.sealing import CannotOpen
from ocop_hub.marketplaces.categories import TellsCategories
from ocop_hub.marketplaces.contract import MarketplaceError, Mode, Shop, Unsupported
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.mapping.categories import keep_fields, keep_tree, open_mappings
from ocop_hub.publishing.models import AccountState, MarketplaceAccount
from ocop_hub.publishing.models_office import CategoryTree
from ocop_hub.publishing.stalls.sealed import open_shop

log = structlog.get_logger(__name__)

READ: Final = "publishing.read_categories"
#: A tree is read again after this: categories change by the month, and what is gone is to be seen early.
READ_AGAIN: Final = timedelta(days=1)


async def want_read(session: AsyncSession, marketplace_key: str, category_id: str = "") -> None:
    """Have the tree read, and the fields of one category with it."""
    payload = {"marketplace_key": marketplace_key, "category_id": category_id}
    await jobs.enqueue(session, READ, payload, dedupe_key=f"{READ}:{marketplace_key}:{category_id}")


def teller(outside: Outside, marketplace_key: str) -> TellsCategories | None:
    """The adapter, where its marketplace tells categories."""
    try:
        adapter = outside.adapters.get(marketplace_key)
    except Unsupported:
        return None
    return adapter if isinstance(adapter, TellsCategories) else None


async def read(database: Database, outside: Outside, marketplace_key: str, category_id: str = "") -> bool:
    """Read the tree, and the fields of ``category_id`` and of every mapped category; True when it was told.

    A failure leaves what is known; the sweep asks again.
    """
    adapter = teller(outside, marketplace_key)
    shop = await _any_shop(database, outside, marketplace_key)
    if adapter is None or shop is None:
        return False
    try:
        categories = await adapter.categories(shop)
        async with database.session(SYSTEM) as session:
            kept = await keep_tree(session, marketplace_key, categories)
            mapped = {row.category_id for row in await session.scalars(open_mappings(marketplace_key))}
            wanted = {each for each in {category_id, *mapped} if kept.tree.get(each, {}).get("leaf")}
        for each in sorted(wanted):
            fields = await adapter.category_fields(shop, each)
            async with database.session(SYSTEM) as session:
                await keep_fields(session, marketplace_key, each, fields)
    except MarketplaceError as error:
        log.warning("categories not read", marketplace=marketplace_key, code=error.code)
        return False
    return True


async def _any_shop(database: Database, outside: Outside, marketplace_key: str) -> Shop | None:
    """A stall that is signed in; categories are the same for all of them."""
    async with database.session(SYSTEM) as session:
        accounts = await session.scalars(_signed_in(marketplace_key))
        for account in accounts:
            try:
                return open_shop(account, outside.sealing_key)
            except CannotOpen:
                continue
    return None


def _signed_in(marketplace_key: str) -> Select[MarketplaceAccount]:
    return (
        select(MarketplaceAccount)
        .where(
            MarketplaceAccount.marketplace_key == marketplace_key,
            MarketplaceAccount.mode == Mode.API,
            MarketplaceAccount.state.in_([AccountState.CONNECTED, AccountState.NEEDS_ANSWERS]),
            MarketplaceAccount.credentials_sealed.is_not(None),
        )
        .order_by(MarketplaceAccount.created_at)
    )


async def want_due(session: AsyncSession, outside: Outside) -> None:
    """The sweep: marketplaces with a signed-in stall whose tree was never read, or a day ago."""
    due = (
        select(MarketplaceAccount.marketplace_key)
        .outerjoin(CategoryTree, CategoryTree.marketplace_key == MarketplaceAccount.marketplace_key)
        .where(
            MarketplaceAccount.mode == Mode.API,
            MarketplaceAccount.credentials_sealed.is_not(None),
            or_(CategoryTree.read_at.is_(None), CategoryTree.read_at < clock.now() - READ_AGAIN),
        )
        .distinct()
    )
    for key in await session.scalars(due):
        if teller(outside, key) is not None:
            await want_read(session, key)
