"""A sheet of lots on its way in: kept as it came, tried out, then stored or put aside by the person."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from contextlib import suppress
from datetime import date, datetime
from pathlib import PurePath
from types import MappingProxyType
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.catalogue.models import Product, ProductGtin
from ocop_hub.catalogue.queries import visible_to as products_visible_to
from ocop_hub.db import aside
from ocop_hub.errors import Forbidden, HubError
from ocop_hub.intake.check import RowProblem
from ocop_hub.intake.errors import ColumnsUnclear
from ocop_hub.intake.given import remember, remembered
from ocop_hub.intake.lot_sheet import (
    Given,
    LotField,
    LotRow,
    LotSheet,
    SourceLot,
    columns_of,
    read_lots,
)
from ocop_hub.intake.models import ImportKind, ImportRun, ImportState
from ocop_hub.intake.runs import FOLDER, MAX_FILENAME, AlreadyDecided, SentFile, file_of, get_run
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean, fold
from ocop_hub.media import Media
from ocop_hub.producers.actor import Actor, require_signed_in
from ocop_hub.producers.models import Producer
from ocop_hub.traceability import queries, service
from ocop_hub.traceability.codes import read_trace_code
from ocop_hub.traceability.details import AmountIn, DetailsIn, InputIn
from ocop_hub.traceability.errors import EventInvalid, LotNotFound, ProductNotFound
from ocop_hub.traceability.labels.lookup import published_lot
from ocop_hub.traceability.models import EventKind, Lot, LotState
from ocop_hub.traceability.schemas import EventIn, LotIn
from ocop_hub.traceability.timeline import NAMES, written
from ocop_hub.traceability.units import whole_amount

OUTCOMES = ("created", "updated", "unchanged", "wrong")


async def take(
    session: AsyncSession,
    actor: Actor,
    media: Media,
    file: SentFile,
    *,
    keep: bool = False,
    given: Given = MappingProxyType({}),
    ask_columns: bool = False,
) -> ImportRun:
    """Check a sheet and count what storing it would do; ``keep``: store its good rows at once.

    ``given``: what a person said that its headers hold, remembered for the sender. With ``ask_columns`` a sheet
    whose columns are unclear is kept for the person to say them, instead of being refused.

    Raises Forbidden for who acts for no producer, and what :func:`lot_sheet.read_lots` raises. The file is kept
    first, :func:`ocop_hub.db.aside`; what is refused leaves nothing else behind.
    """
    sent_for = _sent_for(actor)
    async with aside(session):
        media_key = await media.put_file(file.content, FOLDER, suffix=PurePath(file.name).suffix)
    run = ImportRun(
        id=new_id(),
        kind=ImportKind.LOTS,
        filename=clean(file.name)[-MAX_FILENAME:],
        sha256=hashlib.sha256(file.content).hexdigest(),
        sent_by=actor.label,
        producer_id=sent_for,
        state=ImportState.CHECKED,
        report={},
        media_key=media_key,
    )
    async with session.begin_nested():
        said = await _said_columns(session, actor, given)
        try:
            await _settle(session, actor, run, file.content, said, keep=keep)
        except ColumnsUnclear as refusal:
            if not ask_columns:
                raise
            _keep_unclear(run, refusal, said)
        session.add(run)
    return run


def _sent_for(actor: Actor) -> UUID | None:
    """A producer behind whose wall the file is kept; none for an office. Each row's product says whose it is."""
    if require_signed_in(actor).is_office:
        return None
    if not actor.producers:
        raise Forbidden("Bạn chưa làm cho chủ thể nào nên chưa nhập lô được.")
    return min(actor.producers)


async def decide(session: AsyncSession, actor: Actor, media: Media, run_id: UUID, *, keep: bool) -> ImportRun:
    """Store the good rows of a checked sheet, or nothing of it. Raises NotFound, AlreadyDecided.

    What is to be stored is read first, :func:`ocop_hub.db.aside`.
    """
    content = await file_of(session, actor, media, run_id, kind=ImportKind.LOTS) if keep else b""
    run = await get_run(session, actor, run_id, lock=True, kind=ImportKind.LOTS)
    if run.state is not ImportState.CHECKED:
        raise AlreadyDecided("Tệp này đã được lưu hoặc đã bỏ. Muốn nhập lại, hãy gửi lại tệp.")
    if keep:
        await _settle(session, actor, run, content, _given(run), keep=True)
    else:
        run.state = ImportState.REFUSED
    return run


async def match_columns(
    session: AsyncSession, actor: Actor, media: Media, run_id: UUID, given: Given
) -> ImportRun:
    """Check a sheet again under what a person says its headers hold; remembered for the sender.

    Raises NotFound, AlreadyDecided, and what :func:`lot_sheet.read_lots` raises; then nothing is remembered. The
    file is read first, :func:`ocop_hub.db.aside`.
    """
    content = await file_of(session, actor, media, run_id, kind=ImportKind.LOTS)
    async with session.begin_nested():
        run = await get_run(session, actor, run_id, lock=True, kind=ImportKind.LOTS)
        if run.state is not ImportState.CHECKED:
            raise AlreadyDecided("Tệp này đã được lưu hoặc đã bỏ. Muốn nhập lại, hãy gửi lại tệp.")
        said = _given(run) | await _said_columns(session, actor, given)
        await _settle(session, actor, run, content, said, keep=False)
    return run


async def _said_columns(session: AsyncSession, actor: Actor, given: Given) -> dict[str, LotField | None]:
    """Folded header → field: what the sender said before, and now."""
    said = {fold(header): name for header, name in given.items() if fold(header)}
    await remember(session, actor, ImportKind.LOTS, said)
    return await remembered(session, actor, ImportKind.LOTS, LotField) | said


def _keep_unclear(run: ImportRun, refusal: ColumnsUnclear, said: Given) -> None:
    """A sheet that waits for a person to say its columns: nothing is counted yet."""
    run.counts = dict.fromkeys(OUTCOMES, 0)
    run.report = {
        **_report(LotSheet("", refusal.row, {}, {}, list(refusal.headers)), []),
        "columns": columns_of(refusal.headers, said),
        "given": _as_json(said),
        "unclear": refusal.detail,
    }


def _given(run: ImportRun) -> dict[str, LotField | None]:
    return {header: LotField(name) if name else None for header, name in run.report.get("given", {}).items()}


async def _settle(
    session: AsyncSession, actor: Actor, run: ImportRun, content: bytes, given: Given, *, keep: bool
) -> None:
    """Store every good row, each for itself, and take all of it back unless it is to stay."""
    sheet = await asyncio.to_thread(read_lots, content, given)
    counts: Counter[str] = Counter({"wrong": sheet.data_rows - len(sheet.rows)})
    errors = list(sheet.errors)
    async with session.begin_nested() as trial:
        for row in sheet.rows:
            said = await _tried(session, actor, sheet, row)
            counts["wrong" if isinstance(said, RowProblem) else said] += 1
            errors += [said] if isinstance(said, RowProblem) else []
        if not keep:
            await trial.rollback()
    run.counts = {name: counts[name] for name in OUTCOMES}
    run.report = _report(sheet, errors) | {"given": _as_json(given)}
    if keep:
        run.state, run.stored_at = ImportState.STORED, clock.now()
        audit.record(
            session,
            actor=actor.label,
            action="intake.store_lots",
            subject=f"import:{run.id}",
            producer_id=run.producer_id,
            counts=run.counts,
        )


def _as_json(given: Given) -> dict[str, str]:
    return {header: name or "" for header, name in given.items()}


def _report(sheet: LotSheet, errors: list[RowProblem]) -> dict[str, Any]:
    return {
        "rows": sheet.data_rows,
        "valid": len(sheet.rows),
        "duplicates": [],
        "errors": [each.as_json() for each in sorted(errors, key=lambda each: each.row)],
        "warnings": [],
        "sheet": sheet.sheet,
        "other_sheets": [],
        "header_row": sheet.header_row,
        "columns": sheet.columns(),
    }


async def _tried(session: AsyncSession, actor: Actor, sheet: LotSheet, row: LotRow) -> str | RowProblem:
    """What became of a row, or why it was refused, with everything it wrote taken back."""
    try:
        async with session.begin_nested():
            return await _store(session, actor, row)
    except HubError as refused:
        return sheet.problem(row.row, LotField.LOT, refused.code, refused.detail)


async def _store(session: AsyncSession, actor: Actor, row: LotRow) -> str:
    """One of :data:`OUTCOMES`. Raises what the lot's service raises."""
    product = await _product(session, actor, row)
    lot = await session.scalar(select(Lot).where(Lot.product_id == product.id, Lot.code == row.lot))
    created = lot is None
    whole, unit = _of_lot(row)
    if lot is None:
        given = LotIn(code=row.lot, quantity=whole, quantity_unit=unit, best_before=row.best_before)
        lot = await service.create_lot(session, actor, product, given)
        written_down = [True]
    else:
        written_down = [
            await service.complete_lot(
                session, actor, lot, quantity=whole, quantity_unit=unit, best_before=row.best_before
            )
        ]
    taking_in = _taking_in(row)
    for kind, day in row.steps:
        details = await _details(session, actor, lot, row, sources=kind is taking_in)
        written_down.append(await _step(session, actor, lot, product, row, kind, day, details))
    if lot.state is LotState.DRAFT and lot.packed_at is not None:
        await service.release_lot(session, actor, lot)
    if created:
        return "created"
    return "updated" if any(written_down) else "unchanged"


def _of_lot(row: LotRow) -> tuple[int | None, str]:
    """The lot's own amount, in a unit it is whole in (the sheet refuses others)."""
    whole = None if row.quantity is None or row.of_step else whole_amount(row.quantity, row.unit)
    return whole if whole is not None else (None, "")


def _taking_in(row: LotRow) -> EventKind | None:
    """The step at which the row's source lots went in: where goods are worked on, else the first there is."""
    kinds = [kind for kind, _ in row.steps]
    worked = (EventKind.PROCESSING, EventKind.FIRST_PROCESSING, EventKind.PACKING)
    return next((kind for kind in (*worked, *kinds) if kind in kinds), None)


async def _details(session: AsyncSession, actor: Actor, lot: Lot, row: LotRow, *, sources: bool) -> DetailsIn:
    """What the row says of a step beyond its day. Raises LotNotFound for a source that is no lot to be seen."""
    amount = (
        AmountIn(quantity=row.quantity, unit=row.unit or "đơn vị") if row.of_step and row.quantity else None
    )
    inputs = [
        InputIn(lot_id=await _source(session, actor, lot, each), quantity=each.quantity, unit=each.unit)
        for each in (row.sources if sources else ())
    ]
    return DetailsIn(amount=amount, inputs=inputs)


async def _source(session: AsyncSession, actor: Actor, lot: Lot, source: SourceLot) -> UUID:
    """The producer's own lot of that code; else the published one, whoever's, that the label names.

    Raises LotNotFound.
    """
    if source.by_label:
        return await published_lot(session, actor, source.code)
    asked = select(Lot.id).where(
        Lot.producer_id == lot.producer_id, Lot.code == source.code, Lot.id != lot.id
    )
    own = (await session.scalars(asked.limit(2))).all()
    if len(own) > 1:
        raise LotNotFound(f"Có nhiều lô mang số {source.code}; ghi lô nguyên liệu này trong nhật ký của lô.")
    if own:
        return own[0]
    if read_trace_code(source.code) is not None:
        # Ten letters and digits may be a code of ``/t/…`` as well as a lot code mistyped.
        with suppress(LotNotFound):
            return await published_lot(session, actor, source.code)
    raise LotNotFound(
        f"Không có lô nguyên liệu {source.code} của chủ thể này; ghi số lô đã có, hoặc nhập lô đó trước. "
        "Lô của nơi khác: ghi đường dẫn trên tem của lô."
    )


async def _step(
    session: AsyncSession,
    actor: Actor,
    lot: Lot,
    product: Product,
    row: LotRow,
    kind: EventKind,
    day: date,
    details: DetailsIn,
) -> bool:
    """Write the step unless the lot has it already, with the same amount.

    Raises EventInvalid where the lot went through it on another day and a lot does so once.
    """
    standing = (await session.scalars(queries.standing_events_of(lot.id))).all()
    same = [each for each in standing if each.kind is kind]
    known = {clock.business_day(each.occurred_at) for each in same}
    said = details.stored().get("amount")
    if kind in _ONCE and day in known:
        return False
    if any(
        clock.business_day(each.occurred_at) == day and each.details.get("amount") == said for each in same
    ):
        return False
    if known and kind in _ONCE:
        raise EventInvalid(
            f"Lô {lot.code} đã ghi {NAMES[kind]} ngày {written(min(known))}, trong tệp là {written(day)}. "
            "Sửa trong nhật ký của lô, hoặc sửa tệp."
        )
    at = datetime(day.year, day.month, day.day, tzinfo=clock.BUSINESS_ZONE)
    producer = await session.get_one(Producer, product.producer_id)
    place = product.current_unit_id or producer.current_unit_id
    event = EventIn(
        kind=kind, occurred_at=at, unit_id=place, place_text=row.place, note=row.note, details=details
    )
    await service.record_event(session, actor, lot, event)
    return True


#: Steps that a lot goes through once; of the others there may be several.
_ONCE = frozenset(
    {EventKind.HARVEST, EventKind.FIRST_PROCESSING, EventKind.PACKING, EventKind.PRODUCTION_PLACE}
)


async def _product(session: AsyncSession, actor: Actor, row: LotRow) -> Product:
    """The product a row names, by GTIN or by name. Raises ProductNotFound."""
    asked = products_visible_to(actor).join(Producer, Producer.id == Product.producer_id)
    asked = (
        asked.join(ProductGtin, ProductGtin.product_id == Product.id).where(ProductGtin.gtin == row.gtin)
        if row.gtin
        else asked.where(Product.name_folded == fold(row.product))
    )
    if row.producer:
        asked = asked.where(Producer.name_folded == fold(row.producer))
    found = [each for each in await session.scalars(asked.limit(3)) if actor.may_change(each.producer_id)]
    name = row.gtin or row.product
    if not found:
        raise ProductNotFound(
            f"Không có sản phẩm “{name}” của chủ thể bạn làm cho; ghi đúng tên sản phẩm đã có, hoặc thêm sản phẩm trước."
        )
    if len(found) > 1:
        raise ProductNotFound(
            f"Có nhiều sản phẩm tên “{name}”; thêm cột “Chủ thể” hoặc “Mã GTIN” để biết là sản phẩm nào."
        )
    return found[0]
