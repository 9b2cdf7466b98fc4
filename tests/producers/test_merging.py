"""Two that are one: found, merged with all that hangs on them, and split again."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import (
    make_account,
    make_certificate,
    make_event,
    make_listing,
    make_lot,
    make_mandate,
    make_photo,
    make_producer,
    make_product,
    make_trace_code,
    make_user,
)
from tests.cast import OFFICER, acting_for

from ocop_hub.catalogue import merging as products
from ocop_hub.catalogue.models import Product
from ocop_hub.errors import Forbidden, NotFound
from ocop_hub.kit.clock import business_day
from ocop_hub.kit.ids import new_id
from ocop_hub.producers import merging as producers
from ocop_hub.producers.errors import CannotMerge, MergeUndone
from ocop_hub.producers.models import Producer

OWNERS = """
    SELECT 'products' t, count(*) FROM products WHERE producer_id = :of UNION ALL
    SELECT 'revisions', count(*) FROM product_revisions WHERE producer_id = :of UNION ALL
    SELECT 'certificates', count(*) FROM certificates WHERE producer_id = :of UNION ALL
    SELECT 'lots', count(*) FROM lots WHERE producer_id = :of UNION ALL
    SELECT 'events', count(*) FROM trace_events WHERE producer_id = :of UNION ALL
    SELECT 'codes', count(*) FROM trace_codes WHERE producer_id = :of UNION ALL
    SELECT 'stalls', count(*) FROM marketplace_accounts WHERE producer_id = :of UNION ALL
    SELECT 'listings', count(*) FROM listings WHERE producer_id = :of UNION ALL
    SELECT 'members', count(*) FROM producer_members WHERE producer_id = :of UNION ALL
    SELECT 'mandates', count(*) FROM mandates WHERE producer_id = :of
"""


async def owned(session: AsyncSession, producer: Producer) -> dict[str, int]:
    return {name: n for name, n in await session.execute(text(OWNERS), {"of": producer.id}) if n}


async def furnished(session: AsyncSession, name: str) -> tuple[Producer, Product]:
    owner = await make_user(session, f"Chủ {name}")
    producer = await make_producer(session, name, owner=owner)
    product = await make_product(session, producer, stars=4)
    lot = await make_lot(session, product)
    await make_event(session, lot)
    await make_trace_code(session, product, lot)
    account = await make_account(session, producer)
    await make_listing(session, product, account)
    await make_mandate(session, producer, await make_user(session, f"Hộ {name}"))
    return producer, product


ONE_EACH = dict.fromkeys(
    (
        "products", "revisions", "certificates", "lots", "events", "codes", "stalls", "listings", "members", "mandates",
    ),
    1,
)  # fmt: skip


class TestProducers:
    async def test_all_goes_over_and_comes_back(self, session: AsyncSession) -> None:
        old, product = await furnished(session, "HTX Ba Chẽ")
        new, _ = await furnished(session, "Hợp tác xã Ba Chẽ")
        merge = await producers.merge_producers(session, OFFICER, old.id, new.id, reason="Nhập hai lần")
        await session.flush()
        assert await owned(session, old) == {}
        assert await owned(session, new) == dict.fromkeys(ONE_EACH, 2)
        assert old.merged_into_id == new.id
        version = await session.scalar(
            text("SELECT page_version FROM lots WHERE product_id = :p"), {"p": product.id}
        )
        assert version == 2
        # What is added to a product that came over goes back with it.
        await session.refresh(product)
        await make_lot(session, product, "L002")
        undone = await products.undo(session, OFFICER, merge.id)
        assert undone.undone_by == OFFICER.label
        await session.refresh(old)
        assert old.merged_into_id is None
        assert await owned(session, old) == {**ONE_EACH, "lots": 2}
        assert await owned(session, new) == ONE_EACH
        with pytest.raises(MergeUndone):
            await products.undo(session, OFFICER, merge.id)

    async def test_member_of_both_stays(self, session: AsyncSession) -> None:
        owner = await make_user(session)
        old = await make_producer(session, "A", owner=owner)
        new = await make_producer(session, "B", owner=owner)
        merge = await producers.merge_producers(session, OFFICER, old.id, new.id)
        assert await owned(session, new) == {"members": 1}
        await producers.split_producers(session, OFFICER, merge)
        assert (await owned(session, old), await owned(session, new)) == ({"members": 1}, {"members": 1})

    async def test_chain(self, session: AsyncSession) -> None:
        a, b, c = [await make_producer(session, name) for name in "ABC"]
        first = await producers.merge_producers(session, OFFICER, a.id, b.id)
        second = await producers.merge_producers(session, OFFICER, b.id, c.id)
        await session.refresh(a)
        assert a.merged_into_id == c.id
        with pytest.raises(CannotMerge):
            await products.undo(session, OFFICER, first.id)
        await products.undo(session, OFFICER, second.id)
        await session.refresh(a)
        assert a.merged_into_id == b.id

    async def test_refusals(self, session: AsyncSession) -> None:
        a, b = [await make_producer(session, name) for name in "AB"]
        with pytest.raises(Forbidden):
            await producers.merge_producers(session, acting_for(a, b), a.id, b.id)
        with pytest.raises(NotFound):
            await producers.merge_producers(session, OFFICER, a.id, new_id())
        with pytest.raises(CannotMerge):
            await producers.merge_producers(session, OFFICER, a.id, a.id)

    async def test_duplicates_are_found(self, session: AsyncSession) -> None:
        made: dict[str, Any] = {}
        for name, tax, unit in (
            ("HTX Nông nghiệp Húc Động", None, "c-06838-20250701"),
            ("Hợp tác xã nông nghiệp Húc Đông", "0100233488", None),
            ("HTX Nông nghiệp Húc Động 2", None, "c-06838-20250701"),
            ("Tên khác hẳn", "0100233488", "c-06970-20250701"),
            ("Hộ Nguyễn Văn A", "022185001234", "c-06838-20250701"),
            ("Hộ Trần Thị B", "022185001234", "c-06838-20250701"),
        ):
            made[name] = (await make_producer(session, name, tax_number=tax, unit_id=unit)).id
        names = [{pair.first_name, pair.second_name} for pair in await producers.duplicates(session, OFFICER)]
        assert {"HTX Nông nghiệp Húc Động", "Hợp tác xã nông nghiệp Húc Đông"} in names
        assert {"Hợp tác xã nông nghiệp Húc Đông", "Tên khác hẳn"} in names
        assert len(names) == 2


class TestProducts:
    async def moved(self, session: AsyncSession, product_id: UUID) -> dict[str, int]:
        found = await session.execute(
            text("""
                SELECT 'certificates', count(*) FROM certificates WHERE product_id = :of UNION ALL
                SELECT 'listings', count(*) FROM listings WHERE product_id = :of UNION ALL
                SELECT 'photos', count(*) FROM product_photos WHERE product_id = :of UNION ALL
                SELECT 'lots', count(*) FROM lots WHERE product_id = :of
            """),
            {"of": product_id},
        )
        return {name: n for name, n in found if n}

    async def test_merge_and_split(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        old = await make_product(session, producer, "Trà hoa vàng", stars=3)
        new = await make_product(session, producer, "Trà hoa vàng Ba Chẽ")
        both = await make_account(session, producer)
        only = await make_account(session, producer)
        await make_listing(session, old, both)
        await make_listing(session, old, only)
        await make_listing(session, new, both)
        await make_photo(session, old)
        await make_lot(session, old)
        merge = await products.merge_products(session, OFFICER, old.id, new.id)
        # A second listing in one stall, and lots under the code they were printed with, stay.
        assert await self.moved(session, old.id) == {"listings": 1, "lots": 1}
        assert await self.moved(session, new.id) == {"certificates": 1, "listings": 2, "photos": 1}
        await products.undo(session, OFFICER, merge.id)
        assert await self.moved(session, old.id) == {
            "certificates": 1, "listings": 2, "photos": 1, "lots": 1,
        }  # fmt: skip
        assert (await self.moved(session, new.id), old.merged_into_id) == ({"listings": 1}, None)

    async def test_certificates_of_the_same_time_stay(self, session: AsyncSession) -> None:
        producer = await make_producer(session)
        old = await make_product(session, producer, "Mật ong", stars=3)
        new = await make_product(session, producer, "Mật Ong", stars=3)
        await make_certificate(session, await make_product(session, producer, "Khác"))
        pairs = await products.duplicates(session, OFFICER)
        assert [{p.first_name, p.second_name} for p in pairs] == [{"Mật ong", "Mật Ong"}]
        await products.merge_products(session, OFFICER, old.id, new.id)
        assert await self.moved(session, old.id) == {"certificates": 1}
        assert await products.duplicates(session, OFFICER) == []

    async def held(self, session: AsyncSession, product: Product) -> list[tuple[int, date, date]]:
        rows = await session.execute(
            text("SELECT stars, valid FROM certificates WHERE product_id = :of ORDER BY lower(valid)"),
            {"of": product.id},
        )
        return [(stars, business_day(valid.lower), business_day(valid.upper)) for stars, valid in rows]

    async def test_overlapping_certificates_follow_one_another_and_come_back_whole(
        self, session: AsyncSession
    ) -> None:
        producer = await make_producer(session)
        old = await make_product(session, producer, "Mật ong")
        new = await make_product(session, producer, "Mật Ong")
        a, b, c = date(2022, 1, 1), date(2023, 6, 1), date(2025, 1, 1)
        await make_certificate(session, new, stars=3, valid_from=a, valid_to=date(2024, 12, 31))
        await make_certificate(session, old, stars=4, valid_from=b, valid_to=date(2026, 5, 31))
        await make_certificate(session, new, stars=5, valid_from=c, valid_to=date(2027, 12, 31))
        before = [await self.held(session, each) for each in (old, new)]
        merge = await products.merge_products(session, OFFICER, old.id, new.id)
        assert await self.held(session, new) == [(3, a, b), (4, b, c), (5, c, date(2028, 1, 1))]
        assert await self.held(session, old) == []
        await products.undo(session, OFFICER, merge.id)
        assert [await self.held(session, each) for each in (old, new)] == before

    async def test_a_second_listing_in_one_stall_is_seen_for_the_product_that_is_left(
        self, session: AsyncSession
    ) -> None:
        producer = await make_producer(session)
        first, old, new = [await make_product(session, producer, name) for name in ("A", "B", "C")]
        stall = await make_account(session, producer)
        listings = [await make_listing(session, each, stall) for each in (first, old, new)]
        seen = text(
            "SELECT product_id FROM listing_intervals WHERE listing_id = ANY (:of) ORDER BY lower(during)"
        )

        async def counted() -> list[UUID]:
            return [next(iter(await session.scalars(seen, {"of": [listing.id]}))) for listing in listings]

        one = await products.merge_products(session, OFFICER, first.id, old.id)
        two = await products.merge_products(session, OFFICER, old.id, new.id)
        assert await counted() == [new.id] * 3
        await products.undo(session, OFFICER, two.id)
        assert await counted() == [old.id, old.id, new.id]
        await products.undo(session, OFFICER, one.id)
        assert await counted() == [first.id, old.id, new.id]

    async def test_of_two_producers(self, session: AsyncSession) -> None:
        a, b = [await make_product(session, await make_producer(session, name)) for name in "AB"]
        with pytest.raises(CannotMerge, match="hai chủ thể"):
            await products.merge_products(session, OFFICER, a.id, b.id)
