"""Lời từ chối của sàn: refusals no rule knows, counted, and the form that explains one; for offices."""

from __future__ import annotations

from typing import Any, Final

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.producers.access import OfficeActorDep
from ocop_hub.publishing.models import MarketplaceRow
from ocop_hub.publishing.reasons import words as reasons
from ocop_hub.web.forms import Problem, done_notices, problems, see, tried, typed
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK

router = APIRouter(include_in_schema=False)

REASONS: Final = DESK + "/loi-tu-choi"
_FIELDS: Final = (
    "marketplace",
    "code",
    "message",
    "cause_vi",
    "step_vi",
    "example_vi",
    "cause_en",
    "step_en",
    "example_en",
)


@router.get(REASONS)
async def show(request: Request, session: SessionDep, actor: OfficeActorDep) -> Response:
    """Unexplained refusals of 90 days, the most frequent first; ``code`` in the address opens its form."""
    return await _page(request, session, dict(request.query_params), [])


@router.post(REASONS)
async def write(request: Request, session: SessionDep, actor: OfficeActorDep) -> Response:
    """Explain one; it is used at once."""
    values = await typed(request)
    marketplace = values.get("marketplace", "")
    if await session.get(MarketplaceRow, marketplace) is None:
        raise NotFound("Không có sàn này.")
    given = {name: values.get(name, "") for name in _FIELDS if name != "marketplace"}
    done = await tried(
        session,
        lambda: reasons.write(session, actor, reasons.Given(marketplace_key=marketplace, **given)),
    )
    if isinstance(done, HubError):
        return await _page(request, session, values, problems(done, "cause_vi"))
    return see(REASONS, "giai-thich")


async def _page(
    request: Request, session: AsyncSession, values: dict[str, str], errors: list[Problem]
) -> Response:
    names = {row.key: row.name for row in await session.scalars(select(MarketplaceRow))}
    key = values.get("marketplace", "")
    context: dict[str, Any] = {
        "action": REASONS,
        "values": {name: values.get(name, "") for name in _FIELDS},
        "open_name": names.get(key, ""),
        "unread": [
            {
                "marketplace": each.marketplace_key,
                "name": names.get(each.marketplace_key, each.marketplace_key),
                "code": each.code,
                "message": each.message,
                "times": each.times,
                "last_seen": each.last_seen,
            }
            for each in await reasons.unread(session)
        ],
        "errors": errors,
    }
    return render(
        request,
        "officer/reasons.html",
        context,
        status=422 if errors else 200,
        notices=done_notices(request),
    )
