"""Rows that may mean something known under another spelling: asked, answered, remembered."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import make_user
from tests.cast import OFFICER, acting_for, make_producer, make_product

from ocop_hub.catalogue.models import Product
from ocop_hub.intake.given import read_columns
from ocop_hub.intake.models import ImportRun
from ocop_hub.intake.runs import Policy, Said, SentFile, decide, look_again, take
from ocop_hub.intake.unsure import NEW, UnknownAnswer
from ocop_hub.media import Media
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.producers.models import Producer

HEAD = "Tên sản phẩm;Chủ thể;Xã/phường;Nhóm sản phẩm;Hạng sao\n"
NEAR = (HEAD + "Mực khô;Hợp tác xã Hoa Hồng;Đặc khu Cô Tô;Thực phẩm;4\n").encode()
MEDIA = Media.in_memory()


async def looked(session: AsyncSession, content: bytes, actor: Actor = OFFICER, **given: Any) -> ImportRun:
    return await take(session, actor, MEDIA, SentFile("a.csv", content), home_province="22", **given)


async def names(session: AsyncSession) -> list[str]:
    return sorted(
        await session.scalars(select(Producer.name).where(Producer.name_folded.contains("hoa hong")))
    )


async def test_another_word_for_the_kind_is_asked_and_waits(session: AsyncSession) -> None:
    known = await make_producer(session, "HTX Hoa Hồng")
    run = await looked(session, NEAR)
    (question,) = run.report["questions"]
    assert question["written"] == "Hợp tác xã Hoa Hồng"
    assert [each["id"] for each in question["candidates"]] == [str(known.id)]
    assert question["rows"] == [2]
    assert (run.counts["created"], run.counts["wrong"]) == (0, 1)
    assert [each["code"] for each in run.report["errors"]] == ["producer_unsure"]
    await decide(session, OFFICER, MEDIA, run.id, Policy.GOOD_ROWS)
    assert await names(session) == ["HTX Hoa Hồng"]


@pytest.mark.parametrize(
    ("known", "written"),
    [
        ("HTX chăn nuôi và dịch vụ Hoa Hồng", "HTX chăn nuôi & DV Hoa Hồng"),
        ("Công ty cổ phần thương mại và dịch vụ Hoa Hồng", "CTCP TM-DV Hoa Hồng"),
        ("Hộ kinh doanh Hoa Hồng", "Hộ KD Hoa Hồng"),
    ],
)
async def test_a_name_written_short_is_asked_and_makes_no_second_one(
    session: AsyncSession, known: str, written: str
) -> None:
    producer = await make_producer(session, known)
    run = await looked(session, NEAR.replace("Hợp tác xã Hoa Hồng".encode(), written.encode()))
    (question,) = run.report["questions"]
    assert [each["id"] for each in question["candidates"]] == [str(producer.id)]
    assert run.counts["created"] == 0


async def test_it_is_the_known_one_and_the_answer_goes_with_the_next_file(session: AsyncSession) -> None:
    known = await make_producer(session, "HTX Hoa Hồng")
    run = await looked(session, NEAR)
    key = run.report["questions"][0]["key"]
    await look_again(session, OFFICER, MEDIA, run.id, Said(answers={key: str(known.id)}))
    assert run.counts["created"] == 1
    await decide(session, OFFICER, MEDIA, run.id, Policy.GOOD_ROWS)
    product = (await session.scalars(select(Product).where(Product.producer_id == known.id))).one()
    assert product.name == "Mực khô"
    again = await looked(session, NEAR)
    assert again.counts["unchanged"] == 1
    assert again.report["questions"][0]["answer"] == str(known.id)


async def test_it_is_a_new_one(session: AsyncSession) -> None:
    await make_producer(session, "HTX Hoa Hồng")
    run = await looked(session, NEAR)
    key = run.report["questions"][0]["key"]
    await look_again(session, OFFICER, MEDIA, run.id, Said(answers={key: NEW}))
    await decide(session, OFFICER, MEDIA, run.id, Policy.GOOD_ROWS)
    assert await names(session) == ["HTX Hoa Hồng", "Hợp tác xã Hoa Hồng"]


async def test_two_of_the_very_same_name_are_told_apart_by_place_or_asked(session: AsyncSession) -> None:
    first = await make_producer(session, "HTX Hoa Hồng")
    await make_producer(session, "HTX Hoa Hồng", unit_id="c-06838-20250701")
    run = await looked(session, NEAR.replace("Hợp tác xã".encode(), b"HTX"))
    candidates = run.report["questions"][0]["candidates"]
    assert str(first.id) in {each["id"] for each in candidates}
    assert len(candidates) == 2


async def test_a_product_under_another_spelling(session: AsyncSession) -> None:
    producer = await make_producer(session, "HTX Hoa Hồng")
    product = await make_product(session, producer, "Mực một nắng")
    member = acting_for(producer)
    content = (HEAD + "MUC MOT NANG;HTX Hoa Hồng;Đặc khu Cô Tô;Thực phẩm;4\n").encode()
    run = await looked(session, content, member, producer_id=producer.id)
    (question,) = run.report["questions"]
    assert question["kind"] == "product"
    await look_again(session, member, MEDIA, run.id, Said(answers={question["key"]: str(product.id)}))
    await decide(session, member, MEDIA, run.id, Policy.GOOD_ROWS)
    assert (await session.scalars(select(Product.name))).all() == ["Mực một nắng"]


async def test_an_answer_that_was_not_offered(session: AsyncSession) -> None:
    await make_producer(session, "HTX Hoa Hồng")
    run = await looked(session, NEAR)
    key = run.report["questions"][0]["key"]
    with pytest.raises(UnknownAnswer, match="không khớp"):
        await look_again(session, OFFICER, MEDIA, run.id, Said(answers={key: str(run.id)}))


async def test_another_province_is_another_producer(session: AsyncSession) -> None:
    await make_producer(session, "HTX Hoa Hồng", province_id="p-15-20250701", unit_id="c-02671-20250701")
    run = await looked(session, NEAR)
    assert run.report["questions"] == []
    assert run.counts["created"] == 1


async def test_columns_that_are_not_clear_wait_for_the_person(session: AsyncSession) -> None:
    content = "Tên sản phẩm;Người làm;Nhóm;Hạng sao\nMực;HTX Hoa Hồng;Thực phẩm;4\n".encode()
    run = await looked(session, content, ask_columns=True)
    assert "thiếu cột “Chủ thể”" in run.report["unclear"]
    assert [each["header"] for each in run.report["columns"]] == [
        "Tên sản phẩm",
        "Người làm",
        "Nhóm",
        "Hạng sao",
    ]
    member = await make_user(session)
    officer = Actor(Role.OFFICER_PROVINCE, user_id=member.id)
    await look_again(session, officer, MEDIA, run.id, Said(columns=read_columns({"Người làm": "producer"})))
    assert run.report["unclear"] == ""
    assert run.counts["created"] == 1


async def test_old_fonts_are_shown_before_and_after_and_left_where_the_person_says(
    session: AsyncSession,
) -> None:
    rows = f"{HEAD}MiÕn dong B×nh Liªu;HTX Hoa Hång;§Æc khu C« T«;Thùc phÈm;4\n"
    run = await looked(session, rows.encode("utf-8"))
    assert run.report["font_cells"] == 4
    told = {each["before"]: each["after"] for each in run.report["fonts"]}
    assert told["MiÕn dong B×nh Liªu"] == "Miến dong Bình Liêu"
    await look_again(session, OFFICER, MEDIA, run.id, Said(convert=False))
    assert run.report["fonts"] == []
    assert run.counts["wrong"] == 1  # no group is called so
