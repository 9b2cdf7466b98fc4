"""Đối chiếu hạng sao: stars that producers typed, matched to a decision by an officer, or turned down."""

from __future__ import annotations

from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.certificates import declared
from ocop_hub.certificates.models import RecognitionDecision
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError
from ocop_hub.kit.paging import PageParams, fetch_page
from ocop_hub.producers.access import OfficeActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.web import goods
from ocop_hub.web.desk.finding import Cursor
from ocop_hub.web.forms import Problem, done_notices, problems, see, tried, typed
from ocop_hub.web.i18n import N_
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language

router = APIRouter(include_in_schema=False)

STARS: Final = DESK + "/doi-chieu-sao"
#: Older decisions than these have lapsed.
_MOST_DECISIONS: Final = 200


@router.get(STARS)
async def waiting(request: Request, session: SessionDep, actor: OfficeActorDep, sau: Cursor = "") -> Response:
    """Products whose stars nobody matched yet, in Vietnamese order."""
    return await _page(request, session, actor, {}, [], sau)


@router.post(STARS + "/{product_id}")
async def answer(request: Request, session: SessionDep, actor: OfficeActorDep, product_id: UUID) -> Response:
    """Match with the chosen decision, or say that no decision gave these stars."""
    values = await typed(request)
    if values.get("viec") == "khong":
        reason = values.get(f"reason-{product_id}", "")[:500]
        turned_down = await tried(
            session, lambda: declared.turn_down(session, actor, product_id, reason=reason)
        )
        if isinstance(turned_down, HubError):
            return await _refused(request, session, actor, values, turned_down, f"reason-{product_id}")
        return see(STARS, "khong-khop")
    field = f"decision-{product_id}"
    try:
        decision_id, stars = UUID(values.get(field, "")), int(values.get(f"stars-{product_id}", ""))
    except ValueError:
        errors = [{"field": field, "problem": "Hãy chọn quyết định và hạng sao ghi trong quyết định."}]
        return await _page(request, session, actor, values, errors)
    done = await tried(
        session, lambda: declared.match_to_decision(session, actor, product_id, decision_id, stars=stars)
    )
    if isinstance(done, HubError):
        return await _refused(request, session, actor, values, done, field)
    return see(STARS, "doi-chieu")


async def _refused(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    values: dict[str, str],
    refused: HubError,
    field: str,
) -> Response:
    if refused.status == 404:
        raise refused
    return await _page(request, session, actor, values, problems(refused, field))


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    values: dict[str, str],
    errors: list[Problem],
    cursor: str = "",
) -> Response:
    lang = request_language(request)
    rows, after = await fetch_page(
        session,
        declared.declared_only(actor),
        sort=Product.sort_key,
        row_id=Product.id,
        params=PageParams(cursor=cursor or None, limit=20),
    )
    named = await session.execute(
        select(Producer.id, Producer.name).where(Producer.id.in_({row.producer_id for row in rows}))
    )
    names = {row[0]: row[1] for row in named}
    decisions = await session.scalars(
        select(RecognitionDecision)
        .where(RecognitionDecision.issued_on.is_not(None))
        .order_by(RecognitionDecision.issued_on.desc(), RecognitionDecision.id)
        .limit(_MOST_DECISIONS)
    )
    choices = [(str(each.id), f"{each.number}, {each.issued_on:%d/%m/%Y}") for each in decisions]
    context: dict[str, Any] = {
        "products": [_row(row, names.get(row.producer_id, ""), values) for row in rows],
        "decision_options": goods.options(choices, lang, first=N_("Chọn quyết định")),
        "star_options": [{"value": str(n), "label": f"{n}"} for n in (3, 4, 5)],
        "decisions_href": f"{DESK}/quyet-dinh",
        "errors": errors,
        "next": f"{STARS}?sau={after}" if after else "",
    }
    return render(
        request,
        "officer/stars.html",
        context,
        status=422 if errors else 200,
        notices=[] if errors else done_notices(request),
    )


def _row(product: Product, producer_name: str, values: dict[str, str]) -> dict[str, Any]:
    return {
        "id": str(product.id),
        "name": product.name,
        "href": f"{DESK}/san-pham/{product.id}",
        "producer_name": producer_name,
        "declared": product.declared_stars,
        "stars": values.get(f"stars-{product.id}") or str(product.declared_stars),
        "decision": values.get(f"decision-{product.id}", ""),
        "reason": values.get(f"reason-{product.id}", ""),
        "action": f"{STARS}/{product.id}",
    }
