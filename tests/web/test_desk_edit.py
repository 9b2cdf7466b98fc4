"""The form in steps, packs, history and approval over HTTP, as a browser sends them."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select
from tests.builders import Cast, make_account, make_product, sign_in

from ocop_hub.accounts.models import User
from ocop_hub.catalogue import queries
from ocop_hub.catalogue.approval import set_rule
from ocop_hub.catalogue.models import ApprovalNeed, Product, ProductStatus, ProductVariant
from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Mode
from ocop_hub.producers.actor import PUBLIC_ACTOR, SYSTEM_ACTOR

DESK = "/ban-lam-viec"
Enter = Callable[[User], Awaitable[str]]


@pytest.fixture
async def tea(cast: Cast, database: Database) -> Product:
    async with database.session(SYSTEM) as session:
        return await make_product(session, cast.hers, "Trà hoa vàng Ba Chẽ")


@pytest.fixture
def enter(client: httpx.AsyncClient) -> Enter:
    """Sign in as a browser does: the form token is returned."""

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


async def now(database: Database, product_id: UUID) -> Product:
    async with database.session(SYSTEM) as session:
        return await session.get_one(Product, product_id)


class TestSteps:
    async def test_a_new_product_step_by_step(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        csrf = {"csrf": await enter(cast.hoa)}
        first = {"producer_id": str(cast.hers.id), "name": "Mật ong rừng"}
        made = await client.post(
            f"{DESK}/san-pham/moi", data=csrf | first | {"group_code": "thuc_pham/thuc_pham_khac"}
        )
        assert made.status_code == 303, text_of(made)
        path = made.headers["location"].partition("?")[0]
        typed: dict[str, dict[str, str]] = {
            "gia": {"price_vnd": "120.000đ", "unit": "chai", "net_weight_g": "0,5 kg"},
            "thanh-phan": {"ingredients": "Mật ong 100%", "season_months": "tháng 11–2"},
            "cau-chuyen": {"story": "Ong rừng.", "video_links": "https://phim.example/1\n"},
            "giay-to": {"gtin": "8936003721777", "external_codes": "OCOP quốc gia: 22-06-0123"},
            "ngon-ngu": {"en_name": "Forest honey", "zh_name": "野蜂蜜"},
        }
        for step, values in typed.items():
            assert path.endswith(f"/sua/{step}")
            page = await client.get(path)
            assert page.status_code == 200
            assert len(page.content) < 40_000
            saved = await client.post(path, data=csrf | {"revision": "99999"} | values)
            assert saved.status_code == 303, text_of(saved)
            path = saved.headers["location"].partition("?")[0]
        honey = await self._one(database, "Mật ong rừng")
        assert path == f"{DESK}/san-pham/{honey.id}/sua"
        assert honey.status is ProductStatus.DRAFT
        assert (honey.price_vnd, honey.net_weight_g, honey.sub_group_code) == (120_000, 500, "thuc_pham_khac")
        assert (honey.season_months, honey.video_links) == ([1, 2, 11, 12], ["https://phim.example/1"])
        assert honey.external_codes == {"OCOP quốc gia": "22-06-0123"}
        assert honey.translations == {"en": {"name": "Forest honey"}, "zh": {"name": "野蜂蜜"}}
        said = text_of(await client.get(path))
        assert "tháng 11–2" in said
        assert "Hoàn tất sản phẩm" in said
        done = await client.post(f"{DESK}/san-pham/{honey.id}/gui", data=csrf)
        assert "sẵn sàng" in text_of(await client.get(done.headers["location"]))
        assert (await now(database, honey.id)).status is ProductStatus.APPROVED

    async def test_what_was_typed_stays_when_something_is_wrong(
        self, client: httpx.AsyncClient, cast: Cast, tea: Product, enter: Enter
    ) -> None:
        csrf = {"csrf": await enter(cast.hoa), "revision": "1"}
        path = f"{DESK}/san-pham/{tea.id}/sua"
        price = await client.post(f"{path}/gia", data=csrf | {"price_vnd": "rẻ lắm", "unit": "hộp thiếc"})
        assert price.status_code == 422
        assert 'value="rẻ lắm"' in price.text
        assert 'value="hộp thiếc"' in price.text
        assert 'href="#f-price_vnd"' in price.text
        papers = await client.post(f"{path}/giay-to", data=csrf | {"gtin": "123", "trademark": "Ba Chẽ"})
        assert papers.status_code == 422
        assert 'value="Ba Chẽ"' in papers.text
        assert 'href="#f-gtin"' in papers.text
        link = await client.post(f"{path}/cau-chuyen", data=csrf | {"video_links": "javascript:alert(1)"})
        assert link.status_code == 422
        assert 'href="#f-video_links"' in link.text
        nameless = await client.post(f"{path}/ten", data=csrf | {"name": "", "group_code": "do_uong"})
        assert 'href="#f-name"' in nameless.text
        assert (await client.get(f"{path}/khong-co")).status_code == 404

    async def test_a_gtin_of_another_product(
        self, client: httpx.AsyncClient, cast: Cast, tea: Product, database: Database, enter: Enter
    ) -> None:
        async with database.session(SYSTEM) as session:
            await make_product(session, cast.his, "Mực một nắng", gtin="08936003721777")
        csrf = {"csrf": await enter(cast.hoa), "revision": "1"}
        refused = await client.post(
            f"{DESK}/san-pham/{tea.id}/sua/giay-to", data=csrf | {"gtin": "8936003721777", "trademark": "TM"}
        )
        assert refused.status_code == 422
        assert "đã dùng cho sản phẩm khác" in refused.text
        assert 'value="TM"' in refused.text
        assert "Mực một nắng" not in refused.text

    async def test_two_people_saving_the_same_field(
        self, client: httpx.AsyncClient, cast: Cast, tea: Product, database: Database, enter: Enter
    ) -> None:
        csrf = {"csrf": await enter(cast.hoa)}
        form = f"{DESK}/san-pham/{tea.id}/sua/gia"
        mine = csrf | {"revision": "1", "price_vnd": "300000", "unit": "hộp", "net_weight_g": "100"}
        assert (await client.post(form, data=mine)).status_code == 303
        late = await client.post(form, data=mine | {"price_vnd": "320000"})
        assert late.status_code == 422
        assert "Người khác vừa lưu ô này: “300.000 đ”. Bạn đang gõ: “320.000 đ”." in text_of(late)
        assert 'value="320000"' in late.text
        assert 'name="revision" value="2"' in late.text
        assert (
            await client.post(form, data=mine | {"price_vnd": "320000", "revision": "2"})
        ).status_code == 303
        assert (await now(database, tea.id)).price_vnd == 320_000

    async def test_two_people_saving_different_fields_do_not_meet(
        self, client: httpx.AsyncClient, cast: Cast, tea: Product, database: Database, enter: Enter
    ) -> None:
        csrf = {"csrf": await enter(cast.hoa), "revision": "1"}
        path = f"{DESK}/san-pham/{tea.id}/sua"
        await client.post(f"{path}/gia", data=csrf | {"price_vnd": "300000", "unit": "hộp"})
        assert (await client.post(f"{path}/cau-chuyen", data=csrf | {"story": "Hoa rừng"})).status_code == 303
        both = await now(database, tea.id)
        assert (both.price_vnd, both.story, both.revision) == (300_000, "Hoa rừng", 3)

    async def _one(self, database: Database, name: str) -> Product:
        async with database.session(SYSTEM) as session:
            return (await session.scalars(select(Product).where(Product.name == name))).one()


class TestPacks:
    async def test_added_changed_and_taken_off_sale(
        self, client: httpx.AsyncClient, cast: Cast, tea: Product, database: Database, enter: Enter
    ) -> None:
        csrf = {"csrf": await enter(cast.hoa)}
        path = f"{DESK}/san-pham/{tea.id}/quy-cach"
        empty = await client.post(f"{path}/moi", data=csrf | {"revision": "1", "price_vnd": "500k"})
        assert empty.status_code == 422
        assert 'value="500k"' in empty.text
        pack = {"label": "Hộp quà", "price_vnd": "500k", "net_weight_g": "1 kg", "gtin": "8936003721777"}
        added = await client.post(f"{path}/moi", data=csrf | {"revision": "1"} | pack)
        assert added.status_code == 303, text_of(added)
        assert "Hộp quà · 1 kg · 500.000 đ · GTIN 08936003721777" in text_of(
            await client.get(added.headers["location"])
        )
        async with database.session(SYSTEM) as session:
            row = (await session.scalars(select(ProductVariant))).one()
        stale = await client.post(
            f"{path}/{row.id}", data=csrf | {"revision": "1"} | pack | {"label": "Hộp to"}
        )
        assert stale.status_code == 422
        assert 'value="Hộp to"' in stale.text
        off = await client.post(f"{path}/{row.id}", data=csrf | {"revision": "2", "retired": "1"})
        assert off.status_code == 303
        assert "ngừng bán" in text_of(await client.get(off.headers["location"]))
        public = await client.get(f"/san-pham/{tea.id}")
        assert "Hộp quà" not in public.text
        assert (await now(database, tea.id)).revision == 3


class TestHistory:
    async def test_says_before_and_after_and_restores(
        self, client: httpx.AsyncClient, cast: Cast, tea: Product, database: Database, enter: Enter
    ) -> None:
        csrf = {"csrf": await enter(cast.lan)}
        path = f"{DESK}/san-pham/{tea.id}"
        step = csrf | {"revision": "1", "price_vnd": "300000", "unit": "hộp", "net_weight_g": "100"}
        await client.post(f"{path}/sua/gia", data=step)
        said = text_of(await client.get(f"{path}/lich-su"))
        assert "Giá bán 250.000 đ → 300.000 đ" in said
        assert "Phạm Thị Lan" in said
        stale = await client.post(f"{path}/lich-su/1/khoi-phuc", data=csrf | {"revision": "1"})
        assert stale.status_code == 412
        assert "đã có phiên bản 2" in stale.text
        back = await client.post(f"{path}/lich-su/1/khoi-phuc", data=csrf | {"revision": "2"})
        assert back.status_code == 303
        restored = await now(database, tea.id)
        assert (restored.price_vnd, restored.revision) == (250_000, 3)

    async def test_an_officer_of_the_commune_only_reads(
        self, client: httpx.AsyncClient, cast: Cast, tea: Product, enter: Enter
    ) -> None:
        await enter(cast.minh)
        page = await client.get(f"{DESK}/san-pham/{tea.id}/lich-su")
        assert page.status_code == 200
        assert "khoi-phuc" not in page.text


class TestApproval:
    async def test_returned_with_remarks_mended_and_approved(
        self, client: httpx.AsyncClient, cast: Cast, tea: Product, database: Database, enter: Enter
    ) -> None:
        async with database.session(SYSTEM) as session:
            await set_rule(session, SYSTEM_ACTOR, valid_from=clock.today(), needed_for=ApprovalNeed.ALL)
        csrf = {"csrf": await enter(cast.hoa)}
        story = f"{DESK}/san-pham/{tea.id}/sua/cau-chuyen"
        await client.post(story, data=csrf | {"revision": "1", "story": "Chữa bách bệnh"})
        assert not await self._public(database, tea.id)
        sent = await client.post(f"{DESK}/san-pham/{tea.id}/gui", data=csrf)
        assert "chờ cán bộ duyệt" in text_of(await client.get(sent.headers["location"]))

        officer = {"csrf": await enter(cast.thu)}
        assert "Trà hoa vàng Ba Chẽ" in (await client.get(f"{DESK}/duyet")).text
        one = f"{DESK}/duyet/{tea.id}"
        assert "Chữa bách bệnh" in (await client.get(one)).text
        revision = str((await now(database, tea.id)).revision)
        silent = await client.post(one, data=officer | {"revision": revision, "verdict": "returned"})
        assert silent.status_code == 422
        remark = {"r-story": "Bỏ câu chữa bách bệnh.", "revision": revision, "verdict": "returned"}
        assert (await client.post(one, data=officer | remark)).status_code == 303

        csrf = {"csrf": await enter(cast.hoa)}
        summary = await client.get(f"{DESK}/san-pham/{tea.id}/sua")
        assert "Bỏ câu chữa bách bệnh." in summary.text
        assert "/sua/cau-chuyen#f-story" in summary.text
        assert "Bỏ câu chữa bách bệnh." in (await client.get(story)).text
        revision = str((await now(database, tea.id)).revision)
        await client.post(story, data=csrf | {"revision": revision, "story": "Hoa hái tay"})
        await client.post(f"{DESK}/san-pham/{tea.id}/gui", data=csrf)

        officer = {"csrf": await enter(cast.thu)}
        revision = str((await now(database, tea.id)).revision)
        done = await client.post(one, data=officer | {"revision": revision, "verdict": "approved"})
        assert done.status_code == 303
        assert await self._public(database, tea.id)

    async def test_the_rule_is_set_on_the_page(
        self, client: httpx.AsyncClient, cast: Cast, enter: Enter
    ) -> None:
        csrf = {"csrf": await enter(cast.thu)}
        wrong = await client.post(
            f"{DESK}/duyet", data=csrf | {"valid_from": "2020-01-01", "needed_for": "all"}
        )
        assert wrong.status_code == 422
        assert "Ngày áp dụng đã qua" in wrong.text
        day = clock.today().isoformat()
        right = await client.post(f"{DESK}/duyet", data=csrf | {"valid_from": day, "needed_for": "all"})
        said = text_of(await client.get(right.headers["location"]))
        assert "Đang áp dụng: Duyệt mọi sản phẩm." in said

    async def _public(self, database: Database, product_id: UUID) -> bool:
        async with database.session(SYSTEM) as session:
            query = queries.visible_to(PUBLIC_ACTOR).where(Product.id == product_id)
            return await session.scalar(query) is not None

    async def test_what_waits_goes_to_no_marketplace(
        self, client: httpx.AsyncClient, cast: Cast, tea: Product, database: Database, enter: Enter
    ) -> None:
        async with database.session(SYSTEM) as session:
            stall = await make_account(session, cast.hers, marketplace="postmart", mode=Mode.ASSISTED)
            (await session.get_one(Product, tea.id)).status = ProductStatus.SUBMITTED
        csrf = {"csrf": await enter(cast.hoa)}
        refused = await client.post(f"{DESK}/san-pham/{tea.id}/len-san/{stall.id}", data=csrf)
        assert refused.status_code == 422
        assert "chưa được duyệt" in refused.text
        assert "chờ cán bộ duyệt" in refused.text
