"""Lịch sử thay đổi: who changed what of a product and when, and the way back to an earlier state."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final
from uuid import UUID

from fastapi import APIRouter, Query, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue import queries, restoring, service
from ocop_hub.catalogue.models import Product, ProductRevision
from ocop_hub.db import SessionDep
from ocop_hub.errors import HubError
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.producers.actor import Actor
from ocop_hub.web.desk.edit import own_product, seen_revision
from ocop_hub.web.desk.product import product_path
from ocop_hub.web.desk.product_steps import FIELD_NAMES, in_reading_order
from ocop_hub.web.desk.product_words import Words, words
from ocop_hub.web.forms import Problem, done_notices, problems, see, tried, typed
from ocop_hub.web.i18n import N_, translate
from ocop_hub.web.pages import render
from ocop_hub.web.people import names_of
from ocop_hub.web.public.front import DESK
from ocop_hub.web.render import request_language
from ocop_hub.web.shell import Link

router = APIRouter(include_in_schema=False)

HISTORY: Final = DESK + "/san-pham/{product_id}/lich-su"
PER_PAGE: Final = 30


@router.get(HISTORY)
async def history(
    request: Request,
    session: SessionDep,
    actor: SignedInActorDep,
    product_id: UUID,
    truoc: Annotated[int | None, Query(ge=1, le=1_000_000_000)] = None,
) -> Response:
    """Every change, the latest first; ``truoc`` goes on before that number."""
    product = await service.get_product(session, actor, product_id)
    return await _page(request, session, actor, product, [], before=truoc)


@router.post(HISTORY + "/{number}/khoi-phuc")
async def restore(
    request: Request, session: SessionDep, actor: SignedInActorDep, product_id: UUID, number: int
) -> Response:
    """Let the product say what it said at a revision, unless somebody changed it since the page was seen."""
    product = await own_product(session, actor, product_id)
    values = await typed(request)
    done = await tried(
        session,
        lambda: restoring.restore(session, actor, product_id, number, revision=seen_revision(values)),
    )
    if isinstance(done, HubError):
        await session.refresh(product)  # what was taken back is not in memory any more
        return await _page(
            request, session, actor, product, problems(done, f"ban-{number}"), status=done.status
        )
    return see(f"{product_path(product_id)}/lich-su", "khoi-phuc")


async def _page(
    request: Request,
    session: AsyncSession,
    actor: Actor,
    product: Product,
    errors: list[Problem],
    *,
    before: int | None = None,
    status: int = 200,
) -> Response:
    lang = request_language(request)
    query = queries.revisions_of(actor, product.id)
    if before is not None:
        query = query.where(ProductRevision.number < before)
    rows = (await session.scalars(query.limit(PER_PAGE + 1))).all()
    shown = rows[:PER_PAGE]
    names = await names_of(session, (row.changed_by for row in shown), lang)
    spoken = await words(session, lang)
    path = f"{product_path(product.id)}/lich-su"
    may_change = actor.may_change(product.producer_id)
    context: dict[str, Any] = {
        "name": product.name,
        "revision": product.revision,
        "changes": [
            {
                "number": row.number,
                "at": row.changed_at,
                "who": names[row.changed_by],
                "fields": _fields(row, spoken),
                "restore_action": f"{path}/{row.number}/khoi-phuc"
                if may_change and row.number != product.revision
                else "",
            }
            for row in shown
        ],
        "errors": [{**each, "field": f"ban-{product.revision}"} for each in errors],
        "next": f"{path}?truoc={shown[-1].number}" if len(rows) > PER_PAGE else "",
    }
    crumbs = [
        Link(translate(lang, N_("Sản phẩm")), DESK),
        Link(product.name, product_path(product.id)),
        Link(translate(lang, N_("Lịch sử thay đổi")), path, current=True),
    ]
    notices = [] if errors else done_notices(request)
    return render(request, "desk/history.html", context, status=status, breadcrumbs=crumbs, notices=notices)


def _fields(row: ProductRevision, spoken: Words) -> list[dict[str, str]]:
    """Before and after, in people's words; what the service keeps for itself is left out."""
    before: Mapping[str, Any] = row.before
    return [
        {
            "label": spoken.name(name),
            "before": spoken.value(name, before.get(name)),
            "after": spoken.value(name, row.after[name]),
        }
        for name in in_reading_order(row.after)
        if name in FIELD_NAMES and spoken.value(name, before.get(name)) != spoken.value(name, row.after[name])
    ]
