"""Đợt in tem: planning, activating, blocking and voiding runs of labels, each with who and when."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.selectable import ForUpdateArg

from ocop_hub import audit
from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.queries import of_visible_producer
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.sealing import Sealer
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import Actor, require_signed_in
from ocop_hub.traceability.errors import (
    CertificateLapsed,
    LabelCountInvalid,
    LabelRangeInvalid,
    LotNotFound,
    LotStateRefuses,
    RunNotFound,
    RunRefuses,
)
from ocop_hub.traceability.lot_keys import ensure_keys, find_keys
from ocop_hub.traceability.models import Lot, LotState, PrintRun, RangeKind, RunKind, SerialRange
from ocop_hub.traceability.serials import MOST_LABELS, MOST_RUNS, SerialMaker, written
from ocop_hub.traceability.service import ensure_code
from ocop_hub.traceability.story import certificate_on

#: A run is changed while its labels are scanned: counting a scan only needs the row to stay (key share).
_FOR_CHANGE = ForUpdateArg(key_share=True)

#: The template new runs are printed with; a run keeps its own for ever.
TEMPLATE = "label-1"


@dataclass(frozen=True, slots=True)
class RunPlan:
    """What is wanted. ``mark``: True demands stars, False forbids them, None takes them while they hold."""

    kind: RunKind
    count: int
    mark: bool | None = None
    roll_size: int = 0


@dataclass(frozen=True, slots=True)
class Part:
    """Labels of a run counted from 1: ``first`` to ``last``, a roll, one serial, or all when nothing is given."""

    first: int | None = None
    last: int | None = None
    roll: int | None = None
    serial: str = ""


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

    Raises LotNotFound (not the actor's), LotStateRefuses (recalled or closed), LabelCountInvalid,
    CertificateLapsed (stars demanded and none hold), RunRefuses (255 serial runs are made).
    """
    require_signed_in(actor)
    if not actor.may_change(lot.producer_id):
        raise LotNotFound("Không có lô này, hoặc lô không thuộc chủ thể của bạn.")
    _check_count(plan)
    # One after the other: the next number is read and taken under the lot's lock.
    await session.refresh(lot, with_for_update=True)
    _check_lot(lot)
    product = await session.get_one(Product, lot.product_id)
    code = await ensure_code(session, product, lot)
    run = PrintRun(
        id=new_id(),
        lot_id=lot.id,
        producer_id=lot.producer_id,
        kind=plan.kind,
        number=await _next_number(session, lot, plan.kind),
        count=plan.count,
        subject=product.gtin or code,
        stem=public_url.rstrip("/"),
        template=TEMPLATE,
        roll_size=plan.roll_size,
        stars=await _stars(session, product, plan.mark),
        created_by=actor.label,
    )
    if plan.kind is RunKind.SERIAL:
        await ensure_keys(session, lot, sealer)
    session.add(run)
    _audit(session, actor, "run_planned", run, kind=plan.kind.value, count=plan.count)
    await session.flush()  # the row's own time is wanted by the caller
    await session.refresh(run)
    return run


async def record_printing(session: AsyncSession, actor: Actor, run: PrintRun, *, as_what: str) -> None:
    """Count that the labels of a run are given out; to be called before they are.

    ``as_what``: the file's kind, for the record. Raises RunNotFound (not the actor's), RunRefuses (voided),
    LotStateRefuses (recalled or closed), CertificateLapsed (the stars of the run hold no more).
    """
    _require_own(actor, run)
    await session.refresh(run, with_for_update=_FOR_CHANGE)
    if run.voided_at is not None:
        raise RunRefuses(f"{name_of(run)} đã hủy nên không in lại được. Hãy lập đợt in mới.")
    lot = await session.get_one(Lot, run.lot_id)
    _check_lot(lot)
    await _check_stars(session, lot, run)
    run.printed += 1
    _audit(session, actor, "labels_printed", run, file=as_what, times=run.printed)
    await session.flush()  # a second file of the same transaction counts on


async def activate(
    session: AsyncSession, actor: Actor, run: PrintRun, part: Part, *, sealer: Sealer, note: str = ""
) -> int:
    """Activate a part of a run; gives how many serials were not active before.

    Raises RunNotFound (not the actor's), RunRefuses (no serials, voided, or all of the part is active
    already), LabelRangeInvalid.
    """
    return await _say(session, actor, run, part, RangeKind.ACTIVATED, sealer=sealer, note=note)


async def block(
    session: AsyncSession, actor: Actor, run: PrintRun, part: Part, *, sealer: Sealer, reason: str
) -> int:
    """Block a part of a run: lost, stolen, spoilt. Gives how many serials were not blocked before.

    Raises as :func:`activate`, and LabelRangeInvalid without a reason.
    """
    if not clean(reason):
        raise LabelRangeInvalid("Hãy ghi lý do khóa tem, ví dụ: mất một cuộn.")
    return await _say(session, actor, run, part, RangeKind.BLOCKED, sealer=sealer, note=reason)


async def void(session: AsyncSession, actor: Actor, run: PrintRun, *, reason: str) -> PrintRun:
    """Void a whole run: it prints no more, and its serials say so. Raises RunNotFound, RunRefuses."""
    _require_own(actor, run)
    why = clean(reason)
    if not why:
        raise LabelRangeInvalid("Hãy ghi lý do hủy đợt in tem.")
    await session.refresh(run, with_for_update=_FOR_CHANGE)
    if run.voided_at is not None:
        raise RunRefuses(f"{name_of(run)} đã hủy từ trước.")
    run.voided_at, run.voided_by, run.void_reason = clock.now(), actor.label, why
    _audit(session, actor, "run_voided", run, reason=why)
    await session.flush()
    return run


async def ranges_of(session: AsyncSession, run: PrintRun) -> list[SerialRange]:
    """What was said of parts of a run, by place in it."""
    asked = select(SerialRange).where(SerialRange.run_id == run.id).order_by(SerialRange.first)
    return list((await session.scalars(asked)).all())


async def activated_count(session: AsyncSession, run: PrintRun) -> int:
    """How many serials of a run are active."""
    counted = select(func.sum(SerialRange.last - SerialRange.first + 1)).where(
        SerialRange.run_id == run.id, SerialRange.kind == RangeKind.ACTIVATED
    )
    return int(await session.scalar(counted) or 0)


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


async def _say(
    session: AsyncSession,
    actor: Actor,
    run: PrintRun,
    part: Part,
    kind: RangeKind,
    *,
    sealer: Sealer,
    note: str,
) -> int:
    """Write down ``kind`` for what of the part has it not yet; who said it first stays on record."""
    _require_own(actor, run)
    maker = await maker_of(session, run, sealer=sealer)
    await session.refresh(run, with_for_update=_FOR_CHANGE)
    if run.voided_at is not None:
        raise RunRefuses(f"{name_of(run)} đã hủy.")
    wanted = _indices(run, part, maker)
    known = [each for each in await ranges_of(session, run) if each.kind is kind]
    added = [
        SerialRange(
            id=new_id(),
            run_id=run.id,
            producer_id=run.producer_id,
            kind=kind,
            first=gap.start,
            last=gap.stop - 1,
            note=clean(note),
            created_by=actor.label,
        )
        for gap in gaps(wanted, (range(each.first, each.last + 1) for each in known))
    ]
    if not added:
        done = "kích hoạt" if kind is RangeKind.ACTIVATED else "khóa"
        raise RunRefuses(f"Các tem này của {name_of(run)} đã {done} từ trước.")
    session.add_all(added)
    count = sum(each.last - each.first + 1 for each in added)
    _audit(
        session, actor, f"serials_{kind.value}", run, first=wanted.start + 1, last=wanted.stop, count=count
    )
    await session.flush()
    return count


def gaps(wanted: range, taken: Iterable[range]) -> list[range]:
    """The parts of ``wanted`` that no range of ``taken`` (ordered, disjoint) covers."""
    found: list[range] = []
    start = wanted.start
    for each in taken:
        if each.stop <= start:
            continue
        if each.start >= wanted.stop:
            break
        if each.start > start:
            found.append(range(start, each.start))
        start = max(start, each.stop)
    if start < wanted.stop:
        found.append(range(start, wanted.stop))
    return found


def _indices(run: PrintRun, part: Part, maker: SerialMaker) -> range:
    """The places in the run, from 0, that a part names. Raises LabelRangeInvalid."""
    if part.serial:
        return _one(run, part.serial, maker)
    if part.roll is not None:
        return _roll(run, part.roll)
    first = 1 if part.first is None else part.first
    last = run.count if part.last is None else part.last
    if not 1 <= first <= last <= run.count:
        raise LabelRangeInvalid(
            f"{name_of(run)} có tem số 1 đến {run.count}; khoảng {first}–{last} không đúng."
        )
    return range(first - 1, last)


def _one(run: PrintRun, serial: str, maker: SerialMaker) -> range:
    slot = maker.read(written(serial) or "")
    if slot is None or slot.run != run.number or slot.index >= run.count:
        raise LabelRangeInvalid(f"Mã tem {serial[:40]} không thuộc {name_of(run)}.")
    return range(slot.index, slot.index + 1)


def _roll(run: PrintRun, roll: int) -> range:
    if not run.roll_size:
        raise LabelRangeInvalid(f"{name_of(run)} không chia theo cuộn; hãy ghi khoảng tem.")
    rolls = -(-run.count // run.roll_size)
    if not 1 <= roll <= rolls:
        raise LabelRangeInvalid(f"{name_of(run)} có cuộn số 1 đến {rolls}.")
    start = (roll - 1) * run.roll_size
    return range(start, min(start + run.roll_size, run.count))


def _no_run() -> RunNotFound:
    return RunNotFound("Không có đợt in tem này, hoặc đợt in không thuộc chủ thể của bạn.")


def _require_own(actor: Actor, run: PrintRun) -> None:
    require_signed_in(actor)
    if not actor.may_change(run.producer_id):
        raise _no_run()


def _audit(session: AsyncSession, actor: Actor, verb: str, run: PrintRun, **details: Any) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=f"traceability.{verb}",
        subject=f"print_run:{run.id}",
        producer_id=run.producer_id,
        **details,
    )
