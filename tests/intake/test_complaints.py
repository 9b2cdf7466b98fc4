"""What people complained of in other systems' imports, each with a file of its own."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import Cast, sign_in
from tests.cast import OFFICER

from ocop_hub.catalogue.models import Product
from ocop_hub.intake.check import CheckedSheet, check_file
from ocop_hub.intake.errors import HeaderNotFound, UnreadableFile
from ocop_hub.intake.runs import Policy, SentFile, take
from ocop_hub.media import Media
from ocop_hub.places.finder import finder
from ocop_hub.producers.models import Producer

FILES = Path(__file__).parent / "complaints"
TWO = [
    ("Miến dong Bình Liêu", "HTX Nông nghiệp Húc Động", "thuc_pham", 4, 120_000),
    ("Chè hoa vàng Ba Chẽ", "HTX Dược liệu Ba Chẽ", "do_uong", 5, 250_000),
]


def check(name: str) -> CheckedSheet:
    return check_file(FILES / name, name, finder(), "22")


def said(checked: CheckedSheet) -> list[tuple[str, str, str, int, int | None]]:
    return [(r.name, r.producer, r.group, r.stars, r.price_vnd) for r in checked.rows]


@pytest.mark.parametrize(
    "name",
    [
        "nfc.csv",  # a Vietnamese name broke the import
        "nfd.csv",
        "comma.csv",  # the sample had another separator
        "tab.csv",
        "bom.csv",  # the mark of UTF-8 stuck to the first header
        "utf16.csv",
        "windows1258.csv",
        "named_xls.xls",  # the name, or the browser, says another kind than the bytes
        "tcvn3.csv",
        "vni.csv",
        "tcvn3.xlsx",
        "vni.xlsx",
    ],
)
def test_same_two_products(name: str) -> None:
    checked = check(name)
    assert (said(checked), checked.errors) == (TWO, [])
    assert [row.place.new_unit_id for row in checked.rows] == ["c-06838-20250701", "c-06970-20250701"]


@pytest.mark.parametrize("name", ["tcvn3.csv", "vni.csv", "tcvn3.xlsx", "vni.xlsx"])
def test_old_fonts_are_shown_for_confirmation(name: str) -> None:
    warnings = [w for w in check(name).warnings if w.row == 2 and w.field == "Tên sản phẩm"]
    assert [w.code for w in warnings] == ["legacy_font"]
    assert "“Miến dong Bình Liêu”" in warnings[0].problem
    assert ("VNI" in warnings[0].problem) == name.startswith("vni")


def test_an_id_column_is_the_senders_code_and_quotes_are_text() -> None:
    (row,) = check("id_and_quotes.csv").rows
    assert (row.product_code, row.name) == ("QN-1", 'Miến dong "Bình Liêu"; loại 1')


@pytest.mark.parametrize(
    ("name", "words"),
    [("utf7.csv", "UTF-7"), ("mojibake.csv", "mở UTF-8 bằng bảng mã khác")],
)
def test_wrong_encoding_says_how_to_save(name: str, words: str) -> None:
    with pytest.raises(UnreadableFile) as refused:
        check(name)
    assert words in refused.value.detail
    assert "lưu lại thành .xlsx" in refused.value.detail


def test_no_rows_is_a_result() -> None:
    assert check("zero_rows.csv").report() == {
        "rows": 0,
        "valid": 0,
        "duplicates": [],
        "errors": [],
        "warnings": [],
    }


def test_every_row_left_out_has_its_reason() -> None:
    checked = check("skipped_rows.csv")
    wrong = {problem.row for problem in checked.errors}
    assert (wrong, [(d.row, d.of_row) for d in checked.duplicates]) == ({3}, [(4, 2)])
    assert checked.data_rows == len(checked.rows) + len(wrong) + len(checked.duplicates) == 4


def test_an_unreadable_price_is_wrong_and_not_zero() -> None:
    checked = check("price_unreadable.csv")
    assert [(e.row, e.code) for e in checked.errors] == [(2, "price_not_number")]
    assert [row.price_vnd for row in checked.rows] == [250_000]


def test_header_with_nothing_else_known(tmp_path: Path) -> None:
    with pytest.raises(HeaderNotFound):
        check_file(b"Ten;Gia\n1;2\n", "a.csv", finder(), "22")


async def taken(session: AsyncSession, name: str, policy: Policy | None) -> dict[str, int]:
    """What became of the file's rows."""
    run = await take(
        session,
        OFFICER,
        Media.in_memory(),
        SentFile(name, (FILES / name).read_bytes()),
        home_province="22",
        policy=policy,
    )
    return run.counts


async def test_what_was_read_is_all_accounted_for(session: AsyncSession) -> None:
    counts = await taken(session, "skipped_rows.csv", Policy.GOOD_ROWS)
    became = sum(counts[each] for each in ("created", "updated", "unchanged", "wrong", "duplicates"))
    stored = await session.scalar(select(func.count()).select_from(Product))
    assert became == check("skipped_rows.csv").data_rows == 4
    assert stored == counts["created"] + counts["updated"] > 0


async def test_a_preview_that_is_left_alone_leaves_nothing_behind(session: AsyncSession) -> None:
    assert (await taken(session, "sent_twice.csv", None))["created"] == 2
    for kept in (Product, Producer):
        assert await session.scalar(select(func.count()).select_from(kept)) == 0


@pytest.mark.parametrize(
    "kind", ["application/vnd.ms-excel", "application/octet-stream", "text/plain", "image/png"]
)
async def test_whatever_the_browser_calls_a_csv(client: httpx.AsyncClient, cast: Cast, kind: str) -> None:
    await sign_in(client, cast.thu)
    sent = {"file": ("comma.csv", (FILES / "comma.csv").read_bytes(), kind)}
    answer = await client.post("/api/v1/imports", files=sent, data={"dry_run": "true"})
    assert (answer.status_code, answer.json()["counts"]["created"]) == (201, 2), answer.text


async def test_sent_twice_makes_no_doubles(session: AsyncSession) -> None:
    counts = [await taken(session, "sent_twice.csv", Policy.REFUSE_ALL) for _ in range(2)]
    assert [(each["created"], each["unchanged"]) for each in counts] == [(2, 0), (0, 2)]
