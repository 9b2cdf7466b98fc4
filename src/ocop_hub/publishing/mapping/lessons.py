"""What refusals teach about mappings: kept as proposals with their day and source, until a person decides."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Final
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.marketplaces.contract import ListingDraft, Reason
from ocop_hub.producers.actor import Actor, require_office
from ocop_hub.publishing.errors import AlreadyDecided
from ocop_hub.publishing.mapping import categories as mapping
from ocop_hub.publishing.models_office import CategoryLesson, CategoryMapping, LessonDecision

CATEGORY: Final = "category_id"
ATTRIBUTES: Final = "attributes."
LONGEST_MESSAGE: Final = 500


async def note(
    session: AsyncSession, marketplace_key: str, draft: ListingDraft, reasons: Iterable[Reason]
) -> None:
    """Count what was said of the category or its fields; the same once more revives nothing that was decided."""
    now = clock.now()
    for reason in reasons:
        if reason.field != CATEGORY and not reason.field.startswith(ATTRIBUTES):
            continue
        adding = insert(CategoryLesson).values(
            id=new_id(),
            marketplace_key=marketplace_key,
            group_code=draft.group,
            category_id=draft.category_id,
            field=reason.field,
            code=reason.code,
            message=reason.text[:LONGEST_MESSAGE],
            times=1,
            first_seen=now,
            last_seen=now,
            decided_by="",
        )
        await session.execute(
            adding.on_conflict_do_update(
                constraint="uq_category_lessons_taught",
                set_={
                    "times": CategoryLesson.times + 1,
                    "last_seen": now,
                    "message": adding.excluded.message,
                },
            )
        )


def waiting() -> Select[CategoryLesson]:
    """Proposals nobody decided, the most frequent first."""
    return (
        select(CategoryLesson)
        .where(CategoryLesson.decision.is_(None))
        .order_by(CategoryLesson.times.desc(), CategoryLesson.last_seen.desc())
    )


async def lesson_of(session: AsyncSession, actor: Actor, lesson_id: UUID) -> CategoryLesson:
    """A proposal, locked. Raises :class:`NotFound`, :class:`AlreadyDecided`."""
    require_office(actor)
    lesson = await session.get(CategoryLesson, lesson_id, with_for_update=True)
    if lesson is None:
        raise NotFound("Không tìm thấy đề xuất này.")
    if lesson.decision is not None:
        raise AlreadyDecided("Đề xuất này đã được xử lý.")
    return lesson


async def take(
    session: AsyncSession,
    actor: Actor,
    *,
    lesson_id: UUID,
    category_id: str,
    attributes: Mapping[str, str],
    sub_group_code: str = "",
) -> CategoryMapping:
    """Accept a proposal with the category and values a person gave; its day and source stay with the mapping.

    Raises what :func:`lesson_of` and :func:`mapping.choose` raise.
    """
    lesson = await lesson_of(session, actor, lesson_id)
    chosen = await mapping.choose(
        session,
        actor,
        marketplace_key=lesson.marketplace_key,
        group_code=lesson.group_code,
        sub_group_code=sub_group_code,
        category_id=category_id,
        attributes=attributes,
        source=source_of(lesson),
    )
    _decide(lesson, actor, LessonDecision.TAKEN)
    return chosen


async def dismiss(session: AsyncSession, actor: Actor, *, lesson_id: UUID) -> None:
    """The mapping is right as it is. Raises :class:`NotFound`, :class:`AlreadyDecided`."""
    lesson = await lesson_of(session, actor, lesson_id)
    _decide(lesson, actor, LessonDecision.DISMISSED)
    audit.record(
        session,
        actor=actor.label,
        action="publishing.dismiss_lesson",
        subject=f"marketplace:{lesson.marketplace_key}",
        group=lesson.group_code,
    )


def source_of(lesson: CategoryLesson) -> str:
    """Where a rule was learnt, as it is kept with it."""
    day = clock.business_day(lesson.last_seen)
    return f"Sàn từ chối ngày {day:%d/%m/%Y}: {lesson.message}"


def _decide(lesson: CategoryLesson, actor: Actor, decision: LessonDecision) -> None:
    lesson.decision, lesson.decided_by, lesson.decided_at = decision, actor.label, clock.now()
