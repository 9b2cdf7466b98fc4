"""The demo's world: real OCOP products, people of every role, lots, stalls in the simulated marketplaces.

What people would do by hand is done here by hand too: products are entered through the Postmart-like site's own
form, its links are pasted, and matches in the stalls are answered. One stall's match is left for the visitor.
"""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import httpx
import typer
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.ext.asyncio import AsyncSession

from ocop_hub.accounts.models import Office
from ocop_hub.accounts.service import OfficeSeat, register_user
from ocop_hub.catalogue.models import Product, ProductGroup, ProductPhoto
from ocop_hub.cli.demo_people import ACCOUNTS, COTO, DONG_TIEN, PASSPHRASE, QUANG_HANH
from ocop_hub.cli.demo_province import load_province
from ocop_hub.cli.demo_steps import words_of
from ocop_hub.cli.runtime import Runtime, open_runtime
from ocop_hub.db import SYSTEM
from ocop_hub.intake.demo import load_ocop_products
from ocop_hub.kit import clock
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.producers.models import Mandate, Producer, ProducerMember
from ocop_hub.publishing import service
from ocop_hub.publishing.adapters import Outside
from ocop_hub.publishing.errors import NotListable
from ocop_hub.publishing.models import ItemDecision, Listing, MarketplaceAccount, ShopItem
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.publishing.wiring import open_outside
from ocop_hub.sandbox import access_token_for
from ocop_hub.traceability.schemas import FourFactsIn, LotIn, PlaceIn, StepIn
from ocop_hub.traceability.service import create_lot, ensure_code, record_four_facts, release_lot

#: Stalls of the simulated Shopee: the first is left with its question open.
SHOPEE_STALLS = (
    ("220001", COTO),
    ("220002", QUANG_HANH),
    ("220003", DONG_TIEN),
    ("220004", "Công ty TNHH Long Hải"),
    ("220005", "Công ty CP Ngọc trai Hạ Long"),
)
POSTMART_STALLS = (
    ("ho-kinh-doanh-co-to", COTO),
    ("nuoc-khoang-quang-hanh", QUANG_HANH),
    ("htx-dong-tien", DONG_TIEN),
)
#: Entered by hand on the Postmart-like site before the visitor comes; the others wait for a person.
ENTERED_BY_HAND = ("Trứng vịt biển Đồng Rui", "Cá thu một nắng", "Nước khoáng Quang Hanh Fresh vị chanh muối")


async def load_world(sandbox_base: str) -> None:
    """Everything a visitor finds at the first start; what an interrupted start made already is kept."""
    async with open_runtime() as runtime, httpx.AsyncClient() as client:
        async with runtime.database.session(SYSTEM) as session:
            if await session.scalar(select(ProducerMember.id).limit(1)) is not None:
                return
        typer.echo("  1/4 sản phẩm, quyết định, ảnh, lô và tem")
        await load_products(runtime)
        outside = open_outside(runtime.settings, runtime.database, client, runtime.media)
        typer.echo("  2/4 gian hàng và tin đăng trên các sàn mô phỏng")
        await load_stalls(runtime, outside, client, sandbox_base)
        typer.echo("  3/4 một năm số liệu của cả tỉnh")
        await load_province(runtime, outside, client, sandbox_base)
        typer.echo("  4/4 người dùng thử")
        await load_people(runtime)


async def load_products(runtime: Runtime) -> None:
    """The sample's producers, products, certificates, pictures and a lot for each product that ships."""
    async with runtime.database.session(SYSTEM) as session:
        loaded = await load_ocop_products(session, runtime.media)
        if loaded.products:  # else an interrupted start did both, in one transaction
            await _make_lots(session)


async def load_people(runtime: Runtime) -> None:
    """One person for every role. Last, because their presence says that all is there."""
    async with runtime.database.session(SYSTEM) as session:
        coto, dong_tien = [await _producer(session, name) for name in (COTO, DONG_TIEN)]
        offices = (
            (),
            (OfficeSeat(Office.HELPER),),
            (OfficeSeat(Office.OFFICER_COMMUNE, coto.current_unit_id),),
            (OfficeSeat(Office.OFFICER_PROVINCE),),
            (OfficeSeat(Office.OPERATOR),),
        )
        users = [
            await register_user(
                session,
                display_name=account.name,
                passphrase=PASSPHRASE,
                email=account.login,
                offices=seats,
            )
            for account, seats in zip(ACCOUNTS, offices, strict=True)
        ]
        session.add(ProducerMember(producer_id=coto.id, user_id=users[0].id))
        coto.claimed_at = clock.now()
        for producer in (coto, dong_tien):
            session.add(
                Mandate(
                    producer_id=producer.id,
                    helper_id=users[1].id,
                    valid=Range(clock.now(), clock.now() + timedelta(days=365)),
                    agreed_how="Đồng ý bằng lời tại buổi tập huấn (dữ liệu trình diễn)",
                )
            )


async def _producer(session: AsyncSession, name: str) -> Producer:
    return (await session.scalars(select(Producer).where(Producer.name == name))).one()


async def _make_lots(session: AsyncSession) -> None:
    products = await session.scalars(
        select(Product)
        .join(ProductGroup, ProductGroup.code == Product.group_code)
        .where(ProductGroup.ships)
        .order_by(Product.id)
    )
    packed = clock.now().replace(hour=2, minute=30, second=0, microsecond=0) - timedelta(days=2)
    for product in products:
        await ensure_code(session, product)
        lot = await create_lot(
            session,
            SYSTEM_ACTOR,
            product,
            LotIn(
                code=f"L{packed:%y%m%d}-01",
                display_name=f"Lô {packed:%d/%m/%Y}",
                best_before=packed.date() + timedelta(days=270),
            ),
        )
        gathered, prepared = words_of(product)
        facts = FourFactsIn(
            harvest=StepIn(at=packed - timedelta(days=3), note=gathered),
            first_processing=StepIn(at=packed - timedelta(days=2), note=prepared),
            packing=StepIn(at=packed, note="Đóng gói tại cơ sở"),
            place=PlaceIn(
                unit_id=product.current_unit_id, text="" if product.current_unit_id else "Quảng Ninh"
            ),
        )
        await record_four_facts(session, SYSTEM_ACTOR, lot, facts)
        await release_lot(session, SYSTEM_ACTOR, lot)


async def load_stalls(
    runtime: Runtime, outside: Outside, client: httpx.AsyncClient, sandbox_base: str
) -> None:
    """Connect the stalls, ask for listings, answer the matches, and enter some products by hand."""
    for key, shops in (("shopee", SHOPEE_STALLS), ("postmart", POSTMART_STALLS)):
        for shop_id, producer_name in shops:
            account_id = await _connect(runtime, outside, key, shop_id, producer_name)
            if key == "shopee":
                await stalls.read_shop(runtime.database, outside, account_id)
            await _request_all(runtime, account_id)
            if key == "shopee" and shop_id != SHOPEE_STALLS[0][0]:
                await _adopt_matches(runtime, account_id)
            if key == "postmart":
                await _enter_by_hand(
                    runtime, outside, client, f"{sandbox_base}/postmart/seller/{shop_id}/new", account_id
                )


async def _connect(runtime: Runtime, outside: Outside, key: str, shop_id: str, producer_name: str) -> UUID:
    async with runtime.database.session(SYSTEM) as session:
        known = await session.scalar(
            select(MarketplaceAccount.id).where(
                MarketplaceAccount.marketplace_key == key, MarketplaceAccount.shop_id == shop_id
            )
        )
        if known is not None:
            return known
        producer = await _producer(session, producer_name)
        account = await stalls.connect(
            session,
            SYSTEM_ACTOR,
            producer_id=producer.id,
            marketplace=outside.adapters.get(key),
            shop_id=shop_id,
            name=producer_name,
            credentials={"access_token": access_token_for(shop_id)} if key == "shopee" else None,
            sealing_key=outside.sealing_key,
        )
        return account.id


async def _request_all(runtime: Runtime, account_id: UUID) -> None:
    async with runtime.database.session(SYSTEM) as session:
        account = await session.get_one(MarketplaceAccount, account_id)
        products = await session.scalars(select(Product).where(Product.producer_id == account.producer_id))
        for product in products:
            try:
                async with session.begin_nested():
                    await service.request_listing(
                        session, SYSTEM_ACTOR, product_id=product.id, account_id=account_id
                    )
            except NotListable:
                continue  # the desk shows what is missing


async def _adopt_matches(runtime: Runtime, account_id: UUID) -> None:
    async with runtime.database.session(SYSTEM) as session:
        matched = await session.scalars(
            select(ShopItem.id).where(
                ShopItem.account_id == account_id,
                ShopItem.product_id.is_not(None),
                ShopItem.decision == ItemDecision.PENDING,
            )
        )
        for item_id in list(matched):
            await service.adopt(session, SYSTEM_ACTOR, item_id=item_id)


async def _enter_by_hand(
    runtime: Runtime, outside: Outside, client: httpx.AsyncClient, form: str, account_id: UUID
) -> None:
    async with runtime.database.session(SYSTEM) as session:
        listings = list(
            await session.scalars(
                select(Listing).where(Listing.account_id == account_id, Listing.public_url == "")
            )
        )
        for listing in listings:
            product = await session.get_one(Product, listing.product_id)
            if product.name not in ENTERED_BY_HAND:
                continue
            photo = await session.scalar(select(ProductPhoto).where(ProductPhoto.product_id == product.id))
            if photo is None:
                continue
            answer = await client.post(
                form,
                data={
                    "title": product.name,
                    "price": str(product.price_vnd),
                    "stock": "20",
                    "description": product.description or product.name,
                },
                files=[("pictures", ("1.jpg", await runtime.media.read(photo.media_key), "image/jpeg"))],
            )
            if answer.status_code != httpx.codes.SEE_OTHER:
                raise RuntimeError(f"{form} answered {answer.status_code}: {answer.text[:200]}")
            page = str(answer.url.join(answer.headers["location"]))
            await service.give_link(
                session, SYSTEM_ACTOR, outside.adapters.get("postmart"), listing_id=listing.id, url=page
            )
