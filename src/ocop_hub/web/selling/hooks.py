"""Báo sang hệ thống khác: addresses that hear of a producer's listings, and how their messages fared."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError, NotFound
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.hooks import service as hooks
from ocop_hub.publishing.hooks.models import HookState, MessageState, WebhookEndpoint, WebhookMessage
from ocop_hub.web import goods
from ocop_hub.web.forms import Problem, done_notices, problems, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language

router = APIRouter(include_in_schema=False)

HOOKS: Final = DESK + "/bao-he-thong"
_MOST_MESSAGES: Final = 10
_STATES: Final = {
    HookState.ACTIVE: (N_("Đang gửi"), "good"),
    HookState.PAUSED: (N_("Tạm ngừng"), "wait"),
    HookState.DEAD: (N_("Ngừng vì máy chủ không nhận"), "bad"),
}
_MESSAGES: Final = {
    MessageState.WAITING: (N_("Đang chờ gửi"), "wait"),
    MessageState.DELIVERED: (N_("Đã nhận"), "good"),
    MessageState.DEAD: (N_("Đã thôi gửi"), "bad"),
}


@router.get(HOOKS)
async def show(request: Request, session: SessionDep, actor: SignedInActorDep) -> Response:
    """The addresses with their last messages, and the form for another."""
    return await _page(request, session, actor, {}, [])


@router.post(HOOKS)
async def add(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    outside: OutsideDep,
) -> Response:
    """Another address; its secret is shown once, on this answer."""
    values = await typed(request)
    try:
        producer_id = UUID(values.get("producer_id", ""))
    except ValueError:
        raise NotFound("Không tìm thấy chủ thể này.") from None
    made = await tried(
        session,
        lambda: hooks.add(
            session,
            actor,
            producer_id=producer_id,
            url=values.get("url", ""),
            sealing_key=outside.sealing_key,
            allow_http=settings.allow_private_fetch,
        ),
    )
    if isinstance(made, NotFound):
        raise made
    if isinstance(made, HubError):
        return await _page(request, session, actor, values, problems(made, "url"))
    return await _page(request, session, actor, {}, [], secret=made.secret)


@router.post(HOOKS + "/{hook_id}/khoa-moi")
async def rotate(
    request: Request, session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, hook_id: UUID
) -> Response:
    """A new secret; the old one signs for another day."""
    made = await hooks.rotate(session, actor, endpoint_id=hook_id, sealing_key=outside.sealing_key)
    return await _page(request, session, actor, {}, [], secret=made.secret)


@router.post(HOOKS + "/{hook_id}/ngung")
async def pause(session: SessionDep, actor: SignedInActorDep, hook_id: UUID) -> Response:
    """Write nothing to it for now."""
    await hooks.set_active(session, actor, endpoint_id=hook_id, active=False)
    return see(HOOKS)


@router.post(HOOKS + "/{hook_id}/gui-tiep")
async def resume(session: SessionDep, actor: SignedInActorDep, hook_id: UUID) -> Response:
    """Write to it again."""
    await hooks.set_active(session, actor, endpoint_id=hook_id, active=True)
    return see(HOOKS)


@router.post(HOOKS + "/{hook_id}/bo")
async def remove(session: SessionDep, actor: SignedInActorDep, hook_id: UUID) -> Response:
    """Forget it."""
    await hooks.remove(session, actor, endpoint_id=hook_id)
    return see(HOOKS)


async def _latest(session: AsyncSession, endpoint_ids: Sequence[UUID]) -> dict[UUID, list[WebhookMessage]]:
    """The last messages of each address, the newest first."""
    order = (WebhookMessage.created_at.desc(), WebhookMessage.id)
    place = func.row_number().over(partition_by=WebhookMessage.endpoint_id, order_by=order)
    numbered = (
        select(WebhookMessage.id, place.label("place"))
        .where(WebhookMessage.endpoint_id.in_(endpoint_ids))
        .subquery()
    )
    rows = await session.scalars(
        select(WebhookMessage)
        .join(numbered, numbered.c.id == WebhookMessage.id)
        .where(numbered.c.place <= _MOST_MESSAGES)
        .order_by(*order)
    )
    found: dict[UUID, list[WebhookMessage]] = defaultdict(list)
    for each in rows:
        found[each.endpoint_id].append(each)
    return found


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    values: dict[str, str],
    errors: list[Problem],
    *,
    secret: str = "",
) -> Response:
    lang = request_language(request)
    await session.flush()
    found = hooks.visible_to(actor).order_by(WebhookEndpoint.created_at).limit(100)
    endpoints = (await session.scalars(found)).all()
    messages = await _latest(session, [each.id for each in endpoints])
    own = await session.execute(
        select(Producer.id, Producer.name).where(Producer.id.in_(actor.producers)).order_by(Producer.sort_key)
    )
    shown = []
    for each in endpoints:
        label, tone = _STATES[each.state]
        shown.append(
            {
                "url": each.url,
                "state": translate(lang, label),
                "tone": tone,
                "active": each.state is HookState.ACTIVE,
                "base": f"{HOOKS}/{each.id}" if actor.may_change(each.producer_id) else "",
                "messages": [
                    {
                        "at": one.created_at,
                        "state": translate(lang, _MESSAGES[one.state][0]),
                        "tone": _MESSAGES[one.state][1],
                        "attempts": one.attempts,
                        "problem": one.problem,
                    }
                    for one in messages[each.id]
                ],
            }
        )
    context = {
        "action": HOOKS,
        "secret": secret,
        "producer_options": goods.options([(str(key), name) for key, name in own], lang, first=""),
        "values": {name: values.get(name, "") for name in ("producer_id", "url")},
        "hooks": shown,
        "errors": errors,
    }
    status = 422 if errors else 200
    return render(request, "desk/hooks.html", context, status=status, notices=done_notices(request))
