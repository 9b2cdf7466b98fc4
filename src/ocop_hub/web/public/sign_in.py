"""Đăng nhập và đăng xuất."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from ocop_hub.accounts import cookies, csrf, service
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError
from ocop_hub.producers.access import ActorDep
from ocop_hub.settings import Settings
from ocop_hub.web.pages import render

router = APIRouter(include_in_schema=False)

SIGN_IN = "/dang-nhap"


@router.get(SIGN_IN)
async def sign_in_page(request: Request, actor: ActorDep, next: str = "/") -> Response:
    """The form; who is signed in already goes on at once."""
    if actor.user_id is not None:
        return RedirectResponse(own_path(next), status_code=303)
    return _form(request, next=own_path(next))


@router.post(SIGN_IN)
async def sign_in(
    request: Request,
    session: SessionDep,
    login: Annotated[str, Form(max_length=254)] = "",
    passphrase: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=2000)] = "/",
) -> Response:
    """Sign in and go on to ``next``, or show the form again with the reason."""
    csrf.check_origin(request)
    settings: Settings = request.app.state.settings
    outcome = await service.sign_in(
        session,
        login=login,
        passphrase=passphrase,
        hours=settings.session_hours,
        replaces=cookies.read_token(request),
    )
    if isinstance(outcome, HubError):
        return _form(request, next=own_path(next), login=login, problem=outcome)
    response = RedirectResponse(own_path(next), status_code=303)
    cookies.set_token(request, response, outcome.token)
    return response


@router.post("/dang-xuat")
async def sign_out(request: Request, session: SessionDep, _actor: ActorDep) -> Response:
    """End the session; the form token was checked with the actor."""
    token = cookies.read_token(request)
    if token:
        await service.sign_out(session, token)
    response = RedirectResponse("/", status_code=303)
    cookies.clear_token(request, response)
    return response


def own_path(target: str) -> str:
    """``target`` if it is a path on this site, else the first page: a link must not lead a sign-in elsewhere."""
    parts = urlsplit(target)
    plain = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if plain and not parts.netloc and target.isprintable() and "\\" not in target else "/"


def _form(request: Request, *, next: str, login: str = "", problem: HubError | None = None) -> Response:
    return render(
        request,
        "accounts/sign_in.html",
        {
            "action": SIGN_IN,
            "next": next,
            "login": login,
            "errors": [{"field": "login", "problem": problem.detail}] if problem else [],
            "demo_accounts": request.app.state.demo_accounts,
        },
        status=problem.status if problem else 200,
    )
