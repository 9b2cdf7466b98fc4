"""Giao đăng: the list as the person outside sees it, on a phone, without an account. The link is the key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Form, Path, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.accounts.csrf import check_origin
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.kit.headers import saved_as
from ocop_hub.publishing import packing
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.handover import service as handovers
from ocop_hub.publishing.handover.models import HandoverOutcome, HandoverRow
from ocop_hub.publishing.handover.routes import PATH
from ocop_hub.publishing.handover.service import LONGEST_REASON, Visitor
from ocop_hub.web.forms import see, tried
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Notice

router = APIRouter(include_in_schema=False)

Token = Annotated[str, Path(alias="handover_token", max_length=100)]
Typed = Annotated[str, Form(max_length=2_000)]

OUTCOMES: Final = {
    HandoverOutcome.WAITING: (N_("Chờ đăng"), "act"),
    HandoverOutcome.POSTED: (N_("Đã gửi đường dẫn"), "good"),
    HandoverOutcome.RETURNED: (N_("Sàn trả lại"), "bad"),
    HandoverOutcome.FAILED: (N_("Không đăng được"), "bad"),
}
DONE: Final = {
    "duong-dan": N_("Đã nhận đường dẫn. Hệ thống sẽ mở trang đó để kiểm tra."),
    "ly-do": N_("Đã ghi lý do. Người giao danh sách sẽ thấy."),
}
#: The address is a secret: it goes to no other site and into no search engine. Under "no-referrer" browsers would
#: send the page's forms with the Origin "null", which is refused.
PRIVATE: Final = {
    "Cache-Control": "private, no-store",
    "Referrer-Policy": "same-origin",
    "X-Robots-Tag": "noindex, nofollow",
}


@router.get(PATH + "{handover_token}")
async def show_list(request: Request, session: SessionDep, token: Token) -> Response:
    """The list with what is still to be done."""
    visitor = await handovers.enter(session, token)
    done = DONE.get(request.query_params.get("xong", ""))
    notices = [Notice(translate(request_language(request), done))] if done else []
    return await _page(request, session, visitor, token, notices=notices)


@router.get(PATH + "{handover_token}/{row_id}/bo-ho-so.zip")
async def get_pack(session: SessionDep, outside: OutsideDep, token: Token, row_id: UUID) -> Response:
    """Tải bộ hồ sơ of one row."""
    visitor = await handovers.enter(session, token)
    listing = await handovers.listing_behind(session, visitor, row_id)
    name, content = await packing.zipped(*await packing.pack_of(session, outside, listing))
    return Response(content, media_type="application/zip", headers={**PRIVATE, **saved_as(name)})


@router.post(PATH + "{handover_token}/{row_id}/duong-dan")
async def give_link(
    request: Request, session: SessionDep, outside: OutsideDep, token: Token, row_id: UUID, url: Typed = ""
) -> Response:
    """Dán đường dẫn."""
    visitor = await _changing(request, session, token)
    return await _reported(
        request,
        session,
        visitor,
        token,
        lambda: handovers.posted(session, visitor, outside, row_id=row_id, url=url),
        wrong={"field": f"url-{row_id}", "value": url},
        done="duong-dan",
    )


@router.post(PATH + "{handover_token}/{row_id}/tra-lai")
async def give_return(
    request: Request, session: SessionDep, token: Token, row_id: UUID, reason: Typed = ""
) -> Response:
    """Sàn trả lại."""
    visitor = await _changing(request, session, token)
    return await _reported(
        request,
        session,
        visitor,
        token,
        lambda: handovers.returned(session, visitor, row_id=row_id, reason=reason),
        wrong={"field": f"reason-{row_id}", "value": reason},
        done="ly-do",
    )


@router.post(PATH + "{handover_token}/{row_id}/khong-dang-duoc")
async def give_up(
    request: Request, session: SessionDep, token: Token, row_id: UUID, reason: Typed = ""
) -> Response:
    """Không đăng được."""
    visitor = await _changing(request, session, token)
    return await _reported(
        request,
        session,
        visitor,
        token,
        lambda: handovers.failed(session, visitor, row_id=row_id, reason=reason),
        wrong={"field": f"reason-{row_id}", "value": reason},
        done="ly-do",
    )


async def _changing(request: Request, session: AsyncSession, token: str) -> Visitor:
    check_origin(request)
    return await handovers.enter(session, token)


async def _reported(
    request: Request,
    session: AsyncSession,
    visitor: Visitor,
    token: str,
    work: Callable[[], Awaitable[HandoverRow]],
    *,
    wrong: dict[str, str],
    done: str,
) -> Response:
    """On to the row after a report that was taken; else the list again with what is wrong."""
    row = await tried(session, work)
    if isinstance(row, NotFound):
        raise row
    if isinstance(row, HubError):
        errors = [{**wrong, "problem": row.detail}]
        return await _page(request, session, visitor, token, errors=errors, status=row.status)
    return see(f"{PATH}{token}#muc-{row.id}", done)


async def _page(
    request: Request,
    session: AsyncSession,
    visitor: Visitor,
    token: str,
    *,
    errors: list[dict[str, str]] | None = None,
    notices: list[Notice] | None = None,
    status: int = 200,
) -> Response:
    lang = request_language(request)
    shown: list[dict[str, Any]] = []
    for row, listing, product, producer, marketplace, stall in await handovers.rows_of(
        session, visitor.handover
    ):
        label, tone = OUTCOMES[row.outcome]
        here = f"{PATH}{token}/{row.id}"
        shown.append(
            {
                "id": str(row.id),
                "product_name": product.name,
                "producer_name": producer,
                "marketplace_name": marketplace,
                "stall_name": stall,
                "waiting": row.outcome is HandoverOutcome.WAITING,
                "label": translate(lang, label),
                "tone": tone,
                "reason": row.reason,
                "state": listing.state.value,
                "public_url": listing.public_url,
                "pack_href": f"{here}/bo-ho-so.zip",
                "link_action": f"{here}/duong-dan",
                "return_action": f"{here}/tra-lai",
                "fail_action": f"{here}/khong-dang-duoc",
            }
        )
    context = {
        "recipient": visitor.handover.recipient,
        "note": visitor.handover.note,
        "expires_at": visitor.handover.expires_at,
        "rows": shown,
        "waiting": sum(row["waiting"] for row in shown),
        "longest_reason": LONGEST_REASON,
        "errors": errors or [],
    }
    response = render(request, "publishing/handover.html", context, status=status, notices=notices or [])
    response.headers.update(PRIVATE)
    return response
