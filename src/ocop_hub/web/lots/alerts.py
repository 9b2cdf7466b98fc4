"""What in the scans of labels is worth a look, and what people found who looked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import func
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep
from ocop_hub.kit.paging import PageParams, fetch_page
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.traceability.models import AlertKind, ScanAlert
from ocop_hub.traceability.scans import signals as scan_signals
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, done_notices, see, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.lots.answering import Shown, ShownDep, answered, lot_codes, product_names
from ocop_hub.web.pages import render
from ocop_hub.web.people import names_of
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

ALERTS: Final = DESK + "/canh-bao"
_PER_PAGE: Final = 30

#: What was seen and what it may mean; figures come from the stored reason. Nobody is accused of anything.
_SENTENCES: Final = {
    AlertKind.AFTER_RECALL: N_("%(scans)s lượt quét sau ngày thu hồi: hàng có thể vẫn còn trên kệ."),
    AlertKind.AFTER_EXPIRY: N_("%(scans)s lượt quét sau hạn sử dụng: hàng cũ có thể vẫn còn được bán."),
    AlertKind.SOURCE_RECALLED: N_(
        "Một lô nguyên liệu của lô này đã bị thu hồi. Hãy xem có phải thu hồi không."
    ),
    AlertKind.MORE_THAN_MADE: N_(
        "Lô có %(made)s đơn vị mà đã được quét %(total)s lượt: tem có thể bị chép, hoặc được xem nhiều lần."
    ),
    AlertKind.ONE_SERIAL_OFTEN: N_(
        "Có tem được quét hơn %(most)s lượt trong một ngày: tem có thể bị chép, hoặc bày ở nơi đông người."
    ),
    AlertKind.BEFORE_ACTIVATION: N_(
        "%(labels)s tem được quét khi chưa kích hoạt: có thể quên kích hoạt, hoặc tem thất lạc."
    ),
    AlertKind.UNKNOWN_SERIALS: N_(
        "%(scans)s lượt quét, %(different)s mã khác nhau không có trong đợt in nào: có thể là tem gõ nhầm, hoặc có "
        "người thử mã."
    ),
    AlertKind.MANY_PLACES: N_(
        "Có tem được quét ở %(fewest)s nơi trở lên trong một ngày: tem có thể bị chép, hoặc ảnh tem được gửi đi."
    ),
}


@router.get(ALERTS)
async def list_alerts(
    request: Request,
    session: SessionDep,
    actor: SignedInActorDep,
    shown: ShownDep,
) -> Response:
    """Alerts nobody has answered; with ``xem=het`` all of them."""
    return await _page(request, session, actor, shown)


@router.post(ALERTS + "/{alert_id}")
async def answer(request: Request, session: SessionDep, actor: SignedInActorDep, alert_id: UUID) -> Response:
    """Write down what was found."""
    text = (await typed(request)).get("answer", "")
    wrong = await answered(
        session,
        lambda: scan_signals.answer_alert(session, actor, alert_id, answer=text),
        f"answer-{alert_id}",
    )
    return await _page(request, session, actor, Shown(), wrong) if wrong else see(ALERTS, "canh-bao")


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    shown: Shown,
    errors: Sequence[Problem] = (),
) -> Response:
    lang = request_language(request)
    asked = scan_signals.alerts_visible_to(actor)
    if not shown.every:
        asked = asked.where(ScanAlert.answered_at.is_(None))
    rows, next_cursor = await fetch_page(
        session,
        asked,
        sort=ScanAlert.created_at,
        row_id=ScanAlert.id,
        params=PageParams(_PER_PAGE, shown.cursor or None),
        descending=True,
    )
    kept = "xem=het&" if shown.every else ""
    context: dict[str, Any] = {
        "alerts": await _told(session, actor, rows, lang),
        "tabs": [
            Link(translate(lang, N_("Chưa trả lời")), ALERTS, current=not shown.every),
            Link(translate(lang, N_("Tất cả")), f"{ALERTS}?xem=het", current=shown.every),
        ],
        "next": f"{ALERTS}?{kept}sau={next_cursor}" if next_cursor else "",
        "errors": errors,
    }
    status = 422 if errors else 200
    return render(request, "desk/alerts.html", context, status=status, notices=done_notices(request))


async def _told(
    session: AsyncSession, actor: Actor, rows: Sequence[ScanAlert], lang: Lang
) -> list[dict[str, Any]]:
    products = await product_names(session, (each.product_id for each in rows))
    codes = await lot_codes(session, (each.lot_id for each in rows))
    names = await names_of(session, (each.answered_by for each in rows if each.answered_by), lang)
    return [
        {
            "id": each.id,
            "kind": each.kind.value,
            "day": each.day,
            "sentence": sentence(each, lang),
            "product_name": products.get(each.product_id, ""),
            "lot_code": codes.get(each.lot_id, ""),
            "lot_href": f"{DESK}/lo/{each.lot_id}",
            "answered_at": each.answered_at,
            "answered_by": names.get(each.answered_by, ""),
            "answer": each.answer,
            "action": f"{ALERTS}/{each.id}" if actor.may_change(each.producer_id) else "",
        }
        for each in rows
    ]


def sentence(alert: ScanAlert, lang: Lang) -> str:
    """What was seen, with its figures."""
    figures = {
        "scans": alert.scans,
        "total": 0,
        "made": 0,
        "most": 0,
        "labels": 0,
        "different": 0,
        "fewest": 0,
    }
    return translate(lang, _SENTENCES[alert.kind], **figures | alert.reason)


async def waiting(session: AsyncSession, actor: Actor, lot_id: UUID) -> int:
    """How many alerts on a lot nobody has answered."""
    asked = scan_signals.alerts_visible_to(actor).where(
        ScanAlert.lot_id == lot_id, ScanAlert.answered_at.is_(None)
    )
    return await session.scalar(asked.with_only_columns(func.count(ScanAlert.id))) or 0
