"""What feeds are made of: approved products that can be sent, with what everybody may see of them."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product, ProductGroup, ProductPhoto
from ocop_hub.catalogue.queries import home_first, visible_to
from ocop_hub.marketplaces.feeds import FeedItem
from ocop_hub.producers.actor import PUBLIC_ACTOR
from ocop_hub.publishing.draft import Subject, describe, seller_sku
from ocop_hub.publishing.subject import load_subjects

#: Products loaded at once: a statement has room for so many ids.
BATCH = 1_000


async def feed_items(
    session: AsyncSession, *, public_url: str, home_province: str, page_of: Callable[[UUID], str]
) -> list[FeedItem]:
    """Approved products with price and photo, services left out, the home province first.

    ``page_of`` gives the path of a product's public page. The session may be anybody's: only what the public
    sees is asked for.
    """
    photographed = exists().where(ProductPhoto.product_id == Product.id)
    query = visible_to(PUBLIC_ACTOR).where(
        Product.price_vnd.is_not(None),
        photographed,
        Product.group_code.in_(select(ProductGroup.code).where(ProductGroup.ships)),
    )
    ids = [each.id for each in await session.scalars(home_first(query, home_province))]
    items: list[FeedItem] = []
    for start in range(0, len(ids), BATCH):
        some = ids[start : start + BATCH]
        subjects = await load_subjects(session, some, public_url=public_url)
        for product_id in some:
            subject, photos = subjects[product_id]
            links = tuple(f"{public_url}/media/{photo.media_key}" for photo in photos)
            items.append(_item(subject, links, public_url + page_of(product_id)))
    return items


def _item(subject: Subject, pictures: tuple[str, ...], link: str) -> FeedItem:
    return FeedItem(
        id=seller_sku(subject.product_id),
        title=subject.name,
        description=describe(subject),
        link=link,
        price_vnd=subject.price_vnd or 0,
        picture_links=pictures,
        brand=subject.producer_name,
        gtin=subject.gtin,
        product_type=subject.group_name,
        weight_g=subject.net_weight_g,
    )
