"""Serials on the scan path: read in memory with the lot's keys, which are kept per address once asked for."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum, StrEnum, auto
from uuid import UUID

import structlog
from sqlalchemy import Select, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import PUBLIC, Database
from ocop_hub.kit.sealing import Sealer
from ocop_hub.traceability import queries
from ocop_hub.traceability.errors import LabelsElsewhere
from ocop_hub.traceability.labels.lot_keys import unseal
from ocop_hub.traceability.labels.serials import SerialMaker, written
from ocop_hub.traceability.models import Lot, LotKey, PrintRun, RunKind, TraceCode
from ocop_hub.traceability.scans.resolver import Target

log = structlog.get_logger(__name__)

#: Lots whose keys are kept at most.
MOST_LOTS = 10_000
#: Seconds after which a lot without keys is looked up again.
LOOK_AGAIN = 5.0


@dataclass(frozen=True, slots=True)
class SerialRef:
    """A serial that the lot's keys made: its run, and its place in it from 0."""

    lot_id: UUID
    run_id: UUID
    position: int


class Unread(Enum):
    """Why there is no reference."""

    #: No print run of the lot holds such a serial.
    NOT_OURS = auto()
    #: The keys are out of reach: nothing can be said either way.
    CANNOT_SAY = auto()


@dataclass(frozen=True, slots=True)
class SerialRecord:
    """What the database holds of a serial at the moment of a look, that look counted in."""

    voided: bool
    activated: bool
    blocked: bool
    scans: int
    first_scan_at: datetime | None


class SerialState(StrEnum):
    """What the buyer's page says of a serial; never that the goods are genuine."""

    UNKNOWN = "unknown"
    ISSUED = "issued"
    ACTIVATED = "activated"
    SCANNED = "scanned"
    BLOCKED = "blocked"
    VOIDED = "voided"


@dataclass(frozen=True, slots=True)
class SerialLine:
    """The one line that differs from label to label. ``code``: the serial as on the label."""

    code: str
    state: SerialState
    scans: int = 0
    first_scan_at: datetime | None = None


def line_of(code: str, checked: SerialRef | Unread | None, record: SerialRecord | None) -> SerialLine | None:
    """The line for a serial; None when nothing can be said."""
    if checked is Unread.NOT_OURS:
        return SerialLine(code, SerialState.UNKNOWN)
    if record is None:
        return None
    # As it is printed, in whatever case it was typed.
    return SerialLine(code.upper(), _state(record), record.scans, record.first_scan_at)


def _state(record: SerialRecord) -> SerialState:
    if record.blocked:
        return SerialState.BLOCKED
    if record.voided:
        return SerialState.VOIDED
    if not record.activated:
        return SerialState.ISSUED
    return SerialState.SCANNED if record.scans else SerialState.ACTIVATED


@dataclass(frozen=True, slots=True)
class _Known:
    """A lot as its serials need it: run number → (run, count)."""

    lot_id: UUID | None
    maker: SerialMaker | None
    runs: Mapping[int, tuple[UUID, int]]
    at: float


class SerialCheck:
    """Reads serials. One per process; safe to share between requests of one loop."""

    def __init__(
        self,
        database: Database,
        sealer: Callable[[], Sealer],
        *,
        most: int = MOST_LOTS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._sealer = sealer
        self._most = most
        self._monotonic = monotonic
        self._lots: OrderedDict[str, _Known] = OrderedDict()

    async def read(self, target: Target) -> SerialRef | Unread | None:
        """Where the serial of a target stands; None when it names none, or no lot that can be seen."""
        if target.serial is None or (target.lot is None and target.code is None):
            return None
        known = self._lots.get(target.path)
        if known is not None:
            self._lots.move_to_end(target.path)
            ref = _read(known, target.serial)
            if ref is not None or not self._worth_another_look(known, target.serial):
                return _or_not_ours(known, ref)
        try:
            known = await self._load(target)
        except (OSError, DBAPIError, PoolTimeout) as error:
            log.warning("serials.database_away", error=repr(error))
            return Unread.CANNOT_SAY
        except LabelsElsewhere as error:
            log.error("serials.keys_shut", path=target.path, error=error.detail)
            return Unread.CANNOT_SAY
        self._keep(target.path, known)
        return _or_not_ours(known, _read(known, target.serial))

    def _keep(self, path: str, known: _Known) -> None:
        self._lots[path] = known
        self._lots.move_to_end(path)
        while len(self._lots) > self._most:
            self._lots.popitem(last=False)

    def _worth_another_look(self, known: _Known, serial: str) -> bool:
        """Made-up serials must not each cost a query: a tag the keys made may, a lot without keys now and then."""
        if known.maker is None:
            return self._monotonic() - known.at >= LOOK_AGAIN
        text = written(serial)
        return text is not None and known.maker.read(text) is not None

    async def _load(self, target: Target) -> _Known:
        async with self._database.session(PUBLIC) as session:
            row = (await session.execute(_lot_of(target))).first()
            if row is None:
                return _Known(None, None, {}, self._monotonic())
            lot_id, lot_code, sealed = row
            if sealed is None:
                return _Known(lot_id, None, {}, self._monotonic())
            keys = unseal(sealed, lot_id, self._sealer())
            maker = SerialMaker(keys, subject=target.code or target.gtin or "", lot=lot_code)
            return _Known(lot_id, maker, await _runs_of(session, lot_id), self._monotonic())


def _lot_of(target: Target) -> Select[UUID, str, bytes | None]:
    asked = select(Lot.id, Lot.code, LotKey.sealed).outerjoin(LotKey, LotKey.lot_id == Lot.id)
    if target.code is not None:
        return asked.join(TraceCode, TraceCode.lot_id == Lot.id).where(TraceCode.code == target.code)
    named = queries.lots_named(target.gtin or "", target.lot or "", None).with_only_columns(Lot.id)
    return asked.where(Lot.id == named.scalar_subquery())


async def _runs_of(session: AsyncSession, lot_id: UUID) -> dict[int, tuple[UUID, int]]:
    found = await session.execute(
        select(PrintRun.number, PrintRun.id, PrintRun.count).where(
            PrintRun.lot_id == lot_id, PrintRun.kind == RunKind.SERIAL
        )
    )
    return {number: (run_id, count) for number, run_id, count in found}


def _read(known: _Known, serial: str) -> SerialRef | None:
    text = written(serial)
    slot = known.maker.read(text) if known.maker is not None and text is not None else None
    if slot is None or known.lot_id is None or slot.run not in known.runs:
        return None
    run_id, count = known.runs[slot.run]
    return SerialRef(known.lot_id, run_id, slot.index) if slot.index < count else None


def _or_not_ours(known: _Known, ref: SerialRef | None) -> SerialRef | Unread | None:
    if ref is not None:
        return ref
    # A lot nobody may see yet has its own notice; its labels are not called unknown.
    return None if known.lot_id is None else Unread.NOT_OURS
