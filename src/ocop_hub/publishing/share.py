"""Channels beside the marketplaces (kênh khác): the words to post, and the link of what was posted."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.service import get_product
from ocop_hub.marketplaces.registry import Kind, marketplace_of
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.publishing import service
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.draft import Subject
from ocop_hub.publishing.errors import NotThisMarketplace
from ocop_hub.publishing.models import AccountState, Listing, MarketplaceAccount
from ocop_hub.publishing.preview import adapter_of
from ocop_hub.publishing.stalls import service as stalls

#: Where no channel of a name answers, the page is the producer's own.
OWN_SITE: Final = "website"
#: Most characters of the description in a post; the trace page has the rest.
LONGEST: Final = 600


def share_text(subject: Subject) -> str:
    """What is pasted into a post: name, words, price, stars while they are valid, maker and trace link."""
    words = subject.description.strip()
    if len(words) > LONGEST:
        words = words[:LONGEST].rpartition(" ")[0].rstrip(" ,.;") + "…"
    price = f"Giá: {f'{subject.price_vnd:,}'.replace(',', '.')} đ" if subject.price_vnd else ""
    if price and subject.unit:
        price += f" / {subject.unit}"
    stars = f"Sản phẩm OCOP đạt {subject.stars} sao." if subject.stars else ""
    made = ", ".join(part for part in (subject.producer_name, subject.place_name) if part)
    trace = f"Xem nguồn gốc: {subject.trace_url}" if subject.trace_url else ""
    return "\n".join(part for part in (subject.name, words, price, stars, made, trace) if part)


def channel_of(url: str) -> str:
    """The channel of a pasted address. Raises :class:`NotThisMarketplace` for one of a marketplace."""
    fact = marketplace_of(url.strip())
    if fact is not None and fact.kind is not Kind.CHANNEL:
        raise NotThisMarketplace(
            f"Đây là đường dẫn trên {fact.name}. Hãy dán ở trang sản phẩm, phần “Sản phẩm của bạn trên các sàn”."
        )
    return fact.key if fact is not None else OWN_SITE


async def give_channel_link(
    session: AsyncSession, actor: Actor, outside: Outside, *, product_id: UUID, url: str
) -> Listing:
    """Take the address of a post, video or own page; it is fetched and held against the product later.

    The producer's place on the channel is made with its first link. A newer link of the same product on the same
    channel takes the place of the older. Raises NotFound, ``NotListable``, :class:`NotThisMarketplace`.
    """
    product = await get_product(session, actor, product_id)
    adapter = adapter_of(outside, channel_of(url))
    account = await session.scalar(
        select(MarketplaceAccount).where(
            MarketplaceAccount.producer_id == product.producer_id,
            MarketplaceAccount.marketplace_key == adapter.key,
            MarketplaceAccount.state != AccountState.CLOSED,
        )
    )
    if account is None:
        name = await session.scalar(select(Producer.name).where(Producer.id == product.producer_id))
        account = await stalls.connect(
            session,
            actor,
            producer_id=product.producer_id,
            marketplace=adapter,
            # A stall is one on its marketplace; here it stands for all that the producer posts on the channel.
            shop_id=str(product.producer_id),
            name=name or adapter.name,
            sealing_key=outside.sealing_key,
        )
    listing = await service.request_listing(session, actor, product_id=product_id, account_id=account.id)
    return await service.give_link(session, actor, adapter, listing_id=listing.id, url=url)
