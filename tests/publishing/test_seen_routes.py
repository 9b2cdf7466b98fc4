"""An officer's look over the API: a picture sent in, kept once, counted for 90 days."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import httpx
import pytest
from sqlalchemy import func, select
from tests import builders
from tests.builders import Cast

from ocop_hub.accounts.service import create_api_token
from ocop_hub.app import create_app
from ocop_hub.db import SYSTEM, Database
from ocop_hub.marketplaces.contract import Grade, ListingState, Mode
from ocop_hub.media import Media
from ocop_hub.publishing.models import Evidence
from ocop_hub.publishing.wiring import marketplace_client, open_outside
from ocop_hub.settings import Settings

from .conftest import picture

PAGE = "https://postmart.vn/p/tra-hoa-vang-7.html"


@dataclass
class Office:
    """The API as officers use it, and one listing whose page refuses programs."""

    database: Database
    api: httpx.AsyncClient
    minh: dict[str, str]
    hoa: dict[str, str]
    listing_id: UUID

    async def look(self, who: dict[str, str], content: bytes, **more: str) -> httpx.Response:
        return await self.api.post(
            f"/api/v1/listings/{self.listing_id}/seen",
            headers={**who, **more},
            files={"picture": ("man-hinh.jpg", content, "image/jpeg")},
        )

    async def proofs(self) -> int:
        async with self.database.session(SYSTEM) as session:
            counted = await session.scalar(
                select(func.count(Evidence.id)).where(
                    Evidence.listing_id == self.listing_id, Evidence.grade == Grade.SEEN
                )
            )
        return counted or 0


@pytest.fixture
async def office(database: Database, cast: Cast, settings: Settings) -> AsyncIterator[Office]:
    pictures = Media.in_memory()
    async with database.session(SYSTEM) as session:
        product = await builders.make_product(session, cast.hers, "Trà hoa vàng Ba Chẽ")
        account = await builders.make_account(session, cast.hers, marketplace="postmart", mode=Mode.ASSISTED)
        listing = await builders.make_listing(session, product, account)
        listing.state, listing.grade = ListingState.NEEDS_PERSON, None
        listing.public_url, listing.remote_id = PAGE, "7"
        tokens = [await create_api_token(session, who, name="thử") for who in (cast.minh, cast.hoa)]
    minh, hoa = ({"Authorization": f"Bearer {each.secret}"} for each in tokens)
    async with marketplace_client() as outgoing:
        outside = open_outside(settings, database, outgoing, pictures)
        app = create_app(settings, database, media=pictures, outside=outside)
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="https://hub.test") as api:
            yield Office(database, api, minh, hoa, listing.id)


async def to_see(office: Office) -> list[Any]:
    answer = await office.api.get("/api/v1/listings-to-see", headers=office.minh)
    assert answer.status_code == 200, answer.text
    return [each["id"] for each in answer.json()]


async def test_a_look_is_kept_once_however_often_it_is_sent(office: Office) -> None:
    assert await to_see(office) == [str(office.listing_id)]
    key = {"Idempotency-Key": "xem-1"}
    first = await office.look(office.minh, picture(), **key)
    assert first.status_code == 200, first.text
    assert (first.json()["state"], first.json()["grade"]) == ("live", "seen")
    assert (await office.look(office.minh, picture(), **key)).json() == first.json()
    again = await office.look(office.minh, picture())
    assert again.json()["observed_at"] == first.json()["observed_at"]
    assert await office.proofs() == 1
    assert await to_see(office) == []


async def test_what_is_no_picture_or_none_proves_nothing(office: Office) -> None:
    answer = await office.look(office.minh, b"%PDF-1.7")
    assert answer.status_code == 422
    assert answer.json()["detail"]
    missing = await office.api.post(f"/api/v1/listings/{office.listing_id}/seen", headers=office.minh)
    assert missing.status_code == 422
    assert await office.proofs() == 0


async def test_a_producer_may_not_look_at_her_own(office: Office) -> None:
    assert (await office.look(office.hoa, picture())).status_code == 403
    assert await office.proofs() == 0


async def test_the_officers_page_names_product_maker_and_marketplace(office: Office) -> None:
    for path in ("/ban-lam-viec/can-xem", f"/ban-lam-viec/can-xem/{office.listing_id}"):
        page = await office.api.get(path, headers={**office.minh, "Accept": "text/html"})
        assert page.status_code == 200, page.text
        for words in ("Trà hoa vàng Ba Chẽ", "Postmart", PAGE, str(office.listing_id)):
            assert words in page.text, (path, words)
