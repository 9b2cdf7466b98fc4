"""Kết nối gian hàng by the owner's consent: out to the marketplace's page and back (``publishing.stalls.service.consents``)."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from fastapi import APIRouter, Request, Response

from ocop_hub.accounts import cookies
from ocop_hub.accounts.access import get_signed_in
from ocop_hub.db import SessionDep, database_of
from ocop_hub.errors import HubError, NotFound
from ocop_hub.kit.text import clean
from ocop_hub.producers.access import SignedInActorDep, get_actor
from ocop_hub.producers.actor import require_signed_in
from ocop_hub.publishing.access import OutsideDep, outside_of
from ocop_hub.publishing.errors import ConsentFailed, ConsentLapsed, NotThisStall, StallExists
from ocop_hub.publishing.preview import adapter_of
from ocop_hub.publishing.service import account_of
from ocop_hub.publishing.stalls import consents
from ocop_hub.web.forms import see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Notice

router = APIRouter(include_in_schema=False)

STALLS: Final = DESK + "/gian-hang"
BACK: Final = STALLS + "/ve"
#: Longer values are none of what a marketplace sends back.
_LONGEST = 2_000
_FIRST_SHOP_ID: Final = N_("Sàn này cần biết trước mã gian hàng. Hãy ghi mã gian hàng rồi kết nối.")


@router.post(STALLS + "/ket-noi")
async def set_out(
    request: Request, session: SessionDep, actor: SignedInActorDep, outside: OutsideDep
) -> Response:
    """A page with the way to the marketplace: a form may not lead to another site by itself (CSP)."""
    values = await typed(request)
    try:
        producer_id = UUID(values.get("owner", ""))
    except ValueError:
        raise NotFound("Không tìm thấy chủ thể này.") from None
    marketplace = adapter_of(outside, values.get("floor", ""))
    shop_id = clean(values.get("shop_id", ""))[:100]
    if not shop_id and not marketplace.capabilities.consent_names_shop:
        return _refused(request, translate(request_language(request), _FIRST_SHOP_ID))
    browser, redirect_uri = _browser(request), outside.public_url + BACK
    name = clean(values.get("name", ""))[:200]
    gone = await tried(
        session,
        lambda: consents.set_out(
            session,
            actor,
            marketplace,
            producer_id=producer_id,
            browser=browser,
            redirect_uri=redirect_uri,
            name=name,
            shop_id=shop_id,
        ),
    )
    return _way_out(request, gone, marketplace.name, shop_id)


@router.post(STALLS + "/{api_stall_id}/dang-nhap")
async def sign_in_again(
    request: Request, session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, api_stall_id: UUID
) -> Response:
    """The same way for a stall that is known: whoever agrees must open that very stall."""
    account = await account_of(session, actor, api_stall_id)
    marketplace = adapter_of(outside, account.marketplace_key)
    gone = await tried(
        session,
        lambda: consents.set_out(
            session,
            actor,
            marketplace,
            producer_id=account.producer_id,
            browser=_browser(request),
            redirect_uri=outside.public_url + BACK,
            shop_id=account.shop_id,
            name=account.name,
            account_id=account.id,
        ),
    )
    return _way_out(request, gone, marketplace.name, account.shop_id)


@router.get(BACK)
async def come_back(request: Request) -> Response:
    """Back from the marketplace. Three steps: the state is taken off the table and that is committed; the
    marketplace is asked with no transaction open; what it gave is kept.
    """
    given = {name: value[:_LONGEST] for name, value in request.query_params.items()}
    database, outside, browser = database_of(request), outside_of(request), _browser(request)
    try:
        async with database.sessions() as session, session.begin():
            actor = await get_actor(request, session, await get_signed_in(request, session))
            require_signed_in(actor)
            if not given.get("state"):
                return see(STALLS)  # opened by hand
            wish = await consents.come_back(session, actor, state=given.get("state", ""), browser=browser)
        marketplace = adapter_of(outside, wish.marketplace_key)
        redirect_uri = outside.public_url + BACK
        grant = await consents.exchange(marketplace, wish, given, redirect_uri=redirect_uri)
        async with database.session(actor.scope) as session:
            await consents.take(session, actor, marketplace, wish, grant, sealing_key=outside.sealing_key)
    except (ConsentFailed, ConsentLapsed, NotThisStall, StallExists) as refused:
        return _refused(request, refused.detail, refused.title, status=refused.status)
    return see(STALLS, "gian-hang")


def _browser(request: Request) -> str:
    """The secret of this browser's session; a program with an API token has none, its token stands for it."""
    return cookies.read_token(request) or request.headers.get("authorization", "")


def _way_out(request: Request, gone: str | HubError, marketplace_name: str, shop_id: str) -> Response:
    if isinstance(gone, NotFound):
        raise gone
    if isinstance(gone, HubError):
        return _refused(request, gone.detail, gone.title, status=gone.status)
    context = {"marketplace_name": marketplace_name, "shop_id": shop_id, "href": gone, "back_href": STALLS}
    return render(request, "desk/stall_consent.html", context)


def _refused(request: Request, text: str, title: str = "", *, status: int = 422) -> Response:
    context = {"marketplace_name": "", "shop_id": "", "href": "", "back_href": STALLS}
    notice = Notice(text, "bad", title)
    return render(request, "desk/stall_consent.html", context, status=status, notices=[notice])
