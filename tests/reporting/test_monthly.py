"""The reports of each month: made once, made up for, closed where it was closed; and they carry the way back."""

from __future__ import annotations

import io
import json
from datetime import date
from functools import partial
from pathlib import Path

import pytest
from docx import Document
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.printed_templates import docx_template
from tests.reporting.conftest import LONG_AGO, Made, World

from ocop_hub.db import SYSTEM, Database
from ocop_hub.jobs import JobContext
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState
from ocop_hub.media import Media
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.reporting.errors import PaperNotFound
from ocop_hub.reporting.models import MonthlyReport
from ocop_hub.reporting.papers import monthly, templates
from ocop_hub.reporting.papers.monthly import MonthlyMaking
from ocop_hub.reporting.periods import service as periods
from ocop_hub.settings import Settings

DAY = date(2026, 9, 30)
FOREVER = clock.day_start(date(2040, 1, 1))


@pytest.fixture
def making(tmp_path: Path) -> MonthlyMaking:
    settings = Settings(_env_file=None, data_dir=tmp_path, public_url="https://ocop.example.vn")
    return MonthlyMaking(settings, Media.in_memory())


@pytest.fixture
async def province(world: World) -> None:
    live = [(ListingState.LIVE, Grade.API, LONG_AGO, None)]
    held = [(4, LONG_AGO, FOREVER)]
    await world.make([Made(certificates=held, listings={"postmart": live}), Made(certificates=held)])


@pytest.mark.usefixtures("province")
class TestMake:
    async def test_every_kind_and_the_provinces_own_paper(
        self, session: AsyncSession, making: MonthlyMaking
    ) -> None:
        await templates.add(
            session,
            making.media,
            SYSTEM_ACTOR,
            province="22",
            name="",
            file_name="a.docx",
            content=docx_template(),
        )
        report = await monthly.make(session, making, DAY)
        assert report is not None
        assert (report.numerator, report.denominator, report.rule_number) == (1, 2, 1)
        files = {each["name"]: await making.media.read(each["media_key"]) for each in report.files}
        stem = "bao-cao-len-san-2026-09-30"
        assert set(files) == {f"{stem}.{k}" for k in ("xlsx", "docx", "pdf", "csv", "json")} | {
            "mau-1-2026-09-30.docx"
        }
        link = "https://ocop.example.vn/bao-cao?as_of=2026-09-30"
        own = Document(io.BytesIO(files["mau-1-2026-09-30.docx"]))
        assert own.paragraphs[-1].text == link
        assert link.encode() in files[f"{stem}.pdf"]
        assert json.loads(files[f"{stem}.json"])["figure"]["percent"] == 50.0
        assert files[f"{stem}.csv"].startswith(b"\xef\xbb\xbf")

    async def test_a_closed_month_is_reported_under_its_number(
        self, session: AsyncSession, making: MonthlyMaking
    ) -> None:
        period = await periods.open_period(session, SYSTEM_ACTOR, province="22", as_of=DAY)
        await periods.close(session, SYSTEM_ACTOR, period.id, periods.Paper("9/BC", date(2026, 10, 3)))
        report = await monthly.make(session, making, DAY)
        assert report is not None
        assert report.document_number == "9/BC"
        docx = next(each for each in report.files if each["name"].endswith(".docx"))
        text = "\n".join(
            each.text for each in Document(io.BytesIO(await making.media.read(docx["media_key"]))).paragraphs
        )
        assert "Số liệu đã chốt" in text
        assert f"/bao-cao/ky/{period.id}" in text

    async def test_a_template_that_was_lost_does_not_hold_up_the_month(
        self, session: AsyncSession, making: MonthlyMaking
    ) -> None:
        await templates.add(
            session,
            Media.in_memory(),
            SYSTEM_ACTOR,
            province="22",
            name="",
            file_name="a.docx",
            content=docx_template(),
        )
        report = await monthly.make(session, making, DAY)
        assert report is not None
        assert not [each for each in report.files if each["name"].startswith("mau")]

    async def test_before_any_rule_there_is_none(self, session: AsyncSession, making: MonthlyMaking) -> None:
        assert await monthly.make(session, making, date(2019, 12, 31)) is None


class TestDue:
    async def test_the_first_is_last_months_only(self, session: AsyncSession) -> None:
        assert await monthly.due(session, "22", date(2026, 11, 22)) == [date(2026, 10, 31)]

    async def test_missed_months_are_made_up_for(self, session: AsyncSession) -> None:
        session.add(
            MonthlyReport(
                province="22",
                as_of=date(2026, 8, 31),
                rule_number=1,
                numerator=0,
                denominator=0,
                document_number="",
                files=[],
            )
        )
        await session.flush()
        assert await monthly.due(session, "22", date(2026, 11, 1)) == [DAY, date(2026, 10, 31)]
        assert await monthly.due(session, "22", date(2026, 9, 30)) == []
        assert await monthly.due(session, "15", date(2026, 9, 30)) == [date(2026, 8, 31)]


async def test_the_sweep_makes_each_month_once(database: Database, making: MonthlyMaking) -> None:
    context = JobContext(database, {monthly.MONTHLY: making})
    for today in (date(2026, 9, 15), date(2026, 9, 16), date(2026, 11, 2)):
        await monthly.make_due(context, partial(date, today.year, today.month, today.day))
    async with database.session(SYSTEM) as session:
        made = list(await session.scalars(monthly.monthly_reports("22")))
        assert [report.as_of for report in made] == [date(2026, 10, 31), DAY, date(2026, 8, 31)]
        assert await session.scalar(select(func.count()).select_from(MonthlyReport)) == 3
        report, found = await monthly.find_file(session, made[0].id, made[0].files[0]["name"])
        assert report.id == made[0].id
        assert (await making.media.read(found["media_key"])).startswith(b"PK")
        with pytest.raises(PaperNotFound):
            await monthly.find_file(session, made[0].id, "../x")
