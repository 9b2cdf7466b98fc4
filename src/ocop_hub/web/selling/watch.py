"""Watching the marketplaces: their health for the operator, the calls of one listing, doubles in one stall."""

from __future__ import annotations

from typing import Any, Final, Literal
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from ocop_hub.catalogue.models import Product
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.producers.access import OfficeActorDep, SignedInActorDep
from ocop_hub.publishing import service
from ocop_hub.publishing.health import MarketplaceHealth, health
from ocop_hub.publishing.models import CallOutcome, DoubleCause, DoubleState, ListingDouble, MarketplaceRow
from ocop_hub.publishing.queries import attempts_of
from ocop_hub.publishing.reasons import words as reasons
from ocop_hub.publishing.stalls import reconcile
from ocop_hub.web.desk.product import product_path
from ocop_hub.web.format import Lang, moment
from ocop_hub.web.forms import done_notices, see, tried
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.selling.stalls import STALLS
from ocop_hub.web.shell import Notice

router = APIRouter(include_in_schema=False)

HEALTH: Final = DESK + "/suc-khoe-san"
_MOST_CALLS: Final = 50
_OUTCOMES: Final = {
    CallOutcome.STARTED: N_("Chưa có trả lời"),
    CallOutcome.SUCCEEDED: N_("Thành công"),
    CallOutcome.REFUSED: N_("Sàn từ chối"),
    CallOutcome.RETRY: N_("Sẽ thử lại"),
    CallOutcome.UNKNOWN: N_("Mất câu trả lời"),
    CallOutcome.SIGN_IN: N_("Cần đăng nhập lại gian hàng"),
    CallOutcome.NEEDS_PERSON: N_("Chờ bạn làm"),
    CallOutcome.MISCONFIGURED: N_("Hệ thống khai báo sai"),
}
_CALLS: Final = {
    "find": N_("Tìm sản phẩm theo mã"),
    "publish": N_("Đưa lên sàn"),
    "update": N_("Sửa tin đăng"),
    "unlist": N_("Gỡ khỏi sàn"),
    "relist": N_("Đưa lên lại"),
    "status": N_("Xem trạng thái"),
    "upload_picture": N_("Tải ảnh lên"),
    "fetch_page": N_("Mở trang trên sàn"),
}
_CAUSES: Final = {
    DoubleCause.SAME_SKU: N_("Hai mục cùng mã sản phẩm"),
    DoubleCause.BESIDE_ADOPTED: N_("Bản sao đứng cạnh mục đã nhận"),
}


@router.get(HEALTH)
async def show_health(request: Request, session: SessionDep, actor: OfficeActorDep) -> Response:
    """Each marketplace: what is due, what fails, what is cut off, what will lapse."""
    lang = request_language(request)
    names = {row.key: row.name for row in await session.scalars(select(MarketplaceRow))}
    rows = [_health(each, names[each.key], lang) for each in await health(session)]
    return render(request, "desk/publish_health.html", {"rows": rows})


def _health(each: MarketplaceHealth, name: str, lang: Lang) -> dict[str, Any]:
    failures = [
        {"label": translate(lang, _OUTCOMES[outcome]), "count": count}
        for outcome, count in sorted(each.failures.items(), key=lambda pair: -pair[1])
    ]
    return {
        "name": name,
        "troubled": each.troubled,
        "stalls": each.stalls,
        "due": each.due,
        "oldest_due": moment(each.oldest_due, lang=lang) if each.oldest_due else "",
        "waiting": each.waiting,
        "last_success": moment(each.last_success, lang=lang) if each.last_success else "",
        "failures": failures,
        "breakers_open": each.breakers_open,
        "held": each.held,
        "needs_sign_in": each.needs_sign_in,
        "consents_ending": each.consents_ending,
        "pushes_waiting": each.pushes_waiting,
    }


@router.get(DESK + "/tin-dang/{listing_id}")
async def show_calls(
    request: Request, session: SessionDep, actor: SignedInActorDep, listing_id: UUID
) -> Response:
    """Every call of a listing with its cause in people's words, the latest first."""
    lang = request_language(request)
    spoken: Literal["vi", "en"] = "vi" if lang == "vi" else "en"
    listing = await service.seen_listing(session, actor, listing_id)
    product = await session.get_one(Product, listing.product_id)
    floor = await session.get_one(MarketplaceRow, listing.marketplace_key)
    before = await reasons.office_rules(session)
    calls = []
    for attempt in await session.scalars(attempts_of(listing_id).limit(_MOST_CALLS)):
        quiet = attempt.outcome in (CallOutcome.SUCCEEDED, CallOutcome.STARTED)
        why = (
            None
            if quiet
            else reasons.explain(
                listing.marketplace_key, attempt.code, attempt.message, lang=spoken, before=before
            )
        )
        calls.append(
            {
                "at": moment(attempt.started_at, lang=lang),
                "call": translate(lang, _CALLS.get(attempt.call, attempt.call)),
                "outcome": translate(lang, _OUTCOMES[attempt.outcome]),
                "tone": "good" if attempt.outcome is CallOutcome.SUCCEEDED else "wait",
                "cause": why.cause if why else "",
                "step": why.step if why else "",
                "raw": attempt.message if why and not why.known else "",
            }
        )
    context = {
        "product_name": product.name,
        "marketplace_name": floor.name,
        "back_href": f"{product_path(product.id)}#tin-{listing.id}",
        "calls": calls,
    }
    return render(request, "desk/publish_calls.html", context)


@router.get(STALLS + "/{stall_id}/trung")
async def show_doubles(
    request: Request, session: SessionDep, actor: SignedInActorDep, stall_id: UUID
) -> Response:
    """Items that stand twice in a stall, each with one button."""
    return await _doubles(request, session, actor, stall_id)


@router.post(STALLS + "/{stall_id}/trung")
async def read_again(
    request: Request, session: SessionDep, actor: SignedInActorDep, stall_id: UUID
) -> Response:
    """Read the stall for doubles now."""
    account = await service.account_of(session, actor, stall_id)
    await reconcile.want_reading(session, actor, account)
    return see(f"{STALLS}/{stall_id}/trung", "doc-lai")


@router.post(DESK + "/muc-trung/{double_id}/go")
async def repair(request: Request, session: SessionDep, actor: SignedInActorDep, double_id: UUID) -> Response:
    """Keep the one, take the other down on the marketplace."""
    done = await tried(session, lambda: reconcile.ask_repair(session, actor, double_id=double_id))
    if isinstance(done, NotFound):
        raise done
    if isinstance(done, HubError):
        notice = Notice(done.detail, "bad", done.title)
        context = {"stall_name": "", "read_href": "", "rows": [], "back_href": STALLS}
        return render(request, "desk/doubles.html", context, status=done.status, notices=[notice])
    return see(f"{STALLS}/{done.account_id}/trung", "go-trung")


async def _doubles(
    request: Request, session: SessionDep, actor: SignedInActorDep, stall_id: UUID
) -> Response:
    lang = request_language(request)
    account = await service.account_of(session, actor, stall_id)
    rows = await session.scalars(
        reconcile.open_doubles(actor)
        .where(ListingDouble.account_id == stall_id)
        .order_by(ListingDouble.found_at)
    )
    shown = [
        {
            "title": each.extra_title,
            "cause": translate(lang, _CAUSES[each.cause]),
            "keep_id": each.keep_remote_id,
            "keep_url": each.keep_url,
            "extra_id": each.extra_remote_id,
            "extra_url": each.extra_url,
            "found": moment(each.found_at, lang=lang),
            "problem": each.problem,
            "repairing": each.state is DoubleState.REPAIRING,
            "repair_href": f"{DESK}/muc-trung/{each.id}/go",
        }
        for each in rows
    ]
    read = f"{STALLS}/{stall_id}/trung" if actor.may_change(account.producer_id) else ""
    context = {"stall_name": account.name, "read_href": read, "rows": shown, "back_href": STALLS}
    response = render(request, "desk/doubles.html", context, notices=done_notices(request))
    if any(each["repairing"] for each in shown):
        response.headers["Refresh"] = "5"
    return response
