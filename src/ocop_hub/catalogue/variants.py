"""Quy cách: further packs of a product. A change of one is a revision of the product."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import queries, service
from ocop_hub.catalogue.content import plain
from ocop_hub.catalogue.errors import ProductIncomplete, TooManyVariants
from ocop_hub.catalogue.given import stored_gtin
from ocop_hub.catalogue.models import Product, ProductVariant
from ocop_hub.catalogue.schemas import VariantIn, VariantPatch
from ocop_hub.errors import FieldProblem, NotFound
from ocop_hub.kit.ids import new_id
from ocop_hub.producers.actor import Actor

MAX_VARIANTS: Final = 50
#: What a revision keeps of a pack.
CONTENT: Final = (
    "label",
    "unit",
    "net_weight_g",
    "price_vnd",
    "gtin",
    "external_code",
    "position",
    "retired",
)


async def variants_of(
    session: AsyncSession, product_id: UUID, *, retired: bool = True
) -> list[ProductVariant]:
    """The packs of a product in their order; without ``retired`` those on sale only."""
    found = (await session.scalars(queries.variants_of(product_id))).all()
    return [each for each in found if retired or not each.retired]


async def add_variant(
    session: AsyncSession, actor: Actor, product_id: UUID, given: VariantIn, *, revision: int
) -> tuple[Product, ProductVariant]:
    """Another pack, last unless it says otherwise, and the product at its new revision.

    Raises NotFound, ``RevisionChanged``, :class:`ProductIncomplete`, :class:`TooManyVariants`, ``GtinTaken``,
    and what ``gs1.identifiers.gtin14`` raises.
    """
    product = await service.for_change(session, actor, product_id, revision=revision)
    known = await variants_of(session, product_id)
    if len(known) >= MAX_VARIANTS:
        raise TooManyVariants(
            f"Mỗi sản phẩm có nhiều nhất {MAX_VARIANTS} quy cách. Hãy dùng lại một quy cách đã ngừng bán."
        )
    values = _ready(given.model_dump())
    if values["position"] is None:
        values["position"] = max((each.position for each in known), default=-1) + 1
    variant = ProductVariant(
        id=new_id(), product_id=product.id, producer_id=product.producer_id, retired=False, **values
    )
    before = as_json(known)
    await service.write(session, variant)
    await _keep(session, actor, product, "catalogue.add_variant", before)
    return product, variant


async def change_variant(
    session: AsyncSession,
    actor: Actor,
    product_id: UUID,
    variant_id: UUID,
    given: VariantPatch,
    *,
    revision: int,
) -> tuple[Product, ProductVariant]:
    """The pack with the fields that were sent; nothing is written where nothing differs.

    Raises what :func:`add_variant` raises.
    """
    product = await service.for_change(session, actor, product_id, revision=revision)
    known = await variants_of(session, product_id)
    variant = next((each for each in known if each.id == variant_id), None)
    if variant is None:
        raise NotFound("Không có quy cách này của sản phẩm.")
    before = as_json(known)
    sent = given.model_dump(exclude_unset=True)
    kept = {n: v for n, v in sent.items() if v is not None or n not in ("label", "position", "retired")}
    await service.write(session, variant, _ready(kept))
    await _keep(session, actor, product, "catalogue.change_variant", before)
    return product, variant


async def retire_variant(
    session: AsyncSession, actor: Actor, product_id: UUID, variant_id: UUID, *, revision: int
) -> Product:
    """Take a pack off sale. It stays, for its GTIN is printed. Raises what :func:`change_variant` raises."""
    gone = VariantPatch(retired=True)
    product, _ = await change_variant(session, actor, product_id, variant_id, gone, revision=revision)
    return product


def as_json(variants: Sequence[ProductVariant]) -> list[dict[str, Any]]:
    """Packs as a revision keeps them, in their order."""
    ordered = sorted(variants, key=lambda each: (each.position, each.id))
    return [{"id": str(each.id), **{name: getattr(each, name) for name in CONTENT}} for each in ordered]


async def put_back(
    session: AsyncSession, packs: Sequence[ProductVariant], wanted: Sequence[Mapping[str, Any]]
) -> None:
    """Let the packs be what an earlier revision kept; those made since are retired. Raises ``GtinTaken``."""
    earlier = {each["id"]: each for each in wanted}
    for pack in packs:
        kept = earlier.get(str(pack.id), {"retired": True})
        await service.write(session, pack, {name: kept[name] for name in CONTENT if name in kept})


def _ready(values: dict[str, Any]) -> dict[str, Any]:
    ready = dict(values)
    ready |= {name: plain(ready[name]) for name in ("label", "unit", "external_code") if name in ready}
    if "gtin" in ready:
        ready["gtin"] = stored_gtin(ready["gtin"])
    if "label" in ready and not ready["label"]:
        problem = "Chưa ghi tên quy cách, ví dụ Túi 500 g."
        raise ProductIncomplete(problem, fields=[FieldProblem("label", "missing", problem)])
    return ready


async def _keep(
    session: AsyncSession, actor: Actor, product: Product, action: str, before: list[dict[str, Any]]
) -> None:
    after = as_json(await variants_of(session, product.id))
    await service.keep_change(session, actor, product, action, {}, packs=(before, after))
