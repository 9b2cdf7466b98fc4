"""Whether a product needs the province's word before the public sees it, by the rule in force today.

No rule is needed for nobody: what is entered stands at once. Officers' own changes are their word already.
A change that only touches what was never looked at (price, weight, season, codes) leaves the approval alone.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Final
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import ApprovalNeed, ApprovalRule, Product, ProductStatus
from ocop_hub.kit import clock
from ocop_hub.producers.actor import Actor

#: What an officer looks at. A change of one of these after the approval must be seen again.
REVIEWED: Final = frozenset(
    {
        "name",
        "group_code",
        "sub_group_code",
        "description",
        "story",
        "ingredients",
        "warnings",
        "storage",
        "shelf_life",
        "declaration_number",
        "trademark",
        "trademark_number",
        "video_links",
        "translations",
    }
)
#: Certificates lie in a room above, and are known here by name only.
_CERTIFIED: Final = text(
    "SELECT product_id FROM certificates WHERE product_id = ANY (:product_ids) AND valid @> now()"
)


async def need_today(session: AsyncSession) -> ApprovalNeed:
    """The rule in force; :attr:`ApprovalNeed.NOBODY` before the first."""
    found = await session.scalar(
        select(ApprovalRule.needed_for)
        .where(ApprovalRule.valid_from <= clock.today())
        .order_by(ApprovalRule.valid_from.desc())
        .limit(1)
    )
    return found or ApprovalNeed.NOBODY


async def spared(session: AsyncSession, product_ids: Collection[UUID]) -> set[UUID]:
    """Those of the products that need nobody's word, in two statements at most."""
    need = await need_today(session)
    if need is ApprovalNeed.NOBODY:
        return set(product_ids)
    if need is ApprovalNeed.ALL or not product_ids:
        return set()
    return set(await session.scalars(_CERTIFIED, {"product_ids": list(product_ids)}))


async def needs_approval(session: AsyncSession, product_id: UUID | None) -> bool:
    """Whether this product needs the province's word; None is one that is not there yet."""
    if product_id is None:
        return await need_today(session) is not ApprovalNeed.NOBODY
    return product_id not in await spared(session, [product_id])


async def status_when_handed_in(
    session: AsyncSession, actor: Actor, product_id: UUID | None
) -> ProductStatus:
    """What a product becomes when the actor hands it in."""
    if actor.is_office or not await needs_approval(session, product_id):
        return ProductStatus.APPROVED
    return ProductStatus.SUBMITTED


async def must_be_seen_again(
    session: AsyncSession, actor: Actor, product: Product, changed: Collection[str]
) -> bool:
    """Whether a change of these fields takes the approval away."""
    if product.status is not ProductStatus.APPROVED or actor.is_office or REVIEWED.isdisjoint(changed):
        return False
    return await needs_approval(session, product.id)
