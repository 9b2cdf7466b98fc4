"""Members, invitations, claims and mandates over the API; acts for another on record."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select, update
from tests.builders import Cast, make_producer, make_product, make_user

from ocop_hub.accounts.models import User
from ocop_hub.accounts.service import create_api_token
from ocop_hub.audit import AuditEntry
from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.producers.claims import code_hash
from ocop_hub.producers.models import ClaimCode, Producer

REFUSED = "urn:ocop-hub:error:"


async def as_user(client: httpx.AsyncClient, user: User) -> None:
    """By a token: signing in by passphrase is slow on purpose."""
    transport: Any = client._transport
    database: Database = transport.app.state.database
    async with database.session(SYSTEM) as session:
        token = await create_api_token(session, user, name="thử")
    client.headers["Authorization"] = f"Bearer {token.secret}"


@pytest.fixture
async def unclaimed(database: Database) -> Producer:
    async with database.session(SYSTEM) as session:
        return await make_producer(session, "Tổ hợp tác Mật ong Hoành Bồ")


class TestClaim:
    async def issue(self, client: httpx.AsyncClient, cast: Cast, producer: Producer, **given: Any) -> Any:
        await as_user(client, cast.thu)
        return (await client.post(f"/api/v1/producers/{producer.id}/claim-codes", json=given)).json()

    async def test_once(self, client: httpx.AsyncClient, cast: Cast, unclaimed: Producer) -> None:
        issued = await self.issue(client, cast, unclaimed)
        assert issued["path"] == f"/nhan-ho-so/{issued['code']}"
        await as_user(client, cast.binh)
        typed = issued["code"].lower().replace("-", " ").replace("0", "o").replace("1", "l")
        claimed = await client.post("/api/v1/claims", json={"code": typed})
        assert (claimed.status_code, claimed.json()["id"]) == (200, str(unclaimed.id)), claimed.text
        assert claimed.json()["claimed_at"] is not None
        assert str(unclaimed.id) in (await client.get("/api/v1/me")).json()["producers"]
        await as_user(client, cast.hoa)
        again = await client.post("/api/v1/claims", json={"code": issued["code"]})
        assert again.json()["type"] == REFUSED + "claim-code-used"
        assert "chỉ dùng được một lần" in again.json()["detail"]
        me = await client.get("/api/v1/me")
        assert str(unclaimed.id) not in me.json()["producers"]

    async def test_two_codes_one_producer(
        self, client: httpx.AsyncClient, cast: Cast, unclaimed: Producer
    ) -> None:
        first = await self.issue(client, cast, unclaimed)
        second = await self.issue(client, cast, unclaimed)
        await as_user(client, cast.binh)
        await client.post("/api/v1/claims", json={"code": first["code"]})
        await as_user(client, cast.hoa)
        late = await client.post("/api/v1/claims", json={"code": second["code"]})
        assert late.json()["type"] == REFUSED + "producer-already-claimed"
        refused = await self.issue(client, cast, unclaimed)
        assert refused["type"] == REFUSED + "producer-already-claimed"
        recovered = await self.issue(client, cast, unclaimed, again=True)
        await as_user(client, cast.hoa)
        assert (await client.post("/api/v1/claims", json={"code": recovered["code"]})).status_code == 200

    async def test_lapsed_or_unknown(
        self, client: httpx.AsyncClient, cast: Cast, unclaimed: Producer, database: Database
    ) -> None:
        issued = await self.issue(client, cast, unclaimed)
        async with database.session(SYSTEM) as session:
            row = await session.scalar(select(ClaimCode))
            assert row is not None
            assert row.code_hash == code_hash(issued["code"])
            row.expires_at = clock.now() - timedelta(seconds=1)
        await as_user(client, cast.binh)
        lapsed = await client.post("/api/v1/claims", json={"code": issued["code"]})
        assert lapsed.json()["type"] == REFUSED + "claim-code-expired"
        assert (await client.post("/api/v1/claims", json={"code": "AAAA-BBBB-CCCC"})).status_code == 404


class TestMembers:
    async def test_invited_then_taken_off(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await as_user(client, cast.hoa)
        path = f"/api/v1/producers/{cast.hers.id}"
        code = (await client.post(f"{path}/invitations", json={"role": "editor"})).json()["code"]
        await as_user(client, cast.binh)
        await client.post("/api/v1/claims", json={"code": code})
        refused = await client.post(f"{path}/invitations", json={})
        assert (refused.status_code, refused.json()["type"]) == (403, REFUSED + "owners-only")
        await as_user(client, cast.hoa)
        members = (await client.get(f"{path}/members")).json()
        assert [(m["name"], m["role"]) for m in members] == [
            (cast.hoa.display_name, "owner"),
            (cast.binh.display_name, "editor"),
        ]
        gone = await client.delete(f"{path}/members/{cast.binh.id}")
        last = await client.delete(f"{path}/members/{cast.hoa.id}")
        assert (gone.status_code, last.json()["type"]) == (204, REFUSED + "last-owner")

    async def test_a_member_keeps_the_code(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        await as_user(client, cast.hoa)
        path = f"/api/v1/producers/{cast.hers.id}"
        code = (await client.post(f"{path}/invitations", json={"role": "editor"})).json()["code"]
        assert (await client.post("/api/v1/claims", json={"code": code})).status_code == 200
        async with database.session(SYSTEM) as session:
            assert (await session.scalars(select(ClaimCode.used_at))).all() == [None]


class TestMandates:
    async def test_given_used_withdrawn(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        async with database.session(SYSTEM) as session:
            product = await make_product(session, cast.his)
        await as_user(client, cast.binh)
        path = f"/api/v1/producers/{cast.his.id}/mandates"
        given = {
            "helper_login": cast.lan.phone,
            "until": (clock.today() + timedelta(days=30)).isoformat(),
            "agreed_how": "Ký trên giấy ngày 20/11",
        }
        mandate = (await client.post(path, json=given)).json()
        assert (mandate["state"], mandate["helper_name"]) == ("valid", cast.lan.display_name)
        await as_user(client, cast.lan)
        change: dict[str, Any] = {"json": {"unit": "túi"}, "headers": {"If-Match": '"1"'}}
        assert (await client.patch(f"/api/v1/products/{product.id}", **change)).status_code == 200
        own = await client.post(path, json=given)
        assert own.json()["type"] == REFUSED + "owners-only"
        await as_user(client, cast.binh)
        ended = await client.post(f"/api/v1/mandates/{mandate['id']}/withdraw")
        assert ended.status_code == 204, ended.text
        assert (await client.get(path)).json()[0]["state"] == "withdrawn"
        twice = await client.post(f"/api/v1/mandates/{mandate['id']}/withdraw")
        assert twice.json()["type"] == REFUSED + "mandate-ended"
        await as_user(client, cast.lan)
        assert (await client.patch(f"/api/v1/products/{product.id}", **change)).status_code == 404
        async with database.session(SYSTEM) as session:
            entry = await session.scalar(
                select(AuditEntry).where(AuditEntry.action == "catalogue.update_product")
            )
            assert entry is not None
            assert (entry.actor, entry.acting_for) == (f"user:{cast.lan.id}", f"producer:{cast.his.id}")

    @pytest.mark.parametrize("days", [-1, 4 * 366])
    async def test_too_short_or_long(self, client: httpx.AsyncClient, cast: Cast, days: int) -> None:
        await as_user(client, cast.binh)
        until = (clock.today() + timedelta(days=days)).isoformat()
        refused = await client.post(
            f"/api/v1/producers/{cast.his.id}/mandates",
            json={"helper_login": cast.lan.phone, "until": until, "agreed_how": "x"},
        )
        assert refused.json()["type"] == REFUSED + "mandate-wrong"

    async def test_an_owners_own_acts_are_her_own(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        await as_user(client, cast.hoa)
        await client.patch(f"/api/v1/producers/{cast.hers.id}", json={"address": "Thôn 1"})
        async with database.session(SYSTEM) as session:
            found = await session.scalars(
                select(AuditEntry.acting_for).where(AuditEntry.action == "producers.update")
            )
            assert list(found) == [""]


class TestProducer:
    async def test_household_number_is_never_shown(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        await as_user(client, cast.thu)
        given = {"kind": "ho_kinh_doanh", "name": "Hộ Nguyễn Văn A", "tax_number": "022185001234"}
        made = await client.post("/api/v1/producers", json=given)
        assert made.status_code == 201, made.text
        contact = await client.get(f"/api/v1/producers/{made.json()['id']}/contact")
        assert (contact.json()["tax_number"], contact.json()["has_personal_number"]) == (None, True)
        assert "022185001234" not in made.text + contact.text
        async with database.session(SYSTEM) as session:
            entries = await session.scalars(select(AuditEntry.details))
            assert all("022185001234" not in str(details) for details in entries)
        kind = await client.patch(f"/api/v1/producers/{made.json()['id']}", json={"kind": "hop_tac_xa"})
        assert kind.json()["errors"][0]["code"] == "personal_number"

    async def test_omitted_is_not_empty(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await as_user(client, cast.hoa)
        path = f"/api/v1/producers/{cast.hers.id}"
        await client.patch(path, json={"phone": "0912 345 678", "email": "HTX@vidu.vn"})
        await client.patch(path, json={"email": None})
        contact = (await client.get(f"{path}/contact")).json()
        assert (contact["phone"], contact["email"]) == ("+84912345678", None)

    async def test_payment_card(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await as_user(client, cast.hoa)
        path = f"/api/v1/producers/{cast.hers.id}"
        assert (await client.get(f"{path}/payment-card.svg")).status_code == 404
        bank = {"bank_bin": "970405", "bank_account": "8000205123456", "bank_holder": "HTX BA CHE"}
        assert (await client.patch(path, json=bank)).status_code == 200
        card = await client.get(f"{path}/payment-card.svg")
        assert card.headers["content-type"].startswith("image/svg+xml")
        assert "Agribank" in card.text
        await as_user(client, cast.lan)
        refused = await client.patch(path, json=bank)
        assert refused.json()["type"] == REFUSED + "owners-only"


async def test_a_code_of_a_merged_producer_leads_on(
    client: httpx.AsyncClient, cast: Cast, database: Database, unclaimed: Producer
) -> None:
    await as_user(client, cast.thu)
    issued = (await client.post(f"/api/v1/producers/{unclaimed.id}/claim-codes", json={})).json()
    async with database.session(SYSTEM) as session:
        into = await make_producer(session, "THT Mật ong Hoành Bồ")
        await make_user(session, "Ai đó")
        await session.execute(
            update(Producer).where(Producer.id == unclaimed.id).values(merged_into_id=into.id)
        )
    await as_user(client, cast.binh)
    claimed = await client.post("/api/v1/claims", json={"code": issued["code"]})
    assert claimed.json()["id"] == str(into.id), claimed.text
