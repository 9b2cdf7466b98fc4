"""Buyers' reports: taken from anyone without keeping who it was, answered by the producer or the office."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.catalogue.models import Product, ProductGtin
from ocop_hub.catalogue.queries import of_visible_producer
from ocop_hub.db import PUBLIC, SYSTEM, apply_scope
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import Actor, require_signed_in
from ocop_hub.traceability.errors import ProductNotFound, ReportInvalid, ReportNotFound, TooManyReports
from ocop_hub.traceability.models import Lot, TraceCode
from ocop_hub.traceability.reports.models import ProblemReport, ReportKind
from ocop_hub.traceability.scans.resolver import Target

#: For everyone together, because no address is kept to tell senders apart.
MOST_OF_A_PRODUCT = (20, timedelta(hours=1))
MOST_OF_ALL = (60, timedelta(minutes=1))
LONGEST_TEXT = 2_000


@dataclass(frozen=True, slots=True)
class About:
    """What a report is about, as everybody may see it; ``lot`` is None for a product's own label."""

    product: Product
    lot: Lot | None
    serial: str


async def about(session: AsyncSession, target: Target) -> About:
    """The product and lot behind a label. Leaves the session seeing what is public. Raises ProductNotFound."""
    await apply_scope(session, PUBLIC)
    lot: Lot | None = None
    product_id: UUID | None
    if target.code is not None:
        code = await session.get(TraceCode, target.code)
        product_id = code.product_id if code is not None else None
        lot = await session.get(Lot, code.lot_id) if code is not None and code.lot_id is not None else None
    else:
        product_id = await session.scalar(
            select(ProductGtin.product_id).where(ProductGtin.gtin == target.gtin)
        )
        if product_id is not None and target.lot is not None:
            lot = await session.scalar(
                select(Lot).where(Lot.product_id == product_id, Lot.code == target.lot)
            )
    product = await session.get(Product, product_id) if product_id is not None else None
    if product is None:
        raise ProductNotFound("Không có sản phẩm mang mã này. Hãy quét lại mã QR trên tem.")
    return About(product, lot, target.serial or "")


async def send(
    session: AsyncSession, what: About, *, kind: ReportKind, text: str, phone: str = ""
) -> ProblemReport:
    """Keep a report. ``phone`` (E.164): only with the sender's consent. Raises ReportInvalid, TooManyReports."""
    said = clean(text)
    if not said or len(said) > LONGEST_TEXT:
        raise ReportInvalid("Hãy kể lại bằng vài chữ, nhiều nhất 2.000 ký tự.")
    await _not_too_many(session, what.product.id)
    report = ProblemReport(
        id=new_id(),
        producer_id=what.product.producer_id,
        product_id=what.product.id,
        lot_id=what.lot.id if what.lot is not None else None,
        serial=what.serial,
        kind=kind,
        text=said,
        phone=phone,
        # The public may write reports and read none, so nothing is asked back from the database.
        created_at=clock.now(),
    )
    session.add(report)
    await session.flush()
    return report


async def _not_too_many(session: AsyncSession, product_id: UUID) -> None:
    now = clock.now()
    # Counting needs to see all reports; what is read leaves as a number.
    await apply_scope(session, SYSTEM)
    try:
        sent = select(func.count(ProblemReport.id))
        most, within = MOST_OF_ALL
        every = await session.scalar(sent.where(ProblemReport.created_at > now - within)) or 0
        most_here, within_here = MOST_OF_A_PRODUCT
        here = await session.scalar(
            sent.where(ProblemReport.product_id == product_id, ProblemReport.created_at > now - within_here)
        )
    finally:
        await apply_scope(session, PUBLIC)
    if every >= most or (here or 0) >= most_here:
        raise TooManyReports("Đang có quá nhiều tin báo. Hãy gửi lại sau 1 phút.")


def visible_to(actor: Actor) -> Select[ProblemReport]:
    """The reports about the producers that this actor sees."""
    return select(ProblemReport).where(of_visible_producer(actor, ProblemReport.producer_id))


def waiting_for(actor: Actor) -> Select[ProblemReport]:
    """Those of :func:`visible_to` nobody has answered."""
    return visible_to(actor).where(ProblemReport.answered_at.is_(None))


async def answer(session: AsyncSession, actor: Actor, report_id: UUID, *, text: str) -> ProblemReport:
    """Write down what was done; the phone number goes. The last answer stands.

    Raises ReportNotFound (also where the actor may only look), ReportInvalid (nothing said).
    """
    require_signed_in(actor)
    report = await session.scalar(visible_to(actor).where(ProblemReport.id == report_id).with_for_update())
    if report is None or not actor.may_change(report.producer_id):
        raise ReportNotFound("Không có tin báo này, hoặc bạn không được trả lời tin báo này.")
    said = clean(text)
    if not said or len(said) > LONGEST_TEXT:
        raise ReportInvalid("Hãy ghi đã làm gì, nhiều nhất 2.000 ký tự.")
    report.answer, report.answered_by, report.answered_at = said, actor.label, clock.now()
    report.phone = ""
    audit.record(
        session,
        actor=actor.label,
        action="traceability.report_answered",
        subject=f"report:{report.id}",
        producer_id=report.producer_id,
    )
    return report
