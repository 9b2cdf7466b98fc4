"""The province's own papers: fields are filled in wherever they stand, everything else stays."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from random import Random

import pytest
from docx import Document
from docx.shared import Pt
from python_calamine import CalamineWorkbook
from sqlalchemy.ext.asyncio import AsyncSession
from tests.printed_templates import docx_template, xlsx_template

from ocop_hub.errors import Forbidden
from ocop_hub.media import Media
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.reporting.errors import PaperNotFound, TemplateInvalid
from ocop_hub.reporting.figures import Counts
from ocop_hub.reporting.papers import template_fields, templates
from ocop_hub.reporting.papers.content import PaperLine, PaperReport
from ocop_hub.reporting.papers.making import PaperKind


@pytest.fixture
def paper() -> PaperReport:
    return PaperReport(
        agency=("ỦY BAN NHÂN DÂN", "SỞ NÔNG NGHIỆP"),
        number="",
        place="Quảng Ninh",
        day=date(2026, 10, 2),
        as_of=date(2026, 9, 30),
        sentence="Câu.",
        notes=("Số liệu tạm tính", "Cách tính số 1", "Các sàn được tính: Postmart"),
        link="https://ocop.example.vn/bao-cao?as_of=2026-09-30",
        row_head="Đơn vị",
        lines=(
            PaperLine("=Cô Tô", Counts(14, 15)),
            PaperLine("Ba Chẽ", Counts(0, 0)),
            PaperLine("C & D", Counts(1, 3)),
        ),
        total=PaperLine("Tổng số", Counts(1393, 1437)),
    )


def torn(content: bytes, pick: Random) -> bytes:
    """A bit turned, some bytes lost, or some that do not belong there."""
    damaged, at, how = bytearray(content), pick.randrange(len(content)), pick.randrange(3)
    if how == 0:
        damaged[at] ^= 1 << pick.randrange(8)
    elif how == 1:
        del damaged[at : at + pick.randrange(1, 40)]
    else:
        damaged[at:at] = pick.randbytes(pick.randrange(1, 9))
    return bytes(damaged)


def torn_inside(content: bytes, pick: Random) -> bytes:
    """The same done to one of the parts, in a container that is whole."""
    return _with_part(content, pick, lambda part: torn(part, pick))


def misnumbered(content: bytes, pick: Random) -> bytes:
    """An attribute that says something else."""

    def other(part: bytes) -> bytes:
        found = [match.span(1) for match in re.finditer(rb'="([^"]*)"', part)]
        start, end = pick.choice(found)
        return part[:start] + pick.choice([b"", b"x", b"-1", b"A", b"9" * 20, b"A1:B"]) + part[end:]

    return _with_part(content, pick, other)


def _with_part(content: bytes, pick: Random, harm: Callable[[bytes], bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as whole, zipfile.ZipFile(out, "w") as made:
        chosen = pick.choice([each for each in whole.namelist() if each.endswith((".xml", ".rels"))])
        for name in whole.namelist():
            made.writestr(name, harm(whole.read(name)) if name == chosen else whole.read(name))
    return out.getvalue()


class TestDocx:
    def test_fields_are_filled_in_every_part_and_rows_repeat(self, paper: PaperReport) -> None:
        made = Document(io.BytesIO(templates.fill(docx_template(), PaperKind.DOCX, paper)))
        assert made.sections[0].header.paragraphs[0].text == "SỞ NÔNG NGHIỆP"
        assert made.paragraphs[0].text == "Kính gửi: Văn phòng. 96,9% tính đến 30/09/2026."
        assert made.paragraphs[-1].text == paper.link
        rows = [[cell.text for cell in row.cells] for row in made.tables[0].rows]
        assert rows == [
            ["TT", "Đơn vị", "Tỷ lệ"],
            ["1", "=Cô Tô", "93,3%"],
            ["2", "Ba Chẽ", "–"],
            ["3", "C & D", "33,3%"],
            ["", "Cộng", "96,9%"],
        ]

    def test_a_field_that_word_cut_into_pieces_keeps_its_look(self, paper: PaperReport) -> None:
        made = Document(io.BytesIO(templates.fill(docx_template(), PaperKind.DOCX, paper)))
        said = next(run for run in made.paragraphs[0].runs if run.text == "96,9%")
        assert (said.bold, said.font.size) == (True, Pt(14))


class TestXlsx:
    def test_numbers_are_numbers_and_what_lies_below_moves_down(self, paper: PaperReport) -> None:
        made = templates.fill(xlsx_template(), PaperKind.XLSX, paper)
        rows = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()
        assert rows[3:7] == [
            [1, "=Cô Tô", 14, 14 / 15],
            [2, "Ba Chẽ", 0, "–"],
            [3, "C & D", 1, 1 / 3],
            ["", "Cộng", 1393, 1393 / 1437],
        ]
        assert rows[8][0] == "Đạt 96,9% (1.393/1.437). Cách tính số 1"
        assert rows[0][0] == paper.subject

    def test_merged_cells_and_looks_go_with_their_rows(self, paper: PaperReport) -> None:
        def sheet(content: bytes) -> str:
            return zipfile.ZipFile(io.BytesIO(content)).read("xl/worksheets/sheet1.xml").decode()

        before, after = sheet(xlsx_template()), sheet(templates.fill(xlsx_template(), PaperKind.XLSX, paper))
        assert re.findall(r'mergeCell ref="([^"]+)"', before) == ["A1:D1", "A7:D7"]
        assert re.findall(r'mergeCell ref="([^"]+)"', after) == ["A1:D1", "A9:D9"]
        looks = re.findall(r'<c r="D[4-7]" s="(\d+)"', after)
        assert len(set(looks)) == 1
        assert len(looks) == 4

    def test_no_line_at_all_leaves_no_row(self, paper: PaperReport) -> None:
        made = templates.fill(xlsx_template(), PaperKind.XLSX, replace(paper, lines=()))
        rows = CalamineWorkbook.from_filelike(io.BytesIO(made)).get_sheet_by_index(0).to_python()
        assert rows[3][1] == "Cộng"


class TestCheck:
    @pytest.mark.parametrize(
        ("content", "kind"),
        [(docx_template("ty_lee"), PaperKind.DOCX), (xlsx_template(unknown="ty_lee"), PaperKind.XLSX)],
        ids=["docx", "xlsx"],
    )
    def test_an_unknown_field_is_named(self, content: bytes, kind: PaperKind) -> None:
        with pytest.raises(TemplateInvalid, match=r"\{\{ty_lee\}\} mà hệ thống không có"):
            template_fields.check(templates.fields(content, kind))

    def test_formulas_beside_a_repeated_row_are_refused(self) -> None:
        with pytest.raises(TemplateInvalid, match="không dùng công thức"):
            templates.fields(xlsx_template(formula=True), PaperKind.XLSX)

    @pytest.mark.parametrize("kind", templates.KINDS)
    @pytest.mark.parametrize("content", [b"", b"PK\x03\x04 no", b"x" * 9], ids=["empty", "torn", "text"])
    def test_other_files_are_refused(self, kind: PaperKind, content: bytes) -> None:
        with pytest.raises(TemplateInvalid, match="Không đọc được"):
            templates.fields(content, kind)

    def test_a_workbook_is_no_letter_and_a_letter_no_workbook(self) -> None:
        with pytest.raises(TemplateInvalid):
            templates.fields(xlsx_template(), PaperKind.DOCX)
        with pytest.raises(TemplateInvalid):
            templates.fields(docx_template(), PaperKind.XLSX)

    def test_what_unfolds_into_too_much_is_refused(self) -> None:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as container:
            container.writestr("xl/workbook.xml", b"0" * (templates.LARGEST_UNPACKED + 1))
        with pytest.raises(TemplateInvalid, match="quá lớn"):
            templates.fields(out.getvalue(), PaperKind.XLSX)

    @pytest.mark.parametrize(
        ("content", "kind"),
        [(docx_template(), PaperKind.DOCX), (xlsx_template(), PaperKind.XLSX)],
        ids=["docx", "xlsx"],
    )
    @pytest.mark.parametrize("harm", [torn, torn_inside, misnumbered])
    def test_a_damaged_one_is_read_or_refused(
        self, content: bytes, kind: PaperKind, harm: Callable[[bytes, Random], bytes], paper: PaperReport
    ) -> None:
        pick, outcomes = Random(7), set[str]()
        for _ in range(200):
            given = harm(content, pick)
            try:
                templates.fields(given, kind)
            except TemplateInvalid:
                outcomes.add("refused")
                continue
            # What was taken in is filled in every month: nothing may be found out only then.
            assert templates.fill(given, kind, paper)
        assert outcomes == {"refused"}

    def test_a_paper_without_a_field_is_no_template(self) -> None:
        with pytest.raises(TemplateInvalid, match="chưa có trường nào"):
            template_fields.check([])

    def test_every_documented_field_is_filled(self, paper: PaperReport) -> None:
        filled = template_fields.values(paper) | template_fields.line_values(1, paper.lines[0])
        assert set(filled) == {name for name, _text in template_fields.names()}


async def test_kept_found_and_taken_out_of_use(session: AsyncSession) -> None:
    media = Media.in_memory()
    kept = await templates.add(
        session,
        media,
        SYSTEM_ACTOR,
        province="22",
        name=" ",
        file_name="Biểu Sở.XLSX",
        content=xlsx_template(),
    )
    assert (kept.name, kept.kind) == ("Biểu Sở", "xlsx")
    assert await media.read(kept.media_key) == xlsx_template()
    await templates.retire(session, SYSTEM_ACTOR, "22", kept.id)
    with pytest.raises(PaperNotFound):
        await templates.find(session, "22", kept.id)


async def test_only_an_office_sends_one(session: AsyncSession) -> None:
    with pytest.raises(Forbidden):
        await templates.add(
            session,
            Media.in_memory(),
            Actor(Role.OFFICER_COMMUNE, unit_id="c"),
            province="22",
            name="",
            file_name="a.xlsx",
            content=xlsx_template(),
        )
