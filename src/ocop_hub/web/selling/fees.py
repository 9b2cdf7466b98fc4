"""Biểu phí của sàn: what an office entered, and the form for another day's; nothing is assumed."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError
from ocop_hub.kit.values import ValueProblem, parse_date, parse_price, parse_quantity
from ocop_hub.producers.access import OfficeActorDep
from ocop_hub.publishing import fees
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.publishing.models_office import MarketplaceFee
from ocop_hub.web import goods
from ocop_hub.web.forms import Problem, done_notices, problems, read, see, tried, typed
from ocop_hub.web.pages import render
from ocop_hub.web.people import names_of
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language

router = APIRouter(include_in_schema=False)

FEES: Final = DESK + "/phi-san"


@router.get(FEES)
async def show(request: Request, session: SessionDep, actor: OfficeActorDep) -> Response:
    """Every row, the latest first, and the form for another."""
    return await _page(request, session, {}, [])


@router.post(FEES)
async def enter(request: Request, session: SessionDep, actor: OfficeActorDep) -> Response:
    """A fee from a day on; the same day and category again corrects it."""
    values = await typed(request)
    errors: list[Problem] = []
    day = read(values, "valid_from", parse_date, errors)
    share = read(values, "share", _percent, errors)
    fixed = read(values, "fixed", parse_price, errors) if values.get("fixed") != "0" else 0
    if day is None and not errors:
        errors.append({"field": "valid_from", "problem": "Hãy ghi ngày bắt đầu."})
    if errors or day is None:
        return await _page(request, session, values, errors)
    done = await tried(
        session,
        lambda: fees.enter(
            session,
            actor,
            marketplace_key=values.get("marketplace", ""),
            category_id=values.get("category", ""),
            valid_from=day,
            share=int(((share or Decimal(0)) * 100).to_integral_value()),
            fixed_vnd=fixed or 0,
            source=values.get("source", ""),
        ),
    )
    if isinstance(done, HubError):
        return await _page(request, session, values, problems(done, "share"))
    return see(FEES, "bieu-phi")


def _percent(text: str) -> Decimal:
    """Hundredths of the price as people write them. Raises :class:`ValueProblem`."""
    try:
        return parse_quantity(text)
    except ValueProblem:
        problem = f"Không hiểu phần trăm “{text}”; ghi một số dương, ví dụ 5,5."
        raise ValueProblem("share_unreadable", problem) from None


async def _page(
    request: Request, session: AsyncSession, values: dict[str, str], errors: list[Problem]
) -> Response:
    floors = (await session.scalars(select(MarketplaceRow).order_by(MarketplaceRow.position))).all()
    names = {row.key: row.name for row in floors}
    rows = (
        await session.scalars(
            select(MarketplaceFee).order_by(
                MarketplaceFee.marketplace_key, MarketplaceFee.category_id, MarketplaceFee.valid_from.desc()
            )
        )
    ).all()
    lang = request_language(request)
    people = await names_of(session, (row.entered_by for row in rows), lang)
    fields = ("marketplace", "category", "valid_from", "share", "fixed", "source")
    context = {
        "action": FEES,
        "marketplace_options": goods.marketplace_options(floors, lang),
        "values": {name: values.get(name, "") for name in fields},
        "rows": [
            {
                "name": names.get(row.marketplace_key, row.marketplace_key),
                "category": row.category_id,
                "valid_from": row.valid_from,
                "share": Decimal(row.share) / 100,
                "fixed_vnd": row.fixed_vnd,
                "source": row.source,
                "entered_by": people[row.entered_by],
            }
            for row in rows
        ],
        "errors": errors,
    }
    status = 422 if errors else 200
    return render(request, "officer/fees.html", context, status=status, notices=done_notices(request))
