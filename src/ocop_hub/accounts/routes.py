"""Sign-in, sign-out and API tokens as JSON. ``/api/v1/me`` stands with the producers, who know the role."""

from __future__ import annotations

from uuid import UUID

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from ocop_hub import idempotency
from ocop_hub.accounts import cookies, guessing, queries, service
from ocop_hub.accounts.access import SignedInDep, UserDep
from ocop_hub.accounts.models import ApiToken
from ocop_hub.accounts.schemas import (
    ApiTokenOut,
    ApiTokenRequest,
    NewApiTokenOut,
    SessionOut,
    SignInRequest,
    UserOut,
)
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError
from ocop_hub.kit.paging import Page, PageDep, fetch_page

router = APIRouter(prefix="/api/v1", tags=["accounts"], route_class=idempotency.HubRoute)
#: Signing in twice is two sessions on purpose, so no ``Idempotency-Key`` here.
session_router = APIRouter(prefix="/api/v1", tags=["accounts"])


@session_router.post("/session", status_code=201, response_model=SessionOut)
async def sign_in(
    request: Request, response: Response, session: SessionDep, data: SignInRequest
) -> SessionOut | JSONResponse:
    """Sign in by phone or e-mail; sets the session cookie."""
    outcome = await guessing.sign_in(request, session, login=data.login, passphrase=data.passphrase)
    if isinstance(outcome, HubError):
        return JSONResponse(
            outcome.problem(), status_code=outcome.status, media_type="application/problem+json"
        )
    guessing.remember(request, response, outcome)
    return SessionOut(user=UserOut.model_validate(outcome.user), csrf_token=outcome.csrf_token)


@session_router.get("/session")
async def get_session(user: UserDep, signed_in: SignedInDep) -> SessionOut:
    """Who is signed in, with the form token of the session (empty for an API token): a page left open asks again."""
    return SessionOut(
        user=UserOut.model_validate(user), csrf_token=signed_in.csrf_token if signed_in is not None else ""
    )


@session_router.delete("/session", status_code=204)
async def sign_out(request: Request, response: Response, session: SessionDep, signed_in: SignedInDep) -> None:
    """Sign out; also answers when nobody is signed in."""
    token = cookies.read_token(request)
    if signed_in is not None and token:
        await service.sign_out(session, token)
    cookies.clear_token(request, response)


@router.post("/tokens", status_code=201)
async def create_token(
    request: Request, session: SessionDep, user: UserDep, data: ApiTokenRequest
) -> NewApiTokenOut:
    """A token for programs; it acts as you and is shown once."""
    idempotency.answer_shown_once(request)
    made = await service.create_api_token(session, user, name=data.name)
    shown = ApiTokenOut.model_validate(made.row)
    return NewApiTokenOut(**shown.model_dump(), token=made.secret)


@router.get("/tokens")
async def list_tokens(session: SessionDep, user: UserDep, params: PageDep) -> Page[ApiTokenOut]:
    """Your tokens that still hold, newest first."""
    rows, next_cursor = await fetch_page(
        session,
        queries.tokens_of(user.id),
        sort=ApiToken.created_at,
        row_id=ApiToken.id,
        params=params,
        descending=True,
    )
    return Page(items=[ApiTokenOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.delete("/tokens/{token_id}", status_code=204)
async def revoke_token(session: SessionDep, user: UserDep, token_id: UUID) -> None:
    """End a token at once."""
    await service.revoke_api_token(session, user, token_id)
