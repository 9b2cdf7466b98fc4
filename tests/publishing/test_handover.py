"""Danh sách giao đăng: one person outside posts for several producers, behind a link and nothing else."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, update
from tests import builders
from tests.builders import Cast

from ocop_hub.accounts.service import create_api_token
from ocop_hub.app import create_app
from ocop_hub.audit import AuditEntry
from ocop_hub.db import SYSTEM, Database
from ocop_hub.jobs import JobContext
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState, Mode
from ocop_hub.media import Media
from ocop_hub.publishing.handover.models import Handover
from ocop_hub.publishing.jobs import remind_handovers
from ocop_hub.publishing.lane.controller import drain
from ocop_hub.publishing.models import Listing
from ocop_hub.publishing.wiring import marketplace_client, open_outside
from ocop_hub.settings import MarketplaceSettings, Settings

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 9)", "Accept": "text/html"}


@dataclass
class Post:
    """The post office: two producers' listings on one marketplace, an officer's API, and a bare phone."""

    database: Database
    base: str
    api: httpx.AsyncClient
    phone: httpx.AsyncClient
    office: dict[str, str]
    cast: Cast
    listings: list[UUID]
    outside: Any

    async def made(self, **given: Any) -> Any:
        body = {"recipient": "Bưu điện Ba Chẽ", "marketplace": "postmart", **given}
        answer = await self.api.post("/api/v1/handovers", json=body, headers=self.office)
        assert answer.status_code == 201, answer.text
        return answer.json()

    async def page(self, link: str, status: int = 200) -> str:
        answer = await self.phone.get(path_of(link), headers=PHONE)
        assert answer.status_code == status, answer.text
        return answer.text

    async def detail(self, handover_id: str) -> Any:
        return (await self.api.get(f"/api/v1/handovers/{handover_id}", headers=self.office)).json()

    async def listing(self, listing_id: UUID) -> Listing:
        async with self.database.session(SYSTEM) as session:
            return await session.get_one(Listing, listing_id)

    async def enter_by_hand(self, title: str) -> str:
        async with httpx.AsyncClient() as client:
            answer = await client.post(
                f"{self.base}/postmart/seller/htx-ba-che/new",
                data={"title": title, "price": "250000", "stock": "5", "description": "Nhập tay."},
            )
        assert answer.status_code == 303, answer.text
        return self.base + answer.headers["location"]


def path_of(link: str) -> str:
    return "/" + link.split("/", 3)[3]


def rows_on(page: str) -> list[str]:
    return re.findall(r'id="muc-([0-9a-f-]{36})"', page)


@pytest.fixture
async def post(database: Database, sandbox: str, cast: Cast, settings: Settings) -> AsyncIterator[Post]:
    pictures = Media.in_memory()
    own = f"{sandbox}/postmart"
    chosen = settings.model_copy(
        update={
            "marketplaces": {"postmart": MarketplaceSettings(api_base=own, public_base=own)},
            "allow_private_fetch": True,
        }
    )
    async with database.session(SYSTEM) as session:
        listings = []
        for producer, name in ((cast.hers, "Trà hoa vàng Ba Chẽ"), (cast.his, "Chả mực Bãi Cháy")):
            product = await builders.make_product(session, producer, name)
            account = await builders.make_account(
                session, producer, marketplace="postmart", mode=Mode.ASSISTED
            )
            listing = await builders.make_listing(session, product, account)
            listing.state, listing.public_url, listing.remote_id = ListingState.NEEDS_PERSON, "", ""
            listings.append(listing.id)
        token = await create_api_token(session, cast.thu, name="thử")
    async with marketplace_client() as outgoing:
        outside = open_outside(chosen, database, outgoing, pictures)
        app = create_app(chosen, database, media=pictures, outside=outside)
        transport = httpx.ASGITransport(app=app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as api,
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as phone,
        ):
            office = {"Authorization": f"Bearer {token.secret}"}
            yield Post(database, sandbox, api, phone, office, cast, listings, outside)


async def test_the_whole_way_on_a_phone(post: Post) -> None:
    made = await post.made(note="Hỏi chị Hòa khi thiếu ảnh.")
    page = await post.page(made["link"])
    assert "Trà hoa vàng Ba Chẽ" in page
    assert "Chả mực Bãi Cháy" in page
    assert "Hỏi chị Hòa" in page
    assert "Còn 2 sản phẩm chờ đăng" in page
    detail = await post.detail(made["id"])
    by_product = {row["product_name"]: row for row in detail["rows"]}
    tea, squid = by_product["Trà hoa vàng Ba Chẽ"], by_product["Chả mực Bãi Cháy"]
    here = path_of(made["link"])

    pack = await post.phone.get(f"{here}/{tea['id']}/bo-ho-so.zip")
    assert pack.status_code == 200
    with zipfile.ZipFile(io.BytesIO(pack.content)) as archive:
        to_copy = archive.read("noi-dung.txt").decode("utf-8-sig")
    assert "Trà hoa vàng Ba Chẽ" in to_copy
    assert "Nhóm sản phẩm:\r\nĐồ uống\r\n" in to_copy
    assert "do_uong" not in to_copy

    url = await post.enter_by_hand("Trà hoa vàng Ba Chẽ")
    answer = await post.phone.post(f"{here}/{tea['id']}/duong-dan", data={"url": url})
    assert answer.status_code == 303
    assert answer.headers["location"].endswith(f"#muc-{tea['id']}")
    answer = await post.phone.post(f"{here}/{squid['id']}/tra-lai", data={"reason": "Ảnh mờ"})
    assert answer.status_code == 303

    page = await post.page(made["link"])
    assert "Mọi sản phẩm trong danh sách đã có kết quả" in page
    assert "Lý do: Ảnh mờ" in page
    detail = await post.detail(made["id"])
    assert detail["counts"] == {"posted": 1, "returned": 1}
    returned = await post.listing(UUID(squid["listing_id"]))
    assert (returned.state, returned.reason) == (ListingState.REJECTED, "Ảnh mờ")
    await drain(post.database, post.outside, "postmart")
    live = await post.listing(UUID(tea["listing_id"]))
    assert (live.state, live.grade) == (ListingState.LIVE, Grade.LINK)


async def test_every_act_is_recorded_with_the_list_it_came_by(post: Post) -> None:
    made = await post.made()
    (row, other) = rows_on(await post.page(made["link"]))
    here = path_of(made["link"])
    await post.phone.post(f"{here}/{row}/khong-dang-duoc", data={"reason": "Sàn không mở được"})
    await post.phone.post(f"{here}/{other}/tra-lai", data={"reason": "Thiếu giấy"})
    async with post.database.session(SYSTEM) as session:
        entries = list(
            await session.scalars(select(AuditEntry).where(AuditEntry.actor == f"handover:{made['id']}"))
        )
    assert [each.action for each in entries] == [
        "publishing.handover_open",
        "publishing.handover_failed",
        "publishing.handover_returned",
    ]
    assert entries[1].details["reason"] == "Sàn không mở được"
    assert entries[1].producer_id in (post.cast.hers.id, post.cast.his.id)


class TestTheDesk:
    async def test_made_in_the_browser_watched_and_closed(self, post: Post) -> None:
        desk = post.api
        await builders.sign_in(desk, post.cast.lan)
        page = (await desk.get("/ban-lam-viec/giao-dang", headers=PHONE)).text
        assert "(1)" in page, "one listing of the producer she helps waits; the other is not hers"
        form = {"recipient": "Bưu điện Ba Chẽ", "marketplace": "postmart", "note": ""}
        page = (await desk.post("/ban-lam-viec/giao-dang", data=form)).text
        (link,) = re.findall(r'value="(http[^"]+/giao-dang/[^"]+)"', page)
        (row,) = rows_on(await post.page(link))
        assert link not in (await desk.get("/ban-lam-viec/giao-dang")).text
        await post.phone.post(f"{path_of(link)}/{row}/khong-dang-duoc", data={"reason": "Thiếu giấy phép"})
        page = (await desk.get("/ban-lam-viec/giao-dang")).text
        assert "Trà hoa vàng Ba Chẽ</a>: Thiếu giấy phép" in page
        (close,) = re.findall(r'action="(/ban-lam-viec/giao-dang/[^"]+/dong)"', page)
        assert (await desk.post(close)).status_code == 303
        await post.page(link, 404)

    async def test_without_a_name_nothing_is_made(self, post: Post) -> None:
        await builders.sign_in(post.api, post.cast.lan)
        answer = await post.api.post("/ban-lam-viec/giao-dang", data={"marketplace": "postmart"})
        assert answer.status_code == 422
        assert "Chưa ghi giao cho ai" in answer.text


class TestTheLinkIsTheKey:
    async def test_a_link_that_never_was_is_404(self, post: Post) -> None:
        await post.page("http://x/giao-dang/khong-co", 404)

    async def test_a_row_of_another_list_is_404(self, post: Post) -> None:
        hers = await post.made(marketplace="", listing_ids=[str(post.listings[0])])
        his = await post.made(marketplace="", listing_ids=[str(post.listings[1])])
        (row,) = rows_on(await post.page(his["link"]))
        page = await post.page(hers["link"])
        assert "Chả mực" not in page
        here = path_of(hers["link"])
        for act in ("duong-dan", "tra-lai", "khong-dang-duoc"):
            answer = await post.phone.post(f"{here}/{row}/{act}", data={"reason": "x", "url": "x"})
            assert answer.status_code == 404
        assert (await post.phone.get(f"{here}/{row}/bo-ho-so.zip")).status_code == 404

    @pytest.mark.parametrize("how", ["lapsed", "closed", "renewed"])
    async def test_an_ended_link_is_404(self, post: Post, how: str) -> None:
        made = await post.made()
        await post.page(made["link"])
        if how == "lapsed":
            async with post.database.session(SYSTEM) as session:
                await session.execute(update(Handover).values(expires_at=clock.now()))
        else:
            verb = "close" if how == "closed" else "renew"
            answer = await post.api.post(f"/api/v1/handovers/{made['id']}/{verb}", headers=post.office)
            assert answer.status_code == 200
            if how == "renewed":
                await post.page(answer.json()["link"])
        await post.page(made["link"], 404)

    async def test_the_link_is_kept_as_a_digest_only(self, post: Post) -> None:
        made = await post.made()
        token = made["link"].rsplit("/", 1)[1]
        assert len(token) >= 43
        async with post.database.session(SYSTEM) as session:
            handover = await session.scalar(select(Handover))
        assert handover is not None
        assert token not in str(vars(handover))

    async def test_the_page_is_for_nobody_else(self, post: Post) -> None:
        answer = await post.phone.get(path_of((await post.made())["link"]))
        assert answer.headers["referrer-policy"] == "same-origin"
        assert "no-store" in answer.headers["cache-control"]
        assert "noindex" in answer.headers["x-robots-tag"]

    async def test_a_form_of_another_site_is_refused(self, post: Post) -> None:
        made = await post.made()
        (row, _) = rows_on(await post.page(made["link"]))
        answer = await post.phone.post(
            f"{path_of(made['link'])}/{row}/tra-lai",
            data={"reason": "x"},
            headers={"Origin": "https://xau.vidu.vn"},
        )
        assert answer.status_code == 403


class TestWrongReports:
    async def test_a_link_of_somewhere_else_is_said_beside_the_row(self, post: Post) -> None:
        made = await post.made()
        (row, _) = rows_on(await post.page(made["link"]))
        answer = await post.phone.post(
            f"{path_of(made['link'])}/{row}/duong-dan", data={"url": "https://shopee.vn/product/1/2"}
        )
        assert answer.status_code == 422
        assert f'id="e-url-{row}"' in answer.text
        assert "https://shopee.vn/product/1/2" in answer.text
        assert (await post.detail(made["id"]))["counts"] == {"waiting": 2}

    async def test_without_a_reason_nothing_is_reported(self, post: Post) -> None:
        made = await post.made()
        (row, _) = rows_on(await post.page(made["link"]))
        answer = await post.phone.post(f"{path_of(made['link'])}/{row}/tra-lai", data={"reason": "  "})
        assert answer.status_code == 422
        assert f'id="e-reason-{row}"' in answer.text

    async def test_a_word_does_not_take_down_what_was_seen(self, post: Post) -> None:
        made = await post.made()
        async with post.database.session(SYSTEM) as session:
            await session.execute(update(Listing).values(state=ListingState.LIVE))
        (row, _) = rows_on(await post.page(made["link"]))
        await post.phone.post(f"{path_of(made['link'])}/{row}/tra-lai", data={"reason": "Nhầm"})
        for listing_id in post.listings:
            assert (await post.listing(listing_id)).state is ListingState.LIVE


class TestMaking:
    async def test_a_producer_hands_over_her_own_only(self, post: Post) -> None:
        async with post.database.session(SYSTEM) as session:
            token = await create_api_token(session, post.cast.hoa, name="thử")
        bearer = {"Authorization": f"Bearer {token.secret}"}
        body = {"recipient": "Bưu điện", "marketplace": "postmart"}
        answer = await post.api.post("/api/v1/handovers", json=body, headers=bearer)
        assert answer.status_code == 201
        assert answer.json()["counts"] == {"waiting": 1}
        both = {"recipient": "Bưu điện", "listing_ids": [str(each) for each in post.listings]}
        answer = await post.api.post("/api/v1/handovers", json=both, headers=bearer)
        assert answer.status_code == 404

    @pytest.mark.parametrize("given", [{"marketplace": "voso"}, {"marketplace": "khong-co"}])
    async def test_nothing_to_hand_over_is_said(self, post: Post, given: dict[str, str]) -> None:
        answer = await post.api.post(
            "/api/v1/handovers", json={"recipient": "Bưu điện", **given}, headers=post.office
        )
        assert answer.status_code == 422
        assert answer.json()["type"].endswith("nothing-to-hand-over")


async def test_a_week_later_it_is_marked_until_all_is_reported(post: Post) -> None:
    made = await post.made()
    context = JobContext(post.database, {})
    await remind_handovers(context)
    assert (await post.detail(made["id"]))["reminded_at"] is None
    week = timedelta(days=7, minutes=1)
    async with post.database.session(SYSTEM) as session:
        await session.execute(
            update(Handover).values(
                remind_at=Handover.remind_at - week, created_at=Handover.created_at - week
            )
        )
    await remind_handovers(context)
    detail = await post.detail(made["id"])
    assert detail["reminded_at"] is not None
    assert detail["overdue"]
    here = path_of(made["link"])
    for row in rows_on(await post.page(made["link"])):
        await post.phone.post(f"{here}/{row}/khong-dang-duoc", data={"reason": "Hết hàng"})
    assert not (await post.detail(made["id"]))["overdue"]


async def test_what_stands_on_an_open_list_is_not_given_to_a_second_person(post: Post) -> None:
    body = {"recipient": "Bưu điện Tiên Yên", "marketplace": "postmart"}
    made = await post.made()
    again = await post.api.post("/api/v1/handovers", json=body, headers=post.office)
    assert again.status_code == 422
    assert "đã nằm trong một danh sách" in again.json()["detail"]
    row = rows_on(await post.page(made["link"]))[0]
    answer = await post.phone.post(
        f"{path_of(made['link'])}/{row}/khong-dang-duoc",
        data={"reason": "Trang của sàn báo lỗi."},
        headers=PHONE,
    )
    assert answer.status_code == 303
    second = await post.made(recipient="Bưu điện Tiên Yên")
    assert len(rows_on(await post.page(second["link"]))) == 1


async def test_the_sheet_of_a_stall(post: Post) -> None:
    listing = await post.listing(post.listings[0])
    answer = await post.api.get(f"/api/v1/stalls/{listing.account_id}/sheet.xlsx", headers=post.office)
    assert answer.status_code == 200
    assert "dang-san-postmart" in answer.headers["content-disposition"]
    assert answer.content.startswith(b"PK")
