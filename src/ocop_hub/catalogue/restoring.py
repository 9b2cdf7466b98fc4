"""Back to an earlier state of a product: what it said then becomes its next revision."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import service, variants
from ocop_hub.catalogue.content import EMPTY, snapshot
from ocop_hub.catalogue.given import ready
from ocop_hub.catalogue.models import Product, ProductRevision
from ocop_hub.errors import NotFound
from ocop_hub.producers.actor import Actor

#: What the present decides, whatever the past said: approval, and stars that a decision speaks for by now.
_NOT_RESTORED: Final = frozenset({"status", "declared_stars"})


async def restore(
    session: AsyncSession, actor: Actor, product_id: UUID, number: int, *, revision: int
) -> Product:
    """The product as it was at revision ``number``, as a new revision; nothing is written where it is so.

    Raises NotFound, ``RevisionChanged``, ``GtinTaken`` where a GTIN went to another product meanwhile, and
    ``UnknownGroup`` and the like where what it said then no longer exists.
    """
    product = await service.for_change(session, actor, product_id, revision=revision)
    then = await state_at(session, product, number)
    packs = await variants.variants_of(session, product.id)
    before = variants.as_json(packs)
    wanted = then.pop("variants")
    # The place of today is worked out anew from the place as certified.
    values = await ready(session, {n: v for n, v in then.items() if n not in _NOT_RESTORED}, product)
    await variants.put_back(session, packs, wanted)
    await service.keep_change(
        session, actor, product, "catalogue.restore_product", values, packs=(before, variants.as_json(packs))
    )
    return product


async def state_at(session: AsyncSession, product: Product, number: int) -> dict[str, Any]:
    """What the product said at a revision: today's content with every later change taken back.

    A field that came into being later is left as it is today. Raises NotFound for a number it never had.
    """
    later = (
        await session.scalars(
            select(ProductRevision)
            .where(ProductRevision.product_id == product.id, ProductRevision.number >= number)
            .order_by(ProductRevision.number.desc())
        )
    ).all()
    if not later or later[-1].number != number:
        raise NotFound("Không có phiên bản này của sản phẩm.")
    packs = await variants.variants_of(session, product.id)
    state = snapshot(product) | {"variants": variants.as_json(packs)}
    for change in later[:-1]:
        # A field without a "before" was written for the first time: before that it was empty.
        state |= {name: EMPTY[name] for name in change.after if name in EMPTY and name not in change.before}
        state |= change.before
    return state
