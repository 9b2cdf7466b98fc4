"""Blocks that are lifted, labels named by what a scanner reads, and the record of who did what."""

from __future__ import annotations

import pytest
from sqlalchemy import text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.ext.asyncio import AsyncSession
from tests.traceability.builders import Cast, make_certificate, make_released_lot

from ocop_hub.kit.sealing import Sealer
from ocop_hub.media import Media
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.traceability.errors import LabelRangeInvalid, RunNotFound, RunRefuses
from ocop_hub.traceability.labels import activation, print_runs
from ocop_hub.traceability.labels import files as label_files
from ocop_hub.traceability.labels import marks as label_marks
from ocop_hub.traceability.labels.activation import Part
from ocop_hub.traceability.labels.models import ActKind
from ocop_hub.traceability.labels.print_runs import RunPlan
from ocop_hub.traceability.models import Lot, PrintRun, RangeKind, RunKind

SEALER = Sealer(b"k" * 32)
MARK = b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><circle cx="4" cy="4" r="4" fill="#080"/></svg>'


@pytest.fixture
async def lot(session: AsyncSession, cast: Cast) -> Lot:
    return await make_released_lot(session, cast)


async def plan(session: AsyncSession, cast: Cast, lot: Lot, count: int = 100) -> PrintRun:
    return await print_runs.plan_run(
        session, cast.alice, lot, RunPlan(RunKind.SERIAL, count), public_url="https://o.vn", sealer=SEALER
    )


async def blocked(session: AsyncSession, run: PrintRun) -> list[tuple[int, int, str]]:
    ranges = await activation.ranges_of(session, run)
    return [(each.first + 1, each.last + 1, each.note) for each in ranges if each.kind is RangeKind.BLOCKED]


class TestUnblock:
    async def test_cuts_blocks_where_they_overlap(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        run = await plan(session, cast, lot)
        for first, last, why in ((1, 10, "Mất"), (20, 30, "Rách")):
            await activation.block(session, cast.alice, run, Part(first, last), sealer=SEALER, reason=why)
        said = await activation.unblock(
            session, cast.alice, run, Part(6, 24), sealer=SEALER, reason="Tìm lại được"
        )
        assert said == 10
        assert await blocked(session, run) == [(1, 5, "Mất"), (25, 30, "Rách")]
        with pytest.raises(RunRefuses, match="không bị khóa"):
            await activation.unblock(session, cast.alice, run, Part(6, 24), sealer=SEALER, reason="x")
        again = await activation.block(session, cast.alice, run, Part(8, 8), sealer=SEALER, reason="Rách")
        assert again == 1

    async def test_wants_a_reason_and_an_own_run(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        run = await plan(session, cast, lot)
        await activation.block(session, cast.alice, run, Part(), sealer=SEALER, reason="Mất")
        with pytest.raises(LabelRangeInvalid, match="lý do mở khóa"):
            await activation.unblock(session, cast.alice, run, Part(), sealer=SEALER, reason=" ")
        with pytest.raises(RunNotFound):
            await activation.unblock(session, cast.bob, run, Part(), sealer=SEALER, reason="x")

    async def test_leaves_what_is_active(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        run = await plan(session, cast, lot)
        await activation.activate(session, cast.alice, run, Part(), sealer=SEALER)
        await activation.block(session, cast.alice, run, Part(5, 5), sealer=SEALER, reason="Mất")
        await activation.unblock(session, cast.alice, run, Part(), sealer=SEALER, reason="Tìm lại được")
        assert await activation.activated_count(session, run) == 100
        # The database itself lets no activation go.
        deleted = await session.execute(text("DELETE FROM serial_ranges RETURNING id"))
        assert deleted.all() == []


class TestByScanning:
    async def test_two_ends_in_either_order_as_a_scanner_reads_them(
        self, session: AsyncSession, cast: Cast, lot: Lot
    ) -> None:
        run = await plan(session, cast, lot)
        labels = await label_files.labels_of(session, run, sealer=SEALER)
        uris = [each.uri for each in labels.addresses()]
        part = Part(from_serial=uris[39], to_serial=uris[10] + "?utm=x")
        assert await activation.activate(session, cast.alice, run, part, sealer=SEALER) == 30
        (made,) = await activation.ranges_of(session, run)
        assert (made.first, made.last) == (10, 39)

    async def test_a_label_of_another_run_names_no_range(
        self, session: AsyncSession, cast: Cast, lot: Lot
    ) -> None:
        one, two = await plan(session, cast, lot), await plan(session, cast, lot)
        labels = await label_files.labels_of(session, one, sealer=SEALER)
        uris = [each.uri for each in labels.addresses(1, 2)]
        with pytest.raises(LabelRangeInvalid, match="không thuộc"):
            await activation.activate(
                session, cast.alice, two, Part(from_serial=uris[0], to_serial=uris[1]), sealer=SEALER
            )
        with pytest.raises(LabelRangeInvalid):
            await activation.activate(session, cast.alice, one, Part(from_serial=uris[0]), sealer=SEALER)


class TestRecord:
    async def test_says_who_did_what_to_which_labels(
        self, session: AsyncSession, cast: Cast, lot: Lot
    ) -> None:
        run = await plan(session, cast, lot)
        await print_runs.record_printing(session, cast.alice, run, as_what="pdf, A4")
        await print_runs.record_printing(session, cast.alice, run, as_what="pdf, A4", first=3, last=4)
        await activation.activate(session, cast.alice, run, Part(1, 50), sealer=SEALER)
        await activation.block(session, cast.alice, run, Part(41, 60), sealer=SEALER, reason="Mất")
        await activation.unblock(session, cast.alice, run, Part(51, 100), sealer=SEALER, reason="Thấy lại")
        await print_runs.void(session, cast.alice, run, reason="In lệch")
        acts = await print_runs.acts_of(session, run)
        assert sorted(
            (each.kind, each.first, each.last, each.count, each.note or each.file) for each in acts
        ) == sorted(
            [
                (ActKind.PRINTED, 1, 100, 100, "pdf, A4"),
                (ActKind.PRINTED, 3, 4, 2, "pdf, A4"),
                (ActKind.ACTIVATED, 1, 50, 50, ""),
                (ActKind.BLOCKED, 41, 60, 20, "Mất"),
                (ActKind.UNBLOCKED, 51, 100, 10, "Thấy lại"),
                (ActKind.VOIDED, 1, 100, 100, "In lệch"),
            ]
        )
        assert {each.created_by for each in acts} == {cast.alice.label}

    async def test_cannot_be_rewritten(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        await print_runs.record_printing(session, cast.alice, await plan(session, cast, lot), as_what="csv")
        with pytest.raises(ProgrammingError, match="permission denied"):
            async with session.begin_nested():
                await session.execute(text("UPDATE run_acts SET note = 'x'"))


class TestReprint:
    async def test_says_what_the_first_printing_said(
        self, session: AsyncSession, cast: Cast, lot: Lot
    ) -> None:
        run = await plan(session, cast, lot, 3)
        before = await label_files.labels_of(session, run, sealer=SEALER)
        cast.squid.name, lot.display_name = "Chả mực loại hai", "Khác"
        cast.squid.gtin = None
        await session.flush()
        after = await label_files.labels_of(session, run, sealer=SEALER)
        assert (after.facts, list(after.csv())) == (before.facts, list(before.csv()))
        assert "Chả mực Hạ Long" in after.facts.product_name

    async def test_carries_its_own_mark_whatever_came_later(
        self, session: AsyncSession, cast: Cast, lot: Lot
    ) -> None:
        media = Media.in_memory()
        await make_certificate(session, cast.squid, days_left=20)
        bare = await plan(session, cast, lot)
        first = await label_marks.give(session, media, SYSTEM_ACTOR, MARK)
        marked = await plan(session, cast, lot)
        await label_marks.give(session, media, SYSTEM_ACTOR, MARK.replace(b"#080", b"#00f"))
        await label_marks.withdraw(session, SYSTEM_ACTOR)
        later = await plan(session, cast, lot)
        assert (bare.mark_id, marked.mark_id, later.mark_id) == (None, first.id, None)
        artwork = await label_marks.artwork_of(session, media, marked)
        assert artwork is not None
        assert b"#080" in artwork.content
        assert await label_marks.artwork_of(session, media, bare) is None

    async def test_a_mark_stands_only_beside_stars(self, session: AsyncSession, cast: Cast, lot: Lot) -> None:
        await label_marks.give(session, Media.in_memory(), SYSTEM_ACTOR, MARK)
        run = await plan(session, cast, lot)
        assert (run.stars, run.mark_id) == (0, None)
