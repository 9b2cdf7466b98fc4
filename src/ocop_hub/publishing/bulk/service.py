"""Many products at once: put up or take down, for a producer or a commune, on one marketplace.

The rows are the truth: the run is begun in the request, its rows are worked off in small transactions by a
job, and from then on each listing tells by itself how far it is.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit, jobs
from ocop_hub.catalogue.models import Product
from ocop_hub.db import SYSTEM, Database
from ocop_hub.errors import HubError, NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.marketplaces.contract import ListingDraft, ListingState, Mode, Reason
from ocop_hub.places.finder import finder
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.producers.models import Producer
from ocop_hub.publishing import service
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.errors import NothingToDo
from ocop_hub.publishing.mapping import categories as mapping
from ocop_hub.publishing.models import AccountState, Desired, Listing, MarketplaceAccount
from ocop_hub.publishing.models_beside import BulkKind, BulkRow, BulkRun, BulkState
from ocop_hub.publishing.preview import adapter_of, pictures_or_reason
from ocop_hub.publishing.queries import accounts_visible_to
from ocop_hub.publishing.readiness import lacking
from ocop_hub.publishing.subject import load_subjects

WORK = "publishing.bulk"
#: Rows worked off in one transaction.
BATCH = 25
MOST = 20_000
ON_THE_WAY = frozenset(
    {ListingState.NONE, ListingState.PREPARING, ListingState.SUBMITTED, ListingState.IN_REVIEW}
)


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for. One of ``producer_id`` and ``unit_id`` (a commune today), or neither: all one may change."""

    kind: BulkKind
    marketplace_key: str
    producer_id: UUID | None = None
    unit_id: str = ""
    publish_at: datetime | None = None
    follows_season: bool = False


@dataclass(frozen=True, slots=True)
class Chosen:
    """One product that the wish means, and the stall it goes to or stands in."""

    product_id: UUID
    producer_id: UUID
    account_id: UUID
    listing_id: UUID | None


@dataclass(frozen=True, slots=True)
class Card:
    """Exactly what would be sent for one product, and what the marketplace would refuse."""

    product_id: UUID
    draft: ListingDraft
    problems: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run is. ``by_state`` counts the listings that were asked for by what was last seen of them,
    ``not_sent`` those of its ``rejected`` that we refused before sending (``Listing.not_sent``);
    ``leaving`` are those among them that shall come down through an interface and still stand there, ``held``
    those on their way whose stall waits for a person: an item to be answered, a sign-in.
    """

    total: int
    waiting: int
    refused: int
    by_state: Mapping[ListingState, int]
    leaving: int = 0
    held: int = 0
    not_sent: int = 0

    @property
    def moving(self) -> int:
        """Rows that wait and listings on their way, held or not."""
        return self.waiting + self.leaving + sum(self.by_state.get(each, 0) for each in ON_THE_WAY)

    @property
    def over(self) -> bool:
        """Nothing more happens by itself."""
        return self.moving == self.held


async def choose(session: AsyncSession, actor: Actor, wish: Wish) -> list[Chosen]:
    """The products meant, of producers the actor may change: at most one stall per producer and marketplace.

    Raises :class:`NotFound` for a producer that is not the actor's.
    """
    if wish.producer_id is not None:
        known = await session.scalar(select(Producer.id).where(Producer.id == wish.producer_id))
        if known is None or not actor.may_change(wish.producer_id):
            raise NotFound("Không tìm thấy chủ thể này.")
    stalls = (
        accounts_visible_to(actor)
        .where(
            MarketplaceAccount.marketplace_key == wish.marketplace_key,
            MarketplaceAccount.state != AccountState.CLOSED,
        )
        .subquery()
    )
    query = (
        select(Product.id, Product.producer_id, stalls.c.id, Listing.id)
        .join(stalls, stalls.c.producer_id == Product.producer_id)
        .join(Producer, Producer.id == Product.producer_id)
        .outerjoin(Listing, (Listing.product_id == Product.id) & (Listing.account_id == stalls.c.id))
        .where(Product.merged_into_id.is_(None))
        .order_by(Product.id, stalls.c.created_at)
        .ext(distinct_on(Product.id))
        .limit(MOST)
    )
    if wish.kind is BulkKind.UNLIST:
        query = query.where(Listing.desired == Desired.LIVE)
    else:
        query = query.where((Listing.id.is_(None)) | (Listing.state != ListingState.LIVE))
    if wish.producer_id is not None:
        query = query.where(Product.producer_id == wish.producer_id)
    if wish.unit_id:
        query = query.where(Producer.current_unit_id == wish.unit_id)
    rows = await session.execute(query)
    return [Chosen(*row) for row in rows if actor.may_change(row[1])]


async def dry_run(
    session: AsyncSession, outside: Outside, chosen: Sequence[Chosen], marketplace_key: str
) -> list[Card]:
    """The cards of these products, by the functions that build what is sent; nothing is written."""
    adapter = adapter_of(outside, marketplace_key)
    subjects = await load_subjects(
        session, [each.product_id for each in chosen], public_url=outside.public_url
    )
    known = [each.listing_id for each in chosen if each.listing_id is not None]
    rows = await session.execute(select(Listing.product_id, Listing.overrides).where(Listing.id.in_(known)))
    overrides: dict[UUID, dict[str, Any]] = dict(iter(rows))
    own = (str(each.get("category_id") or "") for each in overrides.values())
    mappings = await mapping.load(session, marketplace_key, own)
    stopped = await lacking.forbidden(session, adapter, subjects)
    cards = []
    for each in chosen:
        subject, photos = subjects[each.product_id]
        pictures, lost = await pictures_or_reason(outside, adapter, photos)
        said = overrides.get(each.product_id, {})
        suits = mappings.of(subject, said)
        draft = mapping.drafted(subject, said, suits, adapter.capabilities)
        draft = replace(draft, pictures=pictures)
        problems = (*stopped.get(each.product_id, ()), *suits.problems, *adapter.validate(draft))
        cards.append(Card(each.product_id, draft, lost or problems))
    return cards


async def _scope_name(session: AsyncSession, wish: Wish, chosen: Sequence[Chosen]) -> str:
    """Whose products they are: the commune's or the producer's name; empty where they are of several producers."""
    if wish.unit_id and wish.producer_id is None:
        unit = finder().unit(wish.unit_id)
        return unit.full_name if unit is not None else ""
    owners = {each.producer_id for each in chosen}
    if len(owners) > 1:
        return ""
    return await session.scalar(select(Producer.name).where(Producer.id.in_(owners))) or ""


async def begin(session: AsyncSession, actor: Actor, wish: Wish) -> BulkRun:
    """Write the run with its rows and wake the job. Raises :class:`NothingToDo` where no product is meant."""
    chosen = await choose(session, actor, wish)
    if not chosen:
        raise NothingToDo(
            "Không có sản phẩm nào để làm: chủ thể chưa có gian hàng trên sàn này, hoặc mọi sản phẩm đã ở đúng chỗ."
        )
    run = BulkRun(
        id=new_id(),
        kind=wish.kind,
        marketplace_key=wish.marketplace_key,
        scope_name=await _scope_name(session, wish, chosen),
        publish_at=wish.publish_at,
        follows_season=wish.follows_season,
        created_by=actor.label,
        created_at=clock.now(),
    )
    session.add(run)
    await session.flush()  # the rows refer to it
    session.add_all(
        BulkRow(
            run_id=run.id,
            product_id=each.product_id,
            producer_id=each.producer_id,
            account_id=each.account_id,
            listing_id=each.listing_id,
            state=BulkState.WAITING,
        )
        for each in chosen
    )
    audit.record(
        session,
        actor=actor.label,
        action=f"publishing.bulk_{wish.kind.value}",
        subject=f"bulk:{run.id}",
        marketplace=wish.marketplace_key,
        products=len(chosen),
    )
    await _wake(session, run.id)
    return run


async def work(database: Database, run_id: UUID) -> int:
    """Ask for every row that waits; returns how many. What one row is refused for touches no other."""
    done = 0
    while True:
        async with database.session(SYSTEM) as session:
            run = await session.get(BulkRun, run_id)
            if run is None:
                return done
            rows = list(
                await session.scalars(
                    select(BulkRow)
                    .where(BulkRow.run_id == run_id, BulkRow.state == BulkState.WAITING)
                    .order_by(BulkRow.product_id)
                    .limit(BATCH)
                    .with_for_update(skip_locked=True)
                )
            )
            for row in rows:
                await _ask(session, run, row)
        done += len(rows)
        if len(rows) < BATCH:
            return done


async def _ask(session: AsyncSession, run: BulkRun, row: BulkRow) -> None:
    # Whoever began the run was allowed to; the job acts for them.
    actor = Actor(Role.SYSTEM, via=run.created_by)
    try:
        async with session.begin_nested():
            if run.kind is BulkKind.PUBLISH:
                listing = await service.request_listing(
                    session,
                    actor,
                    product_id=row.product_id,
                    account_id=row.account_id,
                    publish_at=run.publish_at,
                    follows_season=run.follows_season,
                )
            elif row.listing_id is None:
                raise NotFound("Tin đăng không còn.")
            else:
                listing = await service.withdraw(session, actor, listing_id=row.listing_id)
    except HubError as refused:
        row.state, row.problem = BulkState.REFUSED, refused.detail
        return
    row.state, row.listing_id = BulkState.ASKED, listing.id


async def wake_waiting(session: AsyncSession) -> None:
    """The sweep: runs with rows that wait, also after a wake-up was lost."""
    for run_id in await session.scalars(
        select(BulkRow.run_id).where(BulkRow.state == BulkState.WAITING).distinct()
    ):
        await _wake(session, run_id)


async def _wake(session: AsyncSession, run_id: UUID) -> None:
    await jobs.enqueue(session, WORK, {"run_id": str(run_id)}, dedupe_key=f"bulk:{run_id}")


async def get_run(session: AsyncSession, run_id: UUID) -> BulkRun:
    """The run, where one of its rows may be seen (row-level security). Raises :class:`NotFound`."""
    run = await session.get(BulkRun, run_id)
    if run is None:
        raise NotFound("Không tìm thấy lượt làm hàng loạt này.")
    return run


def rows_of(run_id: UUID) -> Select[BulkRow]:
    """The rows of a run, those that were refused first."""
    return (
        select(BulkRow)
        .where(BulkRow.run_id == run_id)
        .order_by(BulkRow.state != BulkState.REFUSED, BulkRow.product_id)
    )


def listings_in(run_id: UUID, state: ListingState, *, not_sent: bool = False) -> Select[Listing]:
    """The listings of a run that its :func:`progress` counts under ``state``, or under ``not_sent``."""
    ours = Listing.not_sent if not_sent else ~Listing.not_sent
    return (
        select(Listing)
        .join(BulkRow, BulkRow.listing_id == Listing.id)
        .where(BulkRow.run_id == run_id, BulkRow.state == BulkState.ASKED, Listing.state == state, ours)
        .order_by(Listing.product_id)
    )


async def progress(session: AsyncSession, run_id: UUID) -> Progress:
    """Counted from the rows and the listings they stand for."""
    rows = await session.execute(
        select(
            BulkRow.state,
            Listing.state,
            Listing.not_sent,
            Listing.desired,
            MarketplaceAccount.mode,
            MarketplaceAccount.state != AccountState.CONNECTED,
        )
        .join(MarketplaceAccount, MarketplaceAccount.id == BulkRow.account_id)
        .outerjoin(Listing, Listing.id == BulkRow.listing_id)
        .where(BulkRow.run_id == run_id)
    )
    pairs, leaving, held, unsent = [], 0, 0, 0
    for state, listing_state, not_sent, desired, mode, stopped in rows:
        pairs.append((state, listing_state))
        unsent += state is BulkState.ASKED and bool(not_sent)
        held += stopped and state is BulkState.ASKED and listing_state in ON_THE_WAY
        stands = state is BulkState.ASKED and listing_state is ListingState.LIVE
        leaving += stands and desired is not Desired.LIVE and mode is Mode.API
    asked: Counter[ListingState] = Counter(
        listing_state for state, listing_state in pairs if state is BulkState.ASKED and listing_state
    )
    states = Counter(state for state, _ in pairs)
    return Progress(
        len(pairs), states[BulkState.WAITING], states[BulkState.REFUSED], asked, leaving, held, unsent
    )
