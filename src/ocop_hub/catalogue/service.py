"""Entering and changing products. Every change is one revision, one audit row and one wake-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit, jobs
from ocop_hub.catalogue import queries
from ocop_hub.catalogue.approval_need import must_be_seen_again, status_when_handed_in
from ocop_hub.catalogue.content import as_json, changed_only, snapshot
from ocop_hub.catalogue.errors import GtinTaken, RevisionChanged, says_gtin_taken
from ocop_hub.catalogue.given import ready
from ocop_hub.catalogue.models import Product, ProductRevision, ProductStatus, ProductVariant
from ocop_hub.catalogue.schemas import ProductIn, ProductPatch
from ocop_hub.errors import FieldProblem, NotFound
from ocop_hub.kit.ids import new_id
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.service import get_producer

#: Wakes the room above, which works out what each sàn still wants of the product.
READINESS = "publishing.readiness"


async def get_product(session: AsyncSession, actor: Actor, product_id: UUID) -> Product:
    """The product; NotFound when it is missing or not the actor's to see."""
    product: Product | None = await session.scalar(queries.visible_to(actor).where(Product.id == product_id))
    if product is None:
        raise NotFound("Không có sản phẩm này, hoặc bạn không có quyền xem.")
    return product


async def get_product_as_made(session: AsyncSession, actor: Actor, product_id: UUID) -> Product:
    """The product under the name that a lot or a printed code was made with, merged since or not.

    A lot keeps the GTIN and name on its labels, whatever its product became. Raises NotFound.
    """
    product: Product | None = await session.scalar(
        select(Product).where(
            Product.id == product_id, queries.of_visible_producer(actor, Product.producer_id)
        )
    )
    if product is None:
        raise NotFound("Không có sản phẩm này, hoặc bạn không có quyền xem.")
    return product


async def products_by_id(
    session: AsyncSession, actor: Actor, product_ids: Sequence[UUID]
) -> dict[UUID, Product]:
    """Those of the products that the actor may see."""
    found = await session.scalars(queries.visible_to(actor).where(Product.id.in_(product_ids)))
    return {product.id: product for product in found}


async def create_product(
    session: AsyncSession, actor: Actor, given: ProductIn, *, draft: bool = False
) -> Product:
    """A new product of a producer for whom the actor may act; a producer's stars are kept as declared.

    A ``draft`` waits until it is handed in; otherwise it is handed in at once (``catalogue.approval``).
    Raises NotFound, :class:`GtinTaken`, and what ``given.ready`` raises.
    """
    producer = await get_producer(session, actor, given.producer_id)
    if not actor.may_change(producer.id):
        raise NotFound("Không có chủ thể này, hoặc bạn không có quyền nhập cho chủ thể.")
    values = await ready(session, given.model_dump(exclude={"producer_id"}))
    if values["certified_unit_id"] is None:
        values |= {"current_unit_id": producer.current_unit_id, "province_id": producer.province_id}
    status = ProductStatus.DRAFT if draft else await status_when_handed_in(session, actor, None)
    product = Product(id=new_id(), producer_id=producer.id, status=status, revision=1, **values)
    await write(session, product)
    await record_change(session, actor, product, "catalogue.create_product", {}, snapshot(product))
    return product


async def update_product(
    session: AsyncSession, actor: Actor, product_id: UUID, given: ProductPatch, *, revision: int
) -> Product:
    """The product with the fields that were sent; nothing is written where nothing differs.

    ``revision`` is the one the person saw. Raises :class:`RevisionChanged` when another change came between,
    and what :func:`create_product` raises.
    """
    product = await for_change(session, actor, product_id, revision=revision)
    values = await ready(session, given.given(), product)
    await keep_change(session, actor, product, "catalogue.update_product", values)
    return product


async def keep_change(
    session: AsyncSession,
    actor: Actor,
    product: Product,
    action: str,
    values: Mapping[str, Any],
    *,
    packs: tuple[list[dict[str, Any]], list[dict[str, Any]]] = ([], []),
) -> None:
    """One more revision of the product, which may have to be looked at again; none where nothing differs.

    ``values`` are what :func:`~ocop_hub.catalogue.given.ready` gave, ``packs`` its packs before and after.
    Raises :class:`GtinTaken`.
    """
    before = snapshot(product)
    after = before | as_json({name: value for name, value in values.items() if name in before})
    old, new = changed_only({**before, "variants": packs[0]}, {**after, "variants": packs[1]})
    if not new:
        return
    changed = dict(values)
    if await must_be_seen_again(session, actor, product, new):
        changed["status"] = ProductStatus.DRAFT
        old, new = old | {"status": ProductStatus.APPROVED}, new | {"status": ProductStatus.DRAFT}
    await write(session, product, {**changed, "revision": product.revision + 1})
    await record_change(session, actor, product, action, old, new)


async def clear_declared_stars(session: AsyncSession, actor: Actor, product_id: UUID) -> Product:
    """The product without stars of the producer's own: a decision speaks for them now. Raises NotFound."""
    product = await for_change(session, actor, product_id)
    if product.declared_stars is not None:
        before = snapshot(product)
        product.declared_stars = None
        product.revision += 1
        await record_change(session, actor, product, "catalogue.match_stars", before, snapshot(product))
    return product


async def wake_readiness(session: AsyncSession, product_id: UUID) -> None:
    """Wake the room that works out what a product still lacks."""
    await jobs.enqueue_many(session, READINESS, [readiness_wake_up(product_id)])


def readiness_wake_up(product_id: UUID) -> tuple[jobs.Payload, str]:
    """What the wake-up for a product carries, and the key under which one is enough."""
    return {"product_id": str(product_id)}, f"{READINESS}:{product_id}"


async def for_change(
    session: AsyncSession, actor: Actor, product_id: UUID, *, revision: int | None = None
) -> Product:
    """The product, locked for the actor to change it; ``revision`` is the one the person saw.

    Raises NotFound, and :class:`RevisionChanged` when another change came between.
    """
    product: Product | None = await session.scalar(
        queries.visible_to(actor).where(Product.id == product_id).with_for_update()
    )
    if product is None or not actor.may_change(product.producer_id):
        raise NotFound("Không có sản phẩm này, hoặc bạn không có quyền sửa.")
    if revision is not None and product.revision != revision:
        raise RevisionChanged(
            f"Bạn đang sửa phiên bản {revision}, nhưng sản phẩm đã có phiên bản {product.revision}. "
            "Hãy xem lại bản mới rồi lưu lần nữa."
        )
    return product


async def write(
    session: AsyncSession, row: Product | ProductVariant, values: Mapping[str, Any] | None = None
) -> None:
    """Send a new product or pack to the database, or the ``values`` that change one. Raises :class:`GtinTaken`."""
    # The table decides about a GTIN used twice: under row-level security this actor may not see the other one.
    # What changes is set inside the savepoint, for making one sends all that was set before.
    gtin = (values or {}).get("gtin", row.gtin)
    try:
        async with session.begin_nested():
            for name, value in (values or {}).items():
                setattr(row, name, value)
            session.add(row)
    except IntegrityError as refused:
        if not says_gtin_taken(refused):
            raise
        raise GtinTaken(
            f"Mã GTIN {gtin} đã dùng cho một sản phẩm khác. Hãy xem lại mã trên bao bì.",
            fields=[FieldProblem("gtin", "taken", "Mã đã dùng cho sản phẩm khác.")],
        ) from None


async def record_change(
    session: AsyncSession,
    actor: Actor,
    product: Product,
    action: str,
    before: Mapping[str, Any],
    after: Mapping[str, Any],
) -> None:
    """The revision, audit row and wake-up of a change that is written already; fields alike are left out."""
    old, new = changed_only(before, after)
    session.add(
        ProductRevision(
            product_id=product.id,
            producer_id=product.producer_id,
            number=product.revision,
            changed_by=actor.label,
            before=old,
            after=new,
        )
    )
    _audit(session, actor, product, action, revision=product.revision, fields=sorted(new))
    await wake_readiness(session, product.id)


def _audit(session: AsyncSession, actor: Actor, product: Product, action: str, **details: Any) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=action,
        subject=f"product:{product.id}",
        producer_id=product.producer_id,
        **details,
    )
