"""The province's own papers: sent once, checked at once, filled in whenever a report is asked for."""

from __future__ import annotations

import asyncio
import io
import lzma
import struct
import zipfile
import zlib
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.db import aside
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.media import Media
from ocop_hub.producers.actor import Actor, require_office
from ocop_hub.reporting.errors import PaperNotFound, TemplateInvalid
from ocop_hub.reporting.models import ReportTemplate
from ocop_hub.reporting.papers import template_fields
from ocop_hub.reporting.papers.content import PaperReport
from ocop_hub.reporting.papers.making import PaperKind

#: Bytes of a template as it is sent, and unpacked; forms of an office have a few hundred kB.
LARGEST: Final = 5_000_000
LARGEST_UNPACKED: Final = 50_000_000
MOST_PARTS: Final = 2_000
LONGEST_NAME: Final = 120
KINDS: Final = (PaperKind.DOCX, PaperKind.XLSX)


def templates(province: str) -> Select[ReportTemplate]:
    """The templates in use, by name; no tenant's data stands in them."""
    return (
        select(ReportTemplate)
        .where(ReportTemplate.province == province, ReportTemplate.retired_at.is_(None))
        .order_by(ReportTemplate.name, ReportTemplate.id)
    )


async def find(session: AsyncSession, province: str, template_id: UUID) -> ReportTemplate:
    """A template in use. Raises :class:`PaperNotFound`."""
    found = await session.scalar(templates(province).where(ReportTemplate.id == template_id))
    if found is None:
        raise PaperNotFound("Không có mẫu báo cáo này, hoặc mẫu đã thôi dùng.")
    return found


async def add(
    session: AsyncSession,
    media: Media,
    actor: Actor,
    *,
    province: str,
    name: str,
    file_name: str,
    content: bytes,
) -> ReportTemplate:
    """Keep a template after looking for its fields. ``name`` may be empty: then it is called like its file.

    Looked at and kept :func:`ocop_hub.db.aside`. Raises :class:`TemplateInvalid`, and Forbidden unless an office acts.
    """
    require_office(actor)
    kind = kind_of(file_name)
    async with aside(session):
        template_fields.check(await asyncio.to_thread(fields, content, kind))
        key = await media.put_file(content, "report-templates", suffix=f".{kind.value}")
    template = ReportTemplate(
        id=new_id(),
        province=province,
        name=(clean(name) or clean(file_name.rpartition(".")[0]))[:LONGEST_NAME] or kind.value,
        kind=kind.value,
        media_key=key,
        uploaded_by=actor.label,
    )
    session.add(template)
    await session.flush()
    audit.record(
        session,
        actor=actor.label,
        action="reporting.add_template",
        subject=f"report_template:{template.id}",
        name=template.name,
        media_key=key,
    )
    return template


async def retire(session: AsyncSession, actor: Actor, province: str, template_id: UUID) -> None:
    """Take a template out of use; what was made with it stays. Raises :class:`PaperNotFound`, Forbidden."""
    require_office(actor)
    template = await find(session, province, template_id)
    template.retired_at = clock.now()
    subject = f"report_template:{template_id}"
    audit.record(session, actor=actor.label, action="reporting.retire_template", subject=subject)


def kind_of(file_name: str) -> PaperKind:
    """What a file is by its name. Raises :class:`TemplateInvalid`."""
    ending = file_name.rpartition(".")[2].lower()
    if ending not in KINDS:
        raise TemplateInvalid(
            "Mẫu phải là tệp văn bản (.docx) hoặc Excel (.xlsx). Hãy lưu lại dạng đó rồi gửi."
        )
    return PaperKind(ending)


def fields(content: bytes, kind: PaperKind) -> list[str]:
    """The names of the fields in a template. Raises :class:`TemplateInvalid`. CPU work: call it in a thread."""
    _bounded(content)
    if kind is PaperKind.DOCX:
        # python-docx and lxml are not loaded in a web process at rest; the same below.
        from ocop_hub.reporting.papers import template_docx

        return template_docx.fields(content)
    from ocop_hub.reporting.papers import template_xlsx

    return template_xlsx.fields(content)


def fill(content: bytes, kind: PaperKind, paper: PaperReport) -> bytes:
    """A template filled in. Raises :class:`TemplateInvalid`. CPU work: call it in a thread."""
    _bounded(content)
    if kind is PaperKind.DOCX:
        from ocop_hub.reporting.papers import template_docx

        return template_docx.fill(content, paper)
    from ocop_hub.reporting.papers import template_xlsx

    return template_xlsx.fill(content, paper)


#: What zipfile and its decompressors raise for containers that were damaged on their way.
_TORN = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, lzma.LZMAError),
    *(EOFError, OSError, RuntimeError, ValueError, struct.error),
)


def _bounded(content: bytes) -> None:
    """Refuse what unfolds into too much, and what does not unfold at all.

    What a member says of its size is all that zipfile reads of it.
    """
    if len(content) > LARGEST:
        raise TemplateInvalid(f"Mẫu lớn quá {LARGEST // 1_000_000} MB. Hãy bỏ bớt ảnh trong mẫu rồi gửi lại.")
    unreadable = "Không đọc được tệp này. Hãy mở tệp, lưu lại rồi gửi."
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as container:
            members = container.infolist()
            if len(members) > MOST_PARTS or sum(member.file_size for member in members) > LARGEST_UNPACKED:
                raise TemplateInvalid("Mẫu bung ra quá lớn. Hãy bỏ bớt ảnh và trang trong mẫu rồi gửi lại.")
            damaged = container.testzip()
    except _TORN as error:
        raise TemplateInvalid(unreadable) from error
    if damaged is not None:
        raise TemplateInvalid(unreadable)
