"""Whatever stands in a cell, a sentence comes of it; and a storing that breaks leaves the file to be stored again."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.cast import OFFICER

from ocop_hub.catalogue.models import Product
from ocop_hub.intake.check import check_file
from ocop_hub.intake.columns import Field, name_of
from ocop_hub.intake.marked import marked_workbook
from ocop_hub.intake.runs import Policy, SentFile, decide, take
from ocop_hub.media import Media
from ocop_hub.places.finder import finder
from ocop_hub.web.i18n import translate

#: What breaks a message that is filled in carelessly.
NASTY = st.one_of(
    st.sampled_from(["%s", "%(n)s", "100%", "{}", "{0}", "{a.b}", "<b>", "'", '"', "=1+1", "\\", "\u202e"]),
    st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=40),
)


def sheet(cells: dict[Field, str]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([name_of(field) for field in cells])
    writer.writerow(cells.values())
    return out.getvalue().encode("utf-8-sig")


@settings(max_examples=60, deadline=None)
@given(st.lists(NASTY, min_size=len(Field), max_size=len(Field)))
def test_every_problem_is_a_sentence(texts: list[str]) -> None:
    cells = dict(zip(Field, texts, strict=True)) | {Field.NAME: "Miến", Field.PRODUCER: "HTX A"}
    content = sheet(cells)
    checked = check_file(content, "a.csv", finder(), "22")
    report = checked.report()
    for each in (*report["errors"], *report["warnings"]):
        assert each["problem"].strip()
        assert each["problem"] == translate("vi", "%(p)s", p=each["problem"])
    columns = [{"header": name_of(field), "field": field.value, "column": ""} for field in Field]
    report |= {"sheet": checked.sheet, "header_row": checked.columns.header_row, "columns": columns}
    assert marked_workbook(content, report)


async def test_a_storing_that_breaks_is_done_again_from_the_kept_file(session: AsyncSession) -> None:
    rows = "\n".join(f"Miến {n};HTX A;Xã Ba Chẽ;Thực phẩm;4" for n in range(300))
    content = f"Tên sản phẩm;Chủ thể;Xã/phường;Nhóm sản phẩm;Hạng sao\n{rows}\n".encode()
    media = Media.in_memory()
    run = await take(session, OFFICER, media, SentFile("a.csv", content), home_province="22")

    async def stored() -> int:
        return await session.scalar(select(func.count()).select_from(Product)) or 0

    run_id = run.id

    async def die_before_the_answer() -> None:
        await decide(session, OFFICER, media, run_id, Policy.GOOD_ROWS)
        assert await stored() == 300
        await session.rollback()
        raise ConnectionError

    with pytest.raises(ConnectionError):
        await die_before_the_answer()
    assert await stored() == 0
    session.expire_all()
    await decide(session, OFFICER, media, run_id, Policy.GOOD_ROWS)
    assert await stored() == 300
