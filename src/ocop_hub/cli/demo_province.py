"""The demo's province: invented products beside the real ones, with a year of listing history.

What happened in the past is written as rows of that day where a service would write today's; what was seen of a
listing goes through the publishing room's own recording, look by look.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import zip_longest
from typing import Any, Final

import httpx
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.catalogue.bulk import ListedProduct, store_products
from ocop_hub.catalogue.models import Product, ProductPhoto
from ocop_hub.certificates.decisions import NewDecision, enter_decisions
from ocop_hub.certificates.service import Grant, grant_certificates
from ocop_hub.certificates.validity import default_issuer
from ocop_hub.cli import demo_labels, demo_office
from ocop_hub.cli.demo_plan import (
    DRINK,
    FOOD,
    HERB,
    LATE,
    NOTE,
    PROVINCE,
    WAVES,
    Maker,
    PlannedListing,
    PlannedProduct,
    plan,
    stalls,
)
from ocop_hub.cli.runtime import Runtime
from ocop_hub.db import SYSTEM, insert_rows
from ocop_hub.intake.demo_pictures import MARK, card
from ocop_hub.intake.demo_rows import packing, price
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.marketplaces.contract import Grade, ListingState, Observation, Reason
from ocop_hub.media import Media, StoredPicture
from ocop_hub.places.finder import finder
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.producers.bulk import ListedProducer, add_producers, find_producers
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.draft import pictures_key, seller_sku
from ocop_hub.publishing.lane.observe import Sighting, observe_all
from ocop_hub.publishing.models import AccountState, Listing, MarketplaceAccount, Step
from ocop_hub.publishing.stalls.sealed import seal
from ocop_hub.reporting.models import ReportPeriod
from ocop_hub.sandbox import access_token_for
from ocop_hub.settings import Settings

#: Pages are looked at again by the worker after this at the earliest, so that a demo begins quietly.
QUIET: Final = timedelta(hours=6)
#: Stalls were opened this long before the first product stood in them.
OPENED_BEFORE: Final = timedelta(days=10)
_SEEN_BY: Final = "Cán bộ xã (dữ liệu trình diễn)"

StallKey = tuple[Maker, str]


@dataclass(frozen=True, slots=True)
class Planted:
    """An item of the simulated marketplace: its id there and the address of its page."""

    item_id: str
    url: str


#: What stands on the simulated marketplaces, by marketplace and SKU.
Pages = Mapping[tuple[str, str], Planted]


@dataclass(frozen=True, slots=True)
class Made:
    """An invented product as it was stored, with its picture's hash."""

    plan: PlannedProduct
    product: Product
    picture: str


async def load_province(
    runtime: Runtime, outside: Outside, client: httpx.AsyncClient, sandbox_base: str
) -> None:
    """Everything an officer of the province finds; in two steps, of which each is made once."""
    async with runtime.database.session(SYSTEM) as session:
        if await session.scalar(select(ReportPeriod.id).limit(1)) is not None:
            return
        made = await recognised_products(session, runtime.media)
    planted = await _plant(client, sandbox_base, made)
    async with runtime.database.session(SYSTEM) as session:
        await list_and_report(session, outside, made, planted, runtime.settings)


async def recognised_products(session: AsyncSession, media: Media) -> list[Made]:
    """The invented products with their pictures and, but for the late decision's, their certificates."""
    made = await _load_products(session, media)
    await _recognise(session, [each for each in made if each.plan.wave != LATE])
    return made


async def list_and_report(
    session: AsyncSession, outside: Outside, made: Sequence[Made], planted: Pages, settings: Settings
) -> None:
    """Their stalls and listings with a year of history, then what offices and producers did with them."""
    accounts = await _open_stalls(session, outside, [each.plan for each in made])
    await _list(session, made, accounts, planted)
    late = [each for each in made if each.plan.wave == LATE]
    await demo_office.load(session, lambda: _recognise(session, late))
    await demo_labels.load(session, settings, [each.product for each in made])


async def _load_products(session: AsyncSession, media: Media) -> list[Made]:
    planned = plan()
    makers = {each.key: each for product in planned for each in [_listed_maker(product.maker)]}
    known = await find_producers(session, list(makers.values()))
    new = [each for key, each in makers.items() if key not in known]
    ids = {**known, **await add_producers(session, SYSTEM_ACTOR, new)}
    listed = [
        ListedProduct(ids[_listed_maker(each.maker).key], each.name, _content(each)) for each in planned
    ]
    stored = await store_products(session, SYSTEM_ACTOR, listed)
    ids_stored = [each.product_id for each in stored if each.product_id is not None]
    found = await session.scalars(select(Product).where(Product.id.in_(ids_stored)))
    by_id = {product.id: product for product in found}
    products = [by_id[product_id] for product_id in ids_stored]
    pictures = await _pictures(session, media, planned, products)
    return [
        Made(each, product, pictures[each.kind.name].sha256)
        for each, product in zip(planned, products, strict=True)  # strict: none was refused
    ]


def _listed_maker(maker: Maker) -> ListedProducer:
    return ListedProducer(maker.name, _province_id(), maker.kind, maker.unit_id, maker.unit_id)


def _province_id() -> str:
    """The home province under its present name and type."""
    home = finder().province_of(finder().communes_of(PROVINCE)[0].id)
    return home.id if home else ""


def _content(planned: PlannedProduct) -> dict[str, Any]:
    group, maker = planned.kind.group, planned.maker
    unit, grams = packing(group, planned.name)
    unit_row = finder().unit(maker.unit_id)
    content = {
        "group_code": group,
        "description": f"{planned.name} của {maker.name}.\n{NOTE}",
        "price_vnd": price(group, f"MH{planned.number:03}"),
        "unit": unit,
        "net_weight_g": grams,
        "external_code": f"MH{planned.number:03}",
        "commune_as_written": unit_row.full_name if unit_row else "",
        "certified_unit_id": maker.unit_id,
        "current_unit_id": maker.unit_id,
        "province_id": _province_id(),
        "season_months": list(planned.kind.months),
        "storage": "Nơi khô ráo, thoáng mát, tránh nắng." if group in (FOOD, DRINK, HERB) else None,
    }
    return {name: value for name, value in content.items() if value is not None}


async def _pictures(
    session: AsyncSession, media: Media, planned: Sequence[PlannedProduct], products: Sequence[Product]
) -> dict[str, StoredPicture]:
    """One card for each kind of product, shown by all of that kind; gives them by kind."""
    kinds = list({each.kind.name: each.kind for each in planned}.values())

    async def store(name: str, group: str) -> StoredPicture:
        return await media.put_picture(await asyncio.to_thread(card, name, group))

    stored = await asyncio.gather(*(store(kind.name, kind.group) for kind in kinds))
    by_kind = {kind.name: picture for kind, picture in zip(kinds, stored, strict=True)}
    rows = [
        {
            "id": new_id(),
            "product_id": product.id,
            "producer_id": product.producer_id,
            "sha256": picture.sha256,
            "media_key": picture.key,
            "width": picture.width,
            "height": picture.height,
            "size_bytes": picture.size_bytes,
            "received_sha256": "",
            "position": 0,
            "caption": MARK,
        }
        for each, product in zip(planned, products, strict=True)
        for picture in [by_kind[each.kind.name]]
    ]
    if await session.scalar(select(ProductPhoto.id).where(ProductPhoto.product_id == products[0].id)) is None:
        await session.execute(insert_rows(ProductPhoto, rows))
    return by_kind


async def _recognise(session: AsyncSession, made: Sequence[Made]) -> None:
    wanted = {each.plan.number: _decision(each.plan) for each in made}
    decisions = await enter_decisions(session, SYSTEM_ACTOR, list(wanted.values()))
    grants = [
        Grant(
            product_id=each.product.id,
            producer_id=each.product.producer_id,
            decision_id=decisions[wanted[each.plan.number].key].id,
            stars=each.plan.stars,
            issued_on=clock.today() - timedelta(days=WAVES[each.plan.wave]),
            certified_unit_id=each.plan.maker.unit_id,
            certified_district_id=each.plan.maker.district_id,
        )
        for each in made
    ]
    await grant_certificates(session, SYSTEM_ACTOR, grants)


def _decision(planned: PlannedProduct) -> NewDecision:
    on = clock.today() - timedelta(days=WAVES[planned.wave])
    level = default_issuer(planned.stars, on)
    issuer = "QĐ-BNNMT" if planned.stars == 5 else "QĐ-UBND"
    return NewDecision(
        number=f"Quyết định minh hoạ {11 + planned.wave}/{issuer} ({level.value}, dữ liệu trình diễn)",
        issued_on=on,
        issuer_level=level,
        issuer_province_id=_province_id(),
        note=NOTE,
    )


async def _plant(client: httpx.AsyncClient, sandbox_base: str, made: Sequence[Made]) -> Pages:
    """Put every item where its listing says, so that every link leads to a page."""
    shops: dict[StallKey, dict[str, Any]] = {}
    for key in stalls([each.plan for each in made]):
        maker, market = key
        shops[key] = {"market": market, "shop_id": _shop_id(maker, market), "name": maker.name, "items": []}
    for each in made:
        for listing in each.plan.listings:
            if listing.stands:
                shops[each.plan.maker, listing.market]["items"].append(_item(each.product))
    answer = await client.post(f"{sandbox_base}/_sandbox/stalls", json=list(shops.values()), timeout=60)
    answer.raise_for_status()
    return {
        (item["market"], item["sku"]): Planted(str(item["item_id"]), sandbox_base + item["path"])
        for item in answer.json()
    }


def _item(product: Product) -> dict[str, Any]:
    return {
        "sku": seller_sku(product.id),
        "title": product.name,
        "price_vnd": product.price_vnd,
        "description": product.description,
    }


def _shop_id(maker: Maker, market: str) -> str:
    """Of its own for each maker; the Shopee-like marketplace numbers its stalls."""
    number = maker.name.split("minh hoạ ")[1][:3]
    return f"330{number}" if market == "shopee" else f"minh-hoa-{number}"


async def _open_stalls(
    session: AsyncSession, outside: Outside, planned: Sequence[PlannedProduct]
) -> dict[StallKey, MarketplaceAccount]:
    known = await find_producers(session, [_listed_maker(each.maker) for each in planned])
    first = {key: clock.now() - timedelta(days=40) for key in stalls(planned)}
    for product in planned:
        for listing in product.listings:
            key = product.maker, listing.market
            first[key] = min(first[key], _ago(listing.looks[0].days_ago) - OPENED_BEFORE)
    accounts = {}
    for (maker, market), opened in first.items():
        account = MarketplaceAccount(
            id=new_id(),
            producer_id=known[_listed_maker(maker).key],
            marketplace_key=market,
            shop_id=_shop_id(maker, market),
            name=maker.name,
            mode=outside.adapters.get(market).capabilities.mode,
            state=AccountState.CONNECTED,
            items_read_at=clock.now(),
            created_at=opened,
        )
        if market == "shopee":
            seal(account, {"access_token": access_token_for(account.shop_id)}, outside.sealing_key)
        accounts[maker, market] = account
    session.add_all(accounts.values())
    await session.flush()  # listings refer to them
    return accounts


def _ago(days: int) -> datetime:
    """Half past nine in the morning, Vietnamese time, so many days ago."""
    return clock.day_start(clock.today() - timedelta(days=days)) + timedelta(hours=9, minutes=30)


async def _list(
    session: AsyncSession,
    made: Sequence[Made],
    accounts: Mapping[StallKey, MarketplaceAccount],
    planted: Pages,
) -> None:
    pairs = [
        (_listing(each, listing, accounts[each.plan.maker, listing.market], n), listing)
        for n, (each, listing) in enumerate((each, one) for each in made for one in each.plan.listings)
    ]
    session.add_all(row for row, _ in pairs)
    await session.flush()  # what is seen of them refers to them
    for round_ in zip_longest(*(_sightings(row, listing, planted) for row, listing in pairs)):
        await observe_all(session, [each for each in round_ if each is not None])


def _listing(
    each: Made,
    listing: PlannedListing,
    account: MarketplaceAccount,
    place: int,
) -> Listing:
    api = listing.looks[-1].grade is Grade.API
    watched = Step.LOOK if api else Step.CHECK_LINK
    pictures = pictures_key([each.picture])
    return Listing(
        id=new_id(),
        account_id=account.id,
        product_id=each.product.id,
        producer_id=each.product.producer_id,
        marketplace_key=listing.market,
        seller_sku=seller_sku(each.product.id),
        desired_revision=each.product.revision,
        sent_revision=each.product.revision,
        desired_pictures=pictures,
        sent_pictures=pictures,
        step=watched if listing.stands else Step.IDLE,
        # Spread over a day: the worker is not to look at all of them in one minute.
        next_look_at=clock.now() + QUIET + timedelta(minutes=place * 6 % 1_440),
        created_at=_ago(listing.looks[0].days_ago + 1),
    )


def _sightings(row: Listing, listing: PlannedListing, planted: Pages) -> list[Sighting]:
    page = planted.get((listing.market, row.seller_sku))
    found = []
    for look in listing.looks:
        seen = Observation(
            look.state,
            "" if look.state is not ListingState.UNKNOWN else "HIDDEN",
            remote_id=page.item_id if page else "",
            public_url=page.url if page else "",
            grade=look.grade,
            reasons=(Reason("", "demo", look.reason),) if look.reason else (),
        )
        by = _SEEN_BY if look.grade is Grade.SEEN else ""
        found.append(Sighting(row, seen, _ago(look.days_ago), seen_by=by))
    return found
