"""Serials of a print run: activated, blocked and let go again; by run, range, roll, or by scanning two labels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.kit.ids import new_id
from ocop_hub.kit.sealing import Sealer
from ocop_hub.kit.text import clean
from ocop_hub.producers.actor import Actor
from ocop_hub.traceability.errors import LabelRangeInvalid, RunRefuses
from ocop_hub.traceability.labels import print_runs
from ocop_hub.traceability.labels.models import ActKind
from ocop_hub.traceability.labels.serials import SerialMaker, written
from ocop_hub.traceability.models import PrintRun, RangeKind, SerialRange


@dataclass(frozen=True, slots=True)
class Part:
    """Labels of a run counted from 1: ``first`` to ``last``, a roll, one serial, those from one serial to another,
    or all when nothing is given. Serials may be given as the addresses that a scanner reads.
    """

    first: int | None = None
    last: int | None = None
    roll: int | None = None
    serial: str = ""
    from_serial: str = ""
    to_serial: str = ""


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


async def unblock(
    session: AsyncSession, actor: Actor, run: PrintRun, part: Part, *, sealer: Sealer, reason: str
) -> int:
    """Let a blocked part of a run go again; gives how many serials were blocked until now.

    Raises as :func:`activate`, and LabelRangeInvalid without a reason.
    """
    print_runs.require_own(actor, run)
    why = clean(reason)
    if not why:
        raise LabelRangeInvalid("Hãy ghi lý do mở khóa tem, ví dụ: đã tìm lại được cuộn.")
    maker = await print_runs.maker_of(session, run, sealer=sealer)
    await session.refresh(run, with_for_update=print_runs.FOR_CHANGE)
    wanted = _indices(run, part, maker)
    ended = [
        each
        for each in await ranges_of(session, run)
        if each.kind is RangeKind.BLOCKED and each.first < wanted.stop and each.last >= wanted.start
    ]
    if not ended:
        raise RunRefuses(f"Các tem này của {print_runs.name_of(run)} không bị khóa.")
    count = sum(min(each.last + 1, wanted.stop) - max(each.first, wanted.start) for each in ended)
    for each in ended:
        await session.delete(each)
    await session.flush()  # what stays blocked begins anew at places these rows held
    session.add_all([rest for each in ended for rest in _rest(each, wanted)])
    _note(session, actor, run, ActKind.UNBLOCKED, wanted, count, why)
    await session.flush()
    return count


def _rest(blocked: SerialRange, freed: range) -> list[SerialRange]:
    """What stays of a block beside the places that are free again: the same block, by the same person."""
    return [
        SerialRange(
            id=new_id(),
            run_id=blocked.run_id,
            producer_id=blocked.producer_id,
            kind=blocked.kind,
            first=each.start,
            last=each.stop - 1,
            note=blocked.note,
            created_by=blocked.created_by,
            created_at=blocked.created_at,
        )
        for each in gaps(range(blocked.first, blocked.last + 1), [freed])
    ]


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
    print_runs.require_own(actor, run)
    maker = await print_runs.maker_of(session, run, sealer=sealer)
    await session.refresh(run, with_for_update=print_runs.FOR_CHANGE)
    if run.voided_at is not None:
        raise RunRefuses(f"{print_runs.name_of(run)} đã hủy.")
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
        raise RunRefuses(f"Các tem này của {print_runs.name_of(run)} đã {done} từ trước.")
    session.add_all(added)
    count = sum(each.last - each.first + 1 for each in added)
    _note(session, actor, run, ActKind(kind.value), wanted, count, clean(note))
    await session.flush()
    return count


def _note(
    session: AsyncSession, actor: Actor, run: PrintRun, kind: ActKind, places: range, count: int, note: str
) -> None:
    print_runs.note_act(session, actor, run, kind, places, count=count, note=note)
    print_runs.record_audit(
        session, actor, f"serials_{kind.value}", run, first=places.start + 1, last=places.stop, count=count
    )


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
        place = _place(run, part.serial, maker)
        return range(place, place + 1)
    if part.from_serial or part.to_serial:
        ends = sorted(_place(run, each, maker) for each in (part.from_serial, part.to_serial))
        return range(ends[0], ends[1] + 1)
    if part.roll is not None:
        return _roll(run, part.roll)
    first = 1 if part.first is None else part.first
    last = run.count if part.last is None else part.last
    if not 1 <= first <= last <= run.count:
        raise LabelRangeInvalid(
            f"{print_runs.name_of(run)} có tem số 1 đến {run.count}; khoảng {first}–{last} không đúng."
        )
    return range(first - 1, last)


def _place(run: PrintRun, text: str, maker: SerialMaker) -> int:
    """The place of a serial in the run, from 0; ``text`` as typed, or the address a scanner read."""
    serial = text.rstrip("/").rpartition("/")[2].partition("?")[0]
    slot = maker.read(written(serial) or "")
    if slot is None or slot.run != run.number or slot.index >= run.count:
        raise LabelRangeInvalid(f"Mã tem {serial[:40]} không thuộc {print_runs.name_of(run)}.")
    return slot.index


def _roll(run: PrintRun, roll: int) -> range:
    if not run.roll_size:
        raise LabelRangeInvalid(f"{print_runs.name_of(run)} không chia theo cuộn; hãy ghi khoảng tem.")
    rolls = -(-run.count // run.roll_size)
    if not 1 <= roll <= rolls:
        raise LabelRangeInvalid(f"{print_runs.name_of(run)} có cuộn số 1 đến {rolls}.")
    start = (roll - 1) * run.roll_size
    return range(start, min(start + run.roll_size, run.count))
