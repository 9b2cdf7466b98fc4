"""The shipped list of units in a real database."""

from __future__ import annotations

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import make_producer, make_product, make_user

from ocop_hub.accounts.models import Office, OfficeHolder
from ocop_hub.places.dataset import successions, units
from ocop_hub.places.finder import finder
from ocop_hub.places.models import AdminUnit, AdminUnitSuccession
from ocop_hub.places.service import load_units


class TestLoadUnits:
    async def test_holds_every_unit_and_step(self, session: AsyncSession) -> None:
        assert await session.scalar(select(func.count()).select_from(AdminUnit)) == len(list(units()))
        assert await session.scalar(select(func.count()).select_from(AdminUnitSuccession)) == len(
            list(successions())
        )

    async def test_again_writes_nothing(self, session: AsyncSession) -> None:
        assert await load_units(session) == 0

    async def test_brings_a_changed_row_up_to_date(self, session: AsyncSession) -> None:
        await session.execute(
            update(AdminUnit).where(AdminUnit.id == "c-06970-20250701").values(name="Ba Chế", legal_basis="?")
        )
        assert await load_units(session) == 1
        unit = await session.get_one(AdminUnit, "c-06970-20250701")
        assert (unit.name, unit.folded) == ("Ba Chẽ", "ba che")

    async def test_province_is_the_one_in_force_today(self, session: AsyncSession) -> None:
        async def province(unit_id: str) -> str | None:
            return (await session.get_one(AdminUnit, unit_id)).province_id

        assert await province("p-22-00000000") == "p-22-20260901"
        assert await province("p-10-00000000") == "p-15-20250701"
        assert await province("c-02917-00000000") == "p-15-20250701"
        assert await province("d-207-00000000") == "p-22-20260901"
        assert await session.scalar(select(func.count()).where(AdminUnit.province_id.is_(None))) == 0

    async def test_what_lies_in_a_unit_that_ended_follows_it(self, session: AsyncSession) -> None:
        renamed = "c-02863-00000000"
        ended = (unit.id for unit in units() if unit.level == "commune" and unit.valid_to)
        split = next(each for each in ended if len(finder().current_of(each)) > 1)
        (now,) = finder().current_of(renamed)
        home = await make_producer(session, unit_id=renamed, province_id="p-22-00000000")
        other = await make_producer(session, "Khác", unit_id=split, province_id=None)
        product = await make_product(session, home)
        officer = await make_user(session, office=Office.OFFICER_COMMUNE, unit_id=renamed)
        assert await load_units(session) == 5
        for row in (home, other, product):
            await session.refresh(row)
        for each in (home, product):
            assert (each.current_unit_id, each.province_id) == (now, "p-22-20260901")
            assert each.certified_unit_id == renamed
        assert other.current_unit_id == split
        holder = select(OfficeHolder.unit_id).where(OfficeHolder.user_id == officer.id)
        assert await session.scalar(holder) == now
        assert await load_units(session) == 0
