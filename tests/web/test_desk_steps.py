"""Lots with their label, the import wizard, stalls and decisions, over HTTP."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import httpx
from sqlalchemy import func, select
from tests.builders import BA_CHE, Cast, make_listing, make_shop_item
from tests.web.test_desk_pages import DESK, Enter, Goods, enter, goods, id_in, text_of

from ocop_hub.catalogue.models import Product
from ocop_hub.certificates.models import RecognitionDecision
from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.kit.qr import read_png
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.publishing.models import MarketplaceAccount
from ocop_hub.traceability.models import Lot, LotState, TraceCode, TraceEvent

__all__ = ["enter", "goods"]

FACTS = {
    "code": "LO-01",
    "harvested_on": "2026-09-01",
    "processed_on": "2026-09-02",
    "packed_at": "2026-09-03T08:30",
    "unit_id": BA_CHE,
    "place": "Xưởng thôn Tân Tiến",
    "best_before": "2027-09-01",
}


class TestLots:
    async def test_four_facts_then_the_label(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        form = f"{DESK}/san-pham/{goods.tea.id}/lo"
        assert (await client.get(form)).status_code == 200
        answer = await client.post(form, data={**FACTS, "csrf": token})
        assert answer.status_code == 303, text_of(answer)
        page = await client.get(answer.headers["location"])
        assert "Đã công bố lô." in page.text
        lot_id = id_in(answer.headers["location"])
        async with database.session(SYSTEM) as session:
            lot = await session.get_one(Lot, lot_id)
            events = await session.scalar(select(func.count()).where(TraceEvent.lot_id == lot_id))
        assert lot.state is LotState.RELEASED
        assert lot.packed_at is not None
        assert lot.packed_at.isoformat() == "2026-09-03T01:30:00+00:00"
        assert events == 4
        png = await client.get(f"/api/v1/lots/{lot_id}/label.png")
        (uri,) = read_png(png.content)
        assert uri in page.text
        qr = await client.get(f"{DESK}/lo/{lot_id}/qr.svg")
        assert qr.headers["content-type"].startswith("image/svg+xml")

    async def test_the_next_lot_is_filled_in_as_the_last(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        form = f"{DESK}/san-pham/{goods.tea.id}/lo"
        await client.post(form, data={**FACTS, "csrf": token})
        page = await client.get(form)
        assert "Đã điền như lô trước (LO-01)" in page.text
        assert 'value="Xưởng thôn Tân Tiến"' in page.text

    async def test_a_lot_code_with_vietnamese_letters_gets_a_proposal(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        answer = await client.post(
            f"{DESK}/san-pham/{goods.tea.id}/lo", data={**FACTS, "csrf": token, "code": "Lô đỏ 1"}
        )
        assert answer.status_code == 422
        assert "LO-DO-1" in answer.text
        assert 'value="Lô đỏ 1"' in answer.text
        async with database.session(SYSTEM) as session:
            assert (await session.scalars(select(Lot))).all() == []

    async def test_packed_before_the_harvest_writes_nothing(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        typed = {**FACTS, "csrf": token, "packed_at": "2026-08-03T08:30"}
        answer = await client.post(f"{DESK}/san-pham/{goods.tea.id}/lo", data=typed)
        assert answer.status_code == 422
        assert "đứng trước thu hoạch" in answer.text
        async with database.session(SYSTEM) as session:
            assert (await session.scalars(select(Lot))).all() == []

    async def test_days_left_out_are_named(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        typed = {**FACTS, "csrf": token, "harvested_on": "", "packed_at": "hôm qua"}
        said = text_of(await client.post(f"{DESK}/san-pham/{goods.tea.id}/lo", data=typed))
        assert "Chưa ghi ngày thu hoạch." in said
        assert "Không hiểu “hôm qua”" in said


class TestImport:
    async def test_preview_then_the_good_rows(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, samples: Path, enter: Enter
    ) -> None:
        token = await enter(cast.thu)
        content = (samples / "upload_sample_lao_cai.xlsx").read_bytes()
        sent = await client.post(
            f"{DESK}/nhap-tep",
            data={"csrf": token},
            files={"file": ("danh_sach.xlsx", content, "application/octet-stream")},
        )
        assert sent.status_code == 303
        shown = await client.get(sent.headers["location"])
        assert "chưa có gì được lưu" in shown.text
        assert "Hạng sao 6" in shown.text
        async with database.session(SYSTEM) as session:
            assert await session.scalar(select(func.count()).select_from(Product)) == 0
        done = await client.post(sent.headers["location"], data={"csrf": token, "choice": "good_rows"})
        assert done.status_code == 303
        assert "Đã nhập xong" in (await client.get(done.headers["location"])).text
        async with database.session(SYSTEM) as session:
            assert (await session.scalar(select(func.count()).select_from(Product)) or 0) > 30
        again = await client.post(sent.headers["location"], data={"csrf": token, "choice": "good_rows"})
        assert again.status_code == 409

    async def test_a_sheet_without_rows_says_so(
        self, client: httpx.AsyncClient, cast: Cast, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        content = "Tên sản phẩm;Nhóm sản phẩm\n".encode()
        sent = await client.post(
            f"{DESK}/nhap-tep", data={"csrf": token}, files={"file": ("gia.csv", content, "text/csv")}
        )
        shown = await client.get(f"{sent.headers['location']}?lang=en")
        assert "no row with a product" in text_of(shown)

    async def test_nothing_is_stored_when_put_aside(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, samples: Path, enter: Enter
    ) -> None:
        token = await enter(cast.thu)
        content = (samples / "upload_sample_lao_cai.csv").read_bytes()
        sent = await client.post(
            f"{DESK}/nhap-tep", data={"csrf": token}, files={"file": ("a.csv", content, "text/csv")}
        )
        done = await client.post(sent.headers["location"], data={"csrf": token, "choice": "refuse_all"})
        assert "Không lưu gì từ a.csv" in (await client.get(done.headers["location"])).text
        async with database.session(SYSTEM) as session:
            assert await session.scalar(select(func.count()).select_from(Product)) == 0

    async def test_a_file_that_is_no_table_is_refused_with_a_sentence(
        self, client: httpx.AsyncClient, cast: Cast, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        answer = await client.post(
            f"{DESK}/nhap-tep", data={"csrf": token}, files={"file": ("a.pdf", b"%PDF-1.7 x", "x/y")}
        )
        assert answer.status_code == 422
        assert "Cần sửa trước khi tiếp tục" in answer.text
        none = await client.post(f"{DESK}/nhap-tep", data={"csrf": token})
        assert "Chưa chọn tệp" in none.text

    async def test_who_acts_for_nobody_is_told(
        self, client: httpx.AsyncClient, cast: Cast, enter: Enter
    ) -> None:
        await enter(cast.minh)
        page = await client.get(f"{DESK}/nhap-tep")
        assert "chưa gắn với chủ thể nào" in page.text


class TestStalls:
    async def test_connect_one_and_never_show_its_key(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        typed = {"csrf": token, "producer_id": str(cast.hers.id), "marketplace": "shopee"}
        typed |= {"shop_id": "778899", "name": "Trà Ba Chẽ", "key": "khoa-bi-mat-cua-hoa"}
        answer = await client.post(f"{DESK}/gian-hang", data=typed)
        assert answer.status_code == 303
        page = await client.get(answer.headers["location"])
        assert "778899" in page.text
        assert "Chờ bạn xác nhận" in page.text
        assert "khoa-bi-mat" not in page.text
        async with database.session(SYSTEM) as session:
            stall = (await session.scalars(select(MarketplaceAccount))).one()
        assert b"khoa-bi-mat" not in (stall.credentials_sealed or b"")
        found = f"{DESK}/gian-hang/{stall.id}/muc"
        assert "Đang đọc gian hàng" in (await client.get(found)).text
        async with database.session(SYSTEM) as session:
            for title in ("Trà hoa vàng Ba Chẽ", "Trà hoa vàng hộp"):
                await make_shop_item(session, stall, title)
        shown = await client.get(found)
        assert "Trà hoa vàng Ba Chẽ" in shown.text
        assert "Chưa rõ là sản phẩm nào" in shown.text
        assert (await client.post(found, data={"csrf": token})).headers["location"].startswith(found)
        twice = await client.post(f"{DESK}/gian-hang", data=typed)
        assert twice.status_code == 422
        assert "đã được kết nối" in twice.text
        assert "khoa-bi-mat" not in twice.text
        assert 'value="Trà Ba Chẽ"' in twice.text

    async def test_anothers_shop_number_is_refused_with_a_sentence(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, enter: Enter
    ) -> None:
        token = await enter(cast.binh)
        typed = {"csrf": token, "producer_id": str(cast.his.id), "marketplace": "shopee", "name": "Mực"}
        answer = await client.post(f"{DESK}/gian-hang", data=typed | {"shop_id": goods.shopee.shop_id})
        assert answer.status_code == 422
        assert "đã được kết nối" in answer.text

    async def test_gaps_are_named(self, client: httpx.AsyncClient, cast: Cast, enter: Enter) -> None:
        token = await enter(cast.hoa)
        answer = await client.post(f"{DESK}/gian-hang", data={"csrf": token, "marketplace": "shopee"})
        assert answer.status_code == 422
        assert "Chưa ghi mã gian hàng" in answer.text


class TestDecisions:
    async def test_entered_by_the_office(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.thu)
        typed = {"csrf": token, "number": "4261/QĐ-UBND", "issued_on": "2026-03-01"}
        answer = await client.post(f"{DESK}/quyet-dinh", data={**typed, "issuer_level": "province"})
        assert answer.status_code == 303
        assert "4261/QĐ-UBND" in (await client.get(answer.headers["location"])).text
        async with database.session(SYSTEM) as session:
            decision = (await session.scalars(select(RecognitionDecision))).one()
        assert decision.issuer_province_id is not None

    async def test_what_is_wrong_is_said_and_nothing_written(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.thu)
        tomorrow = (clock.today() + timedelta(days=1)).isoformat()
        typed = {"csrf": token, "number": "", "issued_on": tomorrow, "issuer_level": "province"}
        answer = await client.post(f"{DESK}/quyet-dinh", data=typed)
        assert answer.status_code == 422
        assert "Ngày quyết định chưa tới" in answer.text
        assert f'value="{tomorrow}"' in answer.text
        async with database.session(SYSTEM) as session:
            assert (await session.scalars(select(RecognitionDecision))).all() == []

    async def test_nobody_else_comes_in(self, client: httpx.AsyncClient, cast: Cast, enter: Enter) -> None:
        await enter(cast.hoa)
        assert (await client.get(f"{DESK}/quyet-dinh")).status_code == 403


class TestRecall:
    async def test_says_what_will_happen_wants_a_reason_and_shows_it_to_buyers(
        self, client: httpx.AsyncClient, cast: Cast, goods: Goods, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        made = await client.post(f"{DESK}/san-pham/{goods.tea.id}/lo", data={**FACTS, "csrf": token})
        lot_id = id_in(made.headers["location"])
        async with database.session(SYSTEM) as session:
            code = await session.scalar(select(TraceCode.code).where(TraceCode.lot_id == lot_id))
            listing = await make_listing(session, goods.tea, goods.shopee, state=ListingState.LIVE)
        form = f"{DESK}/lo/{lot_id}/thu-hoi"
        assert form in (await client.get(f"{DESK}/lo/{lot_id}")).text
        assert "Không hủy được việc thu hồi" in (await client.get(form)).text

        empty = await client.post(form, data={"csrf": token, "reason": " "})
        assert empty.status_code == 422
        assert "Hãy ghi lý do thu hồi" in empty.text
        done = await client.post(form, data={"csrf": token, "reason": "Ghi sai hạn sử dụng"})
        assert done.status_code == 303, text_of(done)
        after = (await client.get(done.headers["location"])).text
        assert "Đã thu hồi lô." in after
        assert "Không có lô nào làm từ lô này." in after
        assert f'action="{DESK}/tin-dang/{listing.id}/go"' in after
        # No label of it may be printed, so none is drawn on the product's page.
        product = (await client.get(f"{DESK}/san-pham/{goods.tea.id}")).text
        assert f'href="{DESK}/lo/{lot_id}"' in product
        assert "qr.svg" not in product
        buyer = await client.get(f"/t/{code}", headers={"Accept": "text/html"})
        assert "Ghi sai hạn sử dụng" in buyer.text
