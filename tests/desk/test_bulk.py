"""One change for everything that a list found; what is left out is named with its reason."""

from __future__ import annotations

import httpx
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import BA_CHE, Cast, make_producer, make_product, sign_in
from tests.cast import OFFICER, acting_for

from ocop_hub.catalogue.bulk_schemas import BulkChanges
from ocop_hub.catalogue.errors import UnknownGroup
from ocop_hub.catalogue.models import Product, ProductRevision, ProductStatus
from ocop_hub.cli.bench.search import counted
from ocop_hub.db import SYSTEM, Database, apply_scope
from ocop_hub.desk.bulk import NothingToChange, edit_found
from ocop_hub.desk.queries import Wanted
from ocop_hub.producers.actor import Actor, Role

DRY = BulkChanges(storage="Nơi khô ráo")


async def test_all_of_the_list_and_nothing_beside_it(session: AsyncSession) -> None:
    producer = await make_producer(session)
    many = [await make_product(session, producer, f"Miến {n:02d}") for n in range(60)]
    beside = await make_product(session, producer, "Chè")
    done = await edit_found(session, acting_for(producer), Wanted(words="mien"), DRY)
    assert sorted(done.changed) == sorted(each.id for each in many)
    assert done.left_out == []
    stored = await session.get_one(Product, many[-1].id, populate_existing=True)
    assert (stored.storage, stored.revision) == ("Nơi khô ráo", 2)
    assert (await session.get_one(Product, beside.id)).revision == 1
    last = await session.scalar(
        select(ProductRevision).where(ProductRevision.product_id == stored.id, ProductRevision.number == 2)
    )
    assert last is not None
    assert (last.before, last.after) == ({"storage": ""}, {"storage": "Nơi khô ráo"})
    again = await edit_found(session, acting_for(producer), Wanted(words="mien"), DRY)
    assert (len(again.changed), len(again.unchanged)) == (0, 60)


async def test_left_out_with_the_reason(session: AsyncSession) -> None:
    producer = await make_producer(session)
    drink = await make_product(session, producer, "Chè", group="do_uong")
    food = await make_product(session, producer, "Miến", group="thuc_pham")
    waiting = await make_product(session, producer, "Mật ong", group="do_uong")
    waiting.status = ProductStatus.SUBMITTED
    await session.flush()
    done = await edit_found(
        session, acting_for(producer), Wanted(), BulkChanges(sub_group_code="do_uong_khong_con")
    )
    assert done.changed == [drink.id]
    assert [(each.product_id, each.code) for each in done.left_out] == [
        (waiting.id, "in-review"),
        (food.id, "sub-group"),
    ]


async def test_an_officer_of_the_commune_sees_and_changes_nothing(session: AsyncSession) -> None:
    product = await make_product(session, await make_producer(session))
    officer = Actor(Role.OFFICER_COMMUNE, user_id=product.id, unit_id=BA_CHE)
    await apply_scope(session, officer.scope)
    done = await edit_found(session, officer, Wanted(), DRY)
    await apply_scope(session, SYSTEM)
    assert [(each.product_id, each.code) for each in done.left_out] == [(product.id, "not-yours")]


async def test_another_group_takes_the_sub_group_away(session: AsyncSession) -> None:
    product = await make_product(session, await make_producer(session), group="do_uong")
    product.sub_group_code = "do_uong_khong_con"
    await session.flush()
    await edit_found(session, OFFICER, Wanted(), BulkChanges(group_code="thuc_pham"))
    await session.refresh(product)
    assert [product.group_code, product.sub_group_code] == ["thuc_pham", None]


async def test_a_wrong_change_is_refused_before_anything(session: AsyncSession) -> None:
    with pytest.raises(NothingToChange):
        await edit_found(session, OFFICER, Wanted(), BulkChanges())
    with pytest.raises(UnknownGroup):
        await edit_found(session, OFFICER, Wanted(), BulkChanges(group_code="khong_co"))


async def test_statements_do_not_grow_with_the_list(session: AsyncSession) -> None:
    producer = await make_producer(session)
    sent = []
    for text in "một", "hai":
        for n in range(3 if text == "một" else 40):
            await make_product(session, producer, f"{text} {n}")
        with counted(session) as statements:
            await edit_found(session, OFFICER, Wanted(), BulkChanges(storage=text))
        sent.append(len(statements))
    assert sent[0] == sent[1]


async def test_on_the_page(client: httpx.AsyncClient, cast: Cast, database: Database) -> None:
    async with database.session(SYSTEM) as session:
        for name in "Miến dong", "Miến gạo", "Chè":
            await make_product(session, cast.hers, name)
        await make_product(session, cast.his, "Miến khác")
    token = await sign_in(client, cast.hoa)
    address = "/ban-lam-viec/sua-nhieu?q=mien"
    shown = await client.get("/ban-lam-viec?q=mien&thieu=field:pictures")
    assert "sua-nhieu?q=mien" in shown.text.replace("&amp;", "&") or "Chưa có sản phẩm nào" in shown.text
    page = await client.get(address)
    assert "Sẽ sửa 2 sản phẩm" in page.text
    wrong = await client.post(address, data={"csrf": token, "season_months": "hè", "storage": "Nơi khô"})
    assert wrong.status_code == 422
    assert "Nơi khô" in wrong.text
    assert "Không đọc được mùa vụ" in wrong.text
    done = await client.post(address, data={"csrf": token, "season_months": "tháng 3-5"})
    assert "2 sản phẩm đã sửa" in done.text
    api = await client.post(
        "/api/v1/products:edit", json={"find": {"words": "miến"}, "set": {"season_months": [3, 4, 5]}}
    )
    assert api.json() == {"changed": 0, "unchanged": 2, "left_out": []}
