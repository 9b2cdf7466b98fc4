"""Many products at once, as JSON."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from fastapi import APIRouter, Response, status
from pydantic import Field

from ocop_hub.db import SessionDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.bulk import service as bulk
from ocop_hub.publishing.models_beside import BulkKind, BulkState
from ocop_hub.publishing.preview import adapter_of
from ocop_hub.publishing.schemas import DraftOut, In, Out, ProblemOut

router = APIRouter(prefix="/api/v1", tags=["publishing"], route_class=HubRoute)

#: Cards of a dry run; the pictures of each are read.
MOST_CARDS = 50


class BulkIn(In):
    """Put up, or take down, the products of a producer or a commune on one marketplace."""

    kind: BulkKind
    marketplace: str = Field(max_length=40, examples=["shopee"])
    producer_id: UUID | None = None
    unit_id: str = Field("", max_length=40, description="A commune of today; officers of the province")
    publish_at: datetime | None = Field(None, description="Nothing goes up before it")
    follows_season: bool = Field(False, description="Down outside each product's months")


class BulkOut(Out):
    """A run and how far it is; ``by_state`` counts listings by what was last seen of them."""

    id: UUID
    kind: BulkKind
    marketplace_key: str
    scope_name: str
    publish_at: datetime | None
    created_at: datetime
    total: int
    waiting: int
    refused: int
    by_state: dict[ListingState, int]
    not_sent: int = Field(description="Of those rejected, how many we refused before sending them")
    held: int = Field(description="On their way, but their stall waits for an answer or a sign-in")
    over: bool


class BulkRowOut(Out):
    """One product of a run."""

    product_id: UUID
    listing_id: UUID | None
    state: BulkState
    problem: str


class CardOut(Out):
    """Exactly what would be sent for a product, and what would be refused."""

    product_id: UUID
    draft: DraftOut
    problems: list[ProblemOut]


class DryRunOut(Out):
    """``total`` products are meant; the first cards are shown."""

    total: int
    cards: list[CardOut]


def _wish(given: BulkIn) -> bulk.Wish:
    return bulk.Wish(
        given.kind,
        given.marketplace,
        given.producer_id,
        given.unit_id,
        given.publish_at,
        given.follows_season,
    )


@router.post("/bulk-runs", status_code=status.HTTP_201_CREATED)
async def begin_run(
    session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, given: BulkIn, response: Response
) -> BulkOut:
    """Begin it; every product is asked for by a job, and its listing tells how far it is."""
    adapter_of(outside, given.marketplace)
    run = await bulk.begin(session, actor, _wish(given))
    response.headers["Location"] = f"/api/v1/bulk-runs/{run.id}"
    return await _out(session, run.id)


@router.post("/bulk-runs/dry-run")
async def dry_run(
    session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, given: BulkIn
) -> DryRunOut:
    """The exact content that would be sent; nothing is written."""
    adapter_of(outside, given.marketplace)
    chosen = await bulk.choose(session, actor, _wish(given))
    cards = await bulk.dry_run(session, outside, chosen[:MOST_CARDS], given.marketplace)
    return DryRunOut(total=len(chosen), cards=[CardOut.model_validate(each) for each in cards])


@router.get("/bulk-runs/{bulk_id}")
async def get_run(session: SessionDep, actor: SignedInActorDep, bulk_id: UUID) -> BulkOut:
    """How far it is."""
    return await _out(session, bulk_id)


@router.get("/bulk-runs/{bulk_id}/rows")
async def list_rows(session: SessionDep, actor: SignedInActorDep, bulk_id: UUID) -> list[BulkRowOut]:
    """The rows, the refused ones first; at most 1,000."""
    await bulk.get_run(session, bulk_id)
    rows = await session.scalars(bulk.rows_of(bulk_id).limit(1_000))
    return [BulkRowOut.model_validate(each) for each in rows]


async def _out(session: SessionDep, bulk_id: UUID) -> BulkOut:
    run = await bulk.get_run(session, bulk_id)
    done = await bulk.progress(session, bulk_id)
    return BulkOut(
        id=run.id,
        kind=run.kind,
        marketplace_key=run.marketplace_key,
        scope_name=run.scope_name,
        publish_at=run.publish_at,
        created_at=run.created_at,
        total=done.total,
        waiting=done.waiting,
        refused=done.refused,
        by_state=dict(done.by_state),
        not_sent=done.not_sent,
        held=done.held,
        over=done.over,
    )
