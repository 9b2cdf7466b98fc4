"""Public pages for those who do not read them: cards, data, addresses; and what a producer agreed to show."""

from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from tests.builders import BA_CHE, Cast, make_account, make_listing, make_photo, make_product, sign_in

from ocop_hub.catalogue.models import Product, ProductStatus, ProductVariant
from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.producers.models import Consent, ConsentPurpose, Producer
from ocop_hub.traceability.models import LinkType, ResolverLink
from ocop_hub.web.public import sitemap
from ocop_hub.web.seo import data_block, shortened

BASE = "http://127.0.0.1:8000"
SPACE = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9"}


@pytest.fixture
async def tea(cast: Cast, database: Database) -> Product:
    """A certified tea with a photo and a live listing."""
    async with database.session(SYSTEM) as session:
        product = await make_product(
            session, cast.hers, stars=4, gtin="08936003721777", description='Hoa "hái tay" </script> & sấy.'
        )
        await make_photo(session, product)
        listing = await make_listing(session, product, await make_account(session, cast.hers))
        session.add(
            ResolverLink(
                product_id=product.id,
                producer_id=product.producer_id,
                link_type=LinkType.RETAILERS,
                href=f"https://shopee.vn/{listing.remote_id}",
                title="Shopee",
            )
        )
    return product


def meta(page: str) -> dict[str, str]:
    """What the head says, by name or property."""
    return dict(re.findall(r'<meta (?:name|property)="([^"]+)" content="([^"]*)">', page))


def data(page: str) -> list[dict[str, Any]]:
    """The objects of the page's JSON-LD."""
    (found,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', page, re.S)
    graph: list[dict[str, Any]] = json.loads(found)["@graph"]
    return graph


class TestProduct:
    async def test_the_card_that_is_shared(self, client: httpx.AsyncClient, tea: Product) -> None:
        page = (await client.get(f"/san-pham/{tea.id}")).text
        told = meta(page)
        assert told["og:title"] == "Trà hoa vàng Ba Chẽ"
        assert told["og:image"].startswith(f"{BASE}/media/pictures/")
        assert (told["og:image:width"], told["og:image:height"]) == ("800", "600")
        assert told["og:url"] == f"{BASE}/san-pham/{tea.id}"
        assert told["og:description"].startswith("Sản phẩm OCOP đạt 4 sao")
        assert len(told["description"]) <= 200
        assert "robots" not in told
        assert f'<link rel="canonical" href="{BASE}/san-pham/{tea.id}">' in page
        assert f'hreflang="en" href="{BASE}/san-pham/{tea.id}?lang=en"' in page
        assert f'hreflang="x-default" href="{BASE}/san-pham/{tea.id}"' in page

    async def test_in_english_it_is_its_own_page(self, client: httpx.AsyncClient, tea: Product) -> None:
        page = (await client.get(f"/san-pham/{tea.id}?lang=en")).text
        assert f'<link rel="canonical" href="{BASE}/san-pham/{tea.id}?lang=en">' in page
        assert meta(page)["og:locale"] == "en_US"

    async def test_its_data_promises_no_price_and_ends_no_element(
        self, client: httpx.AsyncClient, tea: Product
    ) -> None:
        product, crumbs = data((await client.get(f"/san-pham/{tea.id}")).text)
        assert product["@type"] == "Product"
        assert "offers" not in product
        assert product["gtin14"] == "08936003721777"
        assert product["description"] == 'Hoa "hái tay" </script> & sấy.'
        assert product["manufacturer"]["@id"] == f"{BASE}/co-so/{tea.producer_id}"
        assert [each["position"] for each in crumbs["itemListElement"]] == [1, 2, 3]
        assert crumbs["itemListElement"][1]["item"] == f"{BASE}/xa/{BA_CHE}"

    async def test_its_packs_videos_and_name_in_both_languages(
        self, client: httpx.AsyncClient, tea: Product, database: Database
    ) -> None:
        async with database.session(SYSTEM) as session:
            product = await session.get_one(Product, tea.id)
            product.video_links = ["https://youtu.be/tra"]
            product.translations = {"en": {"name": "Golden camellia tea"}}
            pack = ProductVariant(
                label="Hộp 20 gói", net_weight_g=60, gtin="08936003721784", price_vnd=90_000
            )
            gone = ProductVariant(label="Túi 1 kg", retired=True)
            for each in (pack, gone):
                each.product_id, each.producer_id = tea.id, tea.producer_id
            session.add_all([pack, gone])
            product.description = "Hái tay trên đồi."
        page = (await client.get(f"/san-pham/{tea.id}?lang=en")).text
        assert "<h1>Golden camellia tea</h1>" in page
        assert '<p class="lines" lang="vi">Hái tay trên đồi.</p>' in page
        assert '<dt lang="vi">Hộp 20 gói</dt>' in page
        told, _ = data(page)
        assert told["@type"] == ["Product", "ProductGroup"]
        assert told["hasVariant"] == [
            {
                "@type": "Product",
                "name": "Trà hoa vàng Ba Chẽ – Hộp 20 gói",
                "size": "Hộp 20 gói",
                "weight": {"@type": "QuantitativeValue", "value": 60, "unitCode": "GRM"},
                "gtin14": "08936003721784",
            }
        ]
        assert (told["name"], told["alternateName"]) == ("Golden camellia tea", "Trà hoa vàng Ba Chẽ")
        assert told["subjectOf"][0]["url"] == "https://youtu.be/tra"

    async def test_a_service_is_booked_not_bought(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        async with database.session(SYSTEM) as session:
            tour = await make_product(session, cast.hers, "Làng Dao Sơn Hải", group="du_lich")
        page = (await client.get(f"/san-pham/{tour.id}")).text
        assert "Đặt chỗ và liên hệ" in page
        assert "Mua ở đâu" not in page
        assert data(page)[0]["@type"] == "Service"

    async def test_a_merged_one_leads_to_what_it_became(
        self, client: httpx.AsyncClient, cast: Cast, tea: Product, database: Database
    ) -> None:
        async with database.session(SYSTEM) as session:
            old = await make_product(session, cast.hers, "Trà hoa vàng cũ")
            old.merged_into_id = tea.id
        answer = await client.get(f"/san-pham/{old.id}")
        assert (answer.status_code, answer.headers["location"]) == (301, f"/san-pham/{tea.id}")

    async def test_stars_go_with_the_certificate(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        async with database.session(SYSTEM) as session:
            day = clock.today().replace(year=clock.today().year - 5)
            old = await make_product(
                session, cast.hers, "Cũ", stars=5, valid_from=day, valid_to=day.replace(year=day.year + 3)
            )
        page = (await client.get(f"/san-pham/{old.id}")).text
        assert "award" not in data(page)[0]
        assert "đạt 5 sao" not in page


class TestMaker:
    async def test_of_a_household_only_what_was_agreed_to_and_as_long_as_it_is(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        async with database.session(SYSTEM) as session:
            product = await make_product(session, cast.his, "Mắm tép")
            maker = await session.get_one(Producer, cast.his.id)
            maker.phone, maker.address = "+84912000001", "Thôn Khe Lọng"
        pages = f"/co-so/{cast.his.id}", f"/san-pham/{product.id}"
        for page in pages:
            text = (await client.get(page)).text
            assert "912000001" not in text
            assert "Khe Lọng" not in text
            assert "022012345678" not in text
        async with database.session(SYSTEM) as session:
            given = Consent(
                producer_id=cast.his.id, purpose=ConsentPurpose.PHONE, text_version="1", given_by="user:1"
            )
            session.add(given)
        for page in pages:
            text = (await client.get(page)).text
            assert "tel:+84912000001" in text
            assert "Khe Lọng" not in text
        assert data((await client.get(pages[0])).text)[0]["telephone"] == "+84912000001"
        async with database.session(SYSTEM) as session:
            (await session.get_one(Consent, given.id)).withdrawn_at = clock.now()
        for page in pages:
            assert "912000001" not in (await client.get(page)).text

    async def test_one_without_anything_to_show_is_not_there(
        self, client: httpx.AsyncClient, cast: Cast, tea: Product
    ) -> None:
        assert (await client.get(f"/co-so/{cast.his.id}")).status_code == 404
        page = (await client.get(f"/co-so/{cast.hers.id}")).text
        assert "Trà hoa vàng Ba Chẽ" in page
        assert data(page)[0]["@type"] == "Organization"


class TestUnit:
    async def test_its_products(self, client: httpx.AsyncClient, tea: Product) -> None:
        page = (await client.get(f"/xa/{BA_CHE}")).text
        assert "Sản phẩm OCOP của Xã Ba Chẽ" in page
        assert "Trà hoa vàng" in page
        assert data(page)[0]["containedInPlace"]["name"].endswith("Quảng Ninh")

    async def test_an_empty_one_is_not_for_search_engines(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        page = await client.get(f"/xa/{BA_CHE}")
        assert page.status_code == 200
        assert meta(page.text)["robots"] == "noindex, follow"

    async def test_a_former_commune_leads_to_the_one_of_today(self, client: httpx.AsyncClient) -> None:
        found = await client.get("/api/v1/places/search", params={"q": "Đồn Đạc"})
        old = next(each["id"] for each in found.json() if each["valid_to"])
        answer = await client.get(f"/xa/{old}")
        assert (answer.status_code, answer.headers["location"]) == (301, f"/xa/{BA_CHE}")
        assert (await client.get("/xa/c-00000-20250701")).status_code == 404


class TestForSearchEngines:
    async def test_every_public_page_and_no_other(
        self, client: httpx.AsyncClient, cast: Cast, tea: Product, database: Database
    ) -> None:
        async with database.session(SYSTEM) as session:
            hidden = await make_product(session, cast.his, "Nháp")
            hidden.status = ProductStatus.DRAFT
        answer = await client.get("/sitemap.xml")
        assert answer.headers["content-type"].startswith("application/xml")
        found = [each.text for each in ElementTree.fromstring(answer.text).findall(".//s:loc", SPACE)]
        assert found == [
            f"{BASE}/",
            f"{BASE}/san-pham",
            f"{BASE}/xa/{BA_CHE}",
            f"{BASE}/co-so/{cast.hers.id}",
            f"{BASE}/san-pham/{tea.id}",
        ]
        for address in found:
            page = await client.get(str(address).removeprefix(BASE))
            assert page.status_code == 200
            assert "noindex" not in page.text

    async def test_in_parts_when_there_is_much(self, client: httpx.AsyncClient, tea: Product) -> None:
        # What one file holds is a fact of sitemaps.org; the test's database is small.
        answer = sitemap.index(BASE, 3)
        parts = [each.text for each in ElementTree.fromstring(bytes(answer.body)).findall(".//s:loc", SPACE)]
        assert parts == [f"{BASE}/sitemap-{n}.xml" for n in (1, 2, 3)]
        assert str(tea.id) in (await client.get("/sitemap-1.xml")).text
        for beyond in "0", "2", "x":
            assert (await client.get(f"/sitemap-{beyond}.xml")).status_code in (404, 422)

    async def test_robots(self, client: httpx.AsyncClient) -> None:
        text = (await client.get("/robots.txt")).text
        assert "Disallow: /ban-lam-viec" in text
        assert f"Sitemap: {BASE}/sitemap.xml" in text

    async def test_the_answer_to_a_search_is_no_page_of_its_own(
        self, client: httpx.AsyncClient, tea: Product
    ) -> None:
        assert "robots" not in meta((await client.get("/san-pham")).text)
        assert meta((await client.get("/san-pham?q=tra")).text)["robots"] == "noindex, follow"

    async def test_who_is_signed_in_sees_the_same(
        self, client: httpx.AsyncClient, cast: Cast, tea: Product
    ) -> None:
        await sign_in(client, cast.binh)
        assert f"/san-pham/{tea.id}" in (await client.get("/sitemap.xml")).text


class TestWords:
    def test_shortened_at_a_word(self) -> None:
        text = "một hai ba, " * 40
        assert len(shortened(text)) <= 200
        assert shortened(text).removesuffix("…").split()[-1] in ("một", "hai", "ba")
        assert shortened("  một\nhai ") == "một hai"

    def test_data_cannot_end_its_element(self) -> None:
        assert "<" not in data_block({"name": "</script><script>"})
