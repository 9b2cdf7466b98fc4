"""Người trong cơ sở: who belongs to a producer; invited with a single-use code, taken off, never the last owner."""

from __future__ import annotations

from base64 import b64encode
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.db import SessionDep, SettingsDep
from ocop_hub.errors import HubError
from ocop_hub.kit import clock
from ocop_hub.kit.cards import Line, a6_card
from ocop_hub.producers import claims, people, service
from ocop_hub.producers.access import OfficeActorDep, SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.claims import NewCode
from ocop_hub.producers.models import MemberRole, Producer
from ocop_hub.settings import Settings
from ocop_hub.web import goods
from ocop_hub.web.desk.producers import PRODUCERS, acting_for, crumbs, producer_path
from ocop_hub.web.forms import Problem, done_notices, problems, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.render import request_language

router = APIRouter(include_in_schema=False)

ROLES: Final = {MemberRole.EDITOR: N_("Người cùng làm"), MemberRole.OWNER: N_("Chủ sở hữu")}
_HERE: Final = N_("Người trong cơ sở")


@router.get(PRODUCERS + "/{producer_id}/nguoi")
async def members(
    request: Request, session: SessionDep, actor: SignedInActorDep, producer_id: UUID
) -> Response:
    """Who belongs to the producer, and inviting another."""
    producer = await service.get_producer(session, actor, producer_id)
    return await _page(request, session, actor, producer, [])


@router.post(PRODUCERS + "/{producer_id}/nguoi")
async def invite(
    request: Request,
    session: SessionDep,
    settings: SettingsDep,
    actor: SignedInActorDep,
    producer_id: UUID,
) -> Response:
    """A code for one more person, shown this once."""
    producer = await service.get_producer(session, actor, producer_id)
    chosen = (await typed(request)).get("role", "")
    role = MemberRole(chosen) if chosen in set(MemberRole) else MemberRole.EDITOR
    new = await tried(session, lambda: claims.invite(session, actor, producer_id, role))
    if isinstance(new, HubError):
        if new.status in (403, 404):
            raise new
        return await _page(request, session, actor, producer, problems(new, "role"))
    return show_code(request, settings, producer, new, here=_HERE)


@router.post(PRODUCERS + "/{producer_id}/nguoi/{user_id}/bo")
async def remove(
    request: Request, session: SessionDep, actor: SignedInActorDep, producer_id: UUID, user_id: UUID
) -> Response:
    """Take a member off."""
    producer = await service.get_producer(session, actor, producer_id)
    gone = await tried(session, lambda: people.remove_member(session, actor, producer_id, user_id))
    if isinstance(gone, HubError):
        if gone.status in (403, 404):
            raise gone
        return await _page(request, session, actor, producer, problems(gone, "role"))
    return see(f"{producer_path(producer_id)}/nguoi", "bo-nguoi")


@router.post(PRODUCERS + "/{producer_id}/ma-nhan")
async def issue_claim(
    request: Request, session: SessionDep, settings: SettingsDep, actor: OfficeActorDep, producer_id: UUID
) -> Response:
    """The office's code with which a person claims the producer, shown and printed this once."""
    producer = await service.get_producer(session, actor, producer_id)
    again = producer.claimed_at is not None
    new = await claims.issue_claim(session, actor, producer_id, again=again)
    return show_code(request, settings, producer, new, here=N_("Mã nhận hồ sơ"))


def show_code(
    request: Request, settings: Settings, producer: Producer, new: NewCode, *, here: str
) -> Response:
    """The page of a fresh code: the card to print, the address to send. It is never shown again."""
    lang = request_language(request)
    address = settings.public_url.rstrip("/") + new.path
    ends = f"{clock.business_day(new.row.expires_at):%d/%m/%Y}"
    card = a6_card(
        address,
        heading=translate(lang, N_("Nhận hồ sơ chủ thể")),
        lines=[
            Line(103, 5.5, producer.name),
            Line(113, 4, translate(lang, N_("Quét mã bằng máy ảnh của điện thoại,"))),
            Line(119, 4, translate(lang, N_("hoặc mở %(address)s và gõ mã:"), address=_typed_at(settings))),
            Line(130, 8, new.code),
            Line(140, 4, translate(lang, N_("Dùng một lần, đến hết ngày %(day)s"), day=ends)),
        ],
        side_mm=72,
    )
    context = {
        "name": producer.name,
        "code": new.code,
        "address": address,
        "card_src": "data:image/svg+xml;base64," + b64encode(card.encode()).decode(),
        "expires_on": clock.business_day(new.row.expires_at),
        "back_href": producer_path(producer.id),
    }
    response = render(request, "desk/code.html", context, breadcrumbs=crumbs(lang, producer, here))
    # The page holds a secret.
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "same-origin"
    return response


def _typed_at(settings: Settings) -> str:
    bare = settings.public_url.rstrip("/").removeprefix("https://").removeprefix("http://")
    return bare + claims.CLAIM_PATH.rstrip("/")


async def _page(
    request: Request, session: AsyncSession, actor: Actor, producer: Producer, errors: list[Problem]
) -> Response:
    lang = request_language(request)
    path = f"{producer_path(producer.id)}/nguoi"
    may = actor.is_office or await service.is_owner(session, actor, producer.id)
    rows = await session.execute(people.members_of(producer.id))
    roles = [(role.value, translate(lang, text)) for role, text in ROLES.items()]
    context: dict[str, Any] = {
        "name": producer.name,
        "members": [
            {
                "name": name,
                "role": translate(lang, ROLES[member.role]),
                "since": member.created_at,
                "remove_action": f"{path}/{member.user_id}/bo" if may else "",
            }
            for member, name in rows
        ],
        "invite_action": path if may else "",
        "role_options": goods.options(roles, lang, first=""),
        "errors": errors,
    }
    return render(
        request,
        "desk/members.html",
        context,
        status=422 if errors else 200,
        breadcrumbs=crumbs(lang, producer, _HERE),
        notices=[] if errors else done_notices(request),
        acting_for=acting_for(actor, producer),
    )
