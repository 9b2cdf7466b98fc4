"""What a listing would say, built by the same functions that the controller sends with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import ProductPhoto
from ocop_hub.db import aside
from ocop_hub.marketplaces.contract import (
    ListingDraft,
    Marketplace,
    NeedsPerson,
    Picture,
    Reason,
    Unsupported,
)
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.draft import content_hash
from ocop_hub.publishing.errors import NoAdapter
from ocop_hub.publishing.mapping import categories as mapping
from ocop_hub.publishing.models import Listing
from ocop_hub.publishing.readiness import lacking
from ocop_hub.publishing.subject import load_pictures, load_subjects


@dataclass(frozen=True, slots=True)
class Preview:
    """The exact draft, what tells it from another, and what the marketplace would refuse."""

    draft: ListingDraft
    content_hash: str
    problems: tuple[Reason, ...]


def adapter_of(outside: Outside, marketplace_key: str) -> Marketplace:
    """The adapter. Raises :class:`NoAdapter` where there is none."""
    try:
        return outside.adapters.get(marketplace_key)
    except Unsupported as error:
        raise NoAdapter(error.message) from error


async def preview(session: AsyncSession, outside: Outside, listing: Listing) -> Preview:
    """What the next create or update of ``listing`` would send, as of now. Photos are read :func:`ocop_hub.db.aside`."""
    adapter = adapter_of(outside, listing.marketplace_key)
    subjects = await load_subjects(session, [listing.product_id], public_url=outside.public_url)
    subject, photos = subjects[listing.product_id]
    own = str(listing.overrides.get("category_id") or "")
    mappings = await mapping.load(session, listing.marketplace_key, [own])
    chosen = mappings.of(subject, listing.overrides)
    draft = mapping.drafted(subject, listing.overrides, chosen, adapter.capabilities)
    stopped = (await lacking.forbidden(session, adapter, subjects)).get(listing.product_id, ())
    async with aside(session):
        pictures, lost = await pictures_or_reason(outside, adapter, photos)
    draft = replace(draft, pictures=pictures)
    return Preview(draft, content_hash(draft), lost or (*stopped, *chosen.problems, *adapter.validate(draft)))


async def pictures_or_reason(
    outside: Outside, adapter: Marketplace, photos: Sequence[ProductPhoto]
) -> tuple[tuple[Picture, ...], tuple[Reason, ...]]:
    """The pictures as they would be sent, or why they cannot be: a photo the store no longer has."""
    first = photos[: adapter.capabilities.max_pictures]
    try:
        return await load_pictures(first, outside.read_picture, public_url=outside.public_url), ()
    except NeedsPerson as error:
        return (), (Reason("pictures", error.code, error.message),)
