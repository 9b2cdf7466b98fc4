"""A buyer's report from the page of a label: a small form that works without script or account."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.accounts.csrf import check_origin
from ocop_hub.accounts.errors import BadLogin
from ocop_hub.accounts.logins import normal_phone
from ocop_hub.db import SessionDep
from ocop_hub.traceability.errors import ProductNotFound, ReportInvalid, TooManyReports
from ocop_hub.traceability.reports import service as reports
from ocop_hub.traceability.reports.models import ReportKind
from ocop_hub.traceability.reports.service import LONGEST_TEXT, About
from ocop_hub.traceability.scans.resolver import Fault, FaultKind, Language, Target, page_path, read_target
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, typed
from ocop_hub.web.i18n import BUYER_LANGUAGES, LANGUAGE_COOKIE, N_, pick_language, translate
from ocop_hub.web.render import page
from ocop_hub.web.trace.page import REPORT, render_fault

router = APIRouter(include_in_schema=False)

KINDS: Final = (
    (ReportKind.LABEL, N_("Tem hoặc mã không khớp với hàng")),
    (ReportKind.QUALITY, N_("Hàng hỏng, có mùi lạ hoặc vật lạ")),
    (ReportKind.DATES, N_("Ngày đóng gói, hạn sử dụng không đúng")),
    (ReportKind.OTHER, N_("Việc khác")),
)
_FIELDS: Final = ("kind", "text", "phone", "consent")


@router.get(REPORT)
async def ask(
    request: Request, session: SessionDep, tem: Annotated[str, Query(max_length=400)] = ""
) -> Response:
    """The form, for the label whose path is ``tem``."""
    found = await _label(session, tem)
    if isinstance(found, Fault):
        return _no_label(request, found, tem, {})
    return _page(request, *found, {}, [])


@router.post(REPORT)
async def send(request: Request, session: SessionDep) -> Response:
    """Keep the report; what is missing comes back with everything typed."""
    check_origin(request)
    values = await typed(request)
    found = await _label(session, values.get("tem", "")[:400])
    if isinstance(found, Fault):
        return _no_label(request, found, values.get("tem", ""), values)
    target, what = found
    errors: list[Problem] = []
    lang = _language(request, values)
    try:
        await _keep(session, what, values, errors, lang)
    except ReportInvalid as refused:
        errors.append({"field": "text", "problem": translate(lang, refused.detail)})
    except TooManyReports as refused:
        errors.append({"field": "kind", "problem": translate(lang, refused.detail)})
        return _page(request, target, what, values, errors, status=429)
    return _page(request, target, what, values, errors, sent=not errors, status=422 if errors else 200)


async def _keep(
    session: AsyncSession, what: About, values: Mapping[str, str], errors: list[Problem], lang: Lang
) -> None:
    kind = values.get("kind", "")
    if kind not in {each.value for each, _ in KINDS}:
        errors.append({"field": "kind", "problem": translate(lang, N_("Hãy chọn điều không đúng."))})
    if not values.get("text") or len(values["text"]) > LONGEST_TEXT:
        said = translate(lang, N_("Hãy kể lại bằng vài chữ, nhiều nhất 2.000 ký tự."))
        errors.append({"field": "text", "problem": said})
    phone = _phone(values, errors, lang)
    if not errors:
        await reports.send(session, what, kind=ReportKind(kind), text=values["text"], phone=phone)


def _phone(values: Mapping[str, str], errors: list[Problem], lang: Lang) -> str:
    """The number in E.164, empty when none was given; it is kept only where the sender agreed."""
    given = values.get("phone", "")
    if not given:
        return ""
    if not values.get("consent"):
        said = translate(lang, N_("Hãy đánh dấu đồng ý, hoặc để trống số điện thoại."))
        errors.append({"field": "consent", "problem": said})
        return ""
    try:
        return normal_phone(given[:40])
    except BadLogin:
        said = translate(lang, N_("Số điện thoại chưa đúng; ghi như 0912 345 678, hoặc để trống."))
        errors.append({"field": "phone", "problem": said})
        return ""


async def _label(session: AsyncSession, path: str) -> tuple[Target, About] | Fault:
    """What a label's path names, or why it leads to no product."""
    target = read_target(path) if path.startswith(("/01/", "/t/")) else Fault(FaultKind.MALFORMED, asked=path)
    if isinstance(target, Fault):
        return target
    try:
        return target, await reports.about(session, target)
    except ProductNotFound:
        return Fault(FaultKind.UNKNOWN, asked=target.path)


def _no_label(request: Request, fault: Fault, path: str, values: Mapping[str, str]) -> Response:
    """The same page as for a scan that leads nowhere, in the buyer's language."""
    addresses: dict[Language, str] = {
        each: f"{REPORT}?{urlencode({'lang': each, 'tem': path[:400]})}" for each in BUYER_LANGUAGES
    }
    body = render_fault(fault, _language(request, values), addresses)
    return HTMLResponse(body, 404, {"Cache-Control": "no-store"})


def _language(request: Request, values: Mapping[str, str]) -> Lang:
    return pick_language(
        chosen=values.get("lang") or request.query_params.get("lang"),
        cookie=request.cookies.get(LANGUAGE_COOKIE),
        accept=request.headers.get("accept-language"),
        among=BUYER_LANGUAGES,
    )


def _page(
    request: Request,
    target: Target,
    what: About,
    values: Mapping[str, str],
    errors: list[Problem],
    *,
    sent: bool = False,
    status: int = 200,
) -> Response:
    lang = _language(request, values)
    path = target.path + target.serial_path
    context: dict[str, Any] = {
        "place": "",
        "lang_links": {each: f"{REPORT}?lang={each}&tem={path}" for each in BUYER_LANGUAGES},
        "action": REPORT,
        "tem": path,
        "product_name": _name(what, lang),
        "lot_code": what.lot.code if what.lot is not None else "",
        "kinds": [{"value": kind.value, "label": translate(lang, text)} for kind, text in KINDS],
        "values": {name: values.get(name, "") for name in _FIELDS},
        "errors": errors,
        "sent": sent,
        "back_href": page_path(target, lang) + target.serial_path,
    }
    response = page(request, "trace/report.html", context, status=status, lang=lang)
    response.headers["Cache-Control"] = "no-store"
    return response


def _name(what: About, lang: Lang) -> str:
    return what.product.translations.get(lang, {}).get("name", "") or what.product.name
