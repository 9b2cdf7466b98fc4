"""Open data: closed until an office publishes, closed figures only, and the bulletin made of them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import BAI_CHAY
from tests.reporting.conftest import LONG_AGO, Made, World

from ocop_hub.audit import AuditEntry
from ocop_hub.db import PUBLIC, apply_scope
from ocop_hub.errors import Forbidden
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.producers.models import ProducerKind
from ocop_hub.reporting.errors import LicenceMissing, OpenDataOff
from ocop_hub.reporting.open_data import service as open_data
from ocop_hub.reporting.open_data.bulletin import bulletin, unit_row
from ocop_hub.reporting.open_data.service import Terms
from ocop_hub.reporting.periods import service as periods
from ocop_hub.reporting.periods.closing import counts_of

FOREVER = clock.day_start(date(2040, 1, 1))
TERMS = Terms("Được dùng lại, ghi rõ nguồn", document_number="45/QĐ-SNNMT", catalogue=True)
YESTERDAY = clock.today() - timedelta(days=1)


@pytest.fixture
async def province(world: World) -> None:
    held = [(4, LONG_AGO, FOREVER)]
    live = {"postmart": [(ListingState.LIVE, Grade.API, clock.now() - timedelta(days=30), None)]}
    await world.make(
        [
            Made(certificates=held, listings=live),
            Made(certificates=held, listings=live, unit=BAI_CHAY, kind=ProducerKind.HOUSEHOLD),
            Made(certificates=held, unit=BAI_CHAY),
        ]
    )


async def close(session: AsyncSession, day: date, number: str) -> None:
    made = await periods.open_period(session, SYSTEM_ACTOR, province="22", as_of=day)
    await periods.close(session, SYSTEM_ACTOR, made.id, periods.Paper(number, clock.today()))


class TestActs:
    async def test_off_until_published_and_again_after(self, session: AsyncSession) -> None:
        with pytest.raises(OpenDataOff):
            await open_data.published(session, "22")
        await open_data.publish(session, SYSTEM_ACTOR, "22", TERMS)
        assert (await open_data.published(session, "22", catalogue=True)).licence == TERMS.licence
        await open_data.take_back(session, SYSTEM_ACTOR, "22")
        with pytest.raises(OpenDataOff):
            await open_data.published(session, "22")
        acts = list(await session.scalars(open_data.acts("22")))
        assert [act.published for act in acts] == [False, True]
        actions = await session.scalars(select(AuditEntry.action).order_by(AuditEntry.id))
        assert list(actions)[-2:] == ["reporting.publish_open_data", "reporting.take_back_open_data"]

    async def test_figures_alone_leave_the_catalogue_closed(self, session: AsyncSession) -> None:
        await open_data.publish(session, SYSTEM_ACTOR, "22", Terms("Được dùng lại"))
        with pytest.raises(OpenDataOff):
            await open_data.published(session, "22", catalogue=True)

    @pytest.mark.parametrize("wrong", [Terms(" "), Terms("Được dùng lại", "http://vi.du")])
    async def test_terms_are_asked_for(self, session: AsyncSession, wrong: Terms) -> None:
        with pytest.raises(LicenceMissing):
            await open_data.publish(session, SYSTEM_ACTOR, "22", wrong)

    async def test_only_an_office_publishes(self, session: AsyncSession) -> None:
        with pytest.raises(Forbidden):
            await open_data.publish(session, Actor(Role.OFFICER_COMMUNE, unit_id=BAI_CHAY), "22", TERMS)


@pytest.mark.usefixtures("province")
class TestData:
    async def test_closed_figures_only_the_latest_first(self, session: AsyncSession) -> None:
        assert await open_data.closed_figures(session, "22") == []
        await close(session, YESTERDAY - timedelta(days=30), "1/BC")
        await close(session, YESTERDAY, "2/BC")
        found = await open_data.closed_figures(session, "22")
        assert [each.figure.document_number for each in found] == ["2/BC", "1/BC"]
        counts = counts_of(found[0].figure.counts)
        assert (counts.numerator, counts.denominator) == (2, 3)

    async def test_products_without_the_names_of_households(self, session: AsyncSession) -> None:
        await apply_scope(session, PUBLIC)
        first, after = await open_data.products(session, "22", limit=2)
        assert after is not None
        rest, end = await open_data.products(session, "22", cursor=after, limit=2)
        assert end is None
        found = [*first, *rest]
        assert [each.name for each in found] == ["Sản phẩm 0", "Sản phẩm 1", "Sản phẩm 2"]
        assert [bool(each.producer_name) for each in found] == [True, False, True]
        assert {each.stars for each in found} == {4}

    async def test_the_bulletin_reads_the_closed_figure_out(self, session: AsyncSession) -> None:
        await close(session, YESTERDAY, "2/BC-SNNMT")
        latest = (await open_data.closed_figures(session, "22"))[0]
        text = bulletin("thành phố Quảng Ninh", latest)
        assert "có ba sản phẩm được tính tỷ lệ lên sàn" in text
        assert "hai sản phẩm đã lên sàn thương mại điện tử, đạt sáu mươi sáu phẩy bảy phần trăm" in text
        assert "Phường Bãi Cháy còn một sản phẩm" in text
        assert "2/BC-SNNMT" in text
        row = unit_row(latest, BAI_CHAY)
        assert row is not None
        assert "Phường Bãi Cháy có hai sản phẩm, một sản phẩm đã lên sàn" in bulletin(
            "x", latest, latest, row
        )
        assert "không đổi" in bulletin("x", latest, latest)
        assert all(len(line) < 200 for line in text.splitlines())
