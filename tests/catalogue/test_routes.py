"""Products over the API: entity tags, pages, pictures, groups."""

from __future__ import annotations

import io

import httpx
from PIL import Image
from tests.builders import Cast, sign_in
from tests.cast import LAO_CAI, make_producer, make_product

from ocop_hub.db import SYSTEM, Database


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "green").save(out, "PNG")
    return out.getvalue()


async def entered(client: httpx.AsyncClient, cast: Cast, **fields: object) -> httpx.Response:
    given = {"producer_id": str(cast.hers.id), "name": "Trà hoa vàng", "group_code": "do_uong", **fields}
    return await client.post("/api/v1/products", json=given)


class TestProducts:
    async def test_enter_change_and_look_back(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.hoa)
        made = await entered(client, cast, price_vnd=300_000)
        assert (made.status_code, made.headers["etag"]) == (201, '"1"'), made.text
        path = made.headers["location"]
        changed = await client.patch(path, json={"price_vnd": 320_000}, headers={"If-Match": '"1"'})
        assert (changed.status_code, changed.headers["etag"]) == (200, '"2"'), changed.text
        stale = await client.patch(path, json={"price_vnd": 1_000}, headers={"If-Match": '"1"'})
        assert (stale.status_code, stale.json()["type"]) == (412, "urn:ocop-hub:error:revision-changed")
        assert (await client.patch(path, json={"price_vnd": 1_000})).status_code == 428
        numbers = [one["number"] for one in (await client.get(f"{path}/revisions")).json()]
        assert numbers == [2, 1]

    async def test_wrong_gtin_is_a_sentence(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.hoa)
        refused = await entered(client, cast, gtin="8936003721778")
        assert refused.status_code == 422
        assert refused.json()["type"] == "urn:ocop-hub:error:gs1-wrong-check-digit"

    async def test_pages_go_on_where_they_stopped(
        self, client: httpx.AsyncClient, cast: Cast, database: Database
    ) -> None:
        async with database.session(SYSTEM) as session:
            away = await make_producer(session, "HTX Xa", province_id=LAO_CAI, unit_id="c-02905-20250701")
            await make_product(session, away, "Ấm chè")
            for name in ("Dứa", "Đào", "Chả mực"):
                await make_product(session, cast.hers, name)
        seen: list[str] = []
        query: dict[str, str] = {"limit": "1"}
        for _ in range(4):
            page = (await client.get("/api/v1/products", params=query)).json()
            seen += [one["name"] for one in page["items"]]
            query["cursor"] = page["next_cursor"]
        assert seen == ["Chả mực", "Dứa", "Đào", "Ấm chè"]
        assert page["next_cursor"] is None
        found = (await client.get("/api/v1/products", params={"q": "cha MUC"})).json()["items"]
        assert [one["name"] for one in found] == ["Chả mực"]
        assert (await client.get("/api/v1/products", params={"cursor": "x"})).status_code == 422

    async def test_photo_is_kept_as_a_picture(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.hoa)
        path = (await entered(client, cast)).headers["location"]
        added = await client.post(f"{path}/photos", files={"photo": ("a.png", picture())})
        assert (added.status_code, added.json()["width"]) == (201, 640), added.text
        assert [one["id"] for one in (await client.get(path)).json()["photos"]] == [added.json()["id"]]
        refused = await client.post(f"{path}/photos", files={"photo": ("a.png", b"no picture")})
        assert refused.status_code == 422
        assert refused.json()["type"] == "urn:ocop-hub:error:not-a-picture"

    async def test_groups(self, client: httpx.AsyncClient) -> None:
        groups = (await client.get("/api/v1/groups")).json()
        assert [one["code"] for one in groups if not one["ships"]] == ["du_lich"]
        assert len(groups) == 6
