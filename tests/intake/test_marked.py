"""The sender's sheet back, with the problem beside each cell."""

from __future__ import annotations

import zipfile
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import Cast, sign_in
from tests.cast import OFFICER

from ocop_hub.intake.marked import MARK_HEADER, marked_workbook
from ocop_hub.intake.runs import SentFile, take
from ocop_hub.kit.spreadsheet import Sheet, read_sheets
from ocop_hub.media import Media

FILES = Path(__file__).parent / "complaints"
NAME = "upload_sample_lao_cai.xlsx"


async def marked(session: AsyncSession, content: bytes, name: str) -> tuple[Sheet, dict[str, Any], bytes]:
    run = await take(session, OFFICER, Media.in_memory(), SentFile(name, content), home_province="22")
    book = marked_workbook(content, run.report)
    (sheet,) = read_sheets(book)
    return sheet, run.report, book


class TestMarked:
    async def test_same_cells_and_one_column_more(self, session: AsyncSession, samples: Path) -> None:
        content = (samples / NAME).read_bytes()
        sheet, report, _ = await marked(session, content, NAME)
        before = next(s for s in read_sheets(content) if s.name == report["sheet"])
        width = max(len(row) for row in before.rows)
        assert sheet.name == before.name
        for old, new in zip(before.rows, sheet.rows, strict=False):
            assert [cell for cell in new[:width] if cell is not None] == [c for c in old if c is not None]
        assert sheet.rows[report["header_row"] - 1][width] == MARK_HEADER
        for problem in report["errors"]:
            assert problem["problem"] in str(sheet.rows[problem["row"] - 1][width])

    async def test_sent_back_it_is_read_as_before_and_marked_anew(
        self, session: AsyncSession, samples: Path
    ) -> None:
        _, report, book = await marked(session, (samples / NAME).read_bytes(), NAME)
        again, second, _ = await marked(session, book, "lan-2.xlsx")
        counted = ("rows", "valid", "errors")
        assert [second[name] for name in counted] == [report[name] for name in counted]
        assert list(again.rows[second["header_row"] - 1]).count(MARK_HEADER) == 1

    async def test_formulas_stay_text(self, session: AsyncSession) -> None:
        name = "formula_injection.xlsx"
        sheet, report, book = await marked(session, (FILES / name).read_bytes(), name)
        assert sheet.rows[3][0] == '=HYPERLINK("http://x.vn")'
        assert {e["row"] for e in report["errors"]} == {4}
        assert b"<f>" not in zipfile.ZipFile(BytesIO(book)).read("xl/worksheets/sheet1.xml")

    @pytest.mark.parametrize("name", ["skipped_rows.csv", "tcvn3.csv"])
    async def test_text_files(self, session: AsyncSession, name: str) -> None:
        sheet, report, _ = await marked(session, (FILES / name).read_bytes(), name)
        said = [str(row[6]) for row in sheet.rows[1:] if len(row) > 6]
        if name == "tcvn3.csv":
            assert "Nên xem lại" in said[0]
        else:
            assert report["duplicates"] == [{"row": 4, "of_row": 2}]
            assert "Lặp lại dòng 2" in "\n".join(said)


async def test_over_the_api(client: httpx.AsyncClient, cast: Cast, samples: Path) -> None:
    await sign_in(client, cast.thu)
    files = {"file": (NAME, (samples / NAME).read_bytes())}
    run = (await client.post("/api/v1/imports", files=files, data={"dry_run": "true"})).json()
    answer = await client.get(f"/api/v1/imports/{run['id']}/marked.xlsx")
    assert (answer.status_code, answer.content[:2]) == (200, b"PK"), answer.text
    assert "upload_sample_lao_cai-can-sua.xlsx" in answer.headers["content-disposition"]
