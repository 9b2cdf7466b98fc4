"""One file's way in: kept as it came, checked, previewed, then stored or refused by the person."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from enum import StrEnum
from pathlib import PurePath
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, false, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.certificates.decisions import enter_decision
from ocop_hub.db import aside
from ocop_hub.errors import Conflict, Forbidden, Malformed, NotFound
from ocop_hub.intake.check import CheckedSheet, RowProblem, check_file
from ocop_hub.intake.columns import OWN_LIST, REQUIRED, Field, column_letters, field_of
from ocop_hub.intake.errors import ColumnsUnclear
from ocop_hub.intake.given import GivenDecision, Known, remember, remembered, under
from ocop_hub.intake.models import ImportKind, ImportRun, ImportState
from ocop_hub.intake.service import ImportCounts, Stored, store
from ocop_hub.intake.unsure import Answers, checked_answers
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import clean
from ocop_hub.media import Media
from ocop_hub.places.finder import finder
from ocop_hub.producers.actor import SEES_ALL, Actor, Role, require_office, require_signed_in
from ocop_hub.producers.service import get_producer

MAX_FILENAME = 200
#: Where the store keeps what was sent.
FOLDER = "imports"
#: Whose answers to unsure rows go with the next file.
_FILES_REMEMBERED = 50


class Policy(StrEnum):
    """What to do when some rows are wrong: take none, or take the good ones."""

    REFUSE_ALL = "refuse_all"
    GOOD_ROWS = "good_rows"


class AlreadyDecided(Conflict):
    code = "import-already-decided"
    title = "Tệp này đã xử lý xong"


class ProducerNotNamed(Malformed):
    code = "import-producer-missing"
    title = "Chưa chọn chủ thể"


def visible_to(actor: Actor) -> Select[ImportRun]:
    """Files the actor may see: an office all, a member or helper those sent for their producers."""
    query = select(ImportRun)
    if actor.role in SEES_ALL:
        return query
    if actor.role in (Role.PRODUCER, Role.HELPER):
        return query.where(ImportRun.producer_id.in_(actor.producers))
    return query.where(false())


async def get_run(
    session: AsyncSession,
    actor: Actor,
    run_id: UUID,
    *,
    lock: bool = False,
    kind: ImportKind = ImportKind.PRODUCTS,
) -> ImportRun:
    """The file's row; NotFound when missing or not the actor's."""
    query = visible_to(actor).where(ImportRun.id == run_id, ImportRun.kind == kind)
    if lock:  # as it is now, whatever was read before the lock
        query = query.with_for_update().execution_options(populate_existing=True)
    run: ImportRun | None = await session.scalar(query)
    if run is None:
        raise NotFound("Không tìm thấy tệp đã gửi này.")
    return run


@dataclass(frozen=True, slots=True)
class SentFile:
    """A file as it came in; ``name`` is the sender's own."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Said:
    """What a person says beside a file or on its preview; None: nothing new.

    ``convert``: whether cells typed for old fonts are to be read as such. ``group``: the code of the product group
    of all rows that name none, for appendices without such a column; "" takes it back.
    """

    columns: Known | None = None
    answers: Answers | None = None
    decision: GivenDecision | None = None
    convert: bool | None = None
    group: str | None = None


NOTHING_SAID: Final = Said()


async def take(
    session: AsyncSession,
    actor: Actor,
    media: Media,
    file: SentFile,
    *,
    home_province: str,
    producer_id: UUID | None = None,
    policy: Policy | None = None,
    said: Said = NOTHING_SAID,
    ask_columns: bool = False,
) -> ImportRun:
    """Keep and check a file, and store it as the policy says; without one, only count what storing would do.

    ``home_province`` is the code of the province the installation serves. ``producer_id`` is for whom a member
    or helper sends it. What is said of headers is remembered for the sender; under a decision (an office's) are
    the rows that name none; answers say which known ones unsure rows mean, beside what the sender answered before.
    With ``ask_columns`` a file whose columns are unclear is kept for the person to say them, instead of being
    refused. Raises what ``intake.check.check_file`` raises, Forbidden, NotFound, :class:`ProducerNotNamed`.

    The file is kept first, :func:`ocop_hub.db.aside`; what is refused leaves nothing else behind.
    """
    sent_for = _sent_for(actor, producer_id)
    if sent_for is not None:
        await get_producer(session, actor, sent_for)
    if said.decision is not None:
        require_office(actor)
    async with aside(session):
        media_key = await media.put_file(file.content, FOLDER, suffix=PurePath(file.name).suffix)
    run = ImportRun(
        id=new_id(),
        filename=clean(file.name)[-MAX_FILENAME:],
        sha256=hashlib.sha256(file.content).hexdigest(),
        sent_by=actor.label,
        producer_id=sent_for,
        state=ImportState.CHECKED,
        report={"home_province": home_province},
        media_key=media_key,
    )
    if said.decision is not None:
        run.report["decision"] = said.decision.as_json()
    async with session.begin_nested():
        run.report["answers"] = await _answered_before(session, actor) | dict(said.answers or {})
        await _say_columns(session, actor, run, said.columns or {})
        try:
            await _settle(session, actor, run, file.content, policy)
        except ColumnsUnclear as refusal:
            if not ask_columns:
                raise
            _keep_unclear(run, refusal)
        session.add(run)
    # The caller may decide on the row at once, and reads what the database filled in.
    await session.refresh(run)
    return run


async def match_columns(
    session: AsyncSession, actor: Actor, media: Media, run_id: UUID, columns: Known
) -> ImportRun:
    """Check a file again with what the person says of its headers; remembered for the sender.

    Raises NotFound, :class:`AlreadyDecided`, and what ``intake.check.check_file`` raises.
    """
    return await look_again(session, actor, media, run_id, Said(columns=columns))


async def look_again(
    session: AsyncSession, actor: Actor, media: Media, run_id: UUID, said: Said
) -> ImportRun:
    """Check a file again with what the person said of it. It is read first, :func:`ocop_hub.db.aside`.

    Raises NotFound, :class:`AlreadyDecided`, ``UnknownAnswer``, and what ``intake.check.check_file`` raises; then
    nothing of what was said is kept.
    """
    content = await file_of(session, actor, media, run_id)
    async with session.begin_nested():
        run = await _to_decide(session, actor, run_id)
        await _say(session, actor, run, said)
        await _settle(session, actor, run, content, None)
    return run


async def file_of(
    session: AsyncSession,
    actor: Actor,
    media: Media,
    run_id: UUID,
    *,
    kind: ImportKind = ImportKind.PRODUCTS,
) -> bytes:
    """The file as it was sent, read :func:`ocop_hub.db.aside`. Raises NotFound and MediaNotFound."""
    run = await get_run(session, actor, run_id, kind=kind)
    async with aside(session):
        return await media.read(run.media_key)


async def _say(session: AsyncSession, actor: Actor, run: ImportRun, said: Said) -> None:
    if said.decision is not None:
        require_office(actor)
        run.report = {**run.report, "decision": said.decision.as_json()}
    if said.convert is not None:
        run.report = {**run.report, "convert": said.convert}
    if said.group is not None:
        run.report = {**run.report, "group": said.group}
    if said.answers is not None:
        fitting = checked_answers(run.report.get("questions", []), said.answers)
        open_again = dict.fromkeys(said.answers, "")
        run.report = {**run.report, "answers": {**run.report.get("answers", {}), **open_again, **fitting}}
    if said.columns is not None:
        await _say_columns(session, actor, run, said.columns)


async def _answered_before(session: AsyncSession, actor: Actor) -> dict[str, str]:
    """What the sender said of unsure rows of files that were stored, later answers over earlier ones."""
    kept = await session.scalars(
        select(ImportRun.report["answers"])
        .where(ImportRun.sent_by == actor.label, ImportRun.state == ImportState.STORED)
        .order_by(ImportRun.created_at.desc())
        .limit(_FILES_REMEMBERED)
    )
    answers: dict[str, str] = {}
    for each in reversed(list(kept)):
        answers |= each or {}
    return answers


def _keep_unclear(run: ImportRun, refusal: ColumnsUnclear) -> None:
    """A file that waits for a person to say its columns: nothing is counted yet."""
    run.counts = ImportCounts().as_json()
    nothing: dict[str, Any] = {
        "rows": 0,
        "valid": 0,
        "duplicates": [],
        "errors": [],
        "warnings": [],
        "sheet": "",
        "other_sheets": [],
        "header_row": refusal.row,
        "columns": [
            {"header": header, "field": found.value if (found := field_of(header)) else "", "column": ""}
            for header in refusal.headers
        ],
        "unclear": refusal.detail,
    }
    run.report = {**run.report, **nothing}


async def _say_columns(session: AsyncSession, actor: Actor, run: ImportRun, columns: Known) -> None:
    await remember(session, actor, ImportKind.PRODUCTS, columns)
    known = await remembered(session, actor, ImportKind.PRODUCTS, Field) | dict(columns)
    run.report = {**run.report, "known": {header: field or "" for header, field in known.items()}}


async def decide(
    session: AsyncSession, actor: Actor, media: Media, run_id: UUID, policy: Policy
) -> ImportRun:
    """Store the good rows of a checked file, or none of it where the policy says so and a row is wrong.

    The file is read first, :func:`ocop_hub.db.aside`. Raises NotFound, and :class:`AlreadyDecided` the second time.
    """
    content = await file_of(session, actor, media, run_id)
    run = await _to_decide(session, actor, run_id)
    await _settle(session, actor, run, content, policy)
    return run


async def put_aside(session: AsyncSession, actor: Actor, run_id: UUID) -> ImportRun:
    """Store nothing of a checked file. Raises NotFound, and :class:`AlreadyDecided` the second time."""
    run = await _to_decide(session, actor, run_id)
    run.state = ImportState.REFUSED
    _audit(session, actor, run, "intake.refuse")
    return run


async def _to_decide(session: AsyncSession, actor: Actor, run_id: UUID) -> ImportRun:
    run = await get_run(session, actor, run_id, lock=True)
    if run.state is not ImportState.CHECKED:
        raise AlreadyDecided("Tệp này đã được lưu hoặc đã bỏ. Muốn nhập lại, hãy gửi lại tệp.")
    return run


async def _settle(
    session: AsyncSession, actor: Actor, run: ImportRun, content: bytes, policy: Policy | None
) -> None:
    """Check and store once, and take it back unless it is to stay."""
    checked = await _check(content, run, REQUIRED if actor.is_office else OWN_LIST)
    async with session.begin_nested() as trial:
        if kept := run.report.get("decision"):
            await _enter_given(session, actor, GivenDecision.from_json(kept), checked, run)
        own = None if actor.is_office else run.producer_id
        stored = await store(session, actor, checked, run.report.get("answers"), own=own)
        refused = policy is Policy.REFUSE_ALL and stored.counts.wrong > 0
        if refused or policy is None:
            await trial.rollback()
    run.counts = (_nothing_stored(stored.counts) if refused else stored.counts).as_json()
    run.report = {**run.report, **_report(checked, stored)}
    if policy is None:
        return
    run.state = ImportState.REFUSED if refused else ImportState.STORED
    run.stored_at = None if refused else clock.now()
    _audit(session, actor, run, "intake.refuse" if refused else "intake.store")


def _audit(session: AsyncSession, actor: Actor, run: ImportRun, action: str) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=action,
        subject=f"import:{run.id}",
        producer_id=run.producer_id,
        counts=run.counts,
    )


def _sent_for(actor: Actor, producer_id: UUID | None) -> UUID | None:
    if require_signed_in(actor).is_office:
        return producer_id
    if actor.role not in (Role.PRODUCER, Role.HELPER):
        raise Forbidden("Danh sách sản phẩm do cán bộ cấp tỉnh, chủ thể hoặc người hỗ trợ gửi.")
    if producer_id is None and len(actor.producers) == 1:
        return next(iter(actor.producers))
    if producer_id is None:
        raise ProducerNotNamed("Bạn làm cho nhiều chủ thể. Hãy chọn chủ thể của danh sách này.")
    if producer_id not in actor.producers:
        raise NotFound("Không có chủ thể này, hoặc bạn không có quyền nhập cho chủ thể.")
    return producer_id


async def _check(content: bytes, run: ImportRun, required: Collection[Field]) -> CheckedSheet:
    name, home = PurePath(run.filename).name, run.report["home_province"]
    known = {h: Field(field) if field else None for h, field in run.report.get("known", {}).items()}
    convert, group = run.report.get("convert", True), run.report.get("group", "")
    return await asyncio.to_thread(
        lambda: check_file(
            content, name, finder(), home, known=known, required=required, convert=convert, group=group
        )
    )


async def _enter_given(
    session: AsyncSession, actor: Actor, decision: GivenDecision, checked: CheckedSheet, run: ImportRun
) -> None:
    under(checked, decision)
    home = finder().find_province(run.report["home_province"])
    least_stars = min((row.stars for row in checked.rows), default=4)
    await enter_decision(session, actor, decision.new(least_stars, home.id if home else None))


def _report(checked: CheckedSheet, stored: Stored) -> dict[str, Any]:
    """The sheet's report with what storing added to it, and how its columns were understood."""
    report = checked.report()
    report["errors"] = _joined(checked.errors, stored.errors)
    report["warnings"] = _joined(checked.warnings, stored.warnings)
    report["unclear"] = ""
    report["questions"] = [each.as_json() for each in stored.questions]
    report["font_cells"] = checked.font_cells
    report["fonts"] = [asdict(each) for each in checked.fonts]
    report["sheet"] = checked.sheet
    report["other_sheets"] = list(checked.other_sheets)
    report["header_row"] = checked.columns.header_row
    report["columns"] = [
        *(
            {"header": checked.columns.headers[field], "field": field.value, "column": column_letters(at)}
            for field, at in checked.columns.at.items()
        ),
        *({"header": header, "field": "", "column": ""} for header in checked.columns.unread),
    ]
    return report


def _joined(first: list[RowProblem], second: list[RowProblem]) -> list[dict[str, Any]]:
    return [problem.as_json() for problem in sorted([*first, *second], key=lambda p: p.row)]


def _nothing_stored(counts: ImportCounts) -> ImportCounts:
    return replace(counts, created=0, updated=0, producers=0, certificates=0)
