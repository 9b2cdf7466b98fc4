from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession
from tests.traceability.builders import GTIN, Cast, make_certificate, make_released_lot

from ocop_hub.audit import AuditEntry
from ocop_hub.certificates.models import Certificate
from ocop_hub.certificates.validity import validity
from ocop_hub.errors import NotSignedIn
from ocop_hub.kit import clock
from ocop_hub.kit.sealing import Sealer
from ocop_hub.producers.actor import PUBLIC_ACTOR
from ocop_hub.traceability import service
from ocop_hub.traceability.errors import (
    CertificateLapsed,
    LabelCountInvalid,
    LabelRangeInvalid,
    LabelsElsewhere,
    LotNotFound,
    LotStateRefuses,
    RunNotFound,
    RunRefuses,
)
from ocop_hub.traceability.labels import activation, print_runs
from ocop_hub.traceability.labels.activation import Part, gaps
from ocop_hub.traceability.labels.lot_keys import ensure_keys, find_keys
from ocop_hub.traceability.labels.print_runs import RunPlan
from ocop_hub.traceability.labels.serials import MOST_LABELS, MOST_RUNS, Slot
from ocop_hub.traceability.models import Lot, LotKey, PrintRun, RunKind

SEALER = Sealer(b"k" * 32)
URL = "https://ocop.example.vn"


@pytest.fixture
async def lot(session: AsyncSession, cast: Cast) -> Lot:
    return await make_released_lot(session, cast)


async def plan(
    session: AsyncSession,
    cast: Cast,
    lot: Lot,
    *,
    kind: RunKind = RunKind.SERIAL,
    count: int = 100,
    mark: bool | None = None,
    roll_size: int = 0,
) -> PrintRun:
    return await print_runs.plan_run(
        session,
        cast.alice,
        lot,
        RunPlan(kind=kind, count=count, mark=mark, roll_size=roll_size),
        public_url=URL,
        sealer=SEALER,
    )


class TestKeys:
    async def test_are_made_once_and_come_back(self, session: AsyncSession, lot: Lot) -> None:
        assert await find_keys(session, lot.id, SEALER) is None
        keys = await ensure_keys(session, lot, SEALER)
        assert await ensure_keys(session, lot, SEALER) == keys == await find_keys(session, lot.id, SEALER)

    async def test_stand_sealed(self, session: AsyncSession, lot: Lot) -> None:
        keys = await ensure_keys(session, lot, SEALER)
        row = await session.get_one(LotKey, lot.id)
        assert keys.tag not in row.sealed
        assert keys.mask not in row.sealed

    async def test_open_under_the_secret_they_were_sealed_with_only(
        self, session: AsyncSession, lot: Lot
    ) -> None:
        await ensure_keys(session, lot, SEALER)
        with pytest.raises(LabelsElsewhere, match="bí mật"):
            await find_keys(session, lot.id, Sealer(b"o" * 32))


class TestPlanRun:
    async def test_is_one_row_whatever_its_size(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        run = await plan(session, cast, lot, count=MOST_LABELS)
        assert (run.number, run.subject, run.stem, run.printed) == (1, GTIN, URL, 0)
        assert run.created_by == cast.alice.label
        assert len((await session.scalars(select(PrintRun))).all()) == 1

    async def test_counts_within_lot_and_kind(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        kinds = (RunKind.SERIAL, RunKind.LOT, RunKind.SERIAL, RunKind.LOT)
        assert [(await plan(session, cast, lot, kind=kind)).number for kind in kinds] == [1, 1, 2, 2]
        other = await make_released_lot(session, cast, code="LO-2")
        assert (await plan(session, cast, other)).number == 1

    async def test_without_gtin_binds_to_the_code_of_the_lot(self, session: AsyncSession, cast: Cast) -> None:
        lot = await make_released_lot(session, cast, cast.tea, "TRA-1")
        run = await plan(session, cast, lot)
        assert run.subject == await service.ensure_code(session, cast.tea, lot)

    @pytest.mark.parametrize("count", [0, -1, MOST_LABELS + 1])
    async def test_refuses_a_count_no_run_has(
        self, session: AsyncSession, cast: Cast, lot: Lot, count: int
    ) -> None:
        with pytest.raises(LabelCountInvalid, match=r"từ 1 đến 16\.777\.216"):
            await plan(session, cast, lot, count=count)

    async def test_refuses_the_256th_serial_run(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        run = await plan(session, cast, lot)
        await session.execute(update(PrintRun).where(PrintRun.id == run.id).values(number=MOST_RUNS))
        with pytest.raises(RunRefuses, match="255"):
            await plan(session, cast, lot)
        assert (await plan(session, cast, lot, kind=RunKind.LOT)).number == 1

    async def test_refuses_a_lot_that_was_recalled(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        await service.recall_lot(session, cast.alice, lot, reason="Sai hạn sử dụng")
        with pytest.raises(LotStateRefuses):
            await plan(session, cast, lot)

    async def test_refuses_strangers(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        for actor, refusal in ((cast.bob, LotNotFound), (PUBLIC_ACTOR, NotSignedIn)):
            with pytest.raises(refusal):
                await print_runs.plan_run(
                    session, actor, lot, RunPlan(RunKind.LOT, 1), public_url=URL, sealer=SEALER
                )


class TestStars:
    async def test_stand_while_the_certificate_holds(
        self, session: AsyncSession, cast: Cast, lot: Lot
    ) -> None:
        assert (await plan(session, cast, lot)).stars == 0
        await make_certificate(session, cast.squid, days_left=20)
        assert (await plan(session, cast, lot)).stars == 4
        assert (await plan(session, cast, lot, mark=False)).stars == 0

    async def test_demanded_under_a_lapsed_certificate_are_refused(
        self, session: AsyncSession, cast: Cast, lot: Lot
    ) -> None:
        await make_certificate(session, cast.squid, days_left=-1)
        with pytest.raises(CertificateLapsed, match="không được ghi hạng sao"):
            await plan(session, cast, lot, mark=True)

    async def test_stand_on_the_certificates_whole_last_day(
        self, session: AsyncSession, cast: Cast, lot: Lot
    ) -> None:
        await make_certificate(session, cast.squid, days_left=20)
        today = clock.today()
        for last, stars in ((today, 4), (today - timedelta(days=1), 0)):
            await session.execute(
                update(Certificate).values(valid=validity(today - timedelta(days=900), last))
            )
            assert (await plan(session, cast, lot)).stars == stars

    async def test_are_not_printed_again_once_lapsed(
        self, session: AsyncSession, cast: Cast, lot: Lot
    ) -> None:
        await make_certificate(session, cast.squid, days_left=20)
        run, plain = await plan(session, cast, lot), await plan(session, cast, lot, mark=False)
        await print_runs.record_printing(session, cast.alice, run, as_what="pdf")
        now = clock.now()
        await session.execute(
            update(Certificate).values(valid=Range(now - timedelta(days=9), now - timedelta(days=1)))
        )
        with pytest.raises(CertificateLapsed, match="không in lại"):
            await print_runs.record_printing(session, cast.alice, run, as_what="pdf")
        await print_runs.record_printing(session, cast.alice, plain, as_what="pdf")


class TestPrinting:
    async def test_is_counted_with_who(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        run = await plan(session, cast, lot)
        for _ in range(2):
            await print_runs.record_printing(session, cast.alice, run, as_what="csv")
        assert run.printed == 2
        entries = await session.scalars(
            select(AuditEntry).where(AuditEntry.action == "traceability.labels_printed")
        )
        assert [each.details for each in entries] == [{"file": "csv", "times": n} for n in (1, 2)]

    async def test_of_a_voided_run_is_refused(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        run = await print_runs.void(session, cast.alice, await plan(session, cast, lot), reason="In lệch")
        assert (run.voided_by, run.void_reason) == (cast.alice.label, "In lệch")
        with pytest.raises(RunRefuses, match="đã hủy"):
            await print_runs.record_printing(session, cast.alice, run, as_what="pdf")
        with pytest.raises(RunRefuses, match="từ trước"):
            await print_runs.void(session, cast.alice, run, reason="In lệch")

    async def test_by_another_is_refused(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        run = await plan(session, cast, lot)
        with pytest.raises(RunNotFound):
            await print_runs.record_printing(session, cast.bob, run, as_what="pdf")
        with pytest.raises(RunNotFound):
            await print_runs.void(session, cast.bob, run, reason="x")
        with pytest.raises(RunNotFound):
            await print_runs.find_run(session, cast.bob, run.id)


class TestActivateAndBlock:
    async def test_by_range_roll_serial_and_whole(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        run = await plan(session, cast, lot, count=100, roll_size=30)
        maker = await print_runs.maker_of(session, run, sealer=SEALER)
        parts = (
            (Part(first=11, last=20), 10),
            (Part(roll=1), 20),
            (Part(roll=4), 10),
            (Part(serial=maker.make(1, 49).lower()), 1),
            (Part(), 59),
        )
        for part, count in parts:
            said = await activation.activate(session, cast.alice, run, part, sealer=SEALER)
            assert (part, said) == (part, count)
        ranges = await activation.ranges_of(session, run)
        places = [place for each in ranges for place in range(each.first, each.last + 1)]
        assert places == list(range(100))
        assert {each.created_by for each in ranges} == {cast.alice.label}
        with pytest.raises(RunRefuses, match="kích hoạt từ trước"):
            await activation.activate(session, cast.alice, run, Part(roll=2), sealer=SEALER)

    async def test_block_wants_a_reason(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        run = await plan(session, cast, lot)
        with pytest.raises(LabelRangeInvalid, match="lý do"):
            await activation.block(session, cast.alice, run, Part(first=1), sealer=SEALER, reason=" ")
        said = await activation.block(
            session, cast.alice, run, Part(first=1, last=3), sealer=SEALER, reason="Mất"
        )
        assert said == 3

    @pytest.mark.parametrize(
        "part",
        [
            Part(first=0),
            Part(first=5, last=4),
            Part(last=101),
            Part(roll=1),
            Part(serial="0" * 16),
            Part(serial="€"),
        ],
    )
    async def test_refuses_what_the_run_has_not(
        self, session: AsyncSession, cast: Cast, lot: Lot, part: Part
    ) -> None:
        run = await plan(session, cast, lot)
        with pytest.raises(LabelRangeInvalid):
            await activation.activate(session, cast.alice, run, part, sealer=SEALER)

    async def test_a_serial_of_another_run_is_refused(
        self, session: AsyncSession, cast: Cast, lot: Lot
    ) -> None:
        one, two = await plan(session, cast, lot), await plan(session, cast, lot)
        maker = await print_runs.maker_of(session, one, sealer=SEALER)
        assert maker.read(maker.make(1, 0)) == Slot(1, 0)
        with pytest.raises(LabelRangeInvalid, match="không thuộc"):
            await activation.activate(session, cast.alice, two, Part(serial=maker.make(1, 0)), sealer=SEALER)

    async def test_lot_labels_have_nothing_to_activate(
        self, session: AsyncSession, cast: Cast, lot: Lot
    ) -> None:
        run = await plan(session, cast, lot, kind=RunKind.LOT)
        with pytest.raises(RunRefuses, match="không có mã riêng"):
            await activation.activate(session, cast.alice, run, Part(), sealer=SEALER)


@pytest.mark.parametrize(
    ("taken", "left"),
    [
        ([], [(10, 20)]),
        ([(0, 10), (20, 30)], [(10, 20)]),
        ([(0, 12), (15, 16), (18, 30)], [(12, 15), (16, 18)]),
        ([(10, 20)], []),
        ([(0, 30)], []),
        ([(10, 11), (11, 19)], [(19, 20)]),
    ],
)
def test_gaps(taken: list[tuple[int, int]], left: list[tuple[int, int]]) -> None:
    found = gaps(range(10, 20), (range(*each) for each in taken))
    assert [(each.start, each.stop) for each in found] == left
