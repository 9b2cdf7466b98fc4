"""A figure in the province's own paper, as a page and the JSON API both hand it out."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import aside
from ocop_hub.media import Media
from ocop_hub.producers.actor import Actor
from ocop_hub.reporting import coverage
from ocop_hub.reporting.asking import Asked
from ocop_hub.reporting.figures import By
from ocop_hub.reporting.papers import monthly, templates
from ocop_hub.reporting.papers.making import MEDIA_TYPES, PaperKind, paper
from ocop_hub.settings import Settings


@dataclass(frozen=True, slots=True)
class FilledPaper:
    """A file ready to be sent."""

    name: str
    media_type: str
    content: bytes


async def fill_own(
    session: AsyncSession,
    settings: Settings,
    media: Media,
    actor: Actor,
    template_id: UUID,
    asked: Asked,
    *,
    by: By = By.UNIT,
) -> FilledPaper:
    """The figure asked for, as far as the actor sees products. Raises ``PaperNotFound``, and as ``question_for``."""
    template = await templates.find(session, settings.home_province, template_id)
    question = await asked.question(session, settings.home_province)
    found = await coverage.report(session, actor, question, by)
    path = asked.address(monthly.PAGE, as_of=question.as_of.isoformat())
    wanted = await paper(session, settings, found, path=path, actor=actor)
    kind = PaperKind(template.kind)
    async with aside(session):
        blank = await media.read(template.media_key)
        content = await asyncio.to_thread(templates.fill, blank, kind, wanted)
    name = f"bao-cao-theo-mau-{question.as_of.isoformat()}.{kind.value}"
    return FilledPaper(name, MEDIA_TYPES[kind], content)
