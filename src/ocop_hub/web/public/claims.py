"""Nhận hồ sơ: a person takes over an unclaimed producer, or joins one, with a single-use code or its QR."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.accounts import csrf, guessing, service
from ocop_hub.accounts.access import SignedInDep
from ocop_hub.accounts.logins import normal_login
from ocop_hub.accounts.models import User
from ocop_hub.accounts.passphrases import check_strength
from ocop_hub.db import SessionDep, apply_scope
from ocop_hub.errors import HubError
from ocop_hub.places.finder import finder
from ocop_hub.producers import claims
from ocop_hub.producers.access import ActorDep, enter
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import CodePurpose, Producer
from ocop_hub.producers.service import actor_of
from ocop_hub.settings import Settings
from ocop_hub.web.forms import Problem, problems, see, typed
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.public.sign_in import SIGN_IN

router = APIRouter(include_in_schema=False)

CLAIM: Final = claims.CLAIM_PATH.rstrip("/")
_TEMPLATE: Final = "accounts/claim.html"


@router.get(CLAIM)
async def type_code(request: Request, actor: ActorDep, code: str = Query("", max_length=40)) -> Response:
    """A box for the code on the paper."""
    if code.strip():
        return see(f"{CLAIM}/{code.strip().replace('/', '-').replace('?', '-').replace('#', '-')}")
    return _page(request, None, {}, [])


@router.get(CLAIM + "/{code}")
async def look(request: Request, session: SessionDep, actor: ActorDep, code: str) -> Response:
    """What the code gives, and the button that takes it."""
    found = await _look(session, actor, code)
    if isinstance(found, HubError):
        return _page(request, None, {}, problems(found, "code"), status=found.status, code=code)
    return _page(request, found, {}, [], code=code)


@router.post(CLAIM + "/{code}")
async def take(
    request: Request, session: SessionDep, actor: ActorDep, signed_in: SignedInDep, code: str
) -> Response:
    """Take it; a stranger gets an account first, in the same step."""
    found = await _look(session, actor, code)
    if isinstance(found, HubError):
        return _page(request, None, {}, problems(found, "code"), status=found.status, code=code)
    if signed_in is not None:
        await claims.redeem(session, actor, signed_in.user, code)
        return see(DESK)
    csrf.check_origin(request)
    values = await typed(request)
    if errors := _typed_wrong(values):
        return _page(request, found, values, errors, status=422, code=code)
    registered = await _register(request, session, values, code)
    if isinstance(registered, HubError):
        errors = problems(registered, "login")
        return _page(request, found, values, errors, status=registered.status, code=code)
    return registered


def _typed_wrong(values: dict[str, str]) -> list[Problem]:
    """What is wrong with login and passphrase, both at once: each further round is a wait on a slow network."""
    errors: list[Problem] = []
    checks: tuple[tuple[str, Callable[[str], object]], ...] = (
        ("login", normal_login),
        ("passphrase", check_strength),
    )
    for field, check in checks:
        try:
            check(values.get(field, ""))
        except HubError as refused:
            errors.append({"field": field, "problem": refused.detail})
    return errors


async def _register(
    request: Request, session: AsyncSession, values: dict[str, str], code: str
) -> Response | HubError:
    """An account, the code used for it, and the sign-in; nothing of it where one part is refused."""
    settings: Settings = request.app.state.settings
    login, passphrase = values.get("login", ""), values.get("passphrase", "")
    phone, email = ("", login) if "@" in login else (login, "")
    name = values.get("display_name", "") or login
    try:
        async with session.begin_nested():
            user: User = await service.register_user(
                session, display_name=name[:200], passphrase=passphrase, phone=phone, email=email
            )
            await session.flush()
            actor = await enter(session, await actor_of(session, user))
            await claims.redeem(session, actor, user, code)
    except HubError as refused:
        return refused
    outcome = await service.sign_in(session, login=login, passphrase=passphrase, hours=settings.session_hours)
    if isinstance(outcome, HubError):
        return outcome
    response = see(DESK)
    guessing.remember(request, response, outcome)
    return response


async def _look(session: AsyncSession, actor: Actor, code: str) -> dict[str, Any] | HubError:
    try:
        row, producer = await claims.look(session, code)
    except HubError as refused:
        return refused
    finally:
        await apply_scope(session, actor.scope)
    return {"name": producer.name, "place": _place(producer), "joins": row.purpose is CodePurpose.INVITE}


def _place(producer: Producer) -> str:
    unit = finder().unit(producer.current_unit_id or producer.province_id or "")
    return unit.full_name if unit else ""


def _page(
    request: Request,
    found: dict[str, Any] | None,
    values: dict[str, str],
    errors: list[Problem],
    *,
    status: int = 200,
    code: str = "",
) -> Response:
    context = {
        "action": f"{CLAIM}/{code}" if found else CLAIM,
        "code": code,
        "producer": found,
        "values": {name: values.get(name, "") for name in ("display_name", "login")},
        "errors": errors,
        "sign_in_href": f"{SIGN_IN}?next={CLAIM}/{code}",
    }
    response = render(request, _TEMPLATE, context, status=status)
    # The address holds a secret: it must not travel to other sites in a Referer, nor stay in a cache. Under
    # "no-referrer" browsers would send the form with the Origin "null", which is refused.
    response.headers["Referrer-Policy"] = "same-origin"
    # Where the form came back refused, the browser may keep the page for its own Back button; else going back
    # would ask whether to send the form again. No passphrase stands in it.
    kept = request.method == "POST" and found is not None
    response.headers["Cache-Control"] = "private, no-cache" if kept else "private, no-store"
    return response
