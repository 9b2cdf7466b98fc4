"""The desk over HTTP: who sees what, and forms that do what they say and keep what was typed."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from tests.builders import (
    Cast,
    make_account,
    make_listing,
    make_product,
    make_shop_item,
    sign_in,
)

from ocop_hub.accounts.models import User
from ocop_hub.catalogue.models import Product, ProductStatus
from ocop_hub.db import SYSTEM, Database
from ocop_hub.marketplaces.contract import ListingState, Mode
from ocop_hub.publishing.models import NOT_SENT, ItemDecision, Listing, MarketplaceAccount, ShopItem
from ocop_hub.web.labels import label

DESK = "/ban-lam-viec"
#: Signs the client in as a browser is: forms carry the token, which is returned.
Enter = Callable[[User], Awaitable[str]]


@dataclass(frozen=True, slots=True)
class Goods:
    """Hoa's tea with her two stalls, and Bình's squid."""

    tea: Product
    squid: Product
    postmart: MarketplaceAccount
    shopee: MarketplaceAccount
    found: ShopItem


@pytest.fixture
async def goods(cast: Cast, database: Database) -> Goods:
    async with database.session(SYSTEM) as session:
        tea = await make_product(session, cast.hers, "Trà hoa vàng Ba Chẽ", stars=4)
        squid = await make_product(session, cast.his, "Mực một nắng", group="thuc_pham")
        postmart = await make_account(session, cast.hers, marketplace="postmart", mode=Mode.ASSISTED)
        shopee = await make_account(session, cast.hers)
        found = await make_shop_item(session, shopee, product=tea)
    return Goods(tea, squid, postmart, shopee, found)


@pytest.fixture
def enter(client: httpx.AsyncClient) -> Enter:
    async def enter(user: User) -> str:
        client.cookies.clear()
        token = await sign_in(client, user)
        del client.headers["X-CSRF-Token"]
        client.headers["Accept"] = "text/html"
        return token

    return enter


def text_of(page: httpx.Response) -> str:
    """What the page says, white space single."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page.text))


class TestDesk:
    async def test_a_stranger_signs_in_first_and_comes_back(self, client: httpx.AsyncClient) -> None:
        answer = await client.get(f"{DESK}?q=tra", headers={"Accept": "text/html"})
        assert answer.status_code == 303
        assert answer.headers["location"] == "/dang-nhap?next=%2Fban-lam-viec%3Fq%3Dtra"

    async def test_a_producer_sees_her_own_with_three_things_to_do_at_most(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, enter: Enter
    ) -> None:
        await enter(cast.hoa)
        page = await client.get(DESK)
        assert "Sản phẩm của HTX Dược liệu Ba Chẽ" in page.text
        assert "Trà hoa vàng Ba Chẽ" in page.text
        assert "Mực một nắng" not in page.text
        assert "Xác nhận mục có sẵn trên Shopee" in page.text
        assert page.text.count("<strong>") <= 3

    async def test_the_office_sees_all_and_is_asked_nothing(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, enter: Enter
    ) -> None:
        await enter(cast.thu)
        page = await client.get(DESK)
        assert "Trà hoa vàng Ba Chẽ" in page.text
        assert "Mực một nắng" in page.text
        assert "Việc chờ bạn làm" not in page.text

    async def test_narrowed_by_state(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, database: Database, enter: Enter
    ) -> None:
        async with database.session(SYSTEM) as session:
            await make_listing(session, goods.tea, goods.postmart)
        await enter(cast.hoa)
        assert "Trà hoa vàng" in (await client.get(f"{DESK}?state=live")).text
        nowhere = await client.get(f"{DESK}?state=nowhere")
        assert "Chưa có sản phẩm nào ở đây" in nowhere.text
        assert "Trà hoa vàng" in (await client.get(f"{DESK}?q=TRA+HOA+VANG")).text

    async def test_in_english(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, enter: Enter
    ) -> None:
        await enter(cast.hoa)
        page = await client.get(f"{DESK}?lang=en")
        assert 'lang="en"' in page.text
        assert "Confirm what is already on Shopee" in page.text


class TestProduct:
    async def test_anothers_is_not_there(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, enter: Enter
    ) -> None:
        await enter(cast.hoa)
        answer = await client.get(f"{DESK}/san-pham/{goods.squid.id}")
        assert answer.status_code == 404
        assert "Không tìm thấy" in answer.text

    async def test_says_what_is_missing_and_what_stands_in_the_shop(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, enter: Enter
    ) -> None:
        await enter(cast.hoa)
        said = text_of(await client.get(f"{DESK}/san-pham/{goods.tea.id}"))
        assert "Cần ít nhất một ảnh sản phẩm." in said
        assert "Nhận tin đăng này" in said
        assert "Còn hạn" in said
        assert "Sản phẩm chưa được đưa lên sàn này." in said

    async def test_who_may_only_look_gets_no_buttons(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, enter: Enter
    ) -> None:
        await enter(cast.minh)
        page = await client.get(f"{DESK}/san-pham/{goods.tea.id}")
        assert page.status_code == 200
        assert page.text.count("<form") == 1  # sign-out
        assert "/sua" not in page.text

    async def test_put_up_then_give_a_link(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        path = f"{DESK}/san-pham/{goods.tea.id}"
        asked = await client.post(f"{path}/len-san/{goods.postmart.id}", data={"csrf": token})
        assert asked.status_code == 303
        page = await client.get(asked.headers["location"])
        assert "Đã nhận yêu cầu đưa lên sàn." in page.text
        assert "Tải bộ hồ sơ" in page.text
        async with database.session(SYSTEM) as session:
            listing = (await session.scalars(select(Listing))).one()
        form = f"{DESK}/tin-dang/{listing.id}/duong-dan"
        wrong = await client.post(form, data={"csrf": token, "url": "https://shopee.vn/x"})
        assert wrong.status_code == 422
        assert 'value="https://shopee.vn/x"' in wrong.text
        assert "Cần sửa trước khi tiếp tục" in wrong.text
        good = await client.post(form, data={"csrf": token, "url": "https://postmart.vn/p/tra-7.html"})
        assert good.status_code == 303
        said = text_of(await client.get(good.headers["location"]))
        assert "Đang hiển thị" in said
        assert "Chủ thể khai" in said
        assert (
            await client.post(f"{DESK}/tin-dang/{listing.id}/go", data={"csrf": token})
        ).status_code == 303

    async def test_without_a_price_nothing_is_put_up(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, database: Database, enter: Enter
    ) -> None:
        async with database.session(SYSTEM) as session:
            cheap = await make_product(session, cast.hers, "Mật ong", price_vnd=None)
        token = await enter(cast.hoa)
        answer = await client.post(
            f"{DESK}/san-pham/{cheap.id}/len-san/{goods.postmart.id}", data={"csrf": token}
        )
        assert answer.status_code == 422
        assert "chưa có giá bán" in answer.text

    async def test_a_draft_offers_no_way_up_and_says_why(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, database: Database, enter: Enter
    ) -> None:
        page = f"{DESK}/san-pham/{goods.tea.id}"
        await enter(cast.hoa)
        assert "/len-san/" in (await client.get(page)).text
        async with database.session(SYSTEM) as session:
            (await session.get_one(Product, goods.tea.id)).status = ProductStatus.DRAFT
        answer = await client.get(page)
        assert "/len-san/" not in answer.text
        assert "chưa đưa lên sàn được" in text_of(answer)

    async def test_what_stands_in_the_shop_is_taken_over(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.lan)
        answer = await client.post(f"{DESK}/muc/{goods.found.id}/nhan", data={"csrf": token})
        assert answer.status_code == 303
        async with database.session(SYSTEM) as session:
            item = await session.get_one(ShopItem, goods.found.id)
            listing = (await session.scalars(select(Listing))).one()
        assert item.decision is ItemDecision.ADOPTED
        assert listing.adopted
        assert "Xác nhận mục có sẵn" not in (await client.get(DESK)).text

    @pytest.mark.parametrize("answer", ["nhan", "bo-qua"])
    async def test_answered_among_the_items_the_next_item_follows(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, enter: Enter, answer: str
    ) -> None:
        token = await enter(cast.lan)
        sent = await client.post(f"{DESK}/muc/{goods.found.id}/{answer}", data={"csrf": token, "back": "muc"})
        assert f"/gian-hang/{goods.found.account_id}/muc" in sent.headers["location"]

    async def test_a_form_without_its_token_changes_nothing(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, database: Database, enter: Enter
    ) -> None:
        await enter(cast.hoa)
        answer = await client.post(f"{DESK}/san-pham/{goods.tea.id}/len-san/{goods.postmart.id}")
        assert answer.status_code == 403
        async with database.session(SYSTEM) as session:
            assert (await session.scalars(select(Listing))).all() == []

    async def test_every_state_has_its_sentence(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, database: Database, enter: Enter
    ) -> None:
        products = {}
        async with database.session(SYSTEM) as session:
            for state in ListingState:
                products[state] = await make_product(session, cast.hers, f"Trà {state}")
                await make_listing(session, products[state], goods.postmart, state=state)
        await enter(cast.hoa)
        for state, product in products.items():
            page = await client.get(f"{DESK}/san-pham/{product.id}")
            assert page.status_code == 200, state
            board = page.text.partition('class="board"')[2].partition("</ul>")[0]
            assert label("listing", state).text in board
            assert "%(" not in board


async def test_what_was_never_sent_is_not_said_to_come_from_the_marketplace(
    client: httpx.AsyncClient, database: Database, cast: Cast, goods: Goods, enter: Enter
) -> None:
    async with database.session(SYSTEM) as session:
        product = await make_product(session, cast.hers, "Trà túi lọc")
        listing = await make_listing(session, product, goods.postmart, state=ListingState.REJECTED)
        listing.raw_state, listing.reason = NOT_SENT, "Sản phẩm chưa có giá bán."
    await enter(cast.hoa)
    page = (await client.get(f"{DESK}/san-pham/{product.id}")).text
    assert "Chưa gửi lên sàn: Sản phẩm chưa có giá bán." in page
    board = page.partition('class="board"')[2].partition("</ul>")[0]
    assert ">Chưa gửi</span>" in board
    assert "Sàn trả lại" not in page
    told = (await client.get(f"/api/v1/listings/{listing.id}")).json()
    assert (told["state"], told["not_sent"]) == ("rejected", True)
    work = (await client.get(DESK)).text
    assert "Chưa gửi Trà túi lọc lên Postmart" in work
    assert "Postmart trả lại" not in work
    for state, found in (("not_sent", True), ("rejected", False)):
        page = (await client.get(f"{DESK}?state={state}")).text
        assert (f"/san-pham/{product.id}" in page.partition("<table")[2]) is found


def id_in(location: str) -> UUID:
    """The id at the end of an address."""
    found = re.search(r"([0-9a-f-]{36})(\?|$)", location)
    assert found is not None
    return UUID(found[1])


async def test_pasted_addresses_are_taken_and_the_wrong_lines_stay_in_the_box(
    client: httpx.AsyncClient, cast: Cast, goods: Goods, enter: Enter
) -> None:
    page = f"{DESK}/gian-hang/{goods.postmart.id}/muc"
    token = await enter(cast.hoa)
    lines = "https://postmart.vn/p/tra-7.html\nhttps://shopee.vn/product/1/2"
    answer = await client.post(f"{page}/duong-dan", data={"csrf": token, "links": lines})
    assert answer.status_code == 422
    assert "Dòng 1 không phải trang sản phẩm của Postmart" in answer.text  # the box holds it alone
    assert ">https://shopee.vn/product/1/2</textarea>" in answer.text
    assert "Đang chờ mở trang này" in (await client.get(page)).text
    answer = await client.post(f"{page}/duong-dan", data={"csrf": token, "links": lines.split()[0]})
    assert answer.headers["location"].startswith(page)
