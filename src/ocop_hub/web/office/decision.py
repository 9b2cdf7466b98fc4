"""One recognition decision with its products; more of them typed without a spreadsheet; one certificate's page."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import queries as catalogue
from ocop_hub.catalogue.models import Product
from ocop_hub.certificates import service
from ocop_hub.certificates.history import Outcome, outcomes
from ocop_hub.certificates.models import Certificate, RecognitionDecision
from ocop_hub.certificates.validity import certificate_state, end_day
from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.intake.columns import Field, name_of
from ocop_hub.intake.given import GivenDecision
from ocop_hub.intake.runs import Said, SentFile, take
from ocop_hub.kit import clock
from ocop_hub.kit.paging import PageParams, fetch_page
from ocop_hub.kit.values import parse_date
from ocop_hub.media import MediaDep
from ocop_hub.producers.access import OfficeActorDep
from ocop_hub.producers.models import Producer
from ocop_hub.web import goods
from ocop_hub.web.desk.finding import Cursor
from ocop_hub.web.desk.spreadsheet import IMPORT
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, attempted, done_notices, problems, read, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.office.decisions import DECISIONS
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

CERTIFICATES: Final = DESK + "/giay-chung-nhan"
#: Lines of the form; more at once are a spreadsheet's work.
TYPED_ROWS: Final = 5
_COLUMNS: Final = (Field.NAME, Field.PRODUCER, Field.COMMUNE, Field.GROUP, Field.STARS)
OUTCOMES: Final = {
    Outcome.FIRST: N_("Công nhận lần đầu"),
    Outcome.RENEWED: N_("Công nhận lại"),
    Outcome.UPGRADED: N_("Nâng hạng"),
    Outcome.DOWNGRADED: N_("Hạ hạng"),
}


@router.get(DECISIONS + "/{decision_id}")
async def show(
    request: Request, session: SessionDep, actor: OfficeActorDep, decision_id: UUID, sau: Cursor = ""
) -> Response:
    """The decision's products, and a form for more."""
    decision = await _decision(session, decision_id)
    return await _page(request, session, decision, {}, [], sau)


@router.post(DECISIONS + "/{decision_id}")
async def add(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: OfficeActorDep,
    media: MediaDep,
    decision_id: UUID,
) -> Response:
    """Take the typed lines as a sheet of the decision: they are checked, matched and stored as any other."""
    decision = await _decision(session, decision_id)
    values = await typed(request)
    lines = [line for n in range(TYPED_ROWS) if any(line := _line(values, n))]
    if not lines:
        errors = [{"field": "name-0", "problem": "Chưa ghi sản phẩm nào. Hãy ghi ít nhất một dòng."}]
        return await _page(request, session, decision, values, errors)
    if decision.issued_on is None:
        errors = [
            {
                "field": "name-0",
                "problem": "Quyết định này chưa có ngày ký. Hãy ghi lại quyết định kèm ngày ký.",
            }
        ]
        return await _page(request, session, decision, values, errors)
    given = GivenDecision(decision.number, decision.issued_on, decision.issuer_level, decision.issuer_name)
    run = await attempted(
        take(
            session,
            actor,
            media,
            SentFile(f"QĐ {decision.number}.csv".replace("/", "-"), _sheet(lines)),
            home_province=settings.home_province,
            said=Said(decision=given),
        )
    )
    if isinstance(run, HubError):
        return await _page(request, session, decision, values, problems(run, "name-0"))
    return see(f"{IMPORT}/{run.id}")


def _line(values: Mapping[str, str], n: int) -> list[str]:
    """One typed line; the choices alone, which always say something, are no line."""
    typed_cells = [values.get(f"{field.value}-{n}", "") for field in _COLUMNS]
    return typed_cells if any(typed_cells[:3]) else []


def _sheet(lines: list[list[str]]) -> bytes:
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([name_of(field) for field in _COLUMNS])
    writer.writerows(lines)
    return out.getvalue().encode("utf-8-sig")


async def _decision(session: AsyncSession, decision_id: UUID) -> RecognitionDecision:
    decision = await session.get(RecognitionDecision, decision_id)
    if decision is None:
        raise NotFound("Không tìm thấy quyết định này.")
    return decision


async def _page(
    request: Request,
    session: AsyncSession,
    decision: RecognitionDecision,
    values: Mapping[str, str],
    errors: list[Problem],
    cursor: str = "",
) -> Response:
    lang = request_language(request)
    path = f"{DECISIONS}/{decision.id}"
    certificates, after = await fetch_page(
        session,
        select(Certificate).where(Certificate.decision_id == decision.id),
        sort=Certificate.created_at,
        row_id=Certificate.id,
        params=PageParams(cursor=cursor or None),
    )
    groups = [(g.name_vi, goods.group_name(g, lang)) for g in await session.scalars(catalogue.groups())]
    total = await session.scalar(select(func.count()).where(Certificate.decision_id == decision.id))
    names = [f"{field.value}-{n}" for n in range(TYPED_ROWS) for field in _COLUMNS]
    context: dict[str, Any] = {
        "number": decision.number,
        "issued_on": decision.issued_on,
        "issuer": decision.issuer_name or translate(lang, goods.ISSUERS[decision.issuer_level]),
        "total": total or 0,
        "certificates": await _rows(session, certificates, lang),
        "import_href": f"{IMPORT}?quyet_dinh={decision.id}",
        "action": path,
        "rows": TYPED_ROWS,
        "values": {name: values.get(name, "") for name in names},
        "group_options": goods.options(groups, lang, first=""),
        "star_options": [{"value": str(n), "label": f"{n}"} for n in (3, 4, 5)],
        "errors": errors,
        "next": f"{path}?sau={after}" if after else "",
    }
    crumbs = [
        Link(translate(lang, N_("Quyết định công nhận")), DECISIONS),
        Link(decision.number, path, current=True),
    ]
    return render(
        request,
        "officer/decision.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=crumbs,
        notices=[] if errors else done_notices(request),
    )


async def _rows(
    session: AsyncSession, certificates: Sequence[Certificate], lang: Lang
) -> list[dict[str, Any]]:
    ids = {each.product_id for each in certificates}
    products = await session.execute(
        select(Product, Producer.name)
        .join(Producer, Producer.id == Product.producer_id)
        .where(Product.id.in_(ids))
    )
    known = {product.id: (product, producer) for product, producer in products}
    # What came before tells whether this one renewed, upgraded or downgraded.
    history = list(await session.scalars(select(Certificate).where(Certificate.product_id.in_(ids))))
    became: dict[UUID, Outcome] = {}
    for product_id in ids:
        became |= outcomes([each for each in history if each.product_id == product_id])
    return [_row(each, known, became, lang) for each in certificates]


def _row(
    each: Certificate, known: Mapping[UUID, tuple[Product, str]], became: Mapping[UUID, Outcome], lang: Lang
) -> dict[str, Any]:
    product, producer = known[each.product_id]
    state = certificate_state(each, clock.now())
    outcome = became.get(each.id)
    return {
        "product_name": product.name,
        "producer_name": producer,
        "href": f"{CERTIFICATES}/{each.id}",
        "stars": each.stars,
        "proposed_five": each.proposed_five,
        "state": state.value if state else "",
        "until": end_day(each),
        "outcome": translate(lang, OUTCOMES[outcome]) if outcome else "",
    }


@router.get(CERTIFICATES + "/{certificate_id}")
async def certificate(
    request: Request, session: SessionDep, actor: OfficeActorDep, certificate_id: UUID
) -> Response:
    """One certificate, and taking it back."""
    return await _certificate(request, session, certificate_id, {}, [])


@router.post(CERTIFICATES + "/{certificate_id}")
async def withdraw(
    request: Request, session: SessionDep, actor: OfficeActorDep, certificate_id: UUID
) -> Response:
    """Thu hồi: from the typed day on, now where none is typed."""
    values = await typed(request)
    errors: list[Problem] = []
    day = read(values, "from_day", parse_date, errors)
    reason = values.get("reason", "")[:1000]
    if not reason:
        errors.append({"field": "reason", "problem": "Hãy ghi lý do và số văn bản thu hồi."})
    if day is not None and day > clock.today():
        errors.append({"field": "from_day", "problem": "Ngày thu hồi chưa tới. Hãy xem lại ngày."})
    if not errors:
        at: datetime | None = clock.day_start(day) if day is not None else None
        done = await tried(
            session, lambda: service.withdraw(session, actor, certificate_id, reason=reason, at=at)
        )
        if not isinstance(done, HubError):
            return see(f"{CERTIFICATES}/{certificate_id}", "thu-hoi-giay")
        if done.status == 404:
            raise done
        errors = problems(done, "from_day")
    return await _certificate(request, session, certificate_id, values, errors)


async def _certificate(
    request: Request,
    session: AsyncSession,
    certificate_id: UUID,
    values: Mapping[str, str],
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    found = await session.get(Certificate, certificate_id)
    if found is None:
        raise NotFound("Không tìm thấy giấy chứng nhận này.")
    product = await session.get_one(Product, found.product_id)
    decision = await session.get_one(RecognitionDecision, found.decision_id)
    all_of_it = list(
        await session.scalars(select(Certificate).where(Certificate.product_id == found.product_id))
    )
    became = outcomes(all_of_it).get(found.id)
    state = certificate_state(found, clock.now())
    context: dict[str, Any] = {
        "product_name": product.name,
        "product_href": f"{DESK}/san-pham/{product.id}",
        "number": found.number,
        "decision_number": decision.number,
        "decision_href": f"{DECISIONS}/{decision.id}",
        "stars": found.stars,
        "proposed_five": found.proposed_five,
        "state": state.value if state else "",
        "since": found.valid.lower,
        "until": end_day(found),
        "outcome": translate(lang, OUTCOMES[became]) if became else "",
        "withdrawn_at": found.withdrawn_at,
        "withdrawn_reason": found.withdrawn_reason,
        "action": "" if found.withdrawn_at else f"{CERTIFICATES}/{found.id}",
        "values": {"reason": values.get("reason", ""), "from_day": values.get("from_day", "")},
        "today": clock.today().isoformat(),
        "errors": errors,
    }
    crumbs = [
        Link(decision.number, f"{DECISIONS}/{decision.id}"),
        Link(product.name, f"{CERTIFICATES}/{found.id}", current=True),
    ]
    return render(
        request,
        "officer/certificate.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=crumbs,
        notices=[] if errors else done_notices(request),
    )
