"""Group commit of scans: many looks, one statement, which also says what each label stands for.

While one batch is with the database the next gathers and the pages of the one before are written. A look is
answered after its batch is committed, so a page that went out is a scan that is stored.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

import asyncpg
import structlog
from prometheus_client import Counter

from ocop_hub.db import ScopeKind
from ocop_hub.kit.ids import new_id
from ocop_hub.traceability.scans.resolver import Language, Target
from ocop_hub.traceability.scans.serial_check import SerialRecord, SerialRef

log = structlog.get_logger(__name__)

STORED = Counter("ocop_hub_scans_stored", "Scans stored")
LOST = Counter("ocop_hub_scans_lost", "Scans whose page went out, or was refused, without being stored")

#: Connects with these start-up settings beside the usual ones.
Connect = Callable[[Mapping[str, str]], Awaitable["asyncpg.Connection[asyncpg.Record]"]]

#: The connection sees with the eyes of the public as long as it lives, so a batch is one statement, which is its own
#: transaction and one round trip. To plan the statement takes ten times as long as to run it: one plan serves all.
#: Behind a pooler a connection keeps nothing: there each batch's transaction begins with these.
SCOPE = "app.scope"
START_UP = {SCOPE: ScopeKind.PUBLIC.value, "plan_cache_mode": "force_generic_plan"}

#: Looks in one transaction at most, and those for which it is not worth making two.
LARGEST_BATCH = 500
SMALLEST_BATCH = 8
#: Seconds a batch may take before the database counts as away.
BATCH_DEADLINE = 2.0
#: The part of the deadline after which the server itself gives a statement up: what was called lost is not stored
#: later on.
SERVER_GIVES_UP = 0.9
#: Seconds during which nobody waits for a database that has just been found away.
AWAY_PAUSE = 1.0


class DatabaseAway(Exception):
    """The database did not answer; the look is not stored."""


class _ScopeLost(Exception):
    """The connection is without the scope it was opened with; what it says of a label would not be true."""


class LookRefused(Exception):
    """The database refused this one look; the others of its batch are stored."""


@dataclass(frozen=True, slots=True)
class Look:
    """One request to resolve, and whether it is a scan to store.

    ``serial``: checked with the lot's keys. ``place``: coarse, or empty. ``stray``: its serial is no label's.
    """

    target: Target
    language: Language
    counted: bool
    serial: SerialRef | None = None
    place: str = ""
    stray: bool = False


@dataclass(frozen=True, slots=True)
class Found:
    """What the label stands for. ``lot_id`` is None for a product's label and for a lot not to be seen."""

    product_id: UUID
    revision: int
    lot_id: UUID | None
    page_version: int
    #: A code of ``/t/`` made for a lot, whether or not that lot may be seen yet.
    for_lot: bool
    serial: SerialRecord | None = None


@dataclass(slots=True)
class _Waiting:
    look: Look
    answer: asyncio.Future[Found | None]
    scan_id: UUID = field(default_factory=new_id)


#: Row-level security under scope "public" hides lots that are still drafts: they come out without a lot.
#: A merged product's labels lead to what it became; its lots stay its own, also under the GTINs of packs that
#: went over. The GTIN of any of its packs is the product's.
_RESOLVE_AND_STORE = """
WITH asked AS (
  SELECT * FROM unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::text[],
                       $8::bool[], $9::text[], $10::bool[])
         AS a (n, gtin, lot, code, scan_id, language, serial, counted, place, stray)
), named AS (
  SELECT a.n, g.product_id, NULL::uuid AS lot_id, a.lot IS NOT NULL AS for_lot
    FROM asked a JOIN product_gtins g ON g.gtin = a.gtin
  UNION ALL
  SELECT a.n, c.product_id, c.lot_id, c.lot_id IS NOT NULL
    FROM asked a JOIN trace_codes c ON c.code = a.code
), found AS (
  SELECT a.n, a.scan_id, a.language, a.serial, a.counted, a.place, a.stray, d.for_lot,
         p.id AS product_id, p.producer_id, p.revision, l.id AS lot_id, l.page_version
    FROM named d
    JOIN asked a ON a.n = d.n
    JOIN products own ON own.id = d.product_id
    JOIN products p ON p.id = coalesce(own.merged_into_id, own.id)
    LEFT JOIN LATERAL (
      SELECT * FROM (
        SELECT id, page_version FROM lots WHERE id = d.lot_id
        UNION ALL
        SELECT id, page_version FROM lots WHERE d.lot_id IS NULL AND code = a.lot AND product_id = own.id
        UNION ALL
        SELECT lots.id, page_version FROM lots JOIN products gone ON gone.id = lots.product_id
         WHERE d.lot_id IS NULL AND code = a.lot AND gone.merged_into_id = own.id
      ) named LIMIT 1
    ) l ON d.for_lot
), stored AS (
  INSERT INTO scans (id, scanned_at, product_id, producer_id, lot_id, serial, language, place, stray)
  SELECT scan_id, now(), product_id, producer_id, lot_id, serial, language, place, stray FROM found WHERE counted
)"""

#: Counts the looks at serials and says how each stands. Rows are taken in one order, so that two processes
#: wait for each other instead of locking each other out. Ranges of one kind never overlap: the one that begins
#: last before a place tells all about it, so ten million of them cost one step down an index.
_TALLY = """, standing AS (
  SELECT f.n, f.counted, a.run_id, a.position, r.producer_id, r.voided_at IS NOT NULL AS voided,
         coalesce(active.last >= a.position, false) AS activated,
         coalesce(shut.last >= a.position, false) AS blocked
    FROM unnest($11::int[], $12::uuid[], $13::bigint[]) AS a (n, run_id, position)
    JOIN found f ON f.n = a.n
    JOIN print_runs r ON r.id = a.run_id AND r.lot_id = f.lot_id
    LEFT JOIN LATERAL (SELECT last FROM serial_ranges s WHERE s.run_id = a.run_id AND s.kind = 'activated'
                          AND s.first <= a.position ORDER BY s.first DESC LIMIT 1) active ON true
    LEFT JOIN LATERAL (SELECT last FROM serial_ranges s WHERE s.run_id = a.run_id AND s.kind = 'blocked'
                          AND s.first <= a.position ORDER BY s.first DESC LIMIT 1) shut ON true
), tallied AS (
  INSERT INTO serial_tallies AS t
         (run_id, position, producer_id, scans, first_scan_at, last_scan_at, early_scans, early_scan_at)
  SELECT s.run_id, s.position, s.producer_id, count(*), now(), now(),
         count(*) FILTER (WHERE NOT s.activated), CASE WHEN NOT s.activated THEN now() END
    FROM standing s
   WHERE s.counted GROUP BY s.run_id, s.position, s.producer_id, s.activated ORDER BY 1, 2
  ON CONFLICT (run_id, position)
  DO UPDATE SET scans = t.scans + excluded.scans, last_scan_at = excluded.last_scan_at,
                early_scans = t.early_scans + excluded.early_scans,
                early_scan_at = coalesce(excluded.early_scan_at, t.early_scan_at)
  RETURNING t.run_id, t.position, t.scans, t.first_scan_at
)"""

_FOUND = """
SELECT f.n, f.product_id, f.revision, f.lot_id, f.page_version, f.for_lot FROM found f"""
_FOUND_WITH_SERIALS = """
SELECT f.n, f.product_id, f.revision, f.lot_id, f.page_version, f.for_lot,
       s.n IS NOT NULL AS serial_known, s.voided, s.activated, s.blocked,
       coalesce(w.scans, known.scans, 0) AS scans,
       coalesce(w.first_scan_at, known.first_scan_at) AS first_scan_at
  FROM found f
  LEFT JOIN standing s ON s.n = f.n
  LEFT JOIN tallied w ON w.run_id = s.run_id AND w.position = s.position
  LEFT JOIN serial_tallies known ON known.run_id = s.run_id AND known.position = s.position"""

#: One round trip for a batch without serials, and one for a batch with them.
RESOLVE = _RESOLVE_AND_STORE + _FOUND
RESOLVE_WITH_SERIALS = _RESOLVE_AND_STORE + _TALLY + _FOUND_WITH_SERIALS

_GONE = (OSError, TimeoutError, asyncpg.PostgresConnectionError, asyncpg.InterfaceError)
_STOPPING = (
    asyncpg.QueryCanceledError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.ReadOnlySQLTransactionError,
    asyncpg.InvalidCatalogNameError,
)
#: The database, or the driver before it, takes exception to a value: one of the looks is at fault.
REFUSED = (asyncpg.DataError, asyncpg.IntegrityConstraintViolationError, UnicodeError)


class ScanBatch:
    """Collects looks and settles them in groups, one transaction at a time per process."""

    def __init__(
        self,
        connect: Connect,
        *,
        pooled: bool = False,
        deadline: float = BATCH_DEADLINE,
        away_pause: float = AWAY_PAUSE,
    ) -> None:
        self._connect = connect
        self._connection: asyncpg.Connection[asyncpg.Record] | None = None
        self._pooled = pooled
        self._settings = START_UP | {"statement_timeout": f"{deadline * SERVER_GIVES_UP * 1_000:.0f}ms"}
        self._deadline = deadline
        self._away_pause = away_pause
        self._away_until = 0.0
        self._waiting: list[_Waiting] = []
        self._worker: asyncio.Task[None] | None = None

    async def look(self, look: Look) -> Found | None:
        """What the label stands for, with its scan stored; None for a label we do not know.

        Raises DatabaseAway, or LookRefused when the database took exception to this look alone.
        """
        if time.monotonic() < self._away_until:
            LOST.inc(1 if look.counted else 0)
            raise DatabaseAway
        waiting = _Waiting(look, asyncio.get_running_loop().create_future())
        self._waiting.append(waiting)
        if self._worker is None or self._worker.done():
            self._worker = asyncio.create_task(self._work(), name="scan batch")
        return await waiting.answer

    async def close(self) -> None:
        """Settle what waits, then close the connection."""
        if self._worker is not None:
            await self._worker
        if self._connection is not None:
            await self._connection.close()
            self._connection = None

    async def _work(self) -> None:
        try:
            while self._waiting:
                if len(self._waiting) < SMALLEST_BATCH:
                    # Those whose requests arrived together join.
                    await asyncio.sleep(0)
                await self._attempt(self._take())
        finally:
            # Whatever happened, nobody is left waiting for an answer that will not come.
            self._fail_waiting()

    async def _attempt(self, batch: list[_Waiting]) -> None:
        """Settle a batch, or fail it; with the database away, those who wait behind it too."""
        try:
            await self._settle_in_time(batch)
        except (*_GONE, *_STOPPING, _ScopeLost) as error:
            log.warning("scans.database_away", looks=len(batch), error=repr(error))
            self._away_until = time.monotonic() + self._away_pause
            self._fail_waiting()
        except asyncpg.PostgresError as error:
            # Nothing about one look: the schema or the rights are not as this program needs them.
            log.error("scans.batch_refused", looks=len(batch), error=repr(error))
        finally:
            _fail(batch, DatabaseAway())

    def _fail_waiting(self) -> None:
        _fail(self._waiting, DatabaseAway())
        self._waiting = []

    def _take(self) -> list[_Waiting]:
        """Half of those who wait: one half's pages are written while the other half is with the database."""
        size = min(LARGEST_BATCH, max(SMALLEST_BATCH, len(self._waiting) // 2))
        batch, self._waiting = self._waiting[:size], self._waiting[size:]
        return batch

    async def _settle_in_time(self, batch: list[_Waiting]) -> None:
        """Settle; at the deadline the connection is dropped, which ends the statement that waits on it.

        Dropped, not closed: a connection that does not answer would not answer a farewell either.
        """
        overdue = asyncio.get_running_loop().call_later(self._deadline, self._drop_connection)
        try:
            await self._settle(batch)
        finally:
            overdue.cancel()

    async def _settle(self, batch: list[_Waiting]) -> None:
        """Resolve and store a batch; when a value in it is refused, find the look by halving."""
        try:
            rows = await self._run(batch)
        except REFUSED as error:
            if len(batch) == 1:
                log.warning("scans.look_refused", error=repr(error))
                _fail(batch, LookRefused())
                return
            # The refused statement stored nothing, so no look of a half is stored twice.
            middle = len(batch) // 2
            await self._settle(batch[:middle])
            await self._settle(batch[middle:])
            return
        _answer(batch, rows)

    async def _run(self, batch: list[_Waiting]) -> list[asyncpg.Record]:
        targets = [each.look.target for each in batch]
        serials = [
            (n, serial.run_id, serial.position)
            for n, each in enumerate(batch)
            if (serial := each.look.serial) is not None
        ]
        try:
            return await self._fetch(
                await self._connected(),
                RESOLVE_WITH_SERIALS if serials else RESOLVE,
                range(len(batch)),
                [each.gtin for each in targets],
                [each.lot for each in targets],
                [each.code for each in targets],
                [each.scan_id for each in batch],
                [each.look.language for each in batch],
                [each.serial for each in targets],
                [each.look.counted for each in batch],
                [each.look.place for each in batch],
                [each.look.stray for each in batch],
                *zip(*serials, strict=True),
            )
        except REFUSED:
            raise
        except BaseException:
            # Cut off half-way, it may still carry the answer of this batch when the next one asks.
            self._drop_connection()
            raise

    async def _fetch(
        self, connection: asyncpg.Connection[asyncpg.Record], statement: str, *arguments: object
    ) -> list[asyncpg.Record]:
        """One transaction under the settings: the statement alone, or behind a pooler one that begins with them."""
        if not self._pooled:
            return await connection.fetch(statement, *arguments)
        async with connection.transaction():
            await connection.execute(";".join(f"SET LOCAL {k} = '{v}'" for k, v in self._settings.items()))
            return await connection.fetch(statement, *arguments)

    async def _connected(self) -> asyncpg.Connection[asyncpg.Record]:
        """The one connection, made anew when it is gone. Raises TimeoutError at the deadline."""
        if self._connection is None or self._connection.is_closed():
            async with asyncio.timeout(self._deadline):
                self._connection = await self._connect({} if self._pooled else self._settings)
                if not self._pooled:
                    await _prove_scope(self._connection)
        return self._connection

    def _drop_connection(self) -> None:
        if self._connection is not None:
            self._connection.terminate()
            self._connection = None


async def _prove_scope(connection: asyncpg.Connection[asyncpg.Record]) -> None:
    """Raise _ScopeLost where a pooler nobody told us of swallowed the start-up settings."""
    if await connection.fetchval("SELECT current_setting($1, true)", SCOPE) != START_UP[SCOPE]:
        raise _ScopeLost(
            "start-up settings are swallowed on the way; a pooler? OCOP_HUB_DATABASE_POOLER=true"
        )


def _answer(batch: list[_Waiting], rows: list[asyncpg.Record]) -> None:
    found: dict[int, Found] = {
        row["n"]: Found(
            product_id=row["product_id"],
            revision=row["revision"],
            lot_id=row["lot_id"],
            page_version=row["page_version"] or 0,
            for_lot=row["for_lot"],
            serial=_record(row),
        )
        for row in rows
    }
    STORED.inc(sum(1 for n, each in enumerate(batch) if each.look.counted and n in found))
    for n, each in enumerate(batch):
        if not each.answer.done():
            each.answer.set_result(found.get(n))


def _record(row: asyncpg.Record) -> SerialRecord | None:
    """How the serial of a look stands; None where it had none, or one of a lot not to be seen."""
    if not row.get("serial_known"):
        return None
    return SerialRecord(
        voided=row["voided"],
        activated=row["activated"],
        blocked=row["blocked"],
        scans=row["scans"],
        first_scan_at=row["first_scan_at"],
    )


def _fail(batch: list[_Waiting], error: Exception) -> None:
    for each in batch:
        # Who went away while waiting has cancelled the answer.
        if not each.answer.done():
            LOST.inc(1 if each.look.counted else 0)
            each.answer.set_exception(error)
