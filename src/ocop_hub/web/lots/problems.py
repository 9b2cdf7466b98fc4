"""What buyers reported, for the producer and the office, and what was done about it."""

from __future__ import annotations

from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError
from ocop_hub.kit.paging import PageParams, fetch_page
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.traceability.models import Lot
from ocop_hub.traceability.reports import service as reports
from ocop_hub.traceability.reports.models import ProblemReport
from ocop_hub.web.desk.finding import Cursor
from ocop_hub.web.desk.product import product_path
from ocop_hub.web.forms import Problem, done_notices, problems, see, tried, typed
from ocop_hub.web.i18n import N_, translate
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
    xem: Annotated[str, Query(max_length=10)] = "",
    sau: Annotated[Cursor, Query()] = "",
) -> Response:
    """Reports nobody has answered, the newest first; with ``xem=het`` all of them."""
    return await _page(request, session, actor, every=xem == "het", cursor=sau)


@router.post(PROBLEMS + "/{report_id}")
async def answer(request: Request, session: SessionDep, actor: SignedInActorDep, report_id: UUID) -> Response:
    """Write down what was done."""
    text = (await typed(request)).get("answer", "")
    done = await tried(session, lambda: reports.answer(session, actor, report_id, text=text))
    if not isinstance(done, HubError):
        return see(PROBLEMS, "van-de")
    if done.status == 404:
        raise done
    return await _page(request, session, actor, every=True, errors=problems(done, f"answer-{report_id}"))


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    *,
    every: bool,
    cursor: str = "",
    errors: list[Problem] | None = None,
) -> Response:
    lang = request_language(request)
    rows, following = await fetch_page(
        session,
        reports.visible_to(actor) if every else reports.waiting_for(actor),
        sort=ProblemReport.created_at,
        row_id=ProblemReport.id,
        params=PageParams(limit=_PER_PAGE, cursor=cursor or None),
        descending=True,
    )
    told = [await _told(session, actor, row) for row in rows]
    for each in told:
        said = _KIND_NAMES[each["kind"]]
        each["kind_name"] = translate(lang, said)
    context: dict[str, Any] = {
        "reports": told,
        "every": every,
        "other_href": PROBLEMS if every else f"{PROBLEMS}?xem=het",
        "next_href": f"{PROBLEMS}?sau={following}{'&xem=het' if every else ''}" if following else "",
        "errors": errors or [],
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


async def _told(session: AsyncSession, actor: Actor, report: ProblemReport) -> dict[str, Any]:
    product = await session.get(Product, report.product_id)
    lot = await session.get(Lot, report.lot_id) if report.lot_id is not None else None
    mine = actor.may_change(report.producer_id)
    return {
        "id": str(report.id),
        "kind": report.kind,
        "text": report.text,
        # The number was given for calling back, so only those who act on the report read it.
        "phone": report.phone if mine else "",
        "product_name": product.name if product is not None else "",
        "product_href": product_path(report.product_id),
        "lot_code": lot.code if lot is not None else "",
        "lot_href": f"{DESK}/lo/{lot.id}" if lot is not None else "",
        "serial": report.serial,
        "at": report.created_at,
        "answer": report.answer,
        "answered_at": report.answered_at,
        "answer_action": f"{PROBLEMS}/{report.id}" if mine and report.answered_at is None else "",
    }
