"""Đợt in tem: planning, printing and voiding runs of labels, each with who and when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import ForUpdateArg

from ocop_hub import audit
from ocop_hub.catalogue.models import Product, ProductVariant
from ocop_hub.catalogue.queries import of_visible_producer
from ocop_hub.catalogue.variants import variants_of
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.sealing import Sealer
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import Actor, require_signed_in
from ocop_hub.producers.models import Producer
from ocop_hub.traceability.errors import (
    CertificateLapsed,
    LabelCountInvalid,
    LabelRangeInvalid,
    LotNotFound,
    LotStateRefuses,
    RunNotFound,
    RunRefuses,
)
from ocop_hub.traceability.labels import marks as label_marks
from ocop_hub.traceability.labels.lot_keys import ensure_keys, find_keys
from ocop_hub.traceability.labels.models import ActKind, RunAct
from ocop_hub.traceability.labels.serials import MOST_LABELS, MOST_RUNS, SerialMaker
from ocop_hub.traceability.models import Lot, LotState, PrintRun, RunKind
from ocop_hub.traceability.service import ensure_code
from ocop_hub.traceability.story.page import certificate_on
from ocop_hub.traceability.units import written_grams

#: A run is changed while its labels are scanned: counting a scan only needs the row to stay (key share).
FOR_CHANGE = ForUpdateArg(key_share=True)

#: The template new runs are printed with; a run keeps its own for ever.
TEMPLATE = "label-1"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What is wanted. ``mark``: True demands stars, False forbids them, None takes them while they hold.

    ``pack_id``: the pack the labels are for; None for the product's own.
    """

    kind: RunKind
    count: int
    mark: bool | None = None
    roll_size: int = 0
    pack_id: UUID | None = None


def visible_to(actor: Actor) -> Select[PrintRun]:
    """The print runs this actor may see."""
    return select(PrintRun).where(of_visible_producer(actor, PrintRun.producer_id))


async def find_run(session: AsyncSession, actor: Actor, run_id: UUID) -> PrintRun:
    """A run the actor may see. Raises RunNotFound for a missing one and for another's alike."""
    run = (await session.execute(visible_to(actor).where(PrintRun.id == run_id))).scalar_one_or_none()
    if run is None:
        raise _no_run()
    return run


async def plan_run(
    session: AsyncSession, actor: Actor, lot: Lot, plan: RunPlan, *, public_url: str, sealer: Sealer
) -> PrintRun:
    """A new run of labels of a lot: one row, and for serials the lot's keys.

    Raises LotNotFound (not the actor's), LotStateRefuses (recalled or closed), LabelCountInvalid, RunRefuses
    (no pack of the product, or 255 serial runs are made), CertificateLapsed (stars demanded and none hold).
    """
    require_signed_in(actor)
    if not actor.may_change(lot.producer_id):
        raise LotNotFound("Không có lô này, hoặc lô không thuộc chủ thể của bạn.")
    _check_count(plan)
    # One after the other: the next number is read and taken under the lot's lock.
    await session.refresh(lot, with_for_update=True)
    _check_lot(lot)
    product = await session.get_one(Product, lot.product_id)
    pack = await _pack(session, product, plan.pack_id)
    gtin = product.gtin if pack is None else pack.gtin
    code = await ensure_code(session, product, lot)
    run = PrintRun(
        id=new_id(),
        lot_id=lot.id,
        producer_id=lot.producer_id,
        kind=plan.kind,
        number=await _next_number(session, lot, plan.kind),
        count=plan.count,
        subject=gtin or code,
        stem=public_url.rstrip("/"),
        template=TEMPLATE,
        roll_size=plan.roll_size,
        stars=await _stars(session, product, plan.mark),
        words=await _words(session, product, lot, pack),
        created_by=actor.label,
    )
    mark = await label_marks.current(session) if run.stars else None
    run.mark_id = mark.id if mark is not None else None
    if plan.kind is RunKind.SERIAL:
        await ensure_keys(session, lot, sealer)
    session.add(run)
    record_audit(session, actor, "run_planned", run, kind=plan.kind.value, count=plan.count)
    await session.flush()  # the row's own time is wanted by the caller
    await session.refresh(run)
    return run


async def record_printing(
    session: AsyncSession,
    actor: Actor,
    run: PrintRun,
    *,
    as_what: str,
    first: int = 1,
    last: int | None = None,
) -> None:
    """Count that labels ``first`` to ``last`` of a run are given out; to be called before they are.

    ``as_what``: the file's kind and the paper, for the record. Raises RunNotFound (not the actor's), RunRefuses (voided),
    LotStateRefuses (recalled or closed), CertificateLapsed (the stars of the run hold no more).
    """
    require_own(actor, run)
    await session.refresh(run, with_for_update=FOR_CHANGE)
    if run.voided_at is not None:
        raise RunRefuses(f"{name_of(run)} đã hủy nên không in lại được. Hãy lập đợt in mới.")
    lot = await session.get_one(Lot, run.lot_id)
    _check_lot(lot)
    await _check_stars(session, lot, run)
    run.printed += 1
    end = run.count if last is None else last
    if 1 <= first <= end <= run.count:  # another part is refused when the file is made
        note_act(session, actor, run, ActKind.PRINTED, range(first - 1, end), file=as_what)
    record_audit(session, actor, "labels_printed", run, file=as_what, times=run.printed)
    await session.flush()  # a second file of the same transaction counts on


async def void(session: AsyncSession, actor: Actor, run: PrintRun, *, reason: str) -> PrintRun:
    """Void a whole run: it prints no more, and its serials say so. Raises RunNotFound, RunRefuses."""
    require_own(actor, run)
    why = clean(reason)
    if not why:
        raise LabelRangeInvalid("Hãy ghi lý do hủy đợt in tem.")
    await session.refresh(run, with_for_update=FOR_CHANGE)
    if run.voided_at is not None:
        raise RunRefuses(f"{name_of(run)} đã hủy từ trước.")
    run.voided_at, run.voided_by, run.void_reason = clock.now(), actor.label, why
    note_act(session, actor, run, ActKind.VOIDED, range(run.count), note=why)
    record_audit(session, actor, "run_voided", run, reason=why)
    await session.flush()
    return run


async def maker_of(session: AsyncSession, run: PrintRun, *, sealer: Sealer) -> SerialMaker:
    """What makes and reads the serials of a run. Raises RunRefuses for a run of lot labels."""
    lot = await session.get_one(Lot, run.lot_id)
    keys = await find_keys(session, lot.id, sealer) if run.kind is RunKind.SERIAL else None
    if keys is None:
        raise RunRefuses(f"{name_of(run)} là tem theo lô nên không có mã riêng từng tem.")
    return SerialMaker(keys, subject=run.subject, lot=lot.code)


def name_of(run: PrintRun) -> str:
    """What people call a run: ``Đợt in tem lô số 3``."""
    what = "tem theo lô" if run.kind is RunKind.LOT else "tem có mã riêng"
    return f"Đợt in {what} số {run.number}"


def _check_count(plan: RunPlan) -> None:
    if not 1 <= plan.count <= MOST_LABELS:
        raise LabelCountInvalid(f"Số tem của một đợt in là từ 1 đến {MOST_LABELS:,}.".replace(",", "."))
    if not 0 <= plan.roll_size <= plan.count:
        raise LabelCountInvalid("Số tem mỗi cuộn không thể nhiều hơn số tem của đợt in.")


def _check_lot(lot: Lot) -> None:
    if lot.state in (LotState.RECALLED, LotState.CLOSED):
        raise LotStateRefuses(f"Lô {lot.code} đã thu hồi hoặc đã kết thúc nên không in tem nữa.")


async def _stars(session: AsyncSession, product: Product, mark: bool | None) -> int:
    if mark is False:
        return 0
    certificate = await certificate_on(session, product.id, clock.now())
    if certificate is not None and certificate.holds:
        return certificate.stars
    if mark:
        raise CertificateLapsed(
            f"“{product.name}” hôm nay không có giấy chứng nhận OCOP còn hạn nên tem không được ghi hạng sao. "
            "Hãy in tem không ghi hạng sao, hoặc cập nhật giấy chứng nhận trước."
        )
    return 0


async def _pack(session: AsyncSession, product: Product, pack_id: UUID | None) -> ProductVariant | None:
    if pack_id is None:
        return None
    packs = {each.id: each for each in await variants_of(session, product.id, retired=False)}
    if pack_id not in packs:
        raise RunRefuses(f"“{product.name}” không bán quy cách này. Hãy chọn lại quy cách trên tem.")
    return packs[pack_id]


async def _words(
    session: AsyncSession, product: Product, lot: Lot, pack: ProductVariant | None
) -> dict[str, Any]:
    """What the labels say beside the symbol, kept for every reprint.

    Lot and dates, day before month before year (Decree 37/2026/NĐ-CP, Appendix III).
    """
    producer = await session.get_one(Producer, lot.producer_id)
    lines = [] if pack is None else [f"Quy cách: {pack.label}"]
    weight = product.net_weight_g if pack is None else pack.net_weight_g
    if weight is not None:
        lines.append(f"Khối lượng tịnh: {written_grams(weight)}")
    lines.append(f"Số lô: {lot.code}")
    if lot.produced_on is not None:
        lines.append(f"NSX: {lot.produced_on:%d/%m/%Y}")
    if lot.best_before is not None:
        lines.append(f"HSD: {lot.best_before:%d/%m/%Y}")
    return {"product_name": product.name, "producer_name": producer.name, "lines": lines}


async def _check_stars(session: AsyncSession, lot: Lot, run: PrintRun) -> None:
    if not run.stars:
        return
    certificate = await certificate_on(session, lot.product_id, clock.now())
    if certificate is None or not certificate.holds or certificate.stars != run.stars:
        raise CertificateLapsed(
            f"{name_of(run)} ghi {run.stars} sao, nay giấy chứng nhận không còn đúng như vậy nên không in lại "
            "được. Hãy lập đợt in mới không ghi hạng sao."
        )


async def _next_number(session: AsyncSession, lot: Lot, kind: RunKind) -> int:
    last = await session.scalar(
        select(func.max(PrintRun.number)).where(PrintRun.lot_id == lot.id, PrintRun.kind == kind)
    )
    number = (last or 0) + 1
    if kind is RunKind.SERIAL and number > MOST_RUNS:
        raise RunRefuses(
            f"Lô {lot.code} đã có {MOST_RUNS} đợt in tem có mã riêng, là mức nhiều nhất. "
            "Hãy in gộp thành đợt lớn hơn ở lô sau."
        )
    return number


def _no_run() -> RunNotFound:
    return RunNotFound("Không có đợt in tem này, hoặc đợt in không thuộc chủ thể của bạn.")


def require_own(actor: Actor, run: PrintRun) -> None:
    """Raises NotSignedIn, or RunNotFound for a run the actor may not change."""
    require_signed_in(actor)
    if not actor.may_change(run.producer_id):
        raise _no_run()


def note_act(
    session: AsyncSession,
    actor: Actor,
    run: PrintRun,
    kind: ActKind,
    places: range,
    *,
    count: int | None = None,
    note: str = "",
    file: str = "",
) -> None:
    """Write down what somebody did with the labels at ``places`` (from 0); ``count``: how many it changed."""
    session.add(
        RunAct(
            id=new_id(),
            run_id=run.id,
            producer_id=run.producer_id,
            kind=kind,
            first=places.start + 1,
            last=places.stop,
            count=len(places) if count is None else count,
            note=note,
            file=file,
            created_by=actor.label,
        )
    )


async def acts_of(session: AsyncSession, run: PrintRun) -> list[RunAct]:
    """What was done with a run, the last first."""
    asked = select(RunAct).where(RunAct.run_id == run.id).order_by(RunAct.created_at.desc(), RunAct.id.desc())
    return list((await session.scalars(asked)).all())


def record_audit(session: AsyncSession, actor: Actor, verb: str, run: PrintRun, **details: Any) -> None:
    """One audit row on a run."""
    audit.record(
        session,
        actor=actor.label,
        action=f"traceability.{verb}",
        subject=f"print_run:{run.id}",
        producer_id=run.producer_id,
        **details,
    )
