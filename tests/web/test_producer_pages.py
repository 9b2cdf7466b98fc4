"""A producer's own page, its people, helpers and what they did, over HTTP."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select
from tests.builders import Cast, make_mandate, make_producer, make_product, sign_in
from tests.web.test_desk_pages import DESK, Enter, enter, text_of

from ocop_hub.db import PUBLIC, SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.producers.models import (
    Consent,
    Mandate,
    MemberRole,
    Producer,
    ProducerKind,
    ProducerMember,
)
from ocop_hub.producers.queries import shown_publicly

__all__ = ["enter"]

PAGES = f"{DESK}/co-so"
UNTIL = (clock.today() + timedelta(days=30)).isoformat()


class TestProfile:
    async def test_saved_and_wrong_numbers_kept_for_mending(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        page = f"{PAGES}/{cast.hers.id}"
        typed = {"csrf": token, "name": "HTX Dược liệu Ba Chẽ", "kind": "hop_tac_xa", "phone": "0912 345 678"}
        wrong = await client.post(
            page, data={**typed, "tax_number": "0100233480", "address": "Thôn Làng Lốc"}
        )
        assert wrong.status_code == 422
        assert "sai chữ số kiểm tra" in wrong.text
        assert 'value="Thôn Làng Lốc"' in wrong.text
        done = await client.post(page, data={**typed, "tax_number": "0100233488"})
        assert done.status_code == 303
        shown = await client.get(done.headers["location"])
        assert "Đã lưu hồ sơ cơ sở." in shown.text
        assert 'value="0100233488"' in shown.text
        async with database.session(SYSTEM) as session:
            kept = await session.get_one(Producer, cast.hers.id)
        assert kept.phone == "+84912345678"

    async def test_a_persons_number_is_kept_and_never_shown(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.binh)
        page = f"{PAGES}/{cast.his.id}"
        typed = {"csrf": token, "name": "Hộ kinh doanh Trần Văn Bình", "kind": "ho_kinh_doanh"}
        assert "022012345678" not in (await client.get(page)).text
        await client.post(page, data={**typed, "tax_number": ""})
        async with database.session(SYSTEM) as session:
            assert (await session.get_one(Producer, cast.his.id)).tax_number == "022012345678"
        await client.post(page, data={**typed, "tax_number": "-"})
        async with database.session(SYSTEM) as session:
            assert (await session.get_one(Producer, cast.his.id)).tax_number is None

    async def test_a_helper_does_not_touch_the_account(
        self, client: httpx.AsyncClient, cast: Cast, enter: Enter
    ) -> None:
        token = await enter(cast.lan)
        page = f"{PAGES}/{cast.hers.id}"
        assert "Số tài khoản" not in (await client.get(page)).text
        typed = {"csrf": token, "name": "HTX", "kind": "hop_tac_xa", "bank_account": "8000205123456"}
        refused = await client.post(page, data=typed)
        assert "chỉ chủ sở hữu" in refused.text

    async def test_the_place_is_chosen_by_an_old_name(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        page = f"{PAGES}/{cast.hers.id}"
        found = await client.get(f"{page}/noi", params={"q": "bai chay"})
        unit = re.search(r'name="unit_id" value="(c-06673-20250701)"', found.text)
        assert unit, text_of(found)
        await client.post(page, data={"csrf": token, "unit_id": unit[1]})
        assert "Phường Bãi Cháy" in (await client.get(page)).text
        async with database.session(SYSTEM) as session:
            assert (await session.get_one(Producer, cast.hers.id)).name == cast.hers.name


class TestConsents:
    async def test_a_households_phone_is_shown_only_while_agreed(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.binh)
        page = f"{PAGES}/{cast.his.id}"
        async with database.session(SYSTEM) as session:
            his = await session.get_one(Producer, cast.his.id)
            his.phone, his.address = "+84912000002", "Tổ 3"

        async def seen() -> tuple[str, str, str]:
            async with database.session(PUBLIC) as session:
                found = await shown_publicly(session, await session.get_one(Producer, cast.his.id))
            return found.phone, found.address, found.tax_number

        assert await seen() == ("", "", "")
        await client.post(f"{page}/dong-y", data={"csrf": token, "dong-y-phone": "1"})
        assert await seen() == ("+84912000002", "", "")
        assert "đồng ý từ" in (await client.get(page)).text
        await client.post(f"{page}/dong-y", data={"csrf": token})
        assert await seen() == ("", "", "")
        async with database.session(SYSTEM) as session:
            (kept,) = await session.scalars(select(Consent))
        assert kept.withdrawn_at is not None
        assert kept.text_version

    async def test_nobody_agrees_for_a_person(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        async with database.session(SYSTEM) as session:
            await make_mandate(session, cast.his, cast.lan)
        token = await enter(cast.lan)
        answer = await client.post(f"{PAGES}/{cast.his.id}/dong-y", data={"csrf": token, "dong-y-phone": "1"})
        assert answer.status_code == 403
        token = await enter(cast.thu)
        answer = await client.post(f"{PAGES}/{cast.his.id}/dong-y", data={"csrf": token, "dong-y-phone": "1"})
        assert answer.status_code == 403

    async def test_a_cooperatives_phone_is_its_own(self, cast: Cast, database: Database) -> None:
        async with database.session(SYSTEM) as session:
            hers = await session.get_one(Producer, cast.hers.id)
            hers.phone = "+842033825678"
        async with database.session(PUBLIC) as session:
            found = await shown_publicly(session, await session.get_one(Producer, cast.hers.id))
        assert found.phone == "+842033825678"


class TestMembers:
    async def test_invited_by_a_code_shown_once_and_the_last_owner_stays(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.hoa)
        page = f"{PAGES}/{cast.hers.id}/nguoi"
        given = await client.post(page, data={"csrf": token, "role": "editor"})
        assert given.status_code == 200
        assert given.headers["cache-control"] == "private, no-store"
        address = re.search(r'href="(http[^"]+/nhan-ho-so/[^"]+)"', given.text)
        assert address
        card = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', given.text)
        assert card
        assert address[1].rsplit("/", 1)[1] in base64.b64decode(card[1]).decode()
        token = await enter(cast.binh)
        taken = await client.post(address[1], data={"csrf": token})
        assert taken.status_code == 303
        assert (await client.post(f"{page}/{cast.hoa.id}/bo", data={"csrf": token})).status_code == 403
        token = await enter(cast.hoa)
        last = await client.post(f"{page}/{cast.hoa.id}/bo", data={"csrf": token})
        assert (last.status_code, "chủ sở hữu duy nhất" in last.text) == (422, True)
        gone = await client.post(f"{page}/{cast.binh.id}/bo", data={"csrf": token})
        assert gone.status_code == 303
        async with database.session(SYSTEM) as session:
            left = await session.scalars(
                select(ProducerMember.role).where(ProducerMember.producer_id == cast.hers.id)
            )
            assert list(left) == [MemberRole.OWNER]


class TestMandates:
    async def test_granted_on_the_page_then_ended(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.binh)
        page = f"{PAGES}/{cast.his.id}/lam-ho"
        typed = {"csrf": token, "helper_login": "0912000003", "until": UNTIL, "covers": "In tem"}
        missing = await client.post(page, data={**typed, "agreed_how": ""})
        assert (missing.status_code, "Hãy ghi đã đồng ý thế nào" in missing.text) == (422, True)
        assert 'value="In tem"' in missing.text
        assert (await client.post(page, data={**typed, "agreed_how": "Ký giấy"})).status_code == 303
        shown = text_of(await client.get(page))
        assert "Phạm Thị Lan Đang có hiệu lực" in shown
        assert "In tem" in shown
        async with database.session(SYSTEM) as session:
            mandate = (await session.scalars(select(Mandate).where(Mandate.producer_id == cast.his.id))).one()
        assert (
            await client.post(f"{DESK}/lam-ho/{mandate.id}/thoi", data={"csrf": token})
        ).status_code == 303
        assert "Đã rút" in text_of(await client.get(page))

    async def test_asked_by_the_helper_and_agreed_to(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        token = await enter(cast.lan)
        found = await client.get(f"{DESK}/lam-ho", params={"q": "tran van binh"})
        assert str(cast.his.id) in found.text
        asked = {"csrf": token, "producer_id": str(cast.his.id), "until": UNTIL, "covers": "Nhập sản phẩm"}
        for _ in range(2):  # the same request again is the same
            assert (await client.post(f"{DESK}/lam-ho", data=asked)).status_code == 303
        assert (await client.get(f"{PAGES}/{cast.his.id}")).status_code == 404
        token = await enter(cast.binh)
        page = await client.get(f"{PAGES}/{cast.his.id}/lam-ho")
        (answer,) = set(re.findall(r'action="([^"]+/yeu-cau/[^"]+)"', page.text))
        await client.post(answer, data={"csrf": token, "tra-loi": "dong-y"})
        again = await client.post(answer, data={"csrf": token, "tra-loi": "tu-choi"})
        assert (again.status_code, "đã được trả lời" in again.text) == (409, True)
        await enter(cast.lan)
        assert (await client.get(f"{PAGES}/{cast.his.id}")).status_code == 200
        listed = text_of(await client.get(PAGES))
        assert "HTX Dược liệu Ba Chẽ" in listed
        assert "Hộ kinh doanh Trần Văn Bình" in listed

    async def test_what_was_done_for_another_is_told_to_both(
        self, client: httpx.AsyncClient, cast: Cast, enter: Enter
    ) -> None:
        token = await enter(cast.lan)
        page = await client.get(f"{PAGES}/{cast.hers.id}")
        assert "làm hộ cho HTX Dược liệu Ba Chẽ" in page.text
        typed = {"csrf": token, "name": cast.hers.name, "kind": "hop_tac_xa", "address": "Thôn 1"}
        await client.post(f"{PAGES}/{cast.hers.id}", data=typed)
        assert "Sửa hồ sơ cơ sở" in text_of(await client.get(f"{DESK}/lam-ho"))
        await enter(cast.hoa)
        told = text_of(await client.get(f"{PAGES}/{cast.hers.id}/viec-lam-ho"))
        assert "Phạm Thị Lan làm hộ cho HTX Dược liệu Ba Chẽ Sửa hồ sơ cơ sở" in told


class TestList:
    async def test_what_waits_for_each_and_one_producers_products(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        async with database.session(SYSTEM) as session:
            await make_mandate(session, cast.his, cast.lan)
            await make_product(session, cast.hers, "Trà hoa vàng")
            await make_product(session, cast.his, "Mực một nắng")
        await enter(cast.lan)
        listed = await client.get(PAGES)
        assert f"{DESK}?chu_the={cast.his.id}" in listed.text
        only = text_of(await client.get(DESK, params={"chu_the": str(cast.his.id)}))
        assert "Mực một nắng" in only
        assert "Trà hoa vàng" not in only

    async def test_an_office_does_not_find_a_person_by_her_number(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        async with database.session(SYSTEM) as session:
            await make_producer(session, "Công ty Quang Hanh", tax_number="0100233488")
        await enter(cast.thu)
        by_company = text_of(await client.get(PAGES, params={"q": "0100233488"}))
        assert "Công ty Quang Hanh" in by_company
        by_person = text_of(await client.get(PAGES, params={"q": "022012345678"}))
        assert "Trần Văn Bình" not in by_person


class TestClaimCode:
    async def test_the_office_prints_a_card_for_an_unclaimed_producer(
        self, client: httpx.AsyncClient, cast: Cast, database: Database, enter: Enter
    ) -> None:
        async with database.session(SYSTEM) as session:
            household = await make_producer(session, "Hộ Tòng Văn A", kind=ProducerKind.HOUSEHOLD)
        token = await enter(cast.thu)
        page = await client.get(f"{PAGES}/{household.id}")
        assert "Cấp mã" in page.text
        given = await client.post(f"{PAGES}/{household.id}/ma-nhan", data={"csrf": token})
        card = re.search(r'src="data:image/svg\+xml;base64,([^"]+)"', given.text)
        assert card
        drawn = base64.b64decode(card[1]).decode()
        assert 'width="105mm" height="148mm"' in drawn
        assert "Hộ Tòng Văn A" in drawn
        await enter(cast.hoa)
        assert (await client.post(f"{PAGES}/{household.id}/ma-nhan", data={})).status_code == 403


@pytest.mark.parametrize("who", ["hoa", "thu"])
async def test_in_english(client: httpx.AsyncClient, cast: Cast, who: str) -> None:
    await sign_in(client, getattr(cast, who))
    page = await client.get(f"{PAGES}/{cast.hers.id}?lang=en", headers={"Accept": "text/html"})
    assert "People of the producer" in page.text
