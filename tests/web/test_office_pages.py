"""Duplicates, star matching, one decision and one certificate, as an officer works with them."""

from __future__ import annotations

import re
from datetime import date

import httpx
from sqlalchemy import select
from tests.builders import (
    Cast,
    make_account,
    make_certificate,
    make_decision,
    make_listing,
    make_lot,
    make_producer,
    make_product,
)
from tests.web.test_desk_pages import DESK, Enter, enter, id_in, text_of

from ocop_hub.audit import AuditEntry
from ocop_hub.catalogue.models import Product
from ocop_hub.certificates.models import Certificate
from ocop_hub.db import SYSTEM, Database
from ocop_hub.producers.models import Merge, Producer
from ocop_hub.traceability.service import ensure_code

__all__ = ["enter"]


class TestDuplicates:
    async def test_merged_with_labels_lots_and_listings_and_split_again(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        async with database.session(SYSTEM) as session:
            twin = await make_producer(session, "Hợp tác xã Dược liệu Ba Chẽ")
            tea = await make_product(session, twin, "Trà hoa vàng", stars=4)
            lot = await make_lot(session, tea)
            code = await ensure_code(session, tea, lot)
            await make_listing(session, tea, await make_account(session, twin))
        token = await enter(cast.thu)
        page = await client.get(f"{DESK}/trung")
        shown = text_of(page)
        assert "HTX Dược liệu Ba Chẽ" in shown
        assert "Hợp tác xã Dược liệu Ba Chẽ" in shown
        sides = {
            name: re.search(rf'name="{name}" value="([^"]+)"', page.text)[1]  # type: ignore[index]  # asserted by use
            for name in ("bo", "bo2")
        }
        kept = {"csrf": token, "loai": "producer", **sides, "giu": str(cast.hers.id)}
        assert (await client.post(f"{DESK}/trung", data=kept)).status_code == 303
        # All that belonged to the other is seen with the one that was kept.
        hers = text_of(await client.get(DESK, params={"chu_the": str(cast.hers.id)}))
        assert "Trà hoa vàng" in hers
        assert lot.code in (await client.get(f"{DESK}/lo/{lot.id}")).text
        assert "Trà hoa vàng" in (await client.get(f"{DESK}/san-pham/{tea.id}")).text
        label = await client.get(f"/t/{code}", headers={"Accept": "text/html"})
        assert "HTX Dược liệu Ba Chẽ" in label.text
        token = await enter(cast.hoa)
        assert "Trà hoa vàng" in text_of(await client.get(DESK))
        token = await enter(cast.thu)
        async with database.session(SYSTEM) as session:
            merge = (await session.scalars(select(Merge))).one()
        assert "đã gộp vào" in text_of(await client.get(f"{DESK}/trung"))
        split = await client.post(f"{DESK}/trung/{merge.id}/tach", data={"csrf": token})
        assert split.status_code == 303
        async with database.session(SYSTEM) as session:
            assert (await session.get_one(Producer, twin.id)).merged_into_id is None
            assert (await session.get_one(Product, tea.id)).producer_id == twin.id

    async def test_two_spellings_of_one_product(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        async with database.session(SYSTEM) as session:
            first = await make_product(session, cast.hers, "Trà hoa vàng")
            second = await make_product(session, cast.hers, "Tra hoa vang")
            lot = await make_lot(session, second, "L-CU")
        token = await enter(cast.thu)
        pair = {"csrf": token, "loai": "product", "bo": str(first.id), "bo2": str(second.id)}
        await client.post(f"{DESK}/trung", data={**pair, "giu": str(first.id)})
        async with database.session(SYSTEM) as session:
            assert (await session.get_one(Product, second.id)).merged_into_id == first.id
        listed = text_of(await client.get(DESK))
        assert "Trà hoa vàng" in listed
        assert "Tra hoa vang" not in listed
        assert (await client.get(f"{DESK}/lo/{lot.id}")).status_code == 200
        assert "L-CU" in (await client.get(f"{DESK}/san-pham/{first.id}")).text
        lots = await client.get(f"/api/v1/products/{first.id}/lots")
        assert [each["code"] for each in lots.json()["items"]] == ["L-CU"]


class TestStars:
    async def test_matched_with_a_decision_then_counted(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        async with database.session(SYSTEM) as session:
            tea = await make_product(session, cast.hers, "Trà hoa vàng")
            tea.declared_stars = 5
            decision = await make_decision(session, "4261/QĐ-UBND", issued_on=date(2025, 12, 1))
        token = await enter(cast.thu)
        page = await client.get(f"{DESK}/doi-chieu-sao")
        assert "Chủ thể khai: 5 sao" in text_of(page)
        form = f"{DESK}/doi-chieu-sao/{tea.id}"
        none = await client.post(form, data={"csrf": token, "viec": "khop"})
        assert (none.status_code, "Hãy chọn quyết định" in none.text) == (422, True)
        chosen = {f"decision-{tea.id}": str(decision.id), f"stars-{tea.id}": "4"}
        assert (await client.post(form, data={"csrf": token, "viec": "khop", **chosen})).status_code == 303
        async with database.session(SYSTEM) as session:
            assert (await session.scalars(select(Certificate.stars))).all() == [4]
        assert "Không còn hạng sao nào" in text_of(await client.get(f"{DESK}/doi-chieu-sao"))

    async def test_turned_down_with_a_reason_on_record(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        async with database.session(SYSTEM) as session:
            tea = await make_product(session, cast.hers, "Trà hoa vàng")
            tea.declared_stars = 5
        token = await enter(cast.thu)
        form = f"{DESK}/doi-chieu-sao/{tea.id}"
        silent = await client.post(form, data={"csrf": token, "viec": "khong"})
        assert (silent.status_code, "Hãy ghi vì sao" in silent.text) == (422, True)
        said = {"csrf": token, "viec": "khong", f"reason-{tea.id}": "Không có trong danh sách 2025"}
        assert (await client.post(form, data=said)).status_code == 303
        async with database.session(SYSTEM) as session:
            assert (await session.get_one(Product, tea.id)).declared_stars is None
            acts = await session.scalars(
                select(AuditEntry.details).where(AuditEntry.action == "certificates.turn_down_stars")
            )
            assert [each["reason"] for each in acts] == ["Không có trong danh sách 2025"]


class TestDecision:
    async def test_products_typed_without_a_spreadsheet(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.thu)
        typed = {"csrf": token, "number": "4261/QĐ-UBND", "issued_on": "2025-12-01"}
        made = await client.post(f"{DESK}/quyet-dinh", data={**typed, "issuer_level": "province"})
        page = made.headers["location"].partition("?")[0]
        lines = {
            "name-0": "Trà hoa vàng",
            "producer-0": "HTX Dược liệu Ba Chẽ",
            "commune-0": "Xã Ba Chẽ",
            "group-0": "Đồ uống",
            "stars-0": "4",
            "name-2": "Mật ong rừng",
            "producer-2": "Tổ hợp tác Mật ong",
            "commune-2": "Xã Ba Chẽ",
            "group-2": "Thực phẩm",
            "stars-2": "3",
        }
        empty = await client.post(page, data={"csrf": token, "group-0": "Đồ uống", "stars-0": "3"})
        assert (empty.status_code, "Chưa ghi sản phẩm nào" in empty.text) == (422, True)
        sent = await client.post(page, data={"csrf": token, **lines})
        assert sent.status_code == 303, text_of(sent)
        preview = await client.get(sent.headers["location"])
        assert "Lưu các dòng đúng (2)" in text_of(preview)
        await client.post(sent.headers["location"], data={"csrf": token, "choice": "good_rows"})
        shown = text_of(await client.get(page))
        assert "2 sản phẩm" in shown
        assert "Mật ong rừng" in shown
        assert "Công nhận lần đầu" in shown

    async def test_upgraded_then_withdrawn_on_its_page(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        async with database.session(SYSTEM) as session:
            tea = await make_product(session, cast.hers, "Trà hoa vàng")
            first = date(2022, 12, 1)
            await make_certificate(session, tea, stars=3, valid_from=first, valid_to=date(2025, 11, 30))
            later = await make_certificate(session, tea, stars=4, valid_from=date(2025, 12, 1))
        token = await enter(cast.thu)
        page = f"{DESK}/giay-chung-nhan/{later.id}"
        assert "Nâng hạng" in text_of(await client.get(page))
        silent = await client.post(page, data={"csrf": token, "reason": ""})
        assert (silent.status_code, "Hãy ghi lý do" in silent.text) == (422, True)
        early = await client.post(page, data={"csrf": token, "reason": "QĐ 9", "from_day": "2020-01-01"})
        assert "Ngày thu hồi phải sau ngày cấp" in early.text
        done = await client.post(page, data={"csrf": token, "reason": "QĐ 9/2026: vi phạm"})
        assert done.status_code == 303
        shown = text_of(await client.get(page))
        assert "QĐ 9/2026: vi phạm" in shown
        assert "Thu hồi giấy chứng nhận" not in shown
        assert id_in(page) == later.id
