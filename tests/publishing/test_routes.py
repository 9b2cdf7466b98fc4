"""Stalls and listings over the API, as a program of a producer uses it."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select
from tests import builders
from tests.builders import Cast

from ocop_hub.accounts.service import create_api_token
from ocop_hub.app import create_app
from ocop_hub.catalogue.models import ProductPhoto
from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit.ids import new_id
from ocop_hub.media import Media
from ocop_hub.producers.models import Producer
from ocop_hub.publishing.lane.controller import drain
from ocop_hub.publishing.models import MarketplaceAccount
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.publishing.wiring import marketplace_client, open_outside
from ocop_hub.sandbox import PARTNER_ID, PARTNER_KEY, access_token_for
from ocop_hub.settings import MarketplaceSettings, Settings

from .conftest import picture

SECRET_TOKEN = access_token_for("930001")


@dataclass
class Desk:
    """Hoa at her desk: the API, her product with a photo, and the controller behind it."""

    api: httpx.AsyncClient
    database: Database
    app: FastAPI
    producer: Producer
    product_id: UUID

    async def get(self, path: str, **params: Any) -> Any:
        answer = await self.api.get(f"/api/v1{path}", params=params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    async def post(self, path: str, body: Any = None, *, status: int = 200) -> Any:
        answer = await self.api.post(f"/api/v1{path}", json=body)
        assert answer.status_code == status, answer.text
        return answer.json()

    async def connect(self, marketplace: str, shop_id: str) -> Any:
        stall = await self.post(
            "/stalls",
            {
                "producer_id": str(self.producer.id),
                "marketplace": marketplace,
                "shop_id": shop_id,
                "name": "HTX Dược liệu Ba Chẽ",
                "credentials": {"access_token": access_token_for(shop_id)} if marketplace == "shopee" else {},
            },
            status=201,
        )
        if marketplace == "shopee":
            await stalls.read_shop(self.database, self.app.state.outside, UUID(stall["id"]))
        return stall

    async def drain(self, key: str) -> None:
        await drain(self.database, self.app.state.outside, key)


@pytest.fixture
async def desk(settings: Settings, database: Database, sandbox: str, cast: Cast) -> AsyncIterator[Desk]:
    settings = settings.model_copy(
        update={
            "allow_private_fetch": True,
            "marketplaces": {
                key: MarketplaceSettings(
                    api_base=f"{sandbox}/{key}",
                    public_base=f"{sandbox}/{key}",
                    partner_id=PARTNER_ID,
                    partner_key=PARTNER_KEY,
                )
                for key in ("shopee", "postmart")
            },
        }
    )
    media = Media.in_memory()
    stored = await media.put_picture(picture())
    async with database.session(SYSTEM) as session:
        product = await builders.make_product(session, cast.hers, stars=4)
        session.add(
            ProductPhoto(
                product_id=product.id,
                producer_id=product.producer_id,
                sha256=stored.sha256,
                media_key=stored.key,
                width=stored.width,
                height=stored.height,
                size_bytes=stored.size_bytes,
            )
        )
        token = await create_api_token(session, cast.hoa, name="kho")
    async with marketplace_client() as client:
        outside = open_outside(settings, database, client, media)
        app = create_app(settings, database, media=media, outside=outside)
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app=app),
            base_url="http://127.0.0.1:8000",
            headers={"Authorization": f"Bearer {token.secret}"},
        ) as api:
            yield Desk(api, database, app, cast.hers, product.id)


class TestMarketplaces:
    async def test_says_how_a_product_gets_there(self, desk: Desk) -> None:
        modes = {each["key"]: each["mode"] for each in await desk.get("/marketplaces")}
        assert modes["shopee"] == "api"
        assert modes["postmart"] == "assisted"
        assert modes["lazada"] == "api"
        assert modes["sendo"] is None


class TestStalls:
    async def test_credentials_go_in_sealed_and_never_come_out(self, desk: Desk) -> None:
        stall = await desk.connect("shopee", "930001")
        listed = await desk.get("/stalls", marketplace="shopee")
        one = await desk.get(f"/stalls/{stall['id']}")
        assert listed["items"] == [one]
        assert SECRET_TOKEN not in json.dumps([stall, listed, one])
        async with desk.database.session(SYSTEM) as session:
            row = await session.get_one(MarketplaceAccount, UUID(stall["id"]))
            assert row.credentials_sealed is not None
            assert SECRET_TOKEN.encode() not in row.credentials_sealed

    async def test_the_same_stall_twice_is_refused(self, desk: Desk) -> None:
        await desk.connect("postmart", "htx-ba-che")
        body = {
            "producer_id": str(desk.producer.id),
            "marketplace": "postmart",
            "shop_id": "htx-ba-che",
            "name": "Lần nữa",
        }
        refused = await desk.post("/stalls", body, status=409)
        assert refused["type"] == "urn:ocop-hub:error:stall-exists"

    async def test_a_marketplace_without_a_way_is_refused(self, desk: Desk) -> None:
        body = {
            "producer_id": str(desk.producer.id),
            "marketplace": "sendo",
            "shop_id": "1",
            "name": "Sendo",
        }
        refused = await desk.post("/stalls", body, status=422)
        assert refused["type"] == "urn:ocop-hub:error:no-way-to-publish"

    async def test_a_producer_nobody_knows_is_not_found(self, desk: Desk) -> None:
        body = {"producer_id": str(new_id()), "marketplace": "shopee", "shop_id": "1", "name": "Ai đó"}
        await desk.post("/stalls", body, status=404)

    async def test_a_stall_that_does_not_take_the_token_asks_to_sign_in(self, desk: Desk) -> None:
        body = {
            "producer_id": str(desk.producer.id),
            "marketplace": "shopee",
            "shop_id": "930009",
            "name": "Sai khóa",
            "credentials": {"access_token": "sai"},
        }
        stall = await desk.post("/stalls", body, status=201)
        await stalls.read_shop(desk.database, desk.app.state.outside, UUID(stall["id"]))
        assert (await desk.get(f"/stalls/{stall['id']}"))["state"] == "needs_sign_in"


class TestListings:
    async def test_by_interface_from_request_to_live(self, desk: Desk) -> None:
        stall = await desk.connect("shopee", "930002")
        listing = await desk.post(
            f"/products/{desk.product_id}/listings", {"account_id": stall["id"]}, status=201
        )
        assert listing["state"] == "preparing"
        before = await desk.get(f"/listings/{listing['id']}/preview")
        assert before["problems"] == []

        for _ in range(3):
            await desk.drain("shopee")
            await desk.post(f"/listings/{listing['id']}/refresh")
        live = await desk.get(f"/listings/{listing['id']}")
        assert (live["state"], live["grade"]) == ("live", "api")
        sent = next(each for each in live["attempts"] if each["call"] == "publish")
        assert sent["exchange"]["request"]["item_name"] == before["draft"]["title"]
        assert live["evidence"]
        assert access_token_for("930002") not in json.dumps(live)
        found = await desk.get("/listings", state="live", marketplace="shopee", product_id=desk.product_id)
        assert [each["id"] for each in found["items"]] == [listing["id"]]
        assert (await desk.get("/listings", state="rejected"))["items"] == []

        await desk.post(f"/listings/{listing['id']}/unlist")
        await desk.drain("shopee")
        assert (await desk.get(f"/listings/{listing['id']}"))["state"] == "unlisted"

    async def test_pages_follow_a_cursor(self, desk: Desk) -> None:
        for shop in ("a", "b", "c"):
            stall = await desk.connect("postmart", f"gian-{shop}")
            await desk.post(f"/products/{desk.product_id}/listings", {"account_id": stall["id"]}, status=201)
        first = await desk.get("/listings", limit=2)
        rest = await desk.get("/listings", limit=2, cursor=first["next_cursor"])
        ids = [each["id"] for each in (*first["items"], *rest["items"])]
        assert len(set(ids)) == 3
        assert rest["next_cursor"] is None

    async def test_by_hand_pack_link_and_page(self, desk: Desk, sandbox: str) -> None:
        stall = await desk.connect("postmart", "htx-duoc-lieu")
        listing = await desk.post(
            f"/products/{desk.product_id}/listings", {"account_id": stall["id"]}, status=201
        )
        assert listing["state"] == "needs_person"
        pack = await desk.api.get(f"/api/v1/listings/{listing['id']}/pack.zip")
        assert pack.headers["content-type"] == "application/zip"
        names = zipfile.ZipFile(io.BytesIO(pack.content)).namelist()
        assert {"noi-dung.txt", "huong-dan.txt"} < set(names)
        assert any(name.endswith(".jpg") for name in names)

        wrong = await desk.post(
            f"/listings/{listing['id']}/link", {"url": "https://example.com/p/x-1.html"}, status=422
        )
        assert wrong["type"] == "urn:ocop-hub:error:link-of-another-marketplace"
        url = f"{sandbox}/postmart/p/khong-co-999999.html"
        given = await desk.post(f"/listings/{listing['id']}/link", {"url": url})
        assert given["grade"] == "declared"
        await desk.drain("postmart")
        assert (await desk.get(f"/listings/{listing['id']}"))["state"] == "deleted"

    async def test_shopee_needs_no_pack(self, desk: Desk) -> None:
        stall = await desk.connect("shopee", "930003")
        listing = await desk.post(
            f"/products/{desk.product_id}/listings", {"account_id": stall["id"]}, status=201
        )
        answer = await desk.api.get(f"/api/v1/listings/{listing['id']}/pack.zip")
        assert answer.status_code == 409
        assert answer.json()["type"] == "urn:ocop-hub:error:no-pack"

    async def test_a_lost_picture_is_named_not_sent_around(self, desk: Desk) -> None:
        async with desk.database.session(SYSTEM) as session:
            photo = (await session.scalars(select(ProductPhoto))).one()
            photo.media_key = f"pictures/00/{'0' * 64}.jpg"
        stall = await desk.connect("shopee", "930004")
        listing = await desk.post(
            f"/products/{desk.product_id}/listings", {"account_id": stall["id"]}, status=201
        )
        shown = await desk.get(f"/listings/{listing['id']}/preview")
        assert [each["field"] for each in shown["problems"]] == ["pictures"]
        await desk.drain("shopee")
        stopped = await desk.get(f"/listings/{listing['id']}")
        assert stopped["state"] == "needs_person"
        assert "ảnh" in stopped["reason"]

    async def test_the_same_key_gets_the_first_answer(self, desk: Desk) -> None:
        stall = await desk.connect("postmart", "htx-hai-lan")
        path = f"/api/v1/products/{desk.product_id}/listings"
        key = {"Idempotency-Key": "lần-1".encode().hex()}
        first = await desk.api.post(path, json={"account_id": stall["id"]}, headers=key)
        again = await desk.api.post(path, json={"account_id": stall["id"]}, headers=key)
        assert first.status_code == again.status_code == 201
        assert again.headers["Idempotency-Replayed"] == "true"
        assert again.json() == first.json()


class TestShopItems:
    async def test_an_item_is_adopted_as_a_product_of_ones_choice(self, desk: Desk) -> None:
        stall = await desk.connect("shopee", "930005")
        items = (await desk.get(f"/stalls/{stall['id']}/items"))["items"]
        assert items
        first, second = items[0], items[1]
        refused = await desk.post(f"/shop-items/{first['id']}/adopt", status=422)
        assert refused["type"] == "urn:ocop-hub:error:not-listable"
        listing = await desk.post(f"/shop-items/{first['id']}/adopt", {"product_id": str(desk.product_id)})
        assert listing["adopted"]
        assert listing["remote_id"] == first["remote_id"]
        for path in (f"/shop-items/{first['id']}/ignore", f"/shop-items/{second['id']}/adopt"):
            refused = await desk.post(path, {"product_id": str(desk.product_id)}, status=409)
            assert refused["type"] == "urn:ocop-hub:error:already-decided"
        await desk.post(f"/shop-items/{second['id']}/ignore")
        decided = await desk.get(f"/stalls/{stall['id']}/items", decision="ignored")
        assert [each["id"] for each in decided["items"]] == [second["id"]]

    async def test_all_that_match_are_adopted_by_one_call(self, desk: Desk) -> None:
        async with desk.database.session(SYSTEM) as session:
            await builders.make_product(session, desk.producer, "Hạt giống rau cải 50 g")
        stall = await desk.connect("shopee", "930007")
        matched = (await desk.get(f"/stalls/{stall['id']}/items"))["items"][0]
        assert (matched["grounds"], matched["decision"]) == (["name"], "pending")
        path = f"/stalls/{stall['id']}/adopt-matched"
        assert await desk.post(path) == {"adopted": 1, "waiting": 0}
        assert await desk.post(path) == {"adopted": 0, "waiting": 0}
        assert (await desk.get(f"/stalls/{stall['id']}"))["state"] == "connected"

    async def test_a_product_of_another_producer_cannot_be_named(self, desk: Desk, cast: Cast) -> None:
        async with desk.database.session(SYSTEM) as session:
            foreign = await builders.make_product(session, cast.his, "Mực một nắng")
        stall = await desk.connect("shopee", "930006")
        item = (await desk.get(f"/stalls/{stall['id']}/items"))["items"][0]
        await desk.post(f"/shop-items/{item['id']}/adopt", {"product_id": str(foreign.id)}, status=404)
