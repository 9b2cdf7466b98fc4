"""Lots and what happens to them. Events are never edited: a later one takes an earlier one's place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product, ProductGroup
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import Actor, require_signed_in
from ocop_hub.traceability import queries, recording, timeline
from ocop_hub.traceability.codes import new_trace_code, read_lot_code
from ocop_hub.traceability.errors import (
    EventInvalid,
    LotCodeTaken,
    LotNotFound,
    LotStateRefuses,
    ProductHasNoLots,
    ProductNotFound,
)
from ocop_hub.traceability.models import (
    EventKind,
    LinkType,
    Lot,
    LotState,
    ResolverLink,
    TraceCode,
    TraceEvent,
)
from ocop_hub.traceability.recording import audit_lot
from ocop_hub.traceability.schemas import EventIn, FourFactsIn, LotIn, PlaceIn, StepIn
from ocop_hub.traceability.units import written_amount


async def create_lot(session: AsyncSession, actor: Actor, product: Product, data: LotIn) -> Lot:
    """A new lot in state draft, with its trace code.

    Raises ProductNotFound (not the actor's), ProductHasNoLots (a service), LotCodeInvalid, LotCodeTaken,
    LotDatesInvalid.
    """
    require_signed_in(actor)
    if not actor.may_change(product.producer_id):
        raise ProductNotFound("Không có sản phẩm này, hoặc sản phẩm không thuộc chủ thể của bạn.")
    group = await session.get_one(ProductGroup, product.group_code)
    if not group.ships:
        raise ProductHasNoLots(f"“{product.name}” là dịch vụ nên không có lô và không in tem theo lô.")
    timeline.check_lot_dates(data.produced_on, data.best_before, today=clock.today())
    lot = Lot(
        id=new_id(),
        product_id=product.id,
        producer_id=product.producer_id,
        code=read_lot_code(data.code),
        display_name=clean(data.display_name),
        quantity=data.quantity,
        quantity_unit=clean(data.quantity_unit),
        produced_on=data.produced_on,
        best_before=data.best_before,
    )
    await _insert_lot(session, lot, product)
    await ensure_code(session, product, lot)
    audit_lot(session, actor, "lot_created", lot, code=lot.code)
    return lot


async def complete_lot(
    session: AsyncSession,
    actor: Actor,
    lot: Lot,
    *,
    quantity: int | None = None,
    quantity_unit: str = "",
    best_before: date | None = None,
) -> bool:
    """Fill in what the lot does not say yet; True when something was. What it says already is never changed.

    Raises LotNotFound (not the actor's), EventInvalid when the lot says something else, LotDatesInvalid.
    """
    _require_own(actor, lot)
    unit = clean(quantity_unit)
    if (
        quantity is not None
        and lot.quantity is not None
        and (quantity, unit) != (lot.quantity, lot.quantity_unit)
    ):
        said = written_amount(Decimal(lot.quantity), lot.quantity_unit)
        raise EventInvalid(f"Lô {lot.code} đã ghi số lượng {said} nên không đổi được. Hãy bỏ trống ô này.")
    if best_before is not None and lot.best_before not in (None, best_before):
        raise EventInvalid(
            f"Lô {lot.code} đã ghi hạn sử dụng {timeline.written(lot.best_before)} nên không đổi được. Hãy bỏ trống ô này."
        )
    fills = lot.quantity is None and quantity is not None, lot.best_before is None and best_before is not None
    if fills[0]:
        lot.quantity, lot.quantity_unit = quantity, unit
    if fills[1]:
        timeline.check_lot_dates(lot.produced_on, best_before, today=clock.today())
        lot.best_before = best_before
    if any(fills):
        lot.page_version += 1
        audit_lot(session, actor, "lot_completed", lot)
    return any(fills)


async def _insert_lot(session: AsyncSession, lot: Lot, product: Product) -> None:
    """The constraint decides between two lots of one code that arrive together."""
    try:
        async with session.begin_nested():
            session.add(lot)
    except IntegrityError as error:
        if "uq_lots_product_id_code" not in str(error.orig):
            raise
        raise LotCodeTaken(
            f"Sản phẩm “{product.name}” đã có lô {lot.code}. Hãy dùng số lô khác, ví dụ thêm -2."
        ) from error


async def ensure_code(session: AsyncSession, product: Product, lot: Lot | None = None) -> str:
    """The ``/t/…`` code of a product, or of one of its lots, made when first asked for."""
    # Two first requests at once wait here for each other, so that one target keeps one printed code.
    await session.execute(select(Product.id).where(Product.id == product.id).with_for_update(key_share=True))
    lot_id = None if lot is None else lot.id
    known = (await session.execute(queries.trace_code_of(product.id, lot_id))).scalar_one_or_none()
    if known is not None:
        return known.code
    while True:
        made = await session.execute(
            insert(TraceCode)
            .values(
                code=new_trace_code(), product_id=product.id, producer_id=product.producer_id, lot_id=lot_id
            )
            .on_conflict_do_nothing()
            .returning(TraceCode.code)
        )
        code = made.scalar_one_or_none()
        if code is not None:
            return code


async def record_event(session: AsyncSession, actor: Actor, lot: Lot, data: EventIn) -> TraceEvent:
    """Write one event, or one that takes the place of ``data.corrects_id``.

    Raises LotNotFound (not the actor's), LotStateRefuses (closed lot), EventNotFound, AlreadyCorrected,
    EventInvalid (future, before the harvest, unknown place), UnitMismatch, QuantityExceeded (more out than
    in, without a reason).
    """
    _require_own(actor, lot)
    if data.kind is EventKind.RECALL:
        raise EventInvalid("Thu hồi là một việc riêng: hãy dùng nút Thu hồi lô.")
    (event,) = await recording.write(session, actor, lot, [data])
    return event


async def record_four_facts(
    session: AsyncSession, actor: Actor, lot: Lot, facts: FourFactsIn
) -> list[TraceEvent]:
    """Harvest, first processing, packing and place of production in one go; all of them or none.

    Raises as :func:`record_event`.
    """
    _require_own(actor, lot)
    steps = (
        (EventKind.HARVEST, facts.harvest),
        (EventKind.FIRST_PROCESSING, facts.first_processing),
        (EventKind.PACKING, facts.packing),
        # The place is a fact about the lot as packed; it happened nowhere else in time.
        (EventKind.PRODUCTION_PLACE, StepIn(at=facts.packing.at)),
    )
    if not facts.place.unit_id and not clean(facts.place.text):
        raise EventInvalid("Chưa có nơi sản xuất. Hãy chọn xã, phường hoặc ghi địa điểm.")
    return await recording.write(
        session, actor, lot, [_as_event(kind, step, facts.place) for kind, step in steps]
    )


def _as_event(kind: EventKind, step: StepIn, place: PlaceIn) -> EventIn:
    return EventIn(
        kind=kind, occurred_at=step.at, unit_id=place.unit_id, place_text=place.text, note=step.note
    )


async def release_lot(session: AsyncSession, actor: Actor, lot: Lot) -> Lot:
    """Show the lot to buyers. Raises LotNotFound, LotStateRefuses (not a draft, or never packed)."""
    _require_own(actor, lot)
    if lot.packed_at is None:
        raise LotStateRefuses(
            f"Lô {lot.code} chưa ghi công đoạn đóng gói. Hãy ghi ngày giờ đóng gói trước khi công bố."
        )
    await _move(session, lot, {LotState.DRAFT}, LotState.RELEASED)
    audit_lot(session, actor, "lot_released", lot)
    return lot


async def recall_lot(session: AsyncSession, actor: Actor, lot: Lot, *, reason: str) -> Lot:
    """Call a lot back: every page of it is red from the next look on.

    Raises LotNotFound, LotStateRefuses (already recalled, or closed), EventInvalid (no reason).
    """
    _require_own(actor, lot)
    why = clean(reason)
    if not why:
        raise EventInvalid("Hãy ghi lý do thu hồi để người mua biết.")
    await _move(session, lot, {LotState.DRAFT, LotState.RELEASED}, LotState.RECALLED, recall_note=why)
    recall = EventIn(kind=EventKind.RECALL, occurred_at=clock.now(), note=why)
    await recording.append(session, actor, lot, recall)
    audit_lot(session, actor, "lot_recalled", lot, reason=why)
    return lot


@dataclass(frozen=True, slots=True)
class ShopLink:
    """A live listing: its public page and what to call it."""

    href: str
    title: str


async def set_shop_links(session: AsyncSession, product: Product, links: Sequence[ShopLink]) -> None:
    """Write down where the product can be bought now; called by publishing when listings change.

    One address may be given for two stalls; it is kept once, under the first of its titles.
    """
    by_address: dict[str, ShopLink] = {}
    for link in links:
        by_address.setdefault(link.href, link)
    rows = [
        {
            "id": new_id(),
            "product_id": product.id,
            "producer_id": product.producer_id,
            "lot_id": None,
            "link_type": LinkType.RETAILERS,
            "href": link.href,
            "title": clean(link.title),
            "language": "vi",
        }
        for link in by_address.values()
    ]
    await session.execute(
        delete(ResolverLink).where(
            ResolverLink.product_id == product.id,
            ResolverLink.link_type == LinkType.RETAILERS,
            ResolverLink.href.not_in([link.href for link in links]),
        )
    )
    if rows:
        made = insert(ResolverLink).values(rows)
        await session.execute(
            made.on_conflict_do_update(
                constraint="uq_resolver_links_product_id_lot_id_link_type_href",
                set_={"title": made.excluded.title},
            )
        )


def _require_own(actor: Actor, lot: Lot) -> None:
    require_signed_in(actor)
    if not actor.may_change(lot.producer_id):
        raise LotNotFound("Không có lô này, hoặc lô không thuộc chủ thể của bạn.")


async def _move(
    session: AsyncSession, lot: Lot, before: set[LotState], after: LotState, **values: str
) -> None:
    """Change the state where it is still one of ``before``: of two at once, one is refused."""
    moved = await session.execute(
        update(Lot)
        .where(Lot.id == lot.id, Lot.state.in_(before))
        .values(state=after, page_version=Lot.page_version + 1, **values)
        .returning(Lot.id)
        .execution_options(synchronize_session=False)
    )
    gone = moved.scalar_one_or_none() is None
    await session.refresh(lot)
    if gone:
        raise LotStateRefuses(
            f"Lô {lot.code} đang ở trạng thái “{_STATE_NAMES[lot.state]}” nên không làm được việc này."
        )


_STATE_NAMES = {
    LotState.DRAFT: "Đang ghi",
    LotState.RELEASED: "Đã công bố",
    LotState.RECALLED: "Thu hồi",
    LotState.CLOSED: "Đã kết thúc",
}


async def find_lot(session: AsyncSession, actor: Actor, lot_id: UUID) -> Lot:
    """A lot the actor may see. Raises LotNotFound for a missing one and for another's alike."""
    found = await session.execute(queries.visible_to(actor).where(Lot.id == lot_id))
    lot = found.scalar_one_or_none()
    if lot is None:
        raise LotNotFound("Không có lô này, hoặc lô không thuộc chủ thể của bạn.")
    return lot
