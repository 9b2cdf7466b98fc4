"""Quyết định công nhận: the list, and entering one."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.queries import home_province_id
from ocop_hub.certificates import queries
from ocop_hub.certificates.decisions import NewDecision, enter_decision
from ocop_hub.certificates.models import Certificate, IssuerLevel, RecognitionDecision
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError
from ocop_hub.kit import clock
from ocop_hub.kit.paging import PageParams, fetch_page
from ocop_hub.kit.values import parse_date
from ocop_hub.producers.access import OfficeActorDep
from ocop_hub.web import goods
from ocop_hub.web.desk.finding import Cursor
from ocop_hub.web.forms import Problem, done_notices, problems, read, see, tried, typed
from ocop_hub.web.goods import ISSUERS
from ocop_hub.web.i18n import translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language

router = APIRouter(include_in_schema=False)

DECISIONS: Final = DESK + "/quyet-dinh"
_FIELDS: Final = ("number", "issued_on", "issuer_level", "issuer_name")
_LONGEST = 200


@router.get(DECISIONS)
async def list_decisions(
    request: Request,
    session: SessionDep,
    _actor: OfficeActorDep,
    sau: Annotated[Cursor, Query()] = "",
) -> Response:
    """Decisions, the last entered first, and the form for another."""
    return await _page(request, session, {}, [], cursor=sau)


@router.post(DECISIONS)
async def enter(
    request: Request, session: SessionDep, settings: SettingsDep, actor: OfficeActorDep
) -> Response:
    """Enter a decision; the same number of the same year again changes nothing."""
    values = await typed(request)
    errors: list[Problem] = []
    issued_on = read(values, "issued_on", parse_date, errors)
    if not values.get("issued_on"):
        errors.append({"field": "issued_on", "problem": "Chưa ghi ngày quyết định."})
    if issued_on is not None and issued_on > clock.today():
        errors.append({"field": "issued_on", "problem": "Ngày quyết định chưa tới. Hãy xem lại ngày."})
    for name in ("number", "issuer_name"):
        if len(values.get(name, "")) > _LONGEST:
            errors.append({"field": name, "problem": "Nhiều nhất 200 ký tự."})
    level = values.get("issuer_level", "")
    if level not in set(IssuerLevel):
        errors.append({"field": "issuer_level", "problem": "Chưa chọn cấp công nhận."})
    if not errors:
        home = await session.scalar(home_province_id(settings.home_province))
        new = NewDecision(
            number=values.get("number", ""),
            issued_on=issued_on,
            issuer_level=IssuerLevel(level),
            issuer_name=values.get("issuer_name", ""),
            issuer_province_id=home,
        )
        made = await tried(session, lambda: enter_decision(session, actor, new))
        if not isinstance(made, HubError):
            return see(f"{DECISIONS}/{made.id}", "quyet-dinh")
        errors = problems(made, "number")
    return await _page(request, session, values, errors)


async def _page(
    request: Request, session: AsyncSession, values: dict[str, str], errors: list[Problem], cursor: str = ""
) -> Response:
    lang = request_language(request)
    rows, after = await fetch_page(
        session,
        queries.decisions(),
        sort=RecognitionDecision.created_at,
        row_id=RecognitionDecision.id,
        params=PageParams(cursor=cursor or None),
        descending=True,
    )
    held = await _products(session, rows)
    levels = [(level.value, translate(lang, text)) for level, text in ISSUERS.items()]
    context: dict[str, Any] = {
        "action": DECISIONS,
        "import_href": DESK + "/nhap-tep",
        "decisions": [
            {
                "href": f"{DECISIONS}/{row.id}",
                "number": row.number,
                "issued_on": row.issued_on,
                "issuer": row.issuer_name or translate(lang, ISSUERS[row.issuer_level]),
                "products": held.get(row.id, 0),
            }
            for row in rows
        ],
        "values": {
            **{name: values.get(name, "") for name in _FIELDS},
            "issuer_level": values.get("issuer_level") or IssuerLevel.PROVINCE.value,
        },
        "level_options": goods.options(levels, lang, first=""),
        "today": date.isoformat(clock.today()),
        "errors": errors,
        "previous": "",
        "next": f"{DECISIONS}?sau={after}" if after else "",
    }
    return render(
        request,
        "officer/decisions.html",
        context,
        status=422 if errors else 200,
        notices=[] if errors else done_notices(request),
    )


async def _products(session: AsyncSession, rows: list[RecognitionDecision]) -> dict[Any, int]:
    found = await session.execute(
        select(Certificate.decision_id, func.count())
        .where(Certificate.decision_id.in_([row.id for row in rows]))
        .group_by(Certificate.decision_id)
    )
    return {row[0]: row[1] for row in found}
