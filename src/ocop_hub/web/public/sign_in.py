"""Đăng nhập và đăng xuất."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlsplit

from fastapi import APIRouter, Form, Request, Response
from starlette.responses import RedirectResponse

from ocop_hub.accounts import cookies, guessing, service
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError
from ocop_hub.producers.access import ActorDep
from ocop_hub.web import resume
from ocop_hub.web.pages import home, render

router = APIRouter(include_in_schema=False)

SIGN_IN = resume.SIGN_IN


@router.get(SIGN_IN)
async def sign_in_page(request: Request, actor: ActorDep, next: str = SIGN_IN) -> Response:
    """The form; who is signed in already goes on at once, and to her own first page where ``next`` names no other."""
    if actor.user_id is not None:
        onward = own_path(next)
        return RedirectResponse(home(actor.role) if onward == SIGN_IN else onward, status_code=303)
    return _form(request, next=own_path(next))


@router.post(SIGN_IN)
async def sign_in(
    request: Request,
    session: SessionDep,
    login: Annotated[str, Form(max_length=254)] = "",
    passphrase: Annotated[str, Form(max_length=1000)] = "",
    next: Annotated[str, Form(max_length=2000)] = SIGN_IN,
    resuming: Annotated[str, Form(alias="resume", max_length=2000)] = "",
    kept: Annotated[str, Form(max_length=2 * resume.LONGEST)] = "",
) -> Response:
    """Sign in and go on to ``next``, or show the form again with the reason.

    ``kept``: a form that was going to ``resuming`` when its sign-in had ended; it is offered to be sent again.
    """
    carried = resume.unpacked(own_path(resuming), kept) if kept else None
    outcome = await guessing.sign_in(request, session, login=login, passphrase=passphrase)
    if isinstance(outcome, HubError):
        if carried:
            return resume.sign_in_form(
                request, carried, login=login, problem=outcome.detail, status=outcome.status
            )
        return _form(request, next=own_path(next), login=login, problem=outcome)
    response: Response = RedirectResponse(own_path(next), status_code=303)
    if carried:
        response = resume.send_again(request, carried, token=outcome.csrf_token)
    guessing.remember(request, response, outcome)
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
            "resume": "",
            "kept": "",
        },
        status=problem.status if problem else 200,
    )
