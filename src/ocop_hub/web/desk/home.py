"""Bàn làm việc: the first screen of whoever acts for producers, and the office's list of all products."""

from __future__ import annotations

from typing import Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.desk import queries, work
from ocop_hub.desk.queries import Card, Window
from ocop_hub.desk.work import Task, TaskKind
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.producers.models import Producer
from ocop_hub.web import goods
from ocop_hub.web.desk.finding import AskedDep, Cursor, filters
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import done_notices
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.labels import listing_code
from ocop_hub.web.lots.alerts import ALERTS
from ocop_hub.web.lots.problems import PROBLEMS
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.refusals import told
from ocop_hub.web.render import request_language

router = APIRouter(include_in_schema=False)

#: Title, text and button of each kind of task.
_TASKS: Final = {
    TaskKind.TAKE_DOWN: (
        N_("%(product)s: có lô bị thu hồi, đang hiển thị trên %(marketplace)s"),
        N_("Lô %(detail)s đã thu hồi. Nếu hàng trên sàn thuộc lô này, hãy gỡ khỏi sàn."),
        N_("Xem và gỡ"),
    ),
    TaskKind.ANSWER_REPORT: (
        N_("Người mua báo vấn đề về %(product)s"),
        N_("%(detail)s tin báo chờ trả lời. Gọi lại hoặc xem hàng, rồi ghi đã làm gì."),
        N_("Xem tin báo"),
    ),
    TaskKind.LOOK_AT_SCANS: (
        N_("Xem lại lượt quét tem"),
        N_("%(detail)s cảnh báo chưa có câu trả lời."),
        N_("Xem cảnh báo"),
    ),
    TaskKind.ANSWER_MATCH: (
        N_("Xác nhận mục có sẵn trên %(marketplace)s"),
        N_("Gian hàng đã có “%(detail)s”, giống sản phẩm %(product)s."),
        N_("Xem và xác nhận"),
    ),
    TaskKind.SIGN_IN_AGAIN: (
        N_("Đăng nhập lại gian hàng %(marketplace)s"),
        N_("Quyền vào gian hàng %(detail)s đã hết."),
        N_("Nối lại"),
    ),
    TaskKind.MEND: (
        N_("%(marketplace)s trả lại %(product)s"),
        "%(detail)s",
        N_("Xem chỗ cần sửa"),
    ),
    TaskKind.MEND_TO_SEND: (
        N_("Chưa gửi %(product)s lên %(marketplace)s"),
        "%(detail)s",
        N_("Xem chỗ cần sửa"),
    ),
    TaskKind.NEXT_STEP: (
        N_("%(product)s trên %(marketplace)s"),
        "%(detail)s",
        N_("Làm bước này"),
    ),
    TaskKind.RETURNED: (
        N_("Sửa %(product)s theo nhận xét"),
        N_("Cán bộ đã xem và trả lại để sửa."),
        N_("Xem nhận xét"),
    ),
    TaskKind.SIGN_IN_SOON: (
        N_("Sắp hết hạn đăng nhập %(marketplace)s"),
        N_("Hãy đăng nhập lại gian hàng %(product)s trước ngày %(detail)s, nếu không gian hàng sẽ dừng."),
        N_("Nối lại"),
    ),
    TaskKind.RENEW: (
        N_("Giấy chứng nhận của %(product)s hết hạn %(detail)s"),
        N_("Hãy nộp hồ sơ đánh giá lại ở xã trước ngày đó; hết hạn thì không in được hạng sao trên tem."),
        N_("Xem giấy chứng nhận"),
    ),
    TaskKind.FINISH: (
        N_("Làm tiếp %(product)s"),
        N_("Sản phẩm còn là bản nháp: khách chưa xem được, và chưa đưa lên sàn được."),
        N_("Làm tiếp"),
    ),
    TaskKind.CONNECT_STALL: (
        N_("Nối gian hàng đầu tiên"),
        N_("Nối gian hàng trên một sàn để đưa sản phẩm lên."),
        N_("Nối gian hàng"),
    ),
    TaskKind.PUT_UP: (
        N_("Đưa %(product)s lên sàn"),
        N_("Sản phẩm chưa có trên sàn nào."),
        N_("Chọn sàn"),
    ),
}

#: States that say nothing of what stands on the marketplace, so that there is nothing to have checked.
_NOTHING_SEEN: Final = frozenset({ListingState.NONE, ListingState.PREPARING, ListingState.NEEDS_PERSON})
#: Tasks that lead to no product's page.
_ELSEWHERE: Final = {TaskKind.LOOK_AT_SCANS: ALERTS, TaskKind.ANSWER_REPORT: PROBLEMS}


@router.get(DESK)
async def desk(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    asked: AskedDep,
    sau: Cursor = "",
    truoc: Cursor = "",
) -> Response:
    """The actor's products with what waits to be done."""
    lang = request_language(request)
    page = await queries.page(
        session,
        actor,
        asked.wanted,
        Window(after=sau, before=truoc),
        home_province=settings.home_province,
        with_listings=True,
    )
    may_enter = actor.is_office or bool(actor.producers)
    context: dict[str, Any] = {
        "heading": await _heading(session, actor, lang),
        "counts": await work.counts(session, actor),
        "tasks": [_task(task, lang) for task in await work.tasks(session, actor)],
        "add_href": f"{DESK}/san-pham/moi" if actor.producers else "",
        "import_href": f"{DESK}/nhap-tep" if may_enter else "",
        "query": asked.query,
        "filters": await filters(session, actor, asked, home_province=settings.home_province, lang=lang),
        "total": await queries.count(session, actor, asked.wanted),
        "bulk_href": f"{DESK}/sua-nhieu?{urlencode(asked.query)}" if may_enter else "",
        "action": DESK,
        "products": [_row(card, actor, lang) for card in page.cards],
        **goods.page_links(DESK, asked.query, page),
    }
    return render(request, "desk/products.html", context, notices=done_notices(request))


async def _heading(session: AsyncSession, actor: Actor, lang: Lang) -> str:
    if actor.role is Role.HELPER:
        return translate(lang, N_("Sản phẩm bạn đang làm hộ"))
    if actor.role is not Role.PRODUCER:
        return translate(lang, N_("Sản phẩm của các chủ thể"))
    if len(actor.producers) != 1:
        return translate(lang, N_("Sản phẩm của bạn"))
    name = await session.scalar(select(Producer.name).where(Producer.id.in_(actor.producers)))
    return translate(lang, N_("Sản phẩm của %(name)s"), name=name or "")


def _task(task: Task, lang: Lang) -> dict[str, str]:
    title, text, action = _TASKS[task.kind]
    words = {
        "product": task.product_name,
        "marketplace": task.marketplace_name,
        "detail": told(task.detail, lang),
    }
    below = "/sua" if task.kind is TaskKind.FINISH else ""
    elsewhere = _ELSEWHERE.get(task.kind, f"{DESK}/gian-hang")
    return {
        "title": translate(lang, title, **words),
        "text": translate(lang, text, **words),
        "action_label": translate(lang, action),
        "href": f"{DESK}/san-pham/{task.product_id}{below}" if task.product_id else elsewhere,
    }


def _row(card: Card, actor: Actor, lang: Lang) -> dict[str, Any]:
    product, mark = card.product, card.certificate
    href = f"{DESK}/san-pham/{product.id}"
    certificate = None
    if mark is not None:
        certificate = {"stars": mark.stars, "state": mark.state.value, "valid_until": mark.valid_until}
    return {
        "id": str(product.id),
        "name": product.name,
        "href": href,
        "producer_name": card.producer_name if len(actor.producers) != 1 else "",
        "variant": goods.variant(product, lang),
        "group": card.group.name_vi,
        "picture": goods.picture(card.photo),
        "state": product.status.value,
        "certificate": certificate,
        "listings": [
            {
                "marketplace_name": each.marketplace_name,
                "state": listing_code(each.state, not_sent=each.not_sent),
                "in_stock": each.in_stock,
                "checked_at": None if each.state in _NOTHING_SEEN else each.checked_at,
            }
            for each in card.listings
        ],
        "next_step": _next_step(card, href, lang) if actor.may_change(product.producer_id) else None,
    }


def _next_step(card: Card, href: str, lang: Lang) -> dict[str, str] | None:
    """The one thing that moves this product on; None when nothing waits."""
    for state, text in _STEPS:
        for each in card.listings:
            if each.state is state:
                shown = _TO_SEND if each.not_sent else text
                label = translate(lang, shown, marketplace=each.marketplace_name)
                return {"label": label, "href": f"{href}#tin-{each.id}"}
    if card.product.price_vnd is None:
        return {"label": translate(lang, N_("Ghi giá bán")), "href": f"{href}/sua"}
    if not card.listings:
        return {"label": translate(lang, N_("Đưa lên sàn")), "href": href}
    return None


_TO_SEND: Final = N_("Sửa để gửi %(marketplace)s")
_STEPS: Final = (
    (ListingState.REJECTED, N_("Sửa theo %(marketplace)s")),
    (ListingState.NEEDS_PERSON, N_("Làm tiếp trên %(marketplace)s")),
    (ListingState.SUSPENDED, N_("Xem vì sao %(marketplace)s tạm khóa")),
    (ListingState.DELETED, N_("Đăng lại trên %(marketplace)s")),
)
