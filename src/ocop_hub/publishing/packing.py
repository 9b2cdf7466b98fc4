"""The pack of a listing and the sheet of a stall, as files to download."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.kit.text import fold
from ocop_hub.marketplaces.assisted import AssistedMarket
from ocop_hub.marketplaces.contract import Pack, Unsupported
from ocop_hub.marketplaces.packs import zip_pack
from ocop_hub.marketplaces.sheets import stall_sheet
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.draft import build_draft
from ocop_hub.publishing.errors import NoPack
from ocop_hub.publishing.models import Desired, Listing, MarketplaceAccount
from ocop_hub.publishing.preview import adapter_of, preview
from ocop_hub.publishing.subject import load_subjects

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


async def pack_of(session: AsyncSession, outside: Outside, listing: Listing) -> tuple[str, Pack]:
    """(title, pack) of a listing. Raises :class:`NoPack` where the marketplace takes none."""
    seen = await preview(session, outside, listing)
    try:
        return seen.draft.title, adapter_of(outside, listing.marketplace_key).pack(seen.draft)
    except Unsupported as error:
        raise NoPack(error.message) from error


async def zipped(title: str, pack: Pack) -> tuple[str, bytes]:
    """(file name, zip) of a pack."""
    return f"bo-ho-so-{file_stem(title)}.zip", await asyncio.to_thread(zip_pack, pack)


def file_stem(title: str) -> str:
    """ASCII letters and digits of a title, for a file's name."""
    return fold(title).replace(" ", "-")[:60].strip("-") or "san-pham"


async def sheet_of(session: AsyncSession, outside: Outside, account: MarketplaceAccount) -> bytes:
    """Every product that shall be live in the stall, as one xlsx in the order of the entry form.

    Photos are not in it: they are in the packs. Raises :class:`NoPack` for a stall that posts by itself.
    """
    adapter = adapter_of(outside, account.marketplace_key)
    if not isinstance(adapter, AssistedMarket):
        raise NoPack(f"{adapter.name} nhận tin đăng tự động, không cần tệp.")
    listings: Sequence[Listing] = (
        await session.scalars(
            select(Listing)
            .where(Listing.account_id == account.id, Listing.desired == Desired.LIVE)
            .order_by(Listing.created_at, Listing.id)
        )
    ).all()
    subjects = await load_subjects(
        session, {listing.product_id for listing in listings}, public_url=outside.public_url
    )
    drafts = [
        build_draft(subjects[listing.product_id][0], overrides=listing.overrides) for listing in listings
    ]
    return await asyncio.to_thread(stall_sheet, adapter, drafts)
