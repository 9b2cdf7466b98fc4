"""Builders of every room's rows, and a small cast known by name.

Each builder adds to the session it is given, flushes, and returns the row; what a test does not care about has
a default. The session must be allowed to write it (``SYSTEM``).

The cast: Hoa owns her producer, Bình owns another and must never see Hoa's; Lan helps Hoa under a mandate;
Minh is the officer of the commune where Hoa works, Thu of the province, Quân the operator.
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.accounts.logins import normal_email, normal_phone
from ocop_hub.accounts.models import Office, OfficeHolder, User
from ocop_hub.accounts.passphrases import hash_passphrase
from ocop_hub.catalogue.models import Product, ProductPhoto, ProductRevision
from ocop_hub.certificates.models import Certificate, IssuerLevel, RecognitionDecision
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.kit.text import fold, sort_key
from ocop_hub.marketplaces.contract import Grade, ListingState, Mode
from ocop_hub.producers.actor import Actor, Role
from ocop_hub.producers.models import Mandate, MemberRole, Producer, ProducerKind, ProducerMember
from ocop_hub.publishing.models import (
    AccountState,
    Evidence,
    Listing,
    ListingInterval,
    MarketplaceAccount,
    ShopItem,
    Step,
)
from ocop_hub.traceability.models import EventKind, Lot, LotState, TraceCode, TraceEvent

PASSPHRASE = "câu mật khẩu dài của bạn"
PROVINCE = "p-22-20260901"
#: Xã Ba Chẽ and Phường Bãi Cháy, of the home province.
BA_CHE = "c-06970-20250701"
BAI_CHAY = "c-06673-20250701"

_count = itertools.count(1)
_hashes: dict[str, str] = {}


async def make_user(
    session: AsyncSession,
    name: str = "Nguyễn Thị Hòa",
    *,
    phone: str | None = None,
    email: str | None = None,
    passphrase: str = PASSPHRASE,
    office: Office | None = None,
    unit_id: str | None = None,
) -> User:
    """A user who signs in with :data:`PASSPHRASE`; a phone number of her own unless one is given."""
    if phone is None and email is None:
        phone = f"+8491{next(_count):07d}"
    user = User(
        display_name=name,
        phone=normal_phone(phone) if phone else None,
        email=normal_email(email) if email else None,
        passphrase_hash=await hash_once(passphrase),
    )
    session.add(user)
    await session.flush()
    if office:
        session.add(OfficeHolder(user_id=user.id, office=office, unit_id=unit_id))
        await session.flush()
    return user


async def hash_once(passphrase: str) -> str:
    """Hashing is slow on purpose; for the one passphrase of all tests it is done once a process."""
    if passphrase not in _hashes:
        _hashes[passphrase] = await hash_passphrase(passphrase)
    return _hashes[passphrase]


async def make_producer(
    session: AsyncSession,
    name: str = "HTX Dược liệu Ba Chẽ",
    *,
    kind: ProducerKind = ProducerKind.COOPERATIVE,
    owner: User | None = None,
    tax_number: str | None = None,
    unit_id: str | None = BA_CHE,
    province_id: str | None = PROVINCE,
) -> Producer:
    """A producer of Ba Chẽ; claimed when it has an ``owner``."""
    producer = Producer(
        kind=kind,
        name=name,
        name_folded=fold(name),
        sort_key=sort_key(name),
        tax_number=tax_number,
        certified_unit_id=unit_id,
        current_unit_id=unit_id,
        province_id=province_id,
        claimed_at=clock.now() if owner else None,
    )
    session.add(producer)
    await session.flush()
    if owner is not None:
        session.add(ProducerMember(producer_id=producer.id, user_id=owner.id, role=MemberRole.OWNER))
        await session.flush()
    return producer


async def make_mandate(
    session: AsyncSession,
    producer: Producer,
    helper: User,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Mandate:
    """``helper`` may act for ``producer``; from an hour ago for a year unless said otherwise."""
    mandate = Mandate(
        producer_id=producer.id,
        helper_id=helper.id,
        valid=Range(
            since or clock.now() - timedelta(hours=1), until or clock.now() + timedelta(days=365), bounds="[)"
        ),
        agreed_how="Ký trên giấy tại nhà văn hóa thôn",
    )
    session.add(mandate)
    await session.flush()
    return mandate


async def make_product(
    session: AsyncSession,
    producer: Producer,
    name: str = "Trà hoa vàng Ba Chẽ",
    *,
    group: str = "do_uong",
    price_vnd: int | None = 250_000,
    net_weight_g: int | None = 100,
    gtin: str | None = None,
    stars: int | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    description: str = "Hoa trà hái tay vào mùa đông, sấy lạnh.",
) -> Product:
    """An approved product with its first revision; with ``stars`` it gets a certificate as well."""
    product = Product(
        producer_id=producer.id,
        name=name,
        name_folded=fold(name),
        sort_key=sort_key(name),
        group_code=group,
        description=description,
        price_vnd=price_vnd,
        unit="hộp",
        net_weight_g=net_weight_g,
        gtin=gtin,
        certified_unit_id=producer.certified_unit_id,
        current_unit_id=producer.current_unit_id,
        province_id=producer.province_id,
    )
    session.add(product)
    await session.flush()
    session.add(
        ProductRevision(
            product_id=product.id,
            producer_id=producer.id,
            number=1,
            changed_by="system",
            before={},
            after={"name": name},
        )
    )
    await session.flush()
    if stars is not None:
        await make_certificate(session, product, stars=stars, valid_from=valid_from, valid_to=valid_to)
    return product


async def make_photo(session: AsyncSession, product: Product, *, sha256: str | None = None) -> ProductPhoto:
    """A photo's row; nothing is put into the media store."""
    mark = sha256 or f"{next(_count):064x}"
    photo = ProductPhoto(
        product_id=product.id,
        producer_id=product.producer_id,
        sha256=mark,
        media_key=f"pictures/{mark[:2]}/{mark}.jpg",
        width=800,
        height=600,
        size_bytes=100_000,
    )
    session.add(photo)
    await session.flush()
    return photo


async def make_decision(
    session: AsyncSession, number: str | None = None, *, issued_on: date | None = date(2024, 12, 20)
) -> RecognitionDecision:
    """A decision of the home province."""
    written = number or f"{next(_count)}/QĐ-UBND"
    decision = RecognitionDecision(
        number=written,
        number_folded=fold(written),
        issued_on=issued_on,
        issuer_level=IssuerLevel.PROVINCE,
        issuer_province_id=PROVINCE,
    )
    session.add(decision)
    await session.flush()
    return decision


async def make_certificate(
    session: AsyncSession,
    product: Product,
    *,
    stars: int = 4,
    decision: RecognitionDecision | None = None,
    valid_from: date | None = None,
    valid_to: date | None = None,
    withdrawn_at: datetime | None = None,
) -> Certificate:
    """A certificate in force for three years since a year ago unless said otherwise; ``valid_to`` is the last day."""
    decision = decision or await make_decision(session)
    start = valid_from or clock.today() - timedelta(days=365)
    end = valid_to or start + timedelta(days=3 * 365)
    certificate = Certificate(
        product_id=product.id,
        producer_id=product.producer_id,
        decision_id=decision.id,
        stars=stars,
        valid=Range(clock.day_start(start), clock.day_end(end), bounds="[)"),
        withdrawn_at=withdrawn_at,
        certified_unit_id=product.certified_unit_id,
    )
    session.add(certificate)
    await session.flush()
    return certificate


async def make_lot(
    session: AsyncSession,
    product: Product,
    code: str = "L001",
    *,
    state: LotState = LotState.RELEASED,
    packed_at: datetime | None = None,
) -> Lot:
    """A released lot without events."""
    lot = Lot(
        product_id=product.id,
        producer_id=product.producer_id,
        code=code,
        state=state,
        packed_at=packed_at or datetime(2026, 9, 30, 3, 0, tzinfo=UTC),
    )
    session.add(lot)
    await session.flush()
    return lot


async def make_event(
    session: AsyncSession,
    lot: Lot,
    kind: EventKind = EventKind.HARVEST,
    *,
    at: datetime | None = None,
    details: dict[str, Any] | None = None,
) -> TraceEvent:
    """One công đoạn of the lot."""
    event = TraceEvent(
        lot_id=lot.id,
        producer_id=lot.producer_id,
        kind=kind,
        occurred_at=at or datetime(2026, 9, 28, 1, 0, tzinfo=UTC),
        recorded_by="system",
        unit_id=BA_CHE,
        details=details or {},
    )
    session.add(event)
    await session.flush()
    return event


async def make_trace_code(
    session: AsyncSession, product: Product, lot: Lot | None = None, code: str | None = None
) -> TraceCode:
    """The code that a label of the lot carries, or of the product itself."""
    row = TraceCode(
        code=code or f"K7{next(_count):06d}",
        product_id=product.id,
        producer_id=product.producer_id,
        lot_id=lot.id if lot else None,
    )
    session.add(row)
    await session.flush()
    return row


async def make_account(
    session: AsyncSession,
    producer: Producer,
    *,
    marketplace: str = "shopee",
    shop_id: str | None = None,
    mode: Mode = Mode.API,
    state: AccountState = AccountState.CONNECTED,
) -> MarketplaceAccount:
    """A connected stall without credentials."""
    account = MarketplaceAccount(
        producer_id=producer.id,
        marketplace_key=marketplace,
        shop_id=shop_id or str(100_000 + next(_count)),
        name=f"Gian hàng {producer.name}",
        mode=mode,
        state=state,
    )
    session.add(account)
    await session.flush()
    return account


async def make_listing(
    session: AsyncSession,
    product: Product,
    account: MarketplaceAccount,
    *,
    state: ListingState = ListingState.LIVE,
    grade: Grade | None = Grade.API,
    since: datetime | None = None,
    until: datetime | None = None,
) -> Listing:
    """A listing at rest in ``state`` with its interval (from a day ago, still open) and, when live, its evidence."""
    begun = since or clock.now() - timedelta(days=1)
    remote_id = str(900_000 + next(_count)) if state is not ListingState.NONE else ""
    listing = Listing(
        account_id=account.id,
        product_id=product.id,
        producer_id=product.producer_id,
        marketplace_key=account.marketplace_key,
        seller_sku=f"SKU{next(_count)}",
        desired_revision=product.revision,
        sent_revision=product.revision,
        state=state,
        remote_id=remote_id,
        grade=grade,
        observed_at=begun,
        step=Step.IDLE,
    )
    session.add(listing)
    await session.flush()
    shared = {"listing_id": listing.id, "producer_id": product.producer_id, "state": state}
    session.add(
        ListingInterval(
            **shared,
            product_id=product.id,
            marketplace_key=account.marketplace_key,
            grade=grade,
            during=Range(begun, until, bounds="[)"),
        )
    )
    if state is ListingState.LIVE and grade is not None:
        session.add(Evidence(**shared, grade=grade, seen_at=begun))
    await session.flush()
    return listing


async def make_shop_item(
    session: AsyncSession,
    account: MarketplaceAccount,
    title: str = "Trà hoa vàng",
    *,
    product: Product | None = None,
    score: int = 0,
) -> ShopItem:
    """An item that stood in the stall already and waits for an answer."""
    item = ShopItem(
        account_id=account.id,
        producer_id=account.producer_id,
        remote_id=str(700_000 + next(_count)),
        title=title,
        price_vnd=250_000,
        state=ListingState.LIVE,
        product_id=product.id if product else None,
        score=score,
        seen_at=clock.now(),
    )
    session.add(item)
    await session.flush()
    return item


@dataclass(frozen=True, slots=True)
class Cast:
    """The people of a test, and the two producers that must not see each other's things."""

    hoa: User
    binh: User
    lan: User
    minh: User
    thu: User
    quan: User
    hers: Producer
    his: Producer

    def of(self, role: Role) -> User | None:
        """Who plays ``role`` towards Hoa's producer; None for the public."""
        return {
            Role.PRODUCER: self.hoa,
            Role.HELPER: self.lan,
            Role.OFFICER_COMMUNE: self.minh,
            Role.OFFICER_PROVINCE: self.thu,
            Role.OPERATOR: self.quan,
        }.get(role)


async def make_cast(session: AsyncSession) -> Cast:
    """Everyone, with Hoa's producer in Ba Chẽ and Bình's in Bãi Cháy."""
    hoa = await make_user(session, "Nguyễn Thị Hòa", phone="0912000001")
    binh = await make_user(session, "Trần Văn Bình", phone="0912000002")
    lan = await make_user(session, "Phạm Thị Lan", phone="0912000003", office=Office.HELPER)
    minh = await make_user(
        session, "Lê Văn Minh", phone="0912000004", office=Office.OFFICER_COMMUNE, unit_id=BA_CHE
    )
    thu = await make_user(session, "Vũ Thị Thu", email="thu@vidu.vn", office=Office.OFFICER_PROVINCE)
    quan = await make_user(session, "Đỗ Quân", email="quan@vidu.vn", office=Office.OPERATOR)
    hers = await make_producer(session, "HTX Dược liệu Ba Chẽ", owner=hoa)
    his = await make_producer(
        session,
        "Hộ kinh doanh Trần Văn Bình",
        kind=ProducerKind.HOUSEHOLD,
        owner=binh,
        tax_number="022012345678",
        unit_id=BAI_CHAY,
    )
    await make_mandate(session, hers, lan)
    return Cast(hoa, binh, lan, minh, thu, quan, hers, his)


def actor_for(
    user: User, role: Role = Role.PRODUCER, *producers: Producer | UUID, unit_id: str = ""
) -> Actor:
    """The actor as ``producers.access`` would make it, without a request."""
    ids = frozenset(each if isinstance(each, UUID) else each.id for each in producers)
    return Actor(role, user_id=user.id, name=user.display_name, producers=ids, unit_id=unit_id)


async def sign_in(client: httpx.AsyncClient, user: User, passphrase: str = PASSPHRASE) -> str:
    """Sign ``client`` in over the API; its further requests carry cookie and form token, which is returned."""
    answer = await client.post(
        "/api/v1/session", json={"login": user.phone or user.email, "passphrase": passphrase}
    )
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["csrf_token"]
    client.headers["X-CSRF-Token"] = token
    return token


def missing_id() -> UUID:
    """An id that no row has."""
    return new_id()
