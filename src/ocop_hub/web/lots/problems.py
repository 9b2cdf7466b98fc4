"""What buyers reported, for the producer and the office, and what was done about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep
from ocop_hub.kit.paging import PageParams, fetch_page
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.traceability.reports import service as reports
from ocop_hub.traceability.reports.models import ProblemReport
from ocop_hub.web.desk.product import product_path
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, done_notices, see, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.lots.answering import Shown, ShownDep, answered, lot_codes, product_names
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link
from ocop_hub.web.trace.report import KINDS

router = APIRouter(include_in_schema=False)

PROBLEMS: Final = DESK + "/van-de"
_PER_PAGE: Final = 30
_KIND_NAMES: Final = dict(KINDS)


@router.get(PROBLEMS)
async def list_problems(
    request: Request,
    session: SessionDep,
    actor: SignedInActorDep,
    shown: ShownDep,
) -> Response:
    """Reports nobody has answered, the newest first; with ``xem=het`` all of them."""
    return await _page(request, session, actor, shown)


@router.post(PROBLEMS + "/{report_id}")
async def answer(request: Request, session: SessionDep, actor: SignedInActorDep, report_id: UUID) -> Response:
    """Write down what was done."""
    text = (await typed(request)).get("answer", "")
    wrong = await answered(
        session, lambda: reports.answer(session, actor, report_id, text=text), f"answer-{report_id}"
    )
    return (
        await _page(request, session, actor, Shown(every=True), wrong) if wrong else see(PROBLEMS, "van-de")
    )


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    shown: Shown,
    errors: Sequence[Problem] = (),
) -> Response:
    lang = request_language(request)
    rows, following = await fetch_page(
        session,
        reports.visible_to(actor) if shown.every else reports.waiting_for(actor),
        sort=ProblemReport.created_at,
        row_id=ProblemReport.id,
        params=PageParams(limit=_PER_PAGE, cursor=shown.cursor or None),
        descending=True,
    )
    context: dict[str, Any] = {
        "reports": await _told(session, actor, rows, lang),
        "every": shown.every,
        "other_href": PROBLEMS if shown.every else f"{PROBLEMS}?xem=het",
        "next_href": f"{PROBLEMS}?sau={following}{'&xem=het' if shown.every else ''}" if following else "",
        "errors": errors,
    }
    crumbs = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(translate(lang, N_("Người mua báo")), PROBLEMS, current=True),
    ]
    return render(
        request,
        "desk/problems.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=crumbs,
        notices=done_notices(request),
    )


async def _told(
    session: AsyncSession, actor: Actor, rows: Sequence[ProblemReport], lang: Lang
) -> list[dict[str, Any]]:
    products = await product_names(session, (each.product_id for each in rows))
    codes = await lot_codes(session, (each.lot_id for each in rows if each.lot_id is not None))
    return [
        _report(
            each,
            products.get(each.product_id, ""),
            codes.get(each.lot_id, "") if each.lot_id else "",
            actor,
            lang,
        )
        for each in rows
    ]


def _report(
    report: ProblemReport, product_name: str, lot_code: str, actor: Actor, lang: Lang
) -> dict[str, Any]:
    mine = actor.may_change(report.producer_id)
    return {
        "id": str(report.id),
        "kind": report.kind,
        "kind_name": translate(lang, _KIND_NAMES[report.kind]),
        "text": report.text,
        # The number was given for calling back, so only those who act on the report read it.
        "phone": report.phone if mine else "",
        "product_name": product_name,
        "product_href": product_path(report.product_id),
        "lot_code": lot_code,
        "lot_href": f"{DESK}/lo/{report.lot_id}" if lot_code else "",
        "serial": report.serial,
        "at": report.created_at,
        "answer": report.answer,
        "answered_at": report.answered_at,
        "answer_action": f"{PROBLEMS}/{report.id}" if mine and report.answered_at is None else "",
    }
