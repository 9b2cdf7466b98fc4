"""Decisions and certificates over the API."""

from __future__ import annotations

import httpx
from tests.builders import Cast, sign_in
from tests.cast import make_product

from ocop_hub.db import SYSTEM, Database


async def product_of(database: Database, cast: Cast) -> str:
    async with database.session(SYSTEM) as session:
        return str((await make_product(session, cast.hers)).id)


class TestDecisions:
    async def test_enter_with_its_list_and_read_back(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        product = await product_of(database, cast)
        await sign_in(client, cast.thu)
        given = {
            "number": "77/QĐ-UBND",
            "issued_on": "2026-03-01",
            "certificates": [{"product_id": product, "stars": 4}],
        }
        made = await client.post("/api/v1/decisions", json=given)
        assert (made.status_code, made.json()["issuer_level"]) == (201, "province"), made.text
        again = await client.post("/api/v1/decisions", json=given)
        assert again.json()["id"] == made.json()["id"]
        (certificate,) = (await client.get(f"/api/v1/products/{product}/certificates")).json()
        assert (certificate["stars"], certificate["state"]) == (4, "valid")
        assert (certificate["issued_on"], certificate["expires_on"]) == ("2026-03-01", "2029-03-01")
        assert certificate["decision"]["number"] == "77/QĐ-UBND"
        page = (await client.get("/api/v1/decisions")).json()
        assert [one["id"] for one in page["items"]] == [made.json()["id"]]
        withdrawn = await client.post(
            f"/api/v1/certificates/{certificate['id']}/withdraw", json={"reason": "Không còn sản xuất"}
        )
        assert withdrawn.json()["state"] == "withdrawn", withdrawn.text

    async def test_the_last_day_comes_back_as_it_was_given(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        product = await product_of(database, cast)
        await sign_in(client, cast.thu)
        listed = [{"product_id": product, "stars": 3, "expires_on": "2026-12-31"}]
        given = {"number": "79/QĐ-UBND", "issued_on": "2024-05-10", "certificates": listed}
        made = await client.post("/api/v1/decisions", json=given)
        assert made.status_code == 201, made.text
        (certificate,) = (await client.get(f"/api/v1/products/{product}/certificates")).json()
        assert certificate["expires_on"] == "2026-12-31"

    async def test_one_wrong_item_leaves_nothing_behind(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        product = await product_of(database, cast)
        await sign_in(client, cast.thu)
        refused = await client.post(
            "/api/v1/decisions",
            json={
                "number": "78/QĐ-UBND",
                "issued_on": "2026-03-01",
                "certificates": [{"product_id": product, "stars": 4, "expires_on": "2026-02-01"}],
            },
        )
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["field"] == "certificates.0"
        assert (await client.get("/api/v1/decisions")).json()["items"] == []

    async def test_not_for_producers(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.hoa)
        given = {"number": "77/QĐ-UBND", "issued_on": "2026-03-01"}
        assert (await client.post("/api/v1/decisions", json=given)).status_code == 403
