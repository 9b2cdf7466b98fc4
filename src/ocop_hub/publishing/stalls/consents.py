"""The way out to a marketplace's consent page and back: a state for one use, bound to who set out.

The state is a random word. What comes back must carry it, from the same browser session, within
``STATE_LIFE``; it is taken off the table before anything else is done with it. The exchange is a call to the
marketplace and is made with no transaction open: a code works once, so whatever fails after it, the owner
sets out again.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grant, Marketplace, MarketplaceError, Refused
from ocop_hub.producers.actor import Actor
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.errors import ConsentFailed, ConsentLapsed, NotThisStall
from ocop_hub.publishing.models import AccountState, MarketplaceAccount
from ocop_hub.publishing.models_beside import StallConsent
from ocop_hub.publishing.queries import accounts_visible_to
from ocop_hub.publishing.stalls import grants
from ocop_hub.publishing.stalls import service as stalls

#: From setting out to coming back; marketplaces' codes live 10 to 30 minutes.
STATE_LIFE = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Wish:
    """For which stall somebody set out; no ORM row."""

    producer_id: UUID
    marketplace_key: str
    account_id: UUID | None
    shop_id: str
    name: str


def digest(text: str) -> str:
    """What is kept of a state or a session's token."""
    return hashlib.sha256(text.encode()).hexdigest()


async def set_out(
    session: AsyncSession,
    actor: Actor,
    marketplace: Marketplace,
    *,
    producer_id: UUID,
    browser: str,
    redirect_uri: str,
    name: str = "",
    shop_id: str = "",
    account_id: UUID | None = None,
) -> str:
    """The address to go to. ``browser`` is the session's secret; ``account_id``: a stall that signs in again.

    Raises :class:`NotFound` (not the actor's), :class:`ConsentFailed` (the marketplace is not set up here).
    """
    known = await session.scalar(select(Producer.id).where(Producer.id == producer_id))
    if known is None or not actor.may_change(producer_id):
        raise NotFound("Không tìm thấy chủ thể này.")
    state = secrets.token_urlsafe(32)
    try:
        url = marketplace.authorise_url(redirect_uri=redirect_uri, state=state)
    except MarketplaceError as error:
        raise ConsentFailed(f"{error.message} Hãy báo người vận hành hệ thống.") from error
    await session.execute(delete(StallConsent).where(StallConsent.expires_at < clock.now()))
    session.add(
        StallConsent(
            state_digest=digest(state),
            session_digest=digest(browser),
            producer_id=producer_id,
            marketplace_key=marketplace.key,
            account_id=account_id,
            shop_id=shop_id,
            name=name,
            expires_at=clock.now() + STATE_LIFE,
        )
    )
    return url


async def come_back(session: AsyncSession, actor: Actor, *, state: str, browser: str) -> Wish:
    """Take the state off the table. The caller commits before it goes on: a state is never used twice.

    Raises :class:`ConsentLapsed` for one that is unknown, used, too old, or another browser's.
    """
    row = (
        await session.execute(
            delete(StallConsent)
            .where(
                StallConsent.state_digest == digest(state),
                StallConsent.session_digest == digest(browser),
                StallConsent.expires_at > clock.now(),
            )
            .returning(StallConsent)
        )
    ).scalar_one_or_none()
    if row is None or not actor.may_change(row.producer_id):
        raise ConsentLapsed(
            "Lần kết nối này đã dùng rồi hoặc đã quá 30 phút. Hãy bấm «Kết nối gian hàng» lại."
        )
    return Wish(row.producer_id, row.marketplace_key, row.account_id, row.shop_id, row.name)


async def exchange(
    marketplace: Marketplace, wish: Wish, params: Mapping[str, str], *, redirect_uri: str
) -> Grant:
    """The grant for what came back. Raises :class:`ConsentFailed` with the marketplace's words."""
    try:
        return await marketplace.exchange(params, redirect_uri=redirect_uri)
    except Refused as error:
        denied = params.get("error") == "access_denied"
        text = "Bạn đã chọn không đồng ý trên trang của sàn." if denied else error.message
        raise ConsentFailed(f"{text} Hãy bấm «Kết nối gian hàng» để làm lại.") from error
    except MarketplaceError as error:
        raise ConsentFailed(
            f"{error.message} Chưa kết nối được gian hàng; hãy bấm «Kết nối gian hàng» lại sau 5 phút."
        ) from error


async def take(
    session: AsyncSession,
    actor: Actor,
    marketplace: Marketplace,
    wish: Wish,
    grant: Grant,
    *,
    sealing_key: bytes,
) -> MarketplaceAccount:
    """Keep the grant: on the stall that signs in again, on the producer's own stall of that id, or a new one.

    Raises :class:`NotThisStall` when the owner agreed for another stall than the one meant, and what
    ``stalls.connect`` raises.
    """
    account = await _meant(session, actor, wish, grant)
    if account is None:
        shop_id = grant.shop_id or wish.shop_id
        account = await stalls.connect(
            session,
            actor,
            producer_id=wish.producer_id,
            marketplace=marketplace,
            shop_id=shop_id,
            name=wish.name or f"{marketplace.name} {shop_id}",
            credentials=grant.credentials(),
            sealing_key=sealing_key,
        )
        grants.keep(account, grant, sealing_key)
        return account
    grants.keep(account, grant, sealing_key)
    account.consent_until = None  # told anew by the marketplace when it comes near
    account.state = AccountState.NEEDS_ANSWERS
    account.items_read_at = None
    await stalls.want_read(session, account.id)
    audit.record(
        session,
        actor=actor.label,
        action="publishing.sign_in",
        subject=f"account:{account.id}",
        producer_id=account.producer_id,
    )
    return account


async def _meant(session: AsyncSession, actor: Actor, wish: Wish, grant: Grant) -> MarketplaceAccount | None:
    known = accounts_visible_to(actor).where(
        MarketplaceAccount.producer_id == wish.producer_id,
        MarketplaceAccount.marketplace_key == wish.marketplace_key,
    )
    if wish.account_id is None:
        shop_id = grant.shop_id or wish.shop_id
        found: MarketplaceAccount | None = await session.scalar(
            known.where(MarketplaceAccount.shop_id == shop_id).with_for_update()
        )
        return found
    account = await session.scalar(known.where(MarketplaceAccount.id == wish.account_id).with_for_update())
    if account is None:
        raise NotFound("Không tìm thấy gian hàng này.")
    if grant.shop_id not in ("", account.shop_id):
        raise NotThisStall(
            f"Bạn vừa đồng ý cho gian hàng {grant.shop_id}, không phải {account.shop_id}. "
            f"Hãy đăng nhập đúng tài khoản của gian hàng {account.shop_id} trên sàn rồi kết nối lại."
        )
    return account
