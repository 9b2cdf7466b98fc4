"""One change for many products: what is told to all of them, and which are left as they are, and why."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import Uuid, any_, cast, select
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.bulk_schemas import BulkChanges
from ocop_hub.catalogue.bulk_write import KnownProduct, known_of, known_rows, write_known
from ocop_hub.catalogue.errors import UnknownSubGroup
from ocop_hub.catalogue.given import ready
from ocop_hub.catalogue.models import Product, ProductStatus, ProductSubGroup
from ocop_hub.producers.actor import Actor

_NOT_YOURS = ("not-yours", "Bạn chỉ được xem sản phẩm này.")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A product that was not changed: ``code`` for programs, ``reason`` for people."""

    product_id: UUID
    name: str
    code: str
    reason: str


@dataclass(slots=True)
class Edited:
    """``unchanged`` said so already. The three together are all that were asked."""

    changed: list[UUID] = field(default_factory=list)
    unchanged: list[UUID] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)


async def edit_products(
    session: AsyncSession, actor: Actor, product_ids: Collection[UUID], given: BulkChanges
) -> Edited:
    """Change all of them at once, in a number of statements that does not grow with them.

    A product that the actor may not change, that waits for an officer's word, or that the change does not fit
    is left out with the reason; merged ones and those this transaction cannot see are not spoken of.
    Raises what ``given.ready`` raises of the change itself.
    """
    sent = given.given()
    chosen = sent.pop("sub_group_code", None)
    values = await ready(session, sent) | ({"sub_group_code": chosen} if chosen else {})
    sub_group = await session.get(ProductSubGroup, chosen) if chosen else None
    if chosen and sub_group is None:
        raise UnknownSubGroup("Không có phân nhóm này. Hãy chọn lại phân nhóm.")
    among = Product.id == any_(cast(list(product_ids), ARRAY(Uuid())))
    named = await session.execute(
        select(Product.id, Product.name)
        .where(among, Product.merged_into_id.is_(None))
        .order_by(Product.sort_key, Product.id)
    )
    # A row that may be read and not changed does not come with a lock: row-level security leaves it out.
    rows = await session.execute(known_rows().where(among).with_for_update(of=Product))
    locked = {row["id"]: known_of(row) for row in rows.mappings()}
    edited = Edited()
    changed: list[KnownProduct] = []
    for product_id, name in named:
        one = locked.get(product_id)
        refusal = _refusal(actor, one, values, sub_group)
        if one is None or refusal:
            edited.left_out.append(LeftOut(product_id, name, *(refusal or _NOT_YOURS)))
            continue
        group_before = one.content["group_code"]
        one.content |= values
        if one.content["group_code"] != group_before and "sub_group_code" not in values:
            one.content["sub_group_code"] = None
        if one.content == one.before:
            edited.unchanged.append(one.id)
        else:
            edited.changed.append(one.id)
            changed.append(one)
    await write_known(session, actor, changed)
    return edited


def _refusal(
    actor: Actor, one: KnownProduct | None, values: Mapping[str, Any], sub_group: ProductSubGroup | None
) -> tuple[str, str] | None:
    if one is None or not actor.may_change(one.producer_id):
        return _NOT_YOURS
    if one.content["status"] == ProductStatus.SUBMITTED and not actor.is_office:
        return "in-review", "Sản phẩm đang chờ duyệt; hãy đợi cán bộ trả lời."
    group = values.get("group_code", one.content["group_code"])
    if sub_group is not None and sub_group.group_code != group:
        return "sub-group", "Phân nhóm đã chọn không thuộc nhóm của sản phẩm này."
    return None
