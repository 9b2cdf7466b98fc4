"""A part of the products that there is not is refused with what there is; the same in every way of asking."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import BA_CHE, BAI_CHAY
from tests.reporting.conftest import Made, World

from ocop_hub.db import apply_scope
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.producers.models import Producer, ProducerKind
from ocop_hub.reporting.asking import Tried, asked, narrowed_to, tried_out
from ocop_hub.reporting.coverage import figure, question_for
from ocop_hub.reporting.errors import DayUnreadable, UnknownPart
from ocop_hub.reporting.figures import By, Geo
from ocop_hub.reporting.parts import PARAMETERS


@pytest.mark.parametrize(
    ("cut", "key", "named"),
    [
        (By.STARS, "9", "Không có hạng sao mã “9”. Các mã dùng được: 3, 4, 5."),
        (By.STARS, "bốn", "“bốn”"),
        (By.GROUP, "thuc-pham", "thuc_pham, do_uong"),
        (By.KIND, "cong_ty", "doanh_nghiep, hop_tac_xa"),
        (
            By.MARKETPLACE,
            "facebook",
            "Không có sàn được tính mã “facebook”. Các mã dùng được: postmart, voso",
        ),
        (By.DISTRICT, BA_CHE, "Không có huyện cũ mã"),
        (By.UNIT, "d-202-00000000", "Không có đơn vị mã"),
        (By.PRODUCER, "4711", "Không có chủ thể mã “4711”."),
        (By.PRODUCER, str(UUID(int=1)), "Không có chủ thể mã"),
    ],
)
async def test_what_there_is_not_is_refused(session: AsyncSession, cut: By, key: str, named: str) -> None:
    with pytest.raises(UnknownPart) as refused:
        await question_for(session, province="22", narrowed={cut: key})
    (field,) = refused.value.fields
    assert field.field == PARAMETERS[cut]
    assert named in field.problem == refused.value.detail


@pytest.mark.parametrize("province", ["99", "Quảng Ninh", "2"])
async def test_a_province_that_there_is_not(session: AsyncSession, province: str) -> None:
    with pytest.raises(UnknownPart, match="Không có tỉnh, thành phố mã"):
        await question_for(session, province=province)


async def test_what_there_is_and_what_has_none_is_asked(session: AsyncSession) -> None:
    wanted = {
        By.STARS: "5",
        By.GROUP: "do_uong",
        By.KIND: ProducerKind.HOUSEHOLD.value,
        By.DISTRICT: "",
        By.UNIT: BA_CHE,
        By.MARKETPLACE: "voso",
    }
    for province in ("22", ""):
        question = await question_for(session, province=province, narrowed=wanted)
        assert (await figure(session, SYSTEM_ACTOR, question)).counts.denominator == 0


async def test_a_producer_out_of_sight_is_answered_like_none(session: AsyncSession, world: World) -> None:
    await world.make([Made(unit=BAI_CHAY)])
    key = str(await session.scalar(select(Producer.id)))
    await question_for(session, province="22", narrowed={By.PRODUCER: key})
    minh = Actor(Role.OFFICER_COMMUNE, user_id=UUID(int=3), unit_id=BA_CHE)
    await apply_scope(session, minh.scope)
    with pytest.raises(UnknownPart, match="Không có chủ thể mã"):
        await question_for(session, province="22", narrowed={By.PRODUCER: key})


@pytest.mark.parametrize("text", ["abc", "30/09/2026", "2026-02-30", "0"])
async def test_a_day_that_is_none_is_told_when_asked(session: AsyncSession, text: str) -> None:
    read = await asked(Tried(), await narrowed_to(stars="4"), as_of=text)
    assert read.narrowed == {By.STARS: "4"}, "the rest stays, so that a form can be shown as it was filled"
    with pytest.raises(DayUnreadable, match="Hãy viết năm, tháng, ngày như 2026-09-30"):
        await read.question(session, "22")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("denominator", "certified_valid, certified_ever, participating"),
        ("listing_rule", "live_on_as_of, ever_listed, live_days"),
        ("evidence", "api, link, seen, declared"),
        ("off_season", "last_in_season"),
    ],
)
async def test_a_choice_that_there_is_not_is_told_with_what_there_is(
    session: AsyncSession, name: str, words: str
) -> None:
    written: dict[str, Any] = {name: "certifed"}
    read = await asked(await tried_out(**written), {By.STARS: "4"})
    with pytest.raises(UnknownPart, match=f"mã “certifed”. Các mã dùng được: {words}") as refused:
        await read.question(session, "22")
    assert [each.field for each in refused.value.fields] == [name]


async def test_a_geography_that_there_is_not(session: AsyncSession) -> None:
    read = await asked(Tried(), {}, geo="now")
    with pytest.raises(UnknownPart, match="Các mã dùng được: current, as_certified") as refused:
        await read.question(session, "22")
    assert [each.field for each in refused.value.fields] == ["geo"]
    assert (await asked(Tried(), {}, geo="as_certified")).geo is Geo.AS_CERTIFIED
