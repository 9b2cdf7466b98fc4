"""The demo's province as an officer finds it: shares, a trend, periods under documents, other figures."""

from __future__ import annotations

from datetime import timedelta

import httpx
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cast import make_producer

from ocop_hub.cli.demo_people import COTO
from ocop_hub.cli.demo_plan import PROVINCE, plan
from ocop_hub.cli.demo_province import Made, Pages, Planted, list_and_report, recognised_products
from ocop_hub.db import Database
from ocop_hub.kit import clock
from ocop_hub.media import Media
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing.draft import seller_sku
from ocop_hub.publishing.models import Listing, Step
from ocop_hub.publishing.queries import is_due
from ocop_hub.publishing.wiring import open_outside
from ocop_hub.reporting import coverage
from ocop_hub.reporting.figures import By
from ocop_hub.reporting.indicators import definitions as indicators
from ocop_hub.reporting.models import PeriodState
from ocop_hub.reporting.periods import service as periods
from ocop_hub.settings import Settings


def planted(made: list[Made]) -> Pages:
    """A page for every product on every marketplace."""
    return {
        (listing.market, seller_sku(each.product.id)): Planted(
            str(each.plan.number), f"http://127.0.0.1/{listing.market}/{each.plan.number}"
        )
        for each in made
        for listing in each.plan.listings
        if listing.stands
    }


async def test_an_officer_finds_a_year_of_it(
    session: AsyncSession, database: Database, settings: Settings
) -> None:
    await make_producer(session, COTO)
    media = Media.in_memory()
    async with httpx.AsyncClient() as client:
        outside = open_outside(settings, database, client, media)
        made = await recognised_products(session, media)
        assert len(made) == len(plan())
        await list_and_report(session, outside, made, planted(made), settings)
    question = await coverage.question_for(session, province=PROVINCE)

    # A trend that rises, from a share that is neither nothing nor all.
    trend = await coverage.trend(session, SYSTEM_ACTOR, question)
    first, last = trend[0].counts, trend[-1].counts
    assert 0 < first.numerator / first.denominator < last.numerator / last.denominator < 1
    # Communes with none and with all of it, and of every grade but the typed one some.
    rows = await coverage.rows(session, SYSTEM_ACTOR, question, By.UNIT)
    shares = {row.counts.numerator / row.counts.denominator for row in rows if row.counts.denominator}
    assert shares > {0.0, 1.0}
    assert last.unverified > 0

    # Two closed periods, of which one was corrected, and one that waits for communes.
    found = list(await session.scalars(periods.periods(PROVINCE)))
    assert [each.state for each in found] == [PeriodState.OPEN, PeriodState.CLOSED, PeriodState.ADJUSTED]
    adjusted = await periods.detail(session, found[2].id)
    before, after = (figure.counts["denominator"] for figure in adjusted.figures)
    assert after > before
    assert all("dữ liệu trình diễn" in figure.document_number for figure in adjusted.figures)

    # Figures beside the share.
    for code in ("labels_printed", "scans", "live_sessions", "assisted", "helpers", "stalls"):
        measured = await indicators.measure(session, SYSTEM_ACTOR, question, indicators.find(code))
        assert measured.value > 0, code

    # The worker has nothing to do with them yet, and then not all at once.
    assert await session.scalar(select(func.count()).select_from(Listing).where(is_due())) == 0
    soon = clock.now() + timedelta(hours=7)
    due = select(func.count()).select_from(Listing).where(Listing.step != Step.IDLE)
    assert (await session.execute(due.where(Listing.next_look_at < soon))).scalar_one() < 20
