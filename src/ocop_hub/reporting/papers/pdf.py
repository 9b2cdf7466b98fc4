"""A report as PDF: Typst sets the same page as the docx."""

from __future__ import annotations

import json
import shutil
import tempfile
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ocop_hub.reporting.papers.content import COUNTRY, MOTTO, SIGNED, TITLE, PaperLine, PaperReport
from ocop_hub.reporting.papers.export import fraction_text, percent_text

if TYPE_CHECKING:
    import typst

_TEMPLATE: Final = Path(__file__).parent / "report_templates" / "report-1.typ"


def report_pdf(paper: PaperReport) -> bytes:
    """The report as PDF. Takes tens of milliseconds: call it in a thread."""
    import typst  # a typesetter with its fonts: loaded where something is set, not in a web process at rest

    with tempfile.TemporaryDirectory(prefix="ocop-hub-report-") as folder:
        shutil.copyfile(_TEMPLATE, Path(folder) / "main.typ")
        data = json.dumps(_data(paper), ensure_ascii=False)
        (Path(folder) / "report.json").write_text(data, encoding="utf-8")
        compiler = typst.Compiler(
            str(Path(folder) / "main.typ"), root=folder, font_paths=_fonts(), ignore_system_fonts=True
        )
        made = compiler.compile(format="pdf")
    if not isinstance(made, bytes):
        raise TypeError("one document was expected")
    return made


def _data(paper: PaperReport) -> dict[str, Any]:
    return {
        "country": COUNTRY,
        "motto": MOTTO,
        "title": TITLE,
        "signed": SIGNED,
        "agency": paper.agency,
        "number": paper.number_line,
        "dateline": paper.dateline,
        "subject": paper.subject,
        "sentence": paper.sentence,
        "notes": paper.notes,
        "link": paper.link,
        "row_head": paper.row_head,
        "lines": [_cells(line) for line in paper.lines],
        "total": _cells(paper.total),
    }


def _cells(line: PaperLine) -> list[str]:
    return [line.name, fraction_text(line.counts), percent_text(line.counts)]


@cache
def _fonts() -> typst.Fonts:
    import typst  # as above

    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=True)
