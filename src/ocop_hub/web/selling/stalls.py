"""Gian hàng: those that are connected, and connecting one."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.kit.text import clean
from ocop_hub.marketplaces.contract import Mode
from ocop_hub.marketplaces.registry import ADAPTERS
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.producers.service import get_producer
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.models import AccountState, Listing, MarketplaceAccount, MarketplaceRow
from ocop_hub.publishing.preview import adapter_of
from ocop_hub.publishing.queries import accounts_visible_to
from ocop_hub.publishing.stalls import grants
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.web import goods
from ocop_hub.web.desk.edit import own_producers
from ocop_hub.web.format import Lang, day
from ocop_hub.web.forms import Problem, done_notices, problems, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language

router = APIRouter(include_in_schema=False)

STALLS: Final = DESK + "/gian-hang"
_MOST_SHOWN = 200
_LONGEST = 200
_SIGN_IN_NOW: Final = N_(
    "Sàn không nhận đăng nhập cũ nữa. Gian hàng này dừng lại cho đến khi bạn đăng nhập lại."
)
_SIGN_IN_BY: Final = N_("Hãy đăng nhập lại trước ngày %(day)s, nếu không gian hàng này sẽ dừng.")
_STATES: Final = {
    AccountState.CONNECTED: (N_("Đã nối"), "good"),
    AccountState.NEEDS_ANSWERS: (N_("Chờ bạn xác nhận"), "act"),
    AccountState.NEEDS_SIGN_IN: (N_("Cần đăng nhập lại"), "bad"),
    AccountState.CLOSED: (N_("Đã đóng"), "off"),
}


@router.get(STALLS)
async def list_stalls(
    request: Request,
    session: SessionDep,
    actor: SignedInActorDep,
    outside: OutsideDep,
    san: Annotated[str, Query(max_length=40)] = "",
    chu_the: Annotated[UUID | None, Query(alias="chu-the")] = None,
) -> Response:
    """The stalls, and the form for another; ``san`` and ``chu-the`` choose marketplace and producer."""
    values = {"marketplace": san, "producer_id": str(chu_the) if chu_the else ""}
    return await _page(request, session, actor, outside, values, [])


@router.post(STALLS)
async def connect(
    request: Request, session: SessionDep, actor: SignedInActorDep, outside: OutsideDep
) -> Response:
    """Connect a stall; its key is sealed and never shown again."""
    values = await typed(request)
    errors = _gaps(values)
    if not errors:
        try:
            producer_id = UUID(values.get("producer_id", ""))
        except ValueError:
            raise NotFound("Không tìm thấy chủ thể này.") from None
        key = values.get("key", "")
        made = await tried(
            session,
            lambda: stalls.connect(
                session,
                actor,
                producer_id=producer_id,
                marketplace=adapter_of(outside, values["marketplace"]),
                shop_id=clean(values["shop_id"]),
                name=clean(values["name"]),
                credentials={"access_token": key} if key else None,
                sealing_key=outside.sealing_key,
            ),
        )
        if isinstance(made, NotFound):
            raise made
        if not isinstance(made, HubError):
            return see(STALLS, "gian-hang")
        errors = problems(made, "shop_id")
    return await _page(request, session, actor, outside, values, errors)


def _gaps(values: dict[str, str]) -> list[Problem]:
    wanted = {
        "marketplace": "Chưa chọn sàn.",
        "shop_id": "Chưa ghi mã gian hàng. Mã này có trong phần cài đặt gian hàng của sàn.",
        "name": "Chưa ghi tên gian hàng.",
    }
    gaps = [{"field": name, "problem": text} for name, text in wanted.items() if not values.get(name)]
    long = "Nhiều nhất 200 ký tự."
    gaps += [{"field": name, "problem": long} for name in wanted if len(values.get(name, "")) > _LONGEST]
    return gaps


def _signs_in(outside: Outside, key: str) -> bool:
    return key in ADAPTERS and outside.adapters.get(key).capabilities.signs_in


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    outside: Outside,
    values: dict[str, str],
    errors: list[Problem],
) -> Response:
    lang = request_language(request)
    marketplaces = (
        await session.scalars(
            select(MarketplaceRow)
            .where(MarketplaceRow.has_adapter, MarketplaceRow.open_during.contains(func.now()))
            .order_by(MarketplaceRow.position)
        )
    ).all()
    producers = await _producers(session, actor, values.get("producer_id", ""))
    consenting = {row.key for row in marketplaces if _signs_in(outside, row.key)}
    context: dict[str, Any] = {
        "action": STALLS,
        "bulk_href": DESK + "/len-san-hang-loat",
        "drift_href": DESK + "/khac-he-thong",
        "hooks_href": DESK + "/bao-he-thong",
        "stalls": await _stalls(session, actor, lang, consenting),
        "consent_action": STALLS + "/ket-noi",
        "consent_options": goods.marketplace_options(
            [row for row in marketplaces if row.key in consenting], lang
        ),
        "values": {
            "marketplace": values.get("marketplace") or marketplaces[0].key,
            "producer_id": values.get("producer_id") or (producers[0][0] if producers else ""),
            "shop_id": values.get("shop_id", ""),
            "name": values.get("name", ""),
        },
        "marketplace_options": goods.marketplace_options(marketplaces, lang),
        "producer_options": goods.options(producers, lang, first=""),
        "errors": errors,
    }
    return render(
        request,
        "desk/stalls.html",
        context,
        status=422 if errors else 200,
        notices=[] if errors else done_notices(request),
    )


async def _producers(session: AsyncSession, actor: Actor, chosen: str) -> list[tuple[str, str]]:
    """Whose stall it may be: the actor's own; for an office the one it came for."""
    if actor.producers:
        return await own_producers(session, actor)
    if not actor.is_office or not chosen:
        return []
    try:
        producer = await get_producer(session, actor, UUID(chosen))
    except ValueError:
        return []
    return [(str(producer.id), producer.name)]


async def _stalls(
    session: AsyncSession, actor: Actor, lang: Lang, consenting: Collection[str]
) -> list[dict[str, Any]]:
    listed = (
        select(func.count())
        .where(Listing.account_id == MarketplaceAccount.id)
        .correlate(MarketplaceAccount)
        .scalar_subquery()
    )
    rows = await session.execute(
        accounts_visible_to(actor)
        .join(MarketplaceRow, MarketplaceRow.key == MarketplaceAccount.marketplace_key)
        .join(Producer, Producer.id == MarketplaceAccount.producer_id)
        .add_columns(MarketplaceRow.name, Producer.name, listed)
        .order_by(Producer.sort_key, MarketplaceRow.position, MarketplaceAccount.id)
        .limit(_MOST_SHOWN)
    )
    found = list(rows)
    may_sign_in = {
        account.id
        for account, *_ in found
        if actor.may_change(account.producer_id) and account.marketplace_key in consenting
    }
    return [
        {
            "marketplace_name": marketplace,
            "name": account.name,
            "shop_id": account.shop_id,
            "producer_name": producer,
            "mode": account.mode.value,
            "state_label": translate(lang, _STATES[account.state][0]),
            "tone": _STATES[account.state][1],
            "listings": listings,
            "warning": _warning(account, lang),
            "sign_in_href": f"{STALLS}/{account.id}/dang-nhap" if account.id in may_sign_in else "",
            "items_href": f"{STALLS}/{account.id}/muc"
            if account.state is AccountState.NEEDS_ANSWERS or account.mode is Mode.ASSISTED
            else "",
            "waits": account.state is AccountState.NEEDS_ANSWERS,
            "doubles_href": f"{STALLS}/{account.id}/trung" if account.mode is Mode.API else "",
        }
        for account, marketplace, producer, listings in found
    ]


def _warning(account: MarketplaceAccount, lang: Lang) -> str:
    """What the owner must know of the consent's end."""
    until = grants.sign_in_by(account)
    if account.state is AccountState.NEEDS_SIGN_IN:
        return translate(lang, _SIGN_IN_NOW)
    return translate(lang, _SIGN_IN_BY, day=day(until, lang=lang)) if grants.ends_soon(account) else ""
