"""Chia sẻ & kênh khác on the desk: what is posted, links that are taken, sessions that are kept."""

from __future__ import annotations

from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from tests.builders import Cast
from tests.web.test_desk_pages import DESK, Enter, Goods, enter, goods, text_of

from ocop_hub.db import SYSTEM, Database
from ocop_hub.marketplaces.contract import Grade
from ocop_hub.publishing.draft import Subject
from ocop_hub.publishing.errors import NotThisMarketplace
from ocop_hub.publishing.live_sessions import LiveSession
from ocop_hub.publishing.models import Listing
from ocop_hub.publishing.share import channel_of, share_text

__all__ = ["enter", "goods"]


def subject(**more: object) -> Subject:
    told: dict[str, object] = {
        "product_id": UUID(int=1), "revision": 1, "name": "Trứng vịt biển Đồng Rui", "description": "Vịt thả đầm.",
        "storage": "", "price_vnd": 135_000, "unit": "vỉ", "net_weight_g": None, "gtin": "", "group_code": "thuc_pham",
        "group_name": "Thực phẩm", "producer_name": "HTX Đồng Tiến", "place_name": "Xã Hải Lạng", "ingredients": "",
        "warnings": "", "shelf_life": "", "approved": True, "stars": 4, "trace_url": "https://ocop.example/t/7K",
    }  # fmt: skip
    return Subject(**{**told, **more})  # type: ignore[arg-type]  # a table of a frozen dataclass's own fields


class TestText:
    def test_says_all_that_a_buyer_asks(self) -> None:
        assert share_text(subject()).splitlines() == [
            "Trứng vịt biển Đồng Rui",
            "Vịt thả đầm.",
            "Giá: 135.000 đ / vỉ",
            "Sản phẩm OCOP đạt 4 sao.",
            "HTX Đồng Tiến, Xã Hải Lạng",
            "Xem nguồn gốc: https://ocop.example/t/7K",
        ]

    def test_leaves_out_what_is_not_known(self) -> None:
        text = share_text(subject(price_vnd=None, stars=None, trace_url="", place_name=""))
        assert text.splitlines() == ["Trứng vịt biển Đồng Rui", "Vịt thả đầm.", "HTX Đồng Tiến"]

    def test_a_long_description_ends_at_a_word(self) -> None:
        line = share_text(subject(description="đồng bãi " * 200)).splitlines()[1]
        assert len(line) <= 601
        assert line.endswith(("đồng…", "bãi…"))


class TestChannel:
    @pytest.mark.parametrize(
        ("url", "key"),
        [
            ("https://www.facebook.com/htx/posts/1", "facebook"),
            ("https://youtu.be/a", "youtube"),
            ("https://vt.tiktok.com/a", "tiktok"),
            ("https://zalo.me/s/1", "zalo"),
            ("https://dongtien.vn/trung", "website"),
        ],
    )
    def test_is_told_from_the_address(self, url: str, key: str) -> None:
        assert channel_of(url) == key

    def test_a_marketplace_is_none(self) -> None:
        with pytest.raises(NotThisMarketplace, match="Shopee"):
            channel_of("https://shopee.vn/product/1/2")


class TestPage:
    async def test_a_link_is_taken_and_shown(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        path = f"{DESK}/san-pham/{goods.tea.id}/chia-se"
        page = await client.get(path)
        assert page.status_code == 200
        assert goods.tea.name in page.text
        product = await client.get(f"{DESK}/san-pham/{goods.tea.id}")
        assert f'href="{path}"' in product.text
        for number in (1, 2):  # the newer takes the place of the older
            url = f"https://www.facebook.com/htx/posts/{number}"
            answer = await client.post(path, data={"url": url, "csrf": token})
            assert answer.status_code == 303, text_of(answer)
        page = await client.get(answer.headers["location"])
        assert "https://www.facebook.com/htx/posts/2" in page.text
        async with database.session(SYSTEM) as session:
            rows = (await session.scalars(select(Listing).where(Listing.marketplace_key == "facebook"))).all()
        assert [(row.product_id, row.grade, row.remote_id) for row in rows] == [
            (goods.tea.id, Grade.DECLARED, "htx/posts/2")
        ]

    async def test_a_marketplace_link_is_sent_back(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        path = f"{DESK}/san-pham/{goods.tea.id}/chia-se"
        answer = await client.post(path, data={"url": "https://shopee.vn/product/1/2", "csrf": token})
        assert answer.status_code == 422
        assert "Đây là đường dẫn trên Shopee" in text_of(answer)
        assert 'value="https://shopee.vn/product/1/2"' in answer.text

    async def test_a_session_is_kept_and_shown(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        path = f"{DESK}/san-pham/{goods.tea.id}/chia-se"
        told = {"held_on": "20/9/2026", "channel": "TikTok", "viewers": "1.250", "csrf": token}
        answer = await client.post(f"{path}/phien", data={**told, "products": str(goods.tea.id)})
        assert answer.status_code == 303, text_of(answer)
        async with database.session(SYSTEM) as session:
            (held,) = (await session.scalars(select(LiveSession))).all()
        assert (held.channel, held.viewers, held.orders, held.product_ids) == (
            "TikTok", 1250, None, [goods.tea.id],
        )  # fmt: skip
        assert "1.250" in (await client.get(path)).text

    async def test_a_session_is_changed(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        path = f"{DESK}/san-pham/{goods.tea.id}/chia-se"
        told = {"held_on": "20/9/2026", "channel": "TikTok", "viewers": "1.250", "csrf": token}
        await client.post(f"{path}/phien", data={**told, "products": str(goods.tea.id)})
        async with database.session(SYSTEM) as session:
            (held,) = (await session.scalars(select(LiveSession))).all()
        form = (await client.get(f"{path}?phien={held.id}")).text
        assert 'value="20/09/2026"' in form
        assert f'name="session_id" value="{held.id}"' in form
        changed = {**told, "session_id": str(held.id), "channel": "Facebook", "orders": "12"}
        answer = await client.post(f"{path}/phien", data=changed)
        assert answer.status_code == 303, text_of(answer)
        async with database.session(SYSTEM) as session:
            (held,) = (await session.scalars(select(LiveSession))).all()
        assert (held.channel, held.viewers, held.orders, held.product_ids) == ("Facebook", 1250, 12, [])
        wrong = await client.post(f"{path}/phien", data={**changed, "session_url": "http://a.vn"})
        assert 'id="e-url_session"' in wrong.text
        assert 'name="session_id"' in wrong.text
        for missing in (str(UUID(int=7)), "x"):
            gone = await client.post(f"{path}/phien", data={**told, "session_id": missing})
            assert gone.status_code == 404

    async def test_what_is_wrong_with_a_session_stands_by_its_field(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        path = f"{DESK}/san-pham/{goods.tea.id}/chia-se/phien"
        told = {"held_on": "20/9/2026", "channel": "", "orders": "", "csrf": token}
        for wrong, words in (
            ({"held_on": "hôm qua"}, "e-held_on"),
            ({"held_on": ""}, "e-held_on"),
            ({"orders": "vài"}, "e-orders"),
            ({"channel": ""}, "e-channel"),
            ({"channel": "Zalo", "held_on": "1/1/2099"}, "e-held_on"),
            ({"channel": "Zalo", "products": "x"}, "Hãy chỉ chọn sản phẩm"),
        ):
            answer = await client.post(path, data={**told, **wrong})
            assert answer.status_code == 422
            assert words in answer.text
