"""Approval: draft → submitted → approved, or returned with remarks at the fields; and who needs it from when on.

What marketplaces show already stays as it was sent while a product waits; the public catalogue leaves it out.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.catalogue import service
from ocop_hub.catalogue.approval_need import status_when_handed_in
from ocop_hub.catalogue.content import CONTENT, plain, plain_lines, snapshot
from ocop_hub.catalogue.errors import NotForReview, NothingRemarked, RuleInThePast
from ocop_hub.catalogue.models import (
    ApprovalNeed,
    ApprovalRule,
    Product,
    ProductReview,
    ProductStatus,
    ReviewVerdict,
)
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.producers.actor import Actor, require_office

#: Fields at which an officer may leave a remark; "variants" and "photos" are a product's too.
REMARKED: Final = frozenset({*CONTENT, "variants", "photos"}) - {"status"}
_TO_HAND_IN: Final = (ProductStatus.DRAFT, ProductStatus.RETURNED)


async def submit(session: AsyncSession, actor: Actor, product_id: UUID) -> Product:
    """Hand a draft or a returned product in: it waits for an officer, or stands at once where none is needed.

    Raises NotFound, :class:`NotForReview` for one that was handed in already.
    """
    product = await service.for_change(session, actor, product_id)
    if product.status not in _TO_HAND_IN:
        raise NotForReview("Sản phẩm này đã gửi rồi. Hãy mở sản phẩm để xem đang ở bước nào.")
    status = await status_when_handed_in(session, actor, product.id)
    return await _move(session, actor, product, status, "catalogue.submit_product")


async def approve(
    session: AsyncSession, actor: Actor, product_id: UUID, *, revision: int, note: str = ""
) -> Product:
    """Approve what was handed in. Raises Forbidden, NotFound, :class:`NotForReview`, ``RevisionChanged``."""
    product = await _submitted(session, actor, product_id, revision)
    _review(session, actor, product, ReviewVerdict.APPROVED, {}, note)
    return await _move(session, actor, product, ProductStatus.APPROVED, "catalogue.approve_product")


async def send_back(
    session: AsyncSession,
    actor: Actor,
    product_id: UUID,
    *,
    revision: int,
    remarks: Mapping[str, str],
    note: str = "",
) -> Product:
    """Return what was handed in, with a sentence at each field that must change.

    Raises :class:`NothingRemarked` without any sentence, and what :func:`approve` raises.
    """
    product = await _submitted(session, actor, product_id, revision)
    said = {name: plain(text) for name, text in remarks.items() if name in REMARKED and text.strip()}
    if not said and not note.strip():
        raise NothingRemarked("Hãy ghi ít nhất một điều cần sửa để chủ thể biết sửa gì.")
    _review(session, actor, product, ReviewVerdict.RETURNED, said, note)
    return await _move(session, actor, product, ProductStatus.RETURNED, "catalogue.return_product")


async def last_review(session: AsyncSession, product_id: UUID) -> ProductReview | None:
    """What an officer said last of the product, if anyone did."""
    found: ProductReview | None = await session.scalar(
        select(ProductReview)
        .where(ProductReview.product_id == product_id)
        .order_by(ProductReview.reviewed_at.desc(), ProductReview.revision.desc())
        .limit(1)
    )
    return found


async def set_rule(
    session: AsyncSession, actor: Actor, *, valid_from: date, needed_for: ApprovalNeed
) -> ApprovalRule:
    """From a day on (today at the earliest), which products need approval; a day's rule may be put otherwise.

    Products that stand already stay as they are until somebody changes them. Raises Forbidden,
    :class:`RuleInThePast`.
    """
    require_office(actor)
    if valid_from < clock.today():
        raise RuleInThePast("Ngày áp dụng đã qua. Hãy chọn hôm nay hoặc một ngày sau.")
    rule = await session.scalar(select(ApprovalRule).where(ApprovalRule.valid_from == valid_from))
    if rule is None:
        rule = ApprovalRule(id=new_id(), valid_from=valid_from)
        session.add(rule)
    rule.needed_for, rule.created_by = needed_for, actor.label
    audit.record(
        session,
        actor=actor.label,
        action="catalogue.set_approval_rule",
        subject=f"approval_rule:{valid_from.isoformat()}",
        needed_for=needed_for.value,
    )
    await session.flush()  # the answer shows when it was entered
    return rule


async def _submitted(session: AsyncSession, actor: Actor, product_id: UUID, revision: int) -> Product:
    require_office(actor)
    product = await service.for_change(session, actor, product_id, revision=revision)
    if product.status is not ProductStatus.SUBMITTED:
        raise NotForReview("Sản phẩm này không chờ duyệt. Hãy tải lại danh sách chờ duyệt.")
    return product


def _review(
    session: AsyncSession,
    actor: Actor,
    product: Product,
    verdict: ReviewVerdict,
    remarks: dict[str, str],
    note: str,
) -> None:
    session.add(
        ProductReview(
            id=new_id(),
            product_id=product.id,
            producer_id=product.producer_id,
            revision=product.revision,
            verdict=verdict,
            remarks=remarks,
            note=plain_lines(note),
            reviewed_by=actor.label,
        )
    )


async def _move(
    session: AsyncSession, actor: Actor, product: Product, status: ProductStatus, action: str
) -> Product:
    before = snapshot(product)
    product.status = status
    product.revision += 1
    await session.flush()
    await service.record_change(session, actor, product, action, before, snapshot(product))
    return product
