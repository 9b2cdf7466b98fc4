"""What everyone sees: the front page with its label, the catalogue, one product."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta

import httpx
import pytest
from sqlalchemy import event, update
from tests.builders import (
    Cast,
    make_account,
    make_listing,
    make_lot,
    make_photo,
    make_producer,
    make_product,
    make_trace_code,
    sign_in,
)

from ocop_hub.catalogue.models import Product, ProductStatus
from ocop_hub.certificates.models import Certificate
from ocop_hub.certificates.validity import validity
from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade, ListingState, Observation
from ocop_hub.publishing.lane.observe import observe
from ocop_hub.traceability.models import Lot

PAGE = {"Accept": "text/html"}
LAO_CAI = "p-15-20250701"


@pytest.fixture
async def tea(cast: Cast, database: Database) -> tuple[Product, Lot]:
    """A certified tea of the home province, with a published lot."""
    async with database.session(SYSTEM) as session:
        tea = await make_product(session, cast.hers, "Trà hoa vàng Ba Chẽ", stars=4)
        lot = await make_lot(session, tea, "L26")
        await make_trace_code(session, tea, lot, code="K7ABCDEFGH")
    return tea, lot


@contextmanager
def counted(database: Database) -> Iterator[list[str]]:
    """The statements sent to the database meanwhile."""
    sent: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    engine = database.engine.sync_engine
    event.listen(engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(engine, "before_cursor_execute", note)


class TestFront:
    async def test_an_empty_house_has_three_doors(self, client: httpx.AsyncClient) -> None:
        page = await client.get("/", headers=PAGE)
        assert page.status_code == 200
        assert page.text.count('class="door') >= 3
        assert "Quét thử tem này" not in page.text
        assert (await client.get("/tem-mau.svg")).status_code == 204

    async def test_the_label_leads_to_the_buyers_page(
        self, client: httpx.AsyncClient, tea: tuple[Product, Lot]
    ) -> None:
        page = await client.get("/", headers=PAGE)
        assert "Quét thử tem này" in page.text
        assert 'href="/t/K7ABCDEFGH"' in page.text
        assert "BẢN THỬ – KHÔNG IN" in page.text
        qr = await client.get("/tem-mau.svg")
        assert 'aria-label="http://127.0.0.1:8000/t/K7ABCDEFGH"' in qr.text

    async def test_the_shelf_shows_products_with_photos(
        self, client: httpx.AsyncClient, cast: Cast, tea: tuple[Product, Lot], database: Database
    ) -> None:
        assert tea[0].name in (await client.get("/", headers=PAGE)).text  # none has one: certified ones do
        async with database.session(SYSTEM) as session:
            honey = await make_product(session, cast.hers, "Mật ong Ba Chẽ", stars=3)
            await make_photo(session, honey)
        shelf = (await client.get("/", headers=PAGE)).text
        assert f"/san-pham/{honey.id}" in shelf
        assert f"/san-pham/{tea[0].id}" not in shelf

    async def test_the_provinces_figure(
        self, client: httpx.AsyncClient, cast: Cast, tea: tuple[Product, Lot], database: Database
    ) -> None:
        assert "0/1" in (await client.get("/")).text
        async with database.session(SYSTEM) as session:
            await make_listing(session, tea[0], await make_account(session, cast.hers))
        for who in None, cast.binh:
            if who:
                await sign_in(client, who)
            page = await client.get("/")
            assert "1/1" in page.text
            assert "Số liệu tạm tính" in page.text
            assert 'href="/bao-cao"' in page.text

    async def test_signed_in_it_is_the_same(
        self, client: httpx.AsyncClient, tea: tuple[Product, Lot], cast: Cast
    ) -> None:
        await sign_in(client, cast.binh)
        page = await client.get("/", headers=PAGE)
        assert "Quét thử tem này" in page.text
        assert "Trần Văn Bình" in page.text


class TestCatalogue:
    async def test_found_without_marks_by_product_producer_or_place(
        self, client: httpx.AsyncClient, tea: tuple[Product, Lot]
    ) -> None:
        for words in ("tra hoa vang", "DUOC LIEU", "ba che"):
            assert "Trà hoa vàng" in (await client.get("/san-pham", params={"q": words})).text, words
        nothing = await client.get("/san-pham", params={"q": "khong co"})
        assert "Không tìm thấy sản phẩm nào" in nothing.text
        assert "Trà hoa vàng" not in (await client.get("/san-pham?group=thuc_pham")).text

    async def test_only_approved_ones(
        self, client: httpx.AsyncClient, tea: tuple[Product, Lot], database: Database
    ) -> None:
        async with database.session(SYSTEM) as session:
            (await session.get_one(Product, tea[0].id)).status = ProductStatus.DRAFT
        assert "Trà hoa vàng" not in (await client.get("/san-pham")).text
        assert (await client.get(f"/san-pham/{tea[0].id}", headers=PAGE)).status_code == 404

    async def test_home_first_and_pages_there_and_back(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        async with database.session(SYSTEM) as session:
            away = await make_producer(session, "HTX Bát Xát", unit_id=None, province_id=LAO_CAI)
            for n in range(30):
                await make_product(session, away if n < 5 else cast.hers, f"Sản phẩm {n:02d}")
        names = r"<b>(Sản phẩm \d\d)</b>"
        first = await client.get("/san-pham")
        shown = re.findall(names, first.text)
        assert shown == [f"Sản phẩm {n:02d}" for n in range(5, 29)]
        ahead = re.search(r'rel="next" href="([^"]+)"', first.text)
        assert ahead is not None
        second = await client.get(ahead[1].replace("&amp;", "&"))
        assert re.findall(names, second.text) == [f"Sản phẩm {n:02d}" for n in (29, 0, 1, 2, 3, 4)]
        assert 'rel="next"' not in second.text
        back = re.search(r'rel="prev" href="([^"]+)"', second.text)
        assert back is not None
        again = await client.get(back[1].replace("&amp;", "&"))
        assert re.findall(names, again.text) == shown
        assert 'rel="prev"' not in again.text

    async def test_a_made_up_cursor_is_refused(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/san-pham?sau=abc", headers=PAGE)).status_code == 422


class TestProduct:
    async def test_says_where_to_buy_only_while_live(
        self, client: httpx.AsyncClient, cast: Cast, tea: tuple[Product, Lot], database: Database
    ) -> None:
        path = f"/san-pham/{tea[0].id}"
        assert "Sản phẩm chưa hiển thị trên sàn nào." in (await client.get(path)).text
        async with database.session(SYSTEM) as session:
            account = await make_account(session, cast.hers)
            listing = await make_listing(session, tea[0], account)
            live = Observation(ListingState.LIVE, "NORMAL", public_url="https://shopee.vn/product/1/2")
            await observe(session, listing, live, at=clock.now(), grade=Grade.API)
        assert "https://shopee.vn/product/1/2" in (await client.get(path)).text
        assert 'href="/t/K7ABCDEFGH"' in (await client.get(path)).text

    async def test_stars_only_beside_a_certificate_in_force(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        async with database.session(SYSTEM) as session:
            lapsed = await make_product(
                session,
                cast.hers,
                "Rượu mơ",
                stars=4,
                valid_from=date(2020, 1, 1),
                valid_to=date(2022, 12, 31),
            )
        page = await client.get(f"/san-pham/{lapsed.id}")
        assert "Giấy chứng nhận hết hạn" in page.text
        assert 'class="stars"' not in page.text
        assert 'class="stars"' not in (await client.get("/san-pham")).text

    @pytest.mark.parametrize(("days_ago", "said"), [(0, "còn hạn đến"), (1, "hết hạn")])
    async def test_a_certificate_holds_on_its_whole_last_day(
        self,
        client: httpx.AsyncClient,
        database: Database,
        tea: tuple[Product, Lot],
        days_ago: int,
        said: str,
    ) -> None:
        last = clock.today() - timedelta(days=days_ago)
        async with database.session(SYSTEM) as session:
            await session.execute(update(Certificate).values(valid=validity(date(2020, 1, 1), last)))
        for path in (f"/san-pham/{tea[0].id}", "/t/K7ABCDEFGH"):
            page = await client.get(path, headers=PAGE)
            assert f"Giấy chứng nhận {said} {last.day}/{last.month}/{last.year}" in page.text, path


class TestStatements:
    async def test_lists_ask_as_much_for_fifty_as_for_two(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        async with database.session(SYSTEM) as session:
            account = await make_account(session, cast.hers)
            for n in range(2):
                await make_listing(
                    session, await make_product(session, cast.hers, f"A {n}", stars=3), account
                )
        await sign_in(client, cast.hoa)
        few = {}
        for path in ("/ban-lam-viec", "/san-pham", "/"):
            with counted(database) as sent:
                assert (await client.get(path)).status_code == 200
            few[path] = len(sent)
        async with database.session(SYSTEM) as session:
            for n in range(48):
                product = await make_product(session, cast.hers, f"B {n}", stars=4)
                await make_photo(session, product)
                await make_listing(session, product, account)
        for path, statements in few.items():
            with counted(database) as sent:
                page = await client.get(path)
            assert page.text.count("B 1") >= 1
            assert len(sent) <= statements, path
