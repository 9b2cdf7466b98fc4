"""Why marketplaces said no, as JSON."""

from __future__ import annotations

from datetime import datetime
from typing import Literal
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field

from ocop_hub.db import SessionDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.producers.access import OfficeActorDep, SignedInActorDep
from ocop_hub.publishing import service
from ocop_hub.publishing.models import CallOutcome
from ocop_hub.publishing.reasons import words as reasons
from ocop_hub.publishing.schemas import Out

router = APIRouter(prefix="/api/v1", tags=["publishing"], route_class=HubRoute)


class ExplainedOut(Out):
    """One refusal in people's words."""

    at: datetime
    call: str
    outcome: CallOutcome
    known: bool = Field(description="False: no rule knows it yet, cause is the marketplace's own words")
    cause: str
    step: str
    example: str
    code: str
    raw: str


class UnreadOut(Out):
    """A code that no rule knows yet, of the last 90 days."""

    marketplace_key: str
    code: str
    times: int
    last_seen: datetime
    message: str


@router.get("/listings/{listing_id}/reasons")
async def list_reasons(
    session: SessionDep, actor: SignedInActorDep, listing_id: UUID, lang: Literal["vi", "en"] = "vi"
) -> list[ExplainedOut]:
    """The last calls that did not work: cause, step, example; the latest first."""
    listing = await service.seen_listing(session, actor, listing_id)
    return [
        ExplainedOut(
            at=attempt.started_at,
            call=attempt.call,
            outcome=attempt.outcome,
            known=each.known,
            cause=each.cause,
            step=each.step,
            example=each.example,
            code=each.code,
            raw=each.raw,
        )
        for attempt, each in await reasons.last_refusals(session, listing, lang=lang)
    ]


@router.get("/reasons/unread")
async def list_unread(session: SessionDep, actor: OfficeActorDep) -> list[UnreadOut]:
    """Refusals that no rule knows yet, the most frequent first: what to write rules for."""
    return [UnreadOut.model_validate(each) for each in await reasons.unread(session)]
