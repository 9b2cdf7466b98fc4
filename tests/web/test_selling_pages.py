"""Bulk work for a commune, what differs on a marketplace, and the marketplaces' health, each with data."""

from __future__ import annotations

import httpx
from sqlalchemy import select
from tests.builders import BA_CHE, BAI_CHAY, Cast, make_account, make_listing, make_product
from tests.web.test_desk_pages import DESK, Enter, enter, text_of

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.publishing.bulk import service as bulk
from ocop_hub.publishing.models import (
    NOT_SENT,
    CallOutcome,
    DoubleCause,
    DoubleState,
    ListingAttempt,
    ListingDouble,
)
from ocop_hub.publishing.models_beside import BulkKind, BulkRow, BulkRun, BulkState, DriftAuthor, ListingDrift

__all__ = ["enter"]

BULK = f"{DESK}/len-san-hang-loat"


async def test_an_officer_puts_up_a_commune_and_sees_how_far_it_is(
    client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
) -> None:
    async with database.session(SYSTEM) as session:
        tea = await make_product(session, cast.hers, "Trà hoa vàng")
        bare = await make_product(session, cast.hers, "Cao trà")
        bare.price_vnd = None
        squid = await make_product(session, cast.his, "Mực một nắng")
        for owner in (cast.hers, cast.his):
            await make_account(session, owner)
    token = await enter(cast.hoa)
    assert 'name="unit_id"' not in (await client.get(BULK)).text
    token = await enter(cast.thu)
    assert f'value="{BA_CHE}"' in (await client.get(BULK)).text
    asked = {"csrf": token, "kind": "publish", "marketplace": "shopee", "unit_id": BA_CHE}
    seen = text_of(await client.post(BULK, data=asked | {"act": "look"}))
    assert "2 sản phẩm. Chưa có gì được gửi." in seen
    assert "Mực một nắng" not in seen
    wrong = await client.post(BULK, data=asked | {"unit_id": "c-khong-co"})
    assert (wrong.status_code, "hiện hành" in wrong.text) == (422, True)
    both = await client.post(BULK, data=asked | {"producer_id": str(cast.his.id), "unit_id": BAI_CHAY})
    assert (both.status_code, "không chọn cả hai" in both.text) == (422, True)

    begun = await client.post(BULK, data=asked | {"act": "begin"})
    assert begun.status_code == 303
    before = await client.get(begun.headers["location"])
    assert before.headers["refresh"] == "5"
    assert "Ba Chẽ · 2 sản phẩm" in text_of(before)
    async with database.session(SYSTEM) as session:
        run = (await session.scalars(select(BulkRun))).one()
        meant = set(await session.scalars(select(BulkRow.product_id)))
    assert meant == {tea.id, bare.id}
    assert squid.id not in meant
    await bulk.work(database, run.id)
    after = await client.get(begun.headers["location"])
    assert f'<a href="{DESK}/san-pham/{bare.id}">Cao trà</a>' in after.text
    assert "giá bán" in text_of(after)


async def test_a_difference_a_failed_call_and_the_health_are_shown(
    client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
) -> None:
    now = clock.now()
    async with database.session(SYSTEM) as session:
        tea = await make_product(session, cast.hers, "Trà hoa vàng")
        listing = await make_listing(session, tea, await make_account(session, cast.hers))
        listing.state = ListingState.LIVE
        drift = ListingDrift(
            listing_id=listing.id,
            producer_id=tea.producer_id,
            field="price_vnd",
            ours="135000",
            theirs="99000",
            author=DriftAuthor.MARKETPLACE,
            found_at=now,
            seen_at=now,
        )
        session.add(drift)
        session.add(
            ListingAttempt(
                listing_id=listing.id,
                producer_id=tea.producer_id,
                lease_token=new_id(),
                call="update",
                outcome=CallOutcome.MISCONFIGURED,
                code="error_auth",
                message="Invalid partner_id",
                started_at=now,
            )
        )
    token = await enter(cast.hoa)
    calls = f"{DESK}/tin-dang/{listing.id}"
    assert f'href="{calls}"' in (await client.get(f"{DESK}/san-pham/{tea.id}")).text
    assert "Hệ thống khai báo sai" in text_of(await client.get(calls))
    differs = text_of(await client.get(f"{DESK}/khac-he-thong"))
    assert "135.000" in differs
    assert "99.000" in differs
    assert "Có lẽ ai đó đã sửa trên trang của sàn" in differs
    kept = await client.post(f"{DESK}/khac-he-thong/{drift.id}/giu", data={"csrf": token})
    assert kept.status_code == 303
    assert "Không có khác biệt nào chờ bạn" in text_of(await client.get(kept.headers["location"]))
    await enter(cast.quan)
    health = text_of(await client.get(f"{DESK}/suc-khoe-san"))
    assert "Cần xem" in health
    assert "Hệ thống khai báo sai: 1" in health


async def test_the_counts_of_a_run_lead_to_their_listings_and_what_was_never_sent_stands_apart(
    client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
) -> None:
    async with database.session(SYSTEM) as session:
        account = await make_account(session, cast.hers)
        run = BulkRun(
            id=new_id(), kind=BulkKind.PUBLISH, marketplace_key=account.marketplace_key, scope_name="",
            created_by="Hoa", created_at=clock.now(), follows_season=False,
        )  # fmt: skip
        session.add(run)
        await session.flush()
        for name, word in (("Trà hoa vàng", "DENIED"), ("Cao trà", NOT_SENT)):
            product = await make_product(session, cast.hers, name)
            listing = await make_listing(session, product, account, state=ListingState.REJECTED)
            listing.raw_state, listing.reason = word, f"Lý do của {name}."
            await session.flush()
            session.add(
                BulkRow(
                    run_id=run.id, product_id=product.id, producer_id=cast.hers.id, account_id=account.id,
                    listing_id=listing.id, state=BulkState.ASKED,
                )
            )  # fmt: skip
    await enter(cast.hoa)
    page = f"{BULK}/{run.id}"
    counts = (await client.get(page)).text
    for code, badge, theirs, others in (
        ("rejected", "Sàn trả lại", "Trà hoa vàng", "Cao trà"),
        ("not_sent", "Chưa gửi", "Cao trà", "Trà hoa vàng"),
    ):
        assert f'href="{page}?trang_thai={code}#tin-dang"' in counts
        listed = (await client.get(f"{page}?trang_thai={code}")).text.partition('id="tin-dang"')[2]
        assert f"<h2>{badge}</h2>" in listed
        assert f">{theirs}</a>: Lý do của {theirs}." in listed
        assert others not in listed
    assert 'id="tin-dang"' not in (await client.get(f"{page}?trang_thai=live")).text
    told = (await client.get(f"/api/v1/bulk-runs/{run.id}")).json()
    assert (told["by_state"], told["not_sent"]) == ({"rejected": 2}, 1)


async def test_a_repair_under_way_has_no_button(
    client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
) -> None:
    async with database.session(SYSTEM) as session:
        account = await make_account(session, cast.hers)
        listing = await make_listing(session, await make_product(session, cast.hers, "Cao trà"), account)
        await session.flush()
        double = ListingDouble(
            id=new_id(), listing_id=listing.id, account_id=account.id, producer_id=cast.hers.id,
            cause=DoubleCause.SAME_SKU, state=DoubleState.FOUND, keep_remote_id="1", extra_remote_id="2",
            extra_title="Cao trà", found_at=clock.now(),
        )  # fmt: skip
        session.add(double)
    token = await enter(cast.hoa)
    page, button = f"{DESK}/gian-hang/{account.id}/trung", f"{DESK}/muc-trung/{double.id}/go"
    before = await client.get(page)
    assert f'action="{button}"' in before.text
    assert "refresh" not in before.headers
    assert (await client.post(button, data={"csrf": token})).status_code == 303
    under_way = await client.get(page)
    assert f'action="{button}"' not in under_way.text
    assert "Đang gỡ mục thừa khỏi sàn." in under_way.text
    assert under_way.headers["refresh"] == "5"
