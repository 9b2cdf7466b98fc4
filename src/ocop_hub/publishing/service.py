"""What people decide about listings: put up, take down, adopt, give a link, look again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub import audit, jobs
from ocop_hub.catalogue.models import Product, ProductPhoto, ProductStatus
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.marketplaces.contract import Grade, ListingState, Marketplace, Mode, Observation
from ocop_hub.producers.actor import Actor
from ocop_hub.publishing.draft import pictures_key, seller_sku
from ocop_hub.publishing.errors import AlreadyDecided, NotListable, NotThisMarketplace
from ocop_hub.publishing.lane.observe import observe
from ocop_hub.publishing.models import (
    Desired,
    ItemDecision,
    Listing,
    MarketplaceAccount,
    ShopItem,
    Step,
)
from ocop_hub.publishing.queries import (
    accounts_visible_to,
    listings_visible_to,
    open_items,
    shop_items_visible_to,
)
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.publishing.stalls.matching import SETTLING


def drain_entrypoint(marketplace_key: str) -> str:
    """The lane of one marketplace."""
    return f"publishing.drain.{marketplace_key}"


async def wake(session: AsyncSession, marketplace_key: str, *, by: str = "") -> None:
    """One wake-up per marketplace is enough: the drain reads what is due.

    Each worker's sweep wakes ``by`` its own name: a drain that died with its worker holds back nobody else's,
    and several workers drain one marketplace side by side.
    """
    entrypoint = drain_entrypoint(marketplace_key)
    await jobs.enqueue(session, entrypoint, dedupe_key=f"{entrypoint}:{by}" if by else entrypoint)


async def request_listing(
    session: AsyncSession,
    actor: Actor,
    *,
    product_id: UUID,
    account_id: UUID,
    publish_at: datetime | None = None,
    follows_season: bool | None = None,
) -> Listing:
    """Ask for a product to be live in a stall; asking twice is asking once.

    Nothing goes up before ``publish_at``. With ``follows_season`` the listing is down outside the product's
    months; None leaves that as it is.

    Raises :class:`NotFound` where product or stall is missing or not the actor's, :class:`NotListable` where
    the product cannot be put up at all.
    """
    account = await account_of(session, actor, account_id)
    product = await session.scalar(
        select(Product).where(Product.id == product_id, Product.producer_id == account.producer_id)
    )
    if product is None or not actor.may_change(product.producer_id):
        raise NotFound("Không tìm thấy sản phẩm này trong gian hàng của chủ thể.")
    if product.status is not ProductStatus.APPROVED:
        raise NotListable(
            "Sản phẩm chưa hoàn tất hoặc chưa được duyệt. Hãy mở phần Sửa sản phẩm và gửi trước."
        )
    listing = await session.scalar(_of(account, product))
    if listing is None:
        if product.price_vnd is None:
            raise NotListable("Sản phẩm chưa có giá bán. Hãy nhập giá bán trước khi đưa lên sàn.")
        listing = await _made(session, account, product)
    listing.desired = Desired.LIVE
    listing.desired_revision = product.revision
    listing.desired_pictures = await photos_key(session, product.id)
    listing.publish_at = publish_at
    if follows_season is not None:
        listing.follows_season = follows_season
    await start(session, account, listing, product)
    _audit(session, actor, listing, "publishing.request")
    return listing


def _of(account: MarketplaceAccount, product: Product) -> Select[Listing]:
    """The product's listing in the stall, locked."""
    return (
        select(Listing)
        .where(Listing.account_id == account.id, Listing.product_id == product.id)
        .with_for_update()
    )


async def _made(session: AsyncSession, account: MarketplaceAccount, product: Product) -> Listing:
    """A new listing; the one of whoever asked for it in the same moment, where that was faster."""
    await session.execute(
        insert(Listing)
        .values(
            id=new_id(),
            account_id=account.id,
            product_id=product.id,
            producer_id=product.producer_id,
            marketplace_key=account.marketplace_key,
            seller_sku=seller_sku(product.id),
            desired_revision=product.revision,
            state=ListingState.NONE,
            remote_id="",
            public_url="",
            sent_revision=0,
        )
        .on_conflict_do_nothing()
    )
    return (await session.scalars(_of(account, product))).one()


async def start(
    session: AsyncSession, account: MarketplaceAccount, listing: Listing, product: Product
) -> None:
    """Put the listing on its way: a machine's turn, a person's turn, or a question about an old item first."""
    now = clock.now()
    if account.mode is not Mode.API:
        if not listing.public_url:
            await _person(session, listing, "Tải bộ hồ sơ, đăng theo hướng dẫn rồi dán đường dẫn vào đây.")
        return
    if not listing.remote_id:
        await stalls.ask_about(session, account, product)
        if listing.state in (ListingState.NONE, ListingState.REJECTED, ListingState.NEEDS_PERSON):
            preparing = Observation(ListingState.PREPARING, "", grade=Grade.DECLARED)
            await observe(session, listing, preparing, at=now)
    listing.step = Step.CREATE if not listing.remote_id else Step.UPDATE
    listing.next_look_at = now
    await wake(session, listing.marketplace_key)


async def withdraw(
    session: AsyncSession, actor: Actor, *, listing_id: UUID, desired: Desired = Desired.UNLISTED
) -> Listing:
    """Gỡ khỏi sàn: take a listing down, for now (``UNLISTED``) or for good (``WITHDRAWN``)."""
    listing = await listing_of(session, actor, listing_id)
    account = await session.get_one(MarketplaceAccount, listing.account_id)
    listing.desired = desired
    if account.mode is Mode.API:
        listing.step = Step.UNLIST
        listing.next_look_at = clock.now()
        await wake(session, listing.marketplace_key)
    elif listing.state is not ListingState.UNLISTED:
        await _person(session, listing, "Gỡ sản phẩm trên trang của sàn rồi bấm «Kiểm tra lại».")
    _audit(session, actor, listing, "publishing.withdraw")
    return listing


async def refresh(session: AsyncSession, actor: Actor, *, listing_id: UUID) -> Listing:
    """Look again now instead of at the next turn."""
    listing = await listing_of(session, actor, listing_id)
    if listing.remote_id or listing.public_url:
        listing.step = listing.step if listing.step is not Step.IDLE else Step.LOOK
        listing.next_look_at = clock.now()
        await wake(session, listing.marketplace_key)
    return listing


async def give_link(
    session: AsyncSession, actor: Actor, marketplace: Marketplace, *, listing_id: UUID, url: str
) -> Listing:
    """Take the public address a person pasted; it counts as declared until the page itself was matched.

    Raises :class:`NotThisMarketplace` when it is not a product page of the marketplace.
    """
    listing = await listing_of(session, actor, listing_id)
    remote_id = marketplace.match_url(url.strip())
    if not remote_id:
        raise NotThisMarketplace(
            f"Đường dẫn này không phải trang sản phẩm của {marketplace.name}. "
            "Hãy mở trang sản phẩm trên sàn, chép cả địa chỉ rồi dán lại."
        )
    other = await session.scalar(
        select(Listing.id).where(
            Listing.account_id == listing.account_id,
            Listing.remote_id == remote_id,
            Listing.id != listing.id,
        )
    )
    if other is not None:
        raise NotThisMarketplace("Đường dẫn này đã gắn với một sản phẩm khác của gian hàng.")
    now = clock.now()
    typed = Observation(
        ListingState.LIVE, "", remote_id=remote_id, public_url=url.strip(), grade=Grade.DECLARED
    )
    await observe(session, listing, typed, at=now, seen_by=actor.label)
    listing.desired = Desired.LIVE
    listing.step = Step.CHECK_LINK
    listing.next_look_at = now
    await wake(session, listing.marketplace_key)
    _audit(session, actor, listing, "publishing.link")
    return listing


async def adopt(
    session: AsyncSession, actor: Actor, *, item_id: UUID, product_id: UUID | None = None
) -> Listing:
    """This item is that product: from now on the listing stands for it, and nothing is created.

    Without ``product_id`` the product that was matched is meant. Raises :class:`NotFound`,
    :class:`NotListable` (no product named), :class:`AlreadyDecided` (the product stands for another item).
    """
    item, account = await _item(session, actor, item_id)
    product = await _product_for(session, item, product_id)
    listing = await session.scalar(_of(account, product)) or await _made(session, account, product)
    if listing.remote_id not in ("", item.remote_id):
        raise AlreadyDecided("Sản phẩm này đã gắn với một mục khác của gian hàng. Hãy chọn sản phẩm khác.")
    item.product_id = product.id
    listing.adopted = True
    listing.desired = Desired.LIVE
    # What stands there stays as its owner wrote it; only a later change of the product is sent.
    listing.sent_revision = listing.desired_revision = product.revision
    listing.sent_pictures = listing.desired_pictures = await photos_key(session, product.id)
    item.decision = ItemDecision.ADOPTED
    item.decided_by = actor.label
    by_hand = account.mode is not Mode.API  # a person says so until the page itself was matched
    seen = Observation(
        ListingState.LIVE if by_hand else item.state,
        "" if by_hand else item.raw_state,
        remote_id=item.remote_id,
        public_url=item.public_url,
        grade=Grade.DECLARED if by_hand else Grade.API,
    )
    await observe(session, listing, seen, at=clock.now(), seen_by=actor.label if by_hand else "")
    listing.step = Step.CHECK_LINK if by_hand else Step.LOOK
    listing.next_look_at = clock.now()
    await _after_answer(session, account)
    _audit(session, actor, listing, "publishing.adopt")
    return listing


async def adopt_matched(session: AsyncSession, actor: Actor, *, account_id: UUID) -> int:
    """Adopt every item of a stall for the product that it was matched with, the likeliest first; how many.

    What only its picture speaks for goes on waiting, and of two that look like one product the second.
    Raises :class:`NotFound`.
    """
    account = await account_of(session, actor, account_id)
    if not actor.may_change(account.producer_id):
        raise NotFound("Không tìm thấy gian hàng này.")
    adopted: set[UUID] = set()
    for item in (await session.scalars(open_items(actor, account_id))).all():
        if item.product_id is None or item.product_id in adopted or not SETTLING.intersection(item.grounds):
            continue
        try:
            await adopt(session, actor, item_id=item.id)
        except AlreadyDecided:
            continue  # the product stands for another item already
        adopted.add(item.product_id)
    return len(adopted)


async def ignore(session: AsyncSession, actor: Actor, *, item_id: UUID) -> ShopItem:
    """This item is none of ours; the product may be created. Raises :class:`AlreadyDecided` once adopted."""
    item, account = await _item(session, actor, item_id)
    if item.decision is ItemDecision.ADOPTED:
        raise AlreadyDecided("Mục này đã gắn với một sản phẩm. Hãy gỡ tin đăng trước.")
    item.decision = ItemDecision.IGNORED
    item.decided_by = actor.label
    await _after_answer(session, account)
    audit.record(
        session,
        actor=actor.label,
        action="publishing.ignore",
        subject=f"shop_item:{item.id}",
        producer_id=item.producer_id,
    )
    return item


async def product_changed(session: AsyncSession, product_id: UUID) -> None:
    """A product has a new revision or other photos: its listings have something to say again.

    Photos are told by their hashes: a change of them is no revision, so nobody who edits the text meanwhile is
    refused for it. While the product waits for approval its listings stay as they were sent.
    """
    product = await session.get_one(Product, product_id)
    if product.status is not ProductStatus.APPROVED:
        return
    listings = await session.scalars(
        select(Listing)
        .where(Listing.product_id == product_id, Listing.desired == Desired.LIVE)
        .with_for_update()
    )
    pictures = await photos_key(session, product_id)
    for listing in listings:
        if product.revision <= listing.desired_revision and pictures == listing.desired_pictures:
            continue
        listing.desired_revision = product.revision
        listing.desired_pictures = pictures
        account = await session.get_one(MarketplaceAccount, listing.account_id)
        if account.mode is Mode.API:
            listing.step = Step.UPDATE if listing.remote_id else Step.CREATE
            listing.next_look_at = clock.now()
            await wake(session, listing.marketplace_key)


async def photos_key(session: AsyncSession, product_id: UUID) -> str:
    """Which photos the product has now, and in which order."""
    hashes = await session.scalars(
        select(ProductPhoto.sha256)
        .where(ProductPhoto.product_id == product_id)
        .order_by(ProductPhoto.position, ProductPhoto.id)
    )
    return pictures_key(list(hashes))


async def account_of(session: AsyncSession, actor: Actor, account_id: UUID) -> MarketplaceAccount:
    """The stall, if the actor may see it. Raises :class:`NotFound`."""
    account = await session.scalar(accounts_visible_to(actor).where(MarketplaceAccount.id == account_id))
    if account is None:
        raise NotFound("Không tìm thấy gian hàng này.")
    return account


async def seen_listing(session: AsyncSession, actor: Actor, listing_id: UUID) -> Listing:
    """The listing, to be read, if the actor may see it. Raises :class:`NotFound`."""
    listing = await session.scalar(listings_visible_to(actor).where(Listing.id == listing_id))
    if listing is None:
        raise NotFound("Không tìm thấy tin đăng này.")
    return listing


async def listing_of(session: AsyncSession, actor: Actor, listing_id: UUID) -> Listing:
    """The listing, locked, if the actor may change it. Raises :class:`NotFound`."""
    listing = await session.scalar(
        listings_visible_to(actor).where(Listing.id == listing_id).with_for_update(of=Listing)
    )
    if listing is None or not actor.may_change(listing.producer_id):
        raise NotFound("Không tìm thấy tin đăng này.")
    return listing


async def _item(session: AsyncSession, actor: Actor, item_id: UUID) -> tuple[ShopItem, MarketplaceAccount]:
    item = await session.scalar(shop_items_visible_to(actor).where(ShopItem.id == item_id).with_for_update())
    if item is None or not actor.may_change(item.producer_id):
        raise NotFound("Không tìm thấy mục này trong gian hàng.")
    return item, await session.get_one(MarketplaceAccount, item.account_id, with_for_update=True)


async def _product_for(session: AsyncSession, item: ShopItem, product_id: UUID | None) -> Product:
    wanted = product_id or item.product_id
    if wanted is None:
        raise NotListable("Hãy chọn sản phẩm ứng với mục này trước.")
    product = await session.scalar(
        select(Product).where(Product.id == wanted, Product.producer_id == item.producer_id)
    )
    if product is None:
        raise NotFound("Không tìm thấy sản phẩm này của chủ thể.")
    return product


async def _after_answer(session: AsyncSession, account: MarketplaceAccount) -> None:
    await stalls.settle_account(session, account)
    await wake(session, account.marketplace_key)


async def _person(session: AsyncSession, listing: Listing, next_step: str) -> None:
    waiting = Observation(ListingState.NEEDS_PERSON, "", grade=Grade.DECLARED)
    await observe(session, listing, waiting, at=clock.now())
    listing.reason = next_step
    listing.step = Step.IDLE


def _audit(session: AsyncSession, actor: Actor, listing: Listing, action: str) -> None:
    audit.record(
        session,
        actor=actor.label,
        action=action,
        subject=f"listing:{listing.id}",
        producer_id=listing.producer_id,
        product_id=str(listing.product_id),
    )
