"""Cho làm hộ: who may act for a producer, from the producer's side and from the helper's; what was done so."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.audit import AuditEntry
from ocop_hub.db import SessionDep
from ocop_hub.errors import Forbidden, HubError
from ocop_hub.kit import clock
from ocop_hub.kit.values import parse_date
from ocop_hub.producers import people, requests, service
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.producers.models import Mandate, Producer
from ocop_hub.producers.queries import visible_to
from ocop_hub.producers.schemas import MandateOut
from ocop_hub.web.desk.act_words import sentence_of
from ocop_hub.web.desk.finding import Cursor, Words
from ocop_hub.web.desk.producers import (
    PRODUCERS,
    acting_for,
    crumbs,
    own_producer,
    place_of,
    producer_path,
)
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, done_notices, problems, read, see, tried, typed
from ocop_hub.web.i18n import N_
from ocop_hub.web.pages import render
from ocop_hub.web.people import names_of
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language

router = APIRouter(include_in_schema=False)

HELPING: Final = DESK + "/lam-ho"
_HERE: Final = N_("Cho làm hộ")
_FIELDS: Final = ("helper_login", "until", "covers", "agreed_how")
#: What a form proposes: a year is remembered, three are forgotten.
_PROPOSED: Final = timedelta(days=365)
_LONGEST: Final = 500
_PER_PAGE: Final = 50
_MOMENT: Final = timedelta(microseconds=1)


@router.get(PRODUCERS + "/{producer_id}/lam-ho")
async def mandates(
    request: Request, session: SessionDep, actor: SignedInActorDep, producer_id: UUID
) -> Response:
    """Who may act for the producer, who asks to, and letting another."""
    producer = await service.get_producer(session, actor, producer_id)
    return await _page(request, session, actor, producer, {}, [])


@router.post(PRODUCERS + "/{producer_id}/lam-ho")
async def grant(
    request: Request, session: SessionDep, actor: SignedInActorDep, producer_id: UUID
) -> Response:
    """Let a helper act until a day."""
    producer = await own_producer(session, actor, producer_id)
    values = await typed(request)
    errors: list[Problem] = []
    until = _until(values, errors)
    if until is not None and not errors:
        done = await tried(session, lambda: _grant(session, actor, producer_id, values, until))
        if not isinstance(done, HubError):
            return see(f"{producer_path(producer_id)}/lam-ho", "lam-ho")
        if done.status == 403:
            raise done
        errors = problems(done, "helper_login")
    return await _page(request, session, actor, producer, values, errors)


async def _grant(
    session: AsyncSession, actor: Actor, producer_id: UUID, values: dict[str, str], until: date
) -> Mandate:
    await service.require_owner(session, actor, producer_id)
    helper = await people.find_user(session, values.get("helper_login", ""))
    return await people.grant_mandate(
        session,
        actor,
        producer_id,
        helper,
        until=until,
        agreed_how=values.get("agreed_how", "")[:_LONGEST],
        covers=values.get("covers", "")[:_LONGEST],
    )


@router.post(HELPING + "/{mandate_id}/thoi")
async def end(session: SessionDep, actor: SignedInActorDep, mandate_id: UUID) -> Response:
    """End a mandate now, by the producer or by the helper who lays it down."""
    mandate = await people.withdraw_mandate(session, actor, mandate_id)
    own = mandate.helper_id == actor.user_id
    return see(HELPING if own else f"{producer_path(mandate.producer_id)}/lam-ho", "thoi-lam-ho")


@router.post(HELPING + "/yeu-cau/{request_id}")
async def answer(
    request: Request, session: SessionDep, actor: SignedInActorDep, request_id: UUID
) -> Response:
    """The owner's answer to a helper's request."""
    agree = (await typed(request)).get("tra-loi") == "dong-y"
    asked = await requests.answer(session, actor, request_id, agree=agree)
    return see(f"{producer_path(asked.producer_id)}/lam-ho", "lam-ho" if agree else "tu-choi")


@router.get(PRODUCERS + "/{producer_id}/viec-lam-ho")
async def acts(
    request: Request, session: SessionDep, actor: SignedInActorDep, producer_id: UUID, sau: Cursor = ""
) -> Response:
    """Everything that others did for the producer, the last first."""
    producer = await service.get_producer(session, actor, producer_id)
    lang = request_language(request)
    rows, after = await _acts(session, [producer_id], None, sau)
    context = {
        "name": producer.name,
        "acts": await _told(session, rows, lang),
        "next": f"{request.url.path}?sau={after}" if after else "",
    }
    return render(
        request,
        "desk/acts.html",
        context,
        breadcrumbs=crumbs(lang, producer, N_("Việc đã làm hộ")),
        acting_for=acting_for(actor, producer),
    )


@router.get(HELPING)
async def helping(
    request: Request,
    session: SessionDep,
    actor: SignedInActorDep,
    q: Words = "",
    chu_the: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The helper's own page: for whom, until when, asking another, and what was done last."""
    return await _helping(request, session, actor, q, {"producer_id": chu_the}, [])


@router.post(HELPING)
async def ask(request: Request, session: SessionDep, actor: SignedInActorDep) -> Response:
    """Ask a producer for her agreement."""
    values = await typed(request)
    errors: list[Problem] = []
    until = _until(values, errors)
    chosen = _uuid(values.get("producer_id", ""))
    if chosen is None:
        errors.append({"field": "producer_id", "problem": "Chưa chọn chủ thể. Hãy tìm theo tên rồi chọn."})
    if until is not None and chosen is not None:
        covers = values.get("covers", "")[:_LONGEST]
        done = await tried(session, lambda: requests.ask(session, actor, chosen, until=until, covers=covers))
        if not isinstance(done, HubError):
            return see(HELPING, "xin-lam-ho")
        if done.status in (403, 404):
            raise done
        errors = problems(done, "producer_id")
    return await _helping(request, session, actor, values.get("q", ""), values, errors)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _until(values: dict[str, str], errors: list[Problem]) -> date | None:
    until = read(values, "until", parse_date, errors)
    if not values.get("until"):
        errors.append({"field": "until", "problem": "Chưa ghi làm hộ đến ngày nào."})
    return until


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    producer: Producer,
    values: dict[str, str],
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    may = actor.is_office or await service.is_owner(session, actor, producer.id)
    at = clock.now()
    found = (await session.execute(people.mandates_of(producer.id))).all()
    asked = (await session.execute(requests.waiting_for(producer.id))).all()
    typed_values = {name: values.get(name, "") for name in _FIELDS}
    typed_values["until"] = typed_values["until"] or (clock.today() + _PROPOSED).isoformat()
    context: dict[str, Any] = {
        "name": producer.name,
        "mandates": [
            _mandate(mandate, name, at, may_end=may or mandate.helper_id == actor.user_id)
            for mandate, name in found
        ],
        "requests": [
            {
                "helper": name,
                "until": each.until,
                "covers": each.covers,
                "asked_at": each.created_at,
                "action": f"{HELPING}/yeu-cau/{each.id}" if may else "",
            }
            for each, name in asked
        ],
        "action": f"{producer_path(producer.id)}/lam-ho" if may else "",
        "acts_href": f"{producer_path(producer.id)}/viec-lam-ho",
        "values": typed_values,
        "errors": errors,
    }
    return render(
        request,
        "desk/mandates.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=crumbs(lang, producer, _HERE),
        notices=[] if errors else done_notices(request),
        acting_for=acting_for(actor, producer),
    )


def _mandate(mandate: Mandate, name: str, at: datetime, *, may_end: bool) -> dict[str, Any]:
    shown = MandateOut.of(mandate, name, at)
    return {
        "helper": name,
        "state": shown.state.value,
        "since": shown.since,
        # The mandate ends with the last moment of a day.
        "until": clock.business_day(shown.until - _MOMENT) if shown.until else None,
        "covers": shown.covers,
        "agreed_how": shown.agreed_how,
        "end_action": f"{HELPING}/{mandate.id}/thoi" if may_end and shown.state.value == "valid" else "",
    }


async def _helping(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    words: str,
    values: dict[str, str],
    errors: list[Problem],
) -> Response:
    if actor.role is not Role.HELPER:
        raise Forbidden("Trang này dành cho người hỗ trợ. Chủ thể xem ở trang Cho làm hộ của mình.")
    lang = request_language(request)
    at = clock.now()
    held = await session.execute(
        select(Mandate, Producer)
        .join(Producer, Producer.id == Mandate.producer_id)
        .where(Mandate.helper_id == actor.user_id, Mandate.producer_id.in_(actor.producers))
        .order_by(Producer.sort_key, Mandate.created_at.desc())
    )
    rows, _ = await _acts(session, list(actor.producers), actor.user_id, "")
    found = await requests.search(session, actor, words) if words else []
    context: dict[str, Any] = {
        "mandates": [
            _mandate(mandate, producer.name, at, may_end=True) | {"href": producer_path(producer.id)}
            for mandate, producer in held
        ],
        "acts": await _told(session, rows, lang, with_producer=actor),
        "q": words,
        "search_action": HELPING,
        "found": [{"id": str(each.id), "name": each.name, "place": place_of(each)} for each in found],
        "producer_id": values.get("producer_id", ""),
        "action": HELPING,
        "values": {
            "until": values.get("until") or (clock.today() + _PROPOSED).isoformat(),
            "covers": values.get("covers", ""),
        },
        "errors": errors,
    }
    return render(
        request,
        "desk/helping.html",
        context,
        status=422 if errors else 200,
        notices=[] if errors else done_notices(request),
    )


async def _acts(
    session: AsyncSession, producers: list[UUID], by: UUID | None, cursor: str
) -> tuple[list[AuditEntry], str]:
    """The acts before a cursor (the number of the last one shown), the last first."""
    query = requests.acts_for(producers, by=by).order_by(AuditEntry.id.desc()).limit(_PER_PAGE + 1)
    if cursor.isascii() and cursor.isdigit():
        query = query.where(AuditEntry.id < int(cursor[:18]))
    rows = list(await session.scalars(query))
    shown = rows[:_PER_PAGE]
    return shown, str(shown[-1].id) if len(rows) > _PER_PAGE else ""


async def _told(
    session: AsyncSession, rows: list[AuditEntry], lang: Lang, *, with_producer: Actor | None = None
) -> list[dict[str, Any]]:
    who = await names_of(session, {row.actor for row in rows}, lang)
    whose: dict[UUID | None, str] = {}
    if with_producer is not None:
        ids = {row.producer_id for row in rows}
        found = await session.scalars(visible_to(with_producer).where(Producer.id.in_(ids)))
        whose = {each.id: each.name for each in found}
    return [
        {
            "at": row.at,
            "who": who[row.actor],
            "what": sentence_of(row.action, lang),
            "whose": whose.get(row.producer_id, ""),
        }
        for row in rows
    ]
