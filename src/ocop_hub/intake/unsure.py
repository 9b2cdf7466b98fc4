"""Rows that may mean something known already: asked of the person, and the answer kept with the file.

A name with other marks, in other case or with another word for the kind may be a known one or a new one; only a
person knows. Until she says, the row waits: to store it as new would make the producer or product twice.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.db import among
from ocop_hub.errors import FieldProblem, Malformed
from ocop_hub.kit.text import fold
from ocop_hub.places.finder import finder
from ocop_hub.producers.bulk import ListedProducer, ProducerKey
from ocop_hub.producers.likeness import Like, bare_name, producers_like

#: The answer "none of these": it is a new one.
NEW = "new"
#: By question's key: the id of the known one, or :data:`NEW`.
Answers = Mapping[str, str]
_MOST_ROWS_NAMED = 10


class UnknownAnswer(Malformed):
    code = "import-answer-unknown"
    title = "Câu trả lời không có trong danh sách"


@dataclass(slots=True)
class Question:
    """What is asked: may ``written`` be one of ``candidates`` (id, name, place)? ``answer``: what was said."""

    key: str
    kind: str
    written: str
    candidates: list[dict[str, str]]
    rows: list[int] = field(default_factory=list)
    answer: str = ""

    def as_json(self) -> dict[str, Any]:
        """As the report of the file keeps it."""
        return {
            "key": self.key,
            "kind": self.kind,
            "written": self.written,
            "candidates": self.candidates,
            "rows": self.rows[:_MOST_ROWS_NAMED],
            "answer": self.answer,
        }


def checked_answers(questions: Sequence[Mapping[str, Any]], given: Answers) -> dict[str, str]:
    """The answers that fit the questions of a report; an empty one leaves its question open.

    Raises :class:`UnknownAnswer`.
    """
    choices = {each["key"]: {one["id"] for one in each["candidates"]} | {NEW, ""} for each in questions}
    wrong = [key for key, answer in given.items() if answer not in choices.get(key, set())]
    if wrong:
        raise UnknownAnswer(
            "Có câu trả lời không khớp với câu hỏi của tệp này. Hãy mở lại trang xem trước rồi chọn lại.",
            fields=[FieldProblem(key, "unknown", "Chọn một trong những tên đã nêu.") for key in wrong],
        )
    return {key: answer for key, answer in given.items() if answer}


async def unsure_producers(
    session: AsyncSession,
    wanted: Mapping[ProducerKey, ListedProducer],
    known: Mapping[ProducerKey, UUID],
    answers: Answers,
) -> tuple[dict[ProducerKey, UUID], dict[ProducerKey, Question]]:
    """What answers say of producers, and the questions (answered ones too) by the producer they are about."""
    found: defaultdict[str, list[Like]] = defaultdict(list)
    for like in await producers_like(session, {bare_name(fold(each.name)) for each in wanted.values()}):
        found[like.bare].append(like)
    said: dict[ProducerKey, UUID] = {}
    asked: dict[ProducerKey, Question] = {}
    for key, each in wanted.items():
        candidates = _candidates(each, found[bare_name(fold(each.name))], known=key in known)
        if not candidates:
            continue
        question = Question(
            key=f"producer:{each.name}:{each.province_id or ''}",
            kind="producer",
            written=each.name,
            candidates=[{"id": str(c.id), "name": c.name, "place": _place(c)} for c in candidates],
        )
        question.answer = _fitting(question, answers)
        asked[key] = question
        if chosen := next((c.id for c in candidates if str(c.id) == question.answer), None):
            said[key] = chosen
    return said, asked


def _fitting(question: Question, answers: Answers) -> str:
    """The answer given, unless what it named stands no longer."""
    answer = answers.get(question.key, "")
    return answer if answer == NEW or any(each["id"] == answer for each in question.candidates) else ""


def _candidates(each: ListedProducer, likes: Sequence[Like], *, known: bool) -> list[Like]:
    """Whom the row may mean, where that is not sure."""
    here = [like for like in likes if like.province_id == each.province_id]
    exact = [like for like in here if like.name == each.name]
    if len(exact) == 1 or (known and not exact):
        return []
    if exact:
        return exact
    return [
        like
        for like in here
        if each.current_unit_id is None or like.current_unit_id in (None, each.current_unit_id)
    ]


def _place(like: Like) -> str:
    unit = finder().unit(like.current_unit_id or like.province_id or "")
    return unit.full_name if unit else ""


async def unsure_products(
    session: AsyncSession, listed: Sequence[tuple[UUID, str]], answers: Answers
) -> tuple[dict[tuple[UUID, str], str], dict[tuple[UUID, str], Question]]:
    """The name under which a listed product is known where an answer says so, and the questions.

    ``listed``: the producer's id and the name as written.
    """
    if not listed:
        return {}, {}
    rows = await session.execute(
        select(
            Product.id, Product.producer_id, Product.name, Product.name_folded, Product.merged_into_id
        ).where(
            among(Product.producer_id, {one for one, _ in listed}),
            among(Product.name_folded, {fold(name) for _, name in listed}),
        )
    )
    exact: set[tuple[UUID, str]] = set()
    near: defaultdict[tuple[UUID, str], list[tuple[UUID, str]]] = defaultdict(list)
    for row in rows:
        exact.add((row.producer_id, row.name))
        if row.merged_into_id is None:
            near[row.producer_id, row.name_folded].append((row.id, row.name))
    said: dict[tuple[UUID, str], str] = {}
    asked: dict[tuple[UUID, str], Question] = {}
    for producer_id, name in listed:
        candidates = near[producer_id, fold(name)]
        if (producer_id, name) in exact or not candidates:
            continue
        question = Question(
            key=f"product:{producer_id}:{name}",
            kind="product",
            written=name,
            candidates=[{"id": str(known_id), "name": known, "place": ""} for known_id, known in candidates],
        )
        question.answer = _fitting(question, answers)
        asked[producer_id, name] = question
        if chosen := next(
            (known for known_id, known in candidates if str(known_id) == question.answer), None
        ):
            said[producer_id, name] = chosen
    return said, asked
