"""From a report to its papers: who reports, to whom it is told, and the file in each kind."""

from __future__ import annotations

import asyncio
from datetime import date
from enum import StrEnum
from typing import Final

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.kit import clock
from ocop_hub.places.finder import finder
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.reporting.coverage import Report
from ocop_hub.reporting.papers.content import PaperReport, paper_of
from ocop_hub.reporting.papers.pdf import report_pdf
from ocop_hub.reporting.papers.workbook import report_xlsx
from ocop_hub.reporting.sentences import sentence
from ocop_hub.settings import Settings


class PaperKind(StrEnum):
    """The files a report comes as."""

    XLSX = "xlsx"
    DOCX = "docx"
    PDF = "pdf"


MEDIA_TYPES: Final = {
    PaperKind.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    PaperKind.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    PaperKind.PDF: "application/pdf",
}


def place_label(actor: Actor, province: str) -> str:
    """The place the figure is about, with its kind: of a commune's officer the commune."""
    places = finder()
    unit = places.unit(actor.unit_id) if actor.unit_id else places.find_province(province)
    return f"{unit.type_label} {unit.name}" if unit else ""


async def paper(
    session: AsyncSession,
    settings: Settings,
    report: Report,
    *,
    path: str,
    actor: Actor = SYSTEM_ACTOR,
    day: date | None = None,
    correction: str = "",
) -> PaperReport:
    """The report as it goes on paper; ``path`` is the page that shows the same figure again.

    ``correction``: what ``closing.correction_of`` says of a closed figure.
    """
    places = finder()
    province = places.find_province(report.question.province or settings.home_province)
    place = place_label(actor, report.question.province)
    committee = f"ỦY BAN NHÂN DÂN {place}".strip().upper()
    # The office's own name is written below the authority it belongs to.
    agency = (committee, settings.office_name.upper()) if settings.office_name else (committee,)
    rows = await session.execute(select(MarketplaceRow.key, MarketplaceRow.name))
    return paper_of(
        report,
        agency=agency,
        place=province.name if province else "……",
        day=day or clock.today(),
        sentence=sentence(report.figure, report.question.rule.denominator, place),
        link=settings.public_url.rstrip("/") + path,
        marketplaces={row[0]: row[1] for row in rows},
        correction=correction,
    )


async def written(wanted: PaperReport, kind: PaperKind) -> bytes:
    """The file itself."""
    return await asyncio.to_thread(_write, wanted, kind)


def _write(wanted: PaperReport, kind: PaperKind) -> bytes:
    if kind is PaperKind.XLSX:
        return report_xlsx(wanted)
    if kind is PaperKind.PDF:
        return report_pdf(wanted)
    from ocop_hub.reporting.papers.administrative_docx import report_docx

    return report_docx(wanted)
