"""Lists of packs handed to a person outside, as JSON. The person's own pages are in ``web.selling.handover_outside``."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Response, status
from pydantic import Field, model_validator

from ocop_hub.db import SessionDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit import clock
from ocop_hub.kit.paging import Page, PageDep, fetch_page
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.handover import service as handovers
from ocop_hub.publishing.handover.models import Handover, HandoverOutcome
from ocop_hub.publishing.handover.service import DEFAULT_DAYS, LONGEST_DAYS, MOST_ROWS, Made
from ocop_hub.publishing.schemas import In, Out

router = APIRouter(prefix="/api/v1/handovers", tags=["publishing"], route_class=HubRoute)

Days = Annotated[int, Field(ge=1, le=LONGEST_DAYS, description="How many days the link works")]
#: Where the person outside finds the list; the token follows.
PATH = "/giao-dang/"


class HandoverIn(In):
    """For whom, and what: listings one by one, or all that wait for a hand on one marketplace."""

    recipient: str = Field(min_length=1, max_length=200, examples=["Bưu điện Ba Chẽ"])
    note: str = Field("", max_length=2_000)
    listing_ids: list[UUID] = Field([], max_length=MOST_ROWS)
    marketplace: str = Field("", max_length=40, examples=["postmart"])
    days: Days = DEFAULT_DAYS

    @model_validator(mode="after")
    def _one_of_both(self) -> HandoverIn:
        if bool(self.listing_ids) == bool(self.marketplace):
            raise ValueError("listing_ids or marketplace, one of both")
        return self


class RenewIn(In):
    """How long the new link works."""

    days: Days = DEFAULT_DAYS


class HandoverOut(Out):
    """Danh sách giao đăng."""

    id: UUID
    recipient: str
    note: str
    created_at: datetime
    expires_at: datetime
    closed_at: datetime | None
    opened_at: datetime | None = Field(description="When the link was first opened")
    reminded_at: datetime | None = Field(description="When somebody was last due to ask how far it is")
    overdue: bool = Field(description="Seven days have passed and rows still wait")
    counts: dict[str, int] = Field(description="Rows by outcome")


class HandoverMade(HandoverOut):
    """A list with its link; the link is shown this once."""

    link: str


class HandoverRowOut(Out):
    """One product on the list."""

    id: UUID
    listing_id: UUID
    product_name: str
    producer_name: str
    marketplace_name: str
    outcome: HandoverOutcome
    reason: str
    acted_at: datetime | None
    public_url: str


class HandoverDetail(HandoverOut):
    """A list with its rows, in order."""

    rows: list[HandoverRowOut]


@router.post("", status_code=status.HTTP_201_CREATED)
async def make_handover(
    session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, given: HandoverIn, response: Response
) -> HandoverMade:
    """Hand packs to a person outside; whoever has the link may report on them without an account."""
    made = await handovers.make(
        session,
        actor,
        recipient=given.recipient,
        note=given.note,
        listing_ids=given.listing_ids,
        marketplace_key=given.marketplace,
        days=given.days,
    )
    response.headers["Location"] = f"/api/v1/handovers/{made.handover.id}"
    return await _made(session, outside, made)


@router.get("")
async def list_handovers(session: SessionDep, actor: SignedInActorDep, params: PageDep) -> Page[HandoverOut]:
    """Lists you made, the latest first; an office sees all."""
    rows, next_cursor = await fetch_page(
        session,
        handovers.visible_to(actor),
        sort=Handover.created_at,
        row_id=Handover.id,
        params=params,
        descending=True,
    )
    counted = await handovers.counts(session, rows)
    return Page(items=[_out(each, counted[each.id]) for each in rows], next_cursor=next_cursor)


@router.get("/{handover_id}")
async def get_handover(session: SessionDep, actor: SignedInActorDep, handover_id: UUID) -> HandoverDetail:
    """One list with what was reported of each row."""
    handover = await handovers.get(session, actor, handover_id)
    rows = [
        HandoverRowOut(
            id=row.id,
            listing_id=row.listing_id,
            product_name=product.name,
            producer_name=producer_name,
            marketplace_name=marketplace_name,
            outcome=row.outcome,
            reason=row.reason,
            acted_at=row.acted_at,
            public_url=listing.public_url,
        )
        for row, listing, product, producer_name, marketplace_name, _ in await handovers.rows_of(
            session, handover
        )
    ]
    counted = await handovers.counts(session, [handover])
    return HandoverDetail(**_out(handover, counted[handover.id]).model_dump(), rows=rows)


@router.post("/{handover_id}/renew")
async def renew_handover(
    session: SessionDep,
    actor: SignedInActorDep,
    outside: OutsideDep,
    handover_id: UUID,
    given: RenewIn | None = None,
) -> HandoverMade:
    """A new link; the old one ends at once."""
    days = given.days if given is not None else DEFAULT_DAYS
    made = await handovers.renew(session, actor, handover_id=handover_id, days=days)
    return await _made(session, outside, made)


@router.post("/{handover_id}/close")
async def close_handover(session: SessionDep, actor: SignedInActorDep, handover_id: UUID) -> HandoverOut:
    """End the list; its link is dead from now on."""
    handover = await handovers.close(session, actor, handover_id=handover_id)
    counted = await handovers.counts(session, [handover])
    return _out(handover, counted[handover.id])


def link_of(outside: Outside, token: str) -> str:
    """The whole address that is handed over."""
    return f"{outside.public_url}{PATH}{token}"


async def _made(session: SessionDep, outside: Outside, made: Made) -> HandoverMade:
    counted = await handovers.counts(session, [made.handover])
    shown = _out(made.handover, counted[made.handover.id])
    return HandoverMade(**shown.model_dump(), link=link_of(outside, made.token))


def _out(handover: Handover, counted: dict[str, int]) -> HandoverOut:
    waiting = counted.get(HandoverOutcome.WAITING.value, 0)
    return HandoverOut(
        id=handover.id,
        recipient=handover.recipient,
        note=handover.note,
        created_at=handover.created_at,
        expires_at=handover.expires_at,
        closed_at=handover.closed_at,
        opened_at=handover.opened_at,
        reminded_at=handover.reminded_at,
        overdue=handovers.is_overdue(handover, waiting, now=clock.now()),
        counts=counted,
    )
