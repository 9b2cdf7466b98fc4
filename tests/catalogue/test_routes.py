"""Products over the API: entity tags, pages, pictures, groups."""

from __future__ import annotations

import io

import httpx
from PIL import Image
from tests.builders import Cast, sign_in
from tests.cast import LAO_CAI, make_producer, make_product

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock


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
        drinks = next(one for one in groups if one["code"] == "do_uong")["sub_groups"]
        assert {one["code"]: one["restricted"] for one in drinks} == {
            "do_uong_co_con": True,
            "do_uong_khong_con": False,
        }


class TestPacks:
    async def test_crud_under_the_products_entity_tag(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.hoa)
        path = (await entered(client, cast)).headers["location"]
        pack = {"label": "Hộp quà", "price_vnd": 500_000, "gtin": "8936003721777"}
        assert (await client.post(f"{path}/variants", json=pack)).status_code == 428
        made = await client.post(f"{path}/variants", json=pack, headers={"If-Match": '"1"'})
        assert (made.status_code, made.headers["etag"]) == (201, '"2"'), made.text
        one = f"{path}/variants/{made.json()['id']}"
        stale = await client.patch(one, json={"label": "Hộp"}, headers={"If-Match": '"1"'})
        assert stale.status_code == 412
        changed = await client.patch(one, json={"label": "Hộp"}, headers={"If-Match": '"2"'})
        assert (changed.json()["label"], changed.json()["gtin"]) == ("Hộp", "08936003721777")
        assert (await client.delete(one, headers={"If-Match": '"3"'})).status_code == 204
        assert (await client.get(path)).json()["variants"][0]["retired"]
        client.cookies.clear()
        assert (await client.get(path)).json()["variants"] == []

    async def test_the_gtin_of_a_pack_leads_to_the_product(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.hoa)
        path = (await entered(client, cast)).headers["location"]
        pack = {"label": "Hộp quà", "gtin": "8936003721777"}
        await client.post(f"{path}/variants", json=pack, headers={"If-Match": '"1"'})
        scanned = await client.get("/01/08936003721777", headers={"Accept": "text/html"})
        assert scanned.status_code == 200
        assert "Trà hoa vàng" in scanned.text
        assert (await client.get("/01/08936003721784", headers={"Accept": "text/html"})).status_code == 404


class TestEarlierStates:
    async def test_restored(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.hoa)
        path = (await entered(client, cast, price_vnd=300_000)).headers["location"]
        await client.patch(path, json={"price_vnd": 320_000}, headers={"If-Match": '"1"'})
        stale = await client.post(f"{path}/revisions/1/restore", headers={"If-Match": '"1"'})
        assert stale.status_code == 412
        back = await client.post(f"{path}/revisions/1/restore", headers={"If-Match": '"2"'})
        assert (back.json()["price_vnd"], back.headers["etag"]) == (300_000, '"3"')
        assert len((await client.get(f"{path}/revisions")).json()) == 3


class TestApproval:
    async def test_verbs(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        rule = {"valid_from": clock.today().isoformat(), "needed_for": "all"}
        assert (await client.post("/api/v1/approval-rules", json=rule)).status_code == 201
        assert [r["needed_for"] for r in (await client.get("/api/v1/approval-rules")).json()] == ["all"]
        await sign_in(client, cast.hoa)
        path = (await entered(client, cast)).headers["location"]
        assert (await client.get(path)).json()["status"] == "submitted"
        await sign_in(client, cast.thu)
        remarks = {"remarks": {"story": "Viết thêm"}}
        back = await client.post(f"{path}/return", json=remarks, headers={"If-Match": '"1"'})
        assert (back.status_code, back.json()["status"]) == (200, "returned")
        await sign_in(client, cast.hoa)
        assert (await client.get(f"{path}/reviews")).json()[0]["remarks"] == {"story": "Viết thêm"}
        sent = await client.post(f"{path}/submit")
        await sign_in(client, cast.thu)
        done = await client.post(f"{path}/approve", headers={"If-Match": sent.headers["etag"]})
        assert done.json()["status"] == "approved", done.text
        again = await client.post(f"{path}/approve", headers={"If-Match": done.headers["etag"]})
        assert (again.status_code, again.json()["type"]) == (409, "urn:ocop-hub:error:not-for-review")
