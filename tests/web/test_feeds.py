"""The feeds, as a reader fetches them: public, cacheable, and only of what everybody may see."""

from __future__ import annotations

import csv
import io
from xml.etree import ElementTree

import httpx
from tests import builders
from tests.builders import Cast

from ocop_hub.catalogue.models import ProductStatus
from ocop_hub.db import SYSTEM, Database

G = "{http://base.google.com/ns/1.0}"


async def test_only_what_can_be_bought_and_may_be_seen(
    client: httpx.AsyncClient, database: Database, cast: Cast
) -> None:
    async with database.session(SYSTEM) as session:
        tea = await builders.make_product(session, cast.hers, "Trà hoa vàng Ba Chẽ", stars=4)
        await builders.make_photo(session, tea)
        await builders.make_product(session, cast.hers, "Chưa có ảnh")
        for name, changed in (
            ("Chưa duyệt", {"status": ProductStatus.DRAFT}),
            ("Chưa có giá", {"price_vnd": None}),
            ("Du lịch", {"group_code": "du_lich"}),
        ):
            product = await builders.make_product(session, cast.hers, name)
            await builders.make_photo(session, product)
            for field, value in changed.items():
                setattr(product, field, value)

    answer = await client.get("/feeds/google.xml")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("application/rss+xml")
    assert answer.headers["cache-control"] == "public, max-age=3600"
    (item,) = list(ElementTree.fromstring(answer.content).iter("item"))
    said = {child.tag.removeprefix(G): child.text or "" for child in item}
    assert said["title"] == "Trà hoa vàng Ba Chẽ"
    assert said["link"].endswith(f"/san-pham/{tea.id}")
    assert "đạt 4 sao" in said["description"]
    assert "/media/pictures/" in said["image_link"]

    again = await client.get("/feeds/google.xml", headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")

    rows = list(csv.DictReader(io.StringIO((await client.get("/feeds/meta.csv")).text)))
    assert [row["title"] for row in rows] == ["Trà hoa vàng Ba Chẽ"]
    assert rows[0]["price"] == "250000 VND"


async def test_another_key_is_404(client: httpx.AsyncClient) -> None:
    assert (await client.get("/feeds/khac.xml")).status_code == 404
