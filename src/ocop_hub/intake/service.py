"""Storing a checked sheet: producers, products, decisions and certificates, in the running transaction.

The number of statements does not grow with the rows: sets are fetched, matched in memory, and written back.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.bulk import ListedProduct, Outcome, StoredProduct, store_products
from ocop_hub.catalogue.content import LINE_FIELDS, TEXT_FIELDS, plain, plain_lines
from ocop_hub.catalogue.models import Product
from ocop_hub.catalogue.photo_urls import Wanted, ask_known
from ocop_hub.certificates.models import Certificate
from ocop_hub.intake.check import CheckedSheet, ProductRow, RowProblem
from ocop_hub.intake.columns import Field
from ocop_hub.intake.places import RowPlace, RowPlaces
from ocop_hub.intake.recognition import Recognised, recognise
from ocop_hub.intake.unsure import NEW, Answers, Question, unsure_producers, unsure_products
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.bulk import ListedProducer, ProducerKey, add_producers, find_producers
from ocop_hub.producers.models import ProducerKind


@dataclass(frozen=True, slots=True)
class ImportCounts:
    """What became of the data rows: every row is in one of the first five.

    ``without_decision``: stored rows whose stars are not counted, for want of a decision number or day.
    """

    created: int = 0
    updated: int = 0
    unchanged: int = 0
    wrong: int = 0
    duplicates: int = 0
    without_decision: int = 0
    producers: int = 0
    certificates: int = 0

    def as_json(self) -> dict[str, int]:
        """The counts by name."""
        return asdict(self)


@dataclass(slots=True)
class Stored:
    """The counts, what only storing could find wrong, row by row, and what is asked of the person."""

    counts: ImportCounts
    errors: list[RowProblem] = field(default_factory=list)
    warnings: list[RowProblem] = field(default_factory=list)
    questions: list[Question] = field(default_factory=list)


@dataclass(slots=True)
class _Line:
    """A good row on its way."""

    row: ProductRow
    place: RowPlace
    producer: ListedProducer
    certified: bool
    producer_id: UUID | None = None
    #: The name that the product is known by, where it is not the one written.
    name: str = ""
    #: What the person must say before the row can be stored.
    open_question: Question | None = None
    stored: StoredProduct | None = None


async def store(
    session: AsyncSession,
    actor: Actor,
    checked: CheckedSheet,
    answers: Answers | None = None,
    *,
    own: UUID | None = None,
) -> Stored:
    """Store the good rows of a sheet; the same sheet again changes nothing.

    Only an office's list makes producers, decisions and certificates. A producer's or helper's own list may
    name only producers they act for, and its stars are kept as declared; a row that names none is of ``own``. A row that may mean a known producer
    or product under another spelling waits for its answer in ``answers``. Raises ``GtinTaken``.
    """
    lines = await asyncio.to_thread(_lines, checked, actor, own)
    named = [line for line in lines if line.producer.name]
    added, questions = await _settle_producers(session, actor, named, answers or {})
    questions += await _settle_products(session, lines, answers or {})
    ready = [line for line in lines if line.producer_id is not None and line.open_question is None]
    if not actor.is_office:
        await _leave_out_certified(session, ready)
    await _keep_groups(session, ready)
    errors = [_left_out(checked, line) for line in lines if line.open_question or line.producer_id is None]
    outcomes = await store_products(session, actor, await asyncio.to_thread(_listed, ready))
    for line, answer in zip(ready, outcomes, strict=True):
        line.stored = answer
        if answer.refusal is not None:
            errors.append(_problem(checked, line.row, Field.GTIN, "gtin_taken", answer.refusal.detail))
    recognition = await _recognise(session, actor, checked, ready)
    await ask_known(session, actor, _photos(ready))
    return Stored(
        _counts(checked, lines, recognition, added),
        sorted(errors, key=lambda problem: problem.row),
        [problem for _, problem in sorted(recognition.uncounted.items())],
        questions,
    )


_NOT_YOURS = (
    "Bạn chưa được làm cho chủ thể này; chọn chủ thể của bạn, hoặc nhờ cán bộ cấp tỉnh nhập danh sách."
)
_UNSURE = "“{}” có phải là “{}” đã có không? Trả lời ở trang xem trước, hoặc ghi đúng tên đã có rồi gửi lại."
_NO_NUMBER = (
    "Thiếu số quyết định: đã lưu sản phẩm, hạng sao chưa tính; ghi số quyết định công nhận rồi gửi lại."
)
_NO_DAY = "Thiếu ngày cấp: đã lưu sản phẩm, hạng sao chưa tính; ghi ngày cấp rồi gửi lại."


def _lines(checked: CheckedSheet, actor: Actor, own: UUID | None) -> list[_Line]:
    places = RowPlaces()
    lines = []
    for row in checked.rows:
        place = places.of(row)
        producer = ListedProducer(
            name=plain(row.producer),
            province_id=place.province_id,
            kind=row.producer_kind or ProducerKind.HOUSEHOLD,
            certified_unit_id=place.certified_unit_id,
            current_unit_id=place.current_unit_id,
        )
        certified = actor.is_office and bool(row.decision_no)
        line = _Line(row, place, producer, certified, name=plain(row.name))
        if not producer.name and own is not None and actor.may_change(own):
            line.producer_id = own
        lines.append(line)
    return lines


def _left_out(checked: CheckedSheet, line: _Line) -> RowProblem:
    """Why a good row is not stored: a question is open, or the producer is not the sender's."""
    question = line.open_question
    if question is None:
        return _problem(checked, line.row, Field.PRODUCER, "producer_not_yours", _NOT_YOURS)
    known = "”, “".join(each["name"] for each in question.candidates[:3])
    about = Field.PRODUCER if question.kind == "producer" else Field.NAME
    return _problem(
        checked, line.row, about, f"{question.kind}_unsure", _UNSURE.format(question.written, known)
    )


async def _settle_producers(
    session: AsyncSession, actor: Actor, lines: Sequence[_Line], answers: Answers
) -> tuple[int, list[Question]]:
    """Give every line its producer, or the question that stands before it; how many were added, what is asked."""
    if not lines:
        return 0, []
    wanted: dict[ProducerKey, ListedProducer] = {}
    for line in lines:
        first = wanted.setdefault(line.producer.key, line.producer)
        if first.current_unit_id is None and line.producer.current_unit_id is not None:
            wanted[line.producer.key] = line.producer
    known = await find_producers(session, list(wanted.values()))
    said, asked = await unsure_producers(session, wanted, known, answers)
    known |= said
    waiting = {key for key, question in asked.items() if not question.answer}
    # "New" is new beside one of the very same name too.
    new = {key for key, question in asked.items() if question.answer == NEW}
    missing = [
        each for key, each in wanted.items() if key in new or (key not in known and key not in waiting)
    ]
    added = await add_producers(session, actor, missing) if actor.is_office else {}
    for line in lines:
        key = line.producer.key
        if question := asked.get(key):
            question.rows.append(line.row.row)
            if key in waiting:
                line.open_question = question
                continue
        found = added.get(key) or known.get(key)
        line.producer_id = found if found is not None and actor.may_change(found) else None
    return len(added), list(asked.values())


async def _settle_products(session: AsyncSession, lines: Sequence[_Line], answers: Answers) -> list[Question]:
    """Give every line the name that its product is known by, or the question before it."""
    listed = [(line.producer_id, line.name) for line in lines if line.producer_id is not None]
    said, asked = await unsure_products(session, listed, answers)
    for line in lines:
        if line.producer_id is None or (question := asked.get((line.producer_id, line.name))) is None:
            continue
        question.rows.append(line.row.row)
        if not question.answer:
            line.open_question = question
        line.name = said.get((line.producer_id, line.name), line.name)
    return list(asked.values())


async def _leave_out_certified(session: AsyncSession, lines: Sequence[_Line]) -> None:
    """Stars that a decision gave are not declared again by the producer's own list."""
    known = await session.execute(
        select(Product.producer_id, Product.name, Certificate.stars)
        .join(Certificate, Certificate.product_id == Product.id)
        .where(Product.producer_id.in_({line.producer_id for line in lines}))
    )
    given = {(row.producer_id, row.name, row.stars) for row in known}
    for line in lines:
        line.certified = (line.producer_id, line.name, line.row.stars) in given


async def _keep_groups(session: AsyncSession, lines: Sequence[_Line]) -> None:
    """A group said for a whole sheet is for what is new; a product that is known keeps its own."""
    of_sheet = [line for line in lines if line.row.group_of_sheet]
    if not of_sheet:
        return
    found = await session.execute(
        select(Product.producer_id, Product.name, Product.group_code).where(
            Product.producer_id.in_({line.producer_id for line in of_sheet})
        )
    )
    known = {(row.producer_id, row.name): row.group_code for row in found}
    for line in of_sheet:
        group = known.get((line.producer_id, line.name), line.row.group)
        line.row = replace(line.row, group=group)


def _listed(lines: Sequence[_Line]) -> list[ListedProduct]:
    return [
        ListedProduct(line.producer_id, line.name, _content(line))
        for line in lines
        if line.producer_id is not None
    ]


def _content(line: _Line) -> dict[str, Any]:
    """What the row says of its product; a blank cell says nothing, so it takes nothing away."""
    row, place = line.row, line.place
    written = ", ".join(part for part in (row.commune_as_written, row.district_as_written) if part)
    says = {
        "group_code": row.group,
        "description": plain_lines(row.description or ""),
        "price_vnd": row.price_vnd,
        "unit": plain(row.unit or row.packaging or ""),
        "net_weight_g": row.net_weight_g,
        "gtin": row.gtin,
        "external_code": plain(row.product_code or ""),
        "declared_stars": None if line.certified or not row.stars else row.stars,
        "commune_as_written": plain(written),
        "certified_unit_id": place.certified_unit_id,
        "current_unit_id": place.current_unit_id,
        "province_id": place.province_id,
        **{
            n: plain_lines(v) if n in TEXT_FIELDS else plain(v) if n in LINE_FIELDS else v
            for n, v in row.more.items()
        },
    }
    return {name: value for name, value in says.items() if value not in (None, "")}


def _photos(lines: Sequence[_Line]) -> Iterator[Wanted]:
    for line in lines:
        if line.stored is not None and line.stored.product_id is not None and line.producer_id is not None:
            for url in line.row.photo_urls:
                yield Wanted(line.stored.product_id, line.producer_id, url)


@dataclass(slots=True)
class _Recognition:
    """What the office's list came to beside its products, by row number."""

    certificates: int = 0
    written: set[int] = field(default_factory=set)
    uncounted: dict[int, RowProblem] = field(default_factory=dict)


async def _recognise(
    session: AsyncSession, actor: Actor, checked: CheckedSheet, lines: Sequence[_Line]
) -> _Recognition:
    result = _Recognition()
    if not actor.is_office:
        return result
    rows: list[Recognised] = []
    for line in lines:
        if line.producer_id is None or line.stored is None or line.stored.product_id is None:
            continue
        if not line.certified:
            result.uncounted[line.row.row] = _problem(
                checked, line.row, Field.DECISION_NO, "decision_missing", _NO_NUMBER
            )
            continue
        place = line.place
        rows.append(
            Recognised(
                line.row,
                line.stored.product_id,
                line.producer_id,
                place.province_id,
                place.certified_unit_id,
                place.district_id,
            )
        )
    done = await recognise(session, actor, rows)
    result.certificates = done.granted.added
    result.written = {done.rows[n].row.row for n in done.granted.written}
    for each in done.undated:
        result.uncounted[each.row.row] = _problem(
            checked, each.row, Field.ISSUED_ON, "issued_on_missing", _NO_DAY
        )
    for n, refusal in done.granted.refused.items():
        row = done.rows[n].row
        result.uncounted[row.row] = _problem(checked, row, Field.ISSUED_ON, refusal.code, refusal.detail)
    return result


def _counts(
    checked: CheckedSheet, lines: Sequence[_Line], recognition: _Recognition, producers: int
) -> ImportCounts:
    outcomes = [_outcome(line, recognition.written) for line in lines]
    stored = sum(outcome is not Outcome.REFUSED for outcome in outcomes)
    return ImportCounts(
        created=outcomes.count(Outcome.CREATED),
        updated=outcomes.count(Outcome.UPDATED),
        unchanged=outcomes.count(Outcome.UNCHANGED),
        wrong=checked.data_rows - len(checked.duplicates) - stored,
        duplicates=len(checked.duplicates),
        without_decision=len(recognition.uncounted),
        producers=producers,
        certificates=recognition.certificates,
    )


def _outcome(line: _Line, written: set[int]) -> Outcome:
    if line.stored is None:
        return Outcome.REFUSED
    if line.stored.outcome is Outcome.UNCHANGED and line.row.row in written:
        return Outcome.UPDATED
    return line.stored.outcome


def _problem(checked: CheckedSheet, row: ProductRow, name: Field, code: str, sentence: str) -> RowProblem:
    return RowProblem(row.row, checked.columns.headers.get(name, name.value), code, sentence)
