"""Giao đăng, from the desk: lists that were handed out and how far they are, making one, its link."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from fastapi import APIRouter, Request, Response
from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.models import Product
from ocop_hub.db import SessionDep
from ocop_hub.errors import Forbidden, HubError, NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.qr import qr_svg
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.handover import service as handovers
from ocop_hub.publishing.handover.models import Handover, HandoverOutcome, HandoverRow
from ocop_hub.publishing.handover.routes import link_of
from ocop_hub.publishing.handover.service import DEFAULT_DAYS
from ocop_hub.publishing.models import Listing, MarketplaceRow
from ocop_hub.publishing.queries import listings_by_hand
from ocop_hub.web import goods
from ocop_hub.web.format import Lang
from ocop_hub.web.forms import Problem, problems, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.selling.handover_outside import OUTCOMES
from ocop_hub.web.shell import Notice

router = APIRouter(include_in_schema=False)

#: Large enough for a phone held before the screen.
_QR_MODULE_MM: Final = 1.2

HANDOVERS: Final = DESK + "/giao-dang"
_MOST_SHOWN: Final = 50
_LONGEST: Final = 200
_CLOSED: Final = N_("Đã đóng danh sách. Đường dẫn cũ không dùng được nữa.")


@router.get(HANDOVERS)
async def list_handovers(request: Request, session: SessionDep, actor: SignedInActorDep) -> Response:
    """The lists, and the form for another."""
    said = request.query_params.get("xong") == "dong"
    notices = [Notice(translate(request_language(request), _CLOSED))] if said else []
    return await _page(request, session, actor, {}, [], notices=notices)


@router.post(HANDOVERS)
async def make(
    request: Request, session: SessionDep, actor: SignedInActorDep, outside: OutsideDep
) -> Response:
    """Make a list; its link is shown once, on this answer."""
    values = await typed(request)
    recipient = values.get("recipient", "")
    errors: list[Problem] = []
    if not recipient:
        errors = [{"field": "recipient", "problem": "Chưa ghi giao cho ai."}]
    elif len(recipient) > _LONGEST:
        errors = [{"field": "recipient", "problem": "Nhiều nhất 200 ký tự."}]
    if errors:
        return await _page(request, session, actor, values, errors)
    made = await tried(
        session,
        lambda: handovers.make(
            session,
            actor,
            recipient=recipient,
            marketplace_key=values.get("marketplace", ""),
            note=values.get("note", ""),
            days=DEFAULT_DAYS,
        ),
    )
    if isinstance(made, Forbidden):
        raise made
    if isinstance(made, HubError):
        return await _page(request, session, actor, values, problems(made, "marketplace"))
    return await _page(request, session, actor, {}, [], link=link_of(outside, made.token))


@router.post(HANDOVERS + "/{handover_id}/duong-dan-moi")
async def renew(
    request: Request, session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, handover_id: UUID
) -> Response:
    """A new link for a list whose link was lost; the old one ends."""
    made = await tried(session, lambda: handovers.renew(session, actor, handover_id=handover_id))
    if isinstance(made, NotFound):
        raise made
    if isinstance(made, HubError):
        return await _page(request, session, actor, {}, [], notices=[Notice(made.detail, "bad", made.title)])
    return await _page(request, session, actor, {}, [], link=link_of(outside, made.token))


@router.post(HANDOVERS + "/{handover_id}/dong")
async def close(session: SessionDep, actor: SignedInActorDep, handover_id: UUID) -> Response:
    """End a list."""
    await handovers.close(session, actor, handover_id=handover_id)
    return see(HANDOVERS, "dong")


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    values: dict[str, str],
    errors: list[Problem],
    *,
    link: str = "",
    notices: list[Notice] | None = None,
) -> Response:
    lang = request_language(request)
    await session.flush()
    rows = list(
        await session.scalars(
            handovers.visible_to(actor)
            .order_by(Handover.created_at.desc(), Handover.id.desc())
            .limit(_MOST_SHOWN)
        )
    )
    counted = await handovers.counts(session, rows)
    wrong = await _problems(session, rows)
    names = {row.key: row.name for row in await session.scalars(select(MarketplaceRow))}
    choices = [
        (key, f"{names.get(key, key)} ({number})")
        for key, number in await session.execute(listings_by_hand(actor))
    ]
    context: dict[str, Any] = {
        "action": HANDOVERS,
        "link": link,
        "link_qr": Markup(qr_svg(link, module_mm=_QR_MODULE_MM)) if link else "",  # noqa: S704 - drawn by us from our own address
        "marketplace_options": goods.options(choices, lang, first=""),
        "values": {name: values.get(name, "") for name in ("recipient", "note", "marketplace")},
        "errors": errors,
        "days": DEFAULT_DAYS,
        "handovers": [_told(each, counted[each.id], wrong[each.id], lang) for each in rows],
    }
    status = 422 if errors else 200
    return render(request, "desk/handovers.html", context, status=status, notices=notices or [])


def _told(
    handover: Handover, counts: Mapping[str, int], wrong: list[dict[str, str]], lang: Lang
) -> dict[str, Any]:
    """A list and how far it is; ``counts`` by outcome."""
    return {
        "recipient": handover.recipient,
        "created_at": handover.created_at,
        "expires_at": handover.expires_at,
        "closed": handover.closed_at is not None,
        "overdue": handovers.is_overdue(
            handover, counts.get(HandoverOutcome.WAITING.value, 0), now=clock.now()
        ),
        "counts": [
            {"label": translate(lang, label), "tone": tone, "number": counts[outcome.value]}
            for outcome, (label, tone) in OUTCOMES.items()
            if outcome.value in counts
        ],
        "problems": wrong,
        "renew_action": f"{HANDOVERS}/{handover.id}/duong-dan-moi",
        "close_action": f"{HANDOVERS}/{handover.id}/dong",
    }


async def _problems(session: AsyncSession, shown: Sequence[Handover]) -> dict[UUID, list[dict[str, str]]]:
    """What was reported as not posted, with its reason, by list."""
    bad = (HandoverOutcome.RETURNED, HandoverOutcome.FAILED)
    rows = await session.execute(
        select(HandoverRow, Product.id, Product.name)
        .join(Listing, Listing.id == HandoverRow.listing_id)
        .join(Product, Product.id == Listing.product_id)
        .where(HandoverRow.handover_id.in_([each.id for each in shown]), HandoverRow.outcome.in_(bad))
        .order_by(HandoverRow.position)
    )
    found: dict[UUID, list[dict[str, str]]] = defaultdict(list)
    for row, product_id, name in rows:
        problem = {"product_name": name, "reason": row.reason, "product_id": str(product_id)}
        found[row.handover_id].append(problem)
    return found
