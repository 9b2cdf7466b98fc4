"""Marketplaces, stalls and listings as JSON."""

from __future__ import annotations

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query, Response, status

from ocop_hub.db import SessionDep
from ocop_hub.idempotency import HubRoute
from ocop_hub.kit.headers import saved_as
from ocop_hub.kit.paging import Page, PageDep, fetch_page
from ocop_hub.marketplaces.contract import ListingState
from ocop_hub.marketplaces.registry import ADAPTERS
from ocop_hub.producers.access import SignedInActorDep
from ocop_hub.publishing import packing, queries, service
from ocop_hub.publishing.access import OutsideDep
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.models import (
    Desired,
    ItemDecision,
    Listing,
    MarketplaceAccount,
    MarketplaceRow,
    ShopItem,
)
from ocop_hub.publishing.preview import adapter_of, preview
from ocop_hub.publishing.schemas import (
    AdoptedOut,
    AdoptIn,
    AttemptOut,
    CredentialsIn,
    DraftOut,
    EvidenceOut,
    LinkIn,
    ListingDetail,
    ListingIn,
    ListingOut,
    MarketplaceOut,
    PreviewOut,
    ProblemOut,
    ShopItemOut,
    StallIn,
    StallOut,
    UnlistIn,
)
from ocop_hub.publishing.stalls import service as stalls

router = APIRouter(prefix="/api/v1", tags=["publishing"], route_class=HubRoute)

#: How much of its past a listing shows.
LAST_ATTEMPTS = 20
LAST_EVIDENCE = 10

MarketplaceKey = Annotated[str | None, Query(max_length=40, description="Key of /marketplaces")]


@router.get("/marketplaces")
async def list_marketplaces(session: SessionDep, outside: OutsideDep) -> list[MarketplaceOut]:
    """Every sàn and channel that listings may stand on."""
    return [_marketplace(outside, row) for row in await session.scalars(queries.marketplaces())]


@router.post("/stalls", status_code=status.HTTP_201_CREATED)
async def connect_stall(
    session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, given: StallIn, response: Response
) -> StallOut:
    """Connect a stall. Its items are read first, and nothing is created before matches are answered."""
    account = await stalls.connect(
        session,
        actor,
        producer_id=given.producer_id,
        marketplace=adapter_of(outside, given.marketplace),
        shop_id=given.shop_id.strip(),
        name=given.name.strip(),
        credentials={name: value.get_secret_value() for name, value in given.credentials.items()},
        public_url=given.public_url,
        sealing_key=outside.sealing_key,
    )
    await session.flush()
    await session.refresh(account)
    response.headers["Location"] = f"/api/v1/stalls/{account.id}"
    return StallOut.model_validate(account)


@router.post("/stalls/{stall_id}/credentials")
async def sign_stall_in(
    session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, stall_id: UUID, given: CredentialsIn
) -> StallOut:
    """New credentials for a stall whose sign-in lapsed; its items are read again before it goes on."""
    account = await stalls.sign_in(
        session,
        actor,
        account_id=stall_id,
        credentials={name: value.get_secret_value() for name, value in given.credentials.items()},
        sealing_key=outside.sealing_key,
    )
    await session.flush()
    return StallOut.model_validate(account)


@router.get("/stalls")
async def list_stalls(
    session: SessionDep,
    actor: SignedInActorDep,
    params: PageDep,
    producer_id: UUID | None = None,
    marketplace: MarketplaceKey = None,
) -> Page[StallOut]:
    """Stalls you may see, the latest connected first."""
    query = queries.accounts_visible_to(actor)
    if producer_id is not None:
        query = query.where(MarketplaceAccount.producer_id == producer_id)
    if marketplace is not None:
        query = query.where(MarketplaceAccount.marketplace_key == marketplace)
    rows, next_cursor = await fetch_page(
        session,
        query,
        sort=MarketplaceAccount.created_at,
        row_id=MarketplaceAccount.id,
        params=params,
        descending=True,
    )
    return Page(items=[StallOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.get("/stalls/{stall_id}")
async def get_stall(session: SessionDep, actor: SignedInActorDep, stall_id: UUID) -> StallOut:
    """One stall."""
    return StallOut.model_validate(await service.account_of(session, actor, stall_id))


@router.get("/stalls/{stall_id}/items")
async def list_items(
    session: SessionDep,
    actor: SignedInActorDep,
    stall_id: UUID,
    params: PageDep,
    decision: ItemDecision | None = None,
) -> Page[ShopItemOut]:
    """What stood in the stall when it was connected, the surest matches first."""
    await service.account_of(session, actor, stall_id)
    query = queries.shop_items_visible_to(actor).where(ShopItem.account_id == stall_id)
    if decision is not None:
        query = query.where(ShopItem.decision == decision)
    rows, next_cursor = await fetch_page(
        session, query, sort=ShopItem.score, row_id=ShopItem.id, params=params, descending=True
    )
    return Page(items=[ShopItemOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.post("/stalls/{stall_id}/adopt-matched")
async def adopt_matched(session: SessionDep, actor: SignedInActorDep, stall_id: UUID) -> AdoptedOut:
    """Adopt every item for the product that it was matched with; what only a photo speaks for is left to you."""
    adopted = await service.adopt_matched(session, actor, account_id=stall_id)
    await session.flush()
    left = queries.open_items(actor, stall_id).with_only_columns(
        ShopItem.product_id, maintain_column_froms=True
    )
    waiting = [product_id for product_id in await session.scalars(left) if product_id is not None]
    return AdoptedOut(adopted=adopted, waiting=len(waiting))


@router.post("/shop-items/{item_id}/adopt")
async def adopt_item(
    session: SessionDep, actor: SignedInActorDep, item_id: UUID, given: AdoptIn | None = None
) -> ListingOut:
    """This item is that product: its listing stands for it from now on, and nothing is created."""
    product_id = given.product_id if given is not None else None
    return await _listing(
        session, await service.adopt(session, actor, item_id=item_id, product_id=product_id)
    )


@router.post("/shop-items/{item_id}/ignore")
async def ignore_item(session: SessionDep, actor: SignedInActorDep, item_id: UUID) -> ShopItemOut:
    """This item is none of the products."""
    return ShopItemOut.model_validate(await service.ignore(session, actor, item_id=item_id))


@router.post("/products/{product_id}/listings", status_code=status.HTTP_201_CREATED)
async def request_listing(
    session: SessionDep, actor: SignedInActorDep, product_id: UUID, given: ListingIn, response: Response
) -> ListingOut:
    """Ask for the product to be live in a stall; asking twice is asking once."""
    listing = await service.request_listing(
        session, actor, product_id=product_id, account_id=given.account_id
    )
    response.headers["Location"] = f"/api/v1/listings/{listing.id}"
    return await _listing(session, listing)


@router.get("/listings")
async def list_listings(
    session: SessionDep,
    actor: SignedInActorDep,
    params: PageDep,
    product_id: UUID | None = None,
    state: ListingState | None = None,
    marketplace: MarketplaceKey = None,
) -> Page[ListingOut]:
    """Listings you may see, the latest first."""
    query = queries.listings_visible_to(actor)
    if product_id is not None:
        query = query.where(Listing.product_id == product_id)
    if state is not None:
        query = query.where(Listing.state == state)
    if marketplace is not None:
        query = query.where(Listing.marketplace_key == marketplace)
    rows, next_cursor = await fetch_page(
        session, query, sort=Listing.created_at, row_id=Listing.id, params=params, descending=True
    )
    return Page(items=[ListingOut.model_validate(row) for row in rows], next_cursor=next_cursor)


@router.get("/listings/{listing_id}")
async def get_listing(session: SessionDep, actor: SignedInActorDep, listing_id: UUID) -> ListingDetail:
    """One listing with its last calls and proofs."""
    listing = await service.seen_listing(session, actor, listing_id)
    attempts = await session.scalars(queries.attempts_of(listing_id).limit(LAST_ATTEMPTS))
    evidence = await session.scalars(queries.evidence_of(listing_id).limit(LAST_EVIDENCE))
    return ListingDetail(
        **ListingOut.model_validate(listing).model_dump(),
        attempts=[AttemptOut.model_validate(each) for each in attempts],
        evidence=[EvidenceOut.model_validate(each) for each in evidence],
    )


@router.post("/listings/{listing_id}/link")
async def give_link(
    session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, listing_id: UUID, given: LinkIn
) -> ListingOut:
    """Paste the public address; it counts as declared until the page itself was fetched and matched."""
    seen = await service.seen_listing(session, actor, listing_id)
    marketplace = adapter_of(outside, seen.marketplace_key)
    return await _listing(
        session, await service.give_link(session, actor, marketplace, listing_id=listing_id, url=given.url)
    )


@router.post("/listings/{listing_id}/refresh")
async def refresh_listing(session: SessionDep, actor: SignedInActorDep, listing_id: UUID) -> ListingOut:
    """Look again now instead of at the next turn."""
    return await _listing(session, await service.refresh(session, actor, listing_id=listing_id))


@router.post("/listings/{listing_id}/unlist")
async def unlist_listing(
    session: SessionDep, actor: SignedInActorDep, listing_id: UUID, given: UnlistIn | None = None
) -> ListingOut:
    """Gỡ khỏi sàn, for now or for good."""
    desired = Desired.WITHDRAWN if given is not None and given.for_good else Desired.UNLISTED
    return await _listing(
        session, await service.withdraw(session, actor, listing_id=listing_id, desired=desired)
    )


@router.get("/listings/{listing_id}/preview")
async def preview_listing(
    session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, listing_id: UUID
) -> PreviewOut:
    """Exactly what the next create or update sends, and what would be refused."""
    listing = await service.seen_listing(session, actor, listing_id)
    seen = await preview(session, outside, listing)
    return PreviewOut(
        draft=DraftOut.model_validate(seen.draft),
        content_hash=seen.content_hash,
        problems=[ProblemOut.model_validate(each) for each in seen.problems],
    )


@router.get(
    "/listings/{listing_id}/pack.zip",
    response_class=Response,
    responses={200: {"content": {"application/zip": {}}, "description": "Bộ hồ sơ đăng sàn"}},
)
async def get_pack(
    session: SessionDep, actor: SignedInActorDep, outside: OutsideDep, listing_id: UUID
) -> Response:
    """The pack for a person: texts to copy in the order of the form, and the photos."""
    listing = await service.seen_listing(session, actor, listing_id)
    name, content = await packing.zipped(*await packing.pack_of(session, outside, listing))
    return Response(content, media_type="application/zip", headers=saved_as(name))


async def _listing(session: SessionDep, listing: Listing) -> ListingOut:
    await session.flush()
    await session.refresh(listing)
    return ListingOut.model_validate(listing)


def _marketplace(outside: Outside, row: MarketplaceRow) -> MarketplaceOut:
    mode = outside.adapters.get(row.key).capabilities.mode if row.key in ADAPTERS else None
    return MarketplaceOut(
        key=row.key, name=row.name, kind=row.kind, status=row.status, mode=mode, note=row.note
    )
