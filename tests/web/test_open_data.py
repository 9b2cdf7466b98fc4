"""Open data, the frame for other sites, the bulletin and the other indicators over HTTP."""

from __future__ import annotations

from datetime import timedelta

import httpx
import pytest
from tests.builders import Cast, make_certificate, make_product, sign_in

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.reporting.periods import service as periods

HTML = {"accept": "text/html"}
OPEN = ("/nhung/ty-le", "/du-lieu-mo/ban-tin.txt", "/api/v1/open-data/coverage.csv")


@pytest.fixture
async def closed(database: Database, cast: Cast) -> None:
    """One product and a closed figure; nothing published."""
    async with database.session(SYSTEM) as session:
        await make_certificate(session, await make_product(session, cast.hers, "Trà <hoa> vàng"))
        day = clock.today() - timedelta(days=1)
        period = await periods.open_period(session, SYSTEM_ACTOR, province="22", as_of=day)
        await periods.close(session, SYSTEM_ACTOR, period.id, periods.Paper("12/BC", clock.today()))


async def token(client: httpx.AsyncClient, path: str) -> str:
    page = (await client.get(path, headers=HTML)).text
    return page.split('name="csrf" value="', 1)[1].split('"', 1)[0]


@pytest.mark.usefixtures("closed")
async def test_off_then_published_then_taken_back(client: httpx.AsyncClient, cast: Cast) -> None:
    for path in OPEN:
        assert (await client.get(path)).status_code == 404
    await sign_in(client, cast.thu)
    csrf = await token(client, "/du-lieu-mo")
    form = {"csrf": csrf, "licence": "", "catalogue": "khong"}
    assert (await client.post("/du-lieu-mo", data=form, headers=HTML)).status_code == 422
    form |= {"licence": "Được dùng lại, ghi rõ nguồn"}
    assert (await client.post("/du-lieu-mo", data=form, headers=HTML)).status_code == 303
    client.cookies.clear()
    page = (await client.get("/du-lieu-mo", headers=HTML)).text
    assert "Được dùng lại, ghi rõ nguồn" in page
    assert "12/BC" in page
    assert "Ngừng công bố" not in page
    for path in OPEN:
        assert (await client.get(path)).status_code == 200
    assert (await client.get("/api/v1/open-data/products.json")).status_code == 404
    await sign_in(client, cast.thu)
    csrf = await token(client, "/du-lieu-mo")
    assert (await client.post("/du-lieu-mo/ngung", data={"csrf": csrf}, headers=HTML)).status_code == 303
    assert (await client.get("/api/v1/open-data/coverage.json")).status_code == 404


@pytest.mark.usefixtures("closed")
async def test_the_frame_alone_may_be_framed_and_loads_nothing_of_others(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    await sign_in(client, cast.thu)
    csrf = await token(client, "/du-lieu-mo")
    form = {"csrf": csrf, "licence": "Được dùng lại", "catalogue": "co"}
    await client.post("/du-lieu-mo", data=form, headers=HTML)
    frame = await client.get("/nhung/ty-le")
    assert "frame-ancestors *" in frame.headers["content-security-policy"]
    assert "x-frame-options" not in frame.headers
    assert "set-cookie" not in frame.headers
    assert "12/BC" in frame.text
    assert "<script" not in frame.text
    around = await client.get("/du-lieu-mo", headers=HTML)
    assert "frame-ancestors 'none'" in around.headers["content-security-policy"]
    assert around.headers["x-frame-options"] == "DENY"
    first = await client.get("/api/v1/open-data/products.json")
    assert [item["name"] for item in first.json()["items"]] == ["Trà <hoa> vàng"]
    assert first.headers["access-control-allow-origin"] == "*"
    again = await client.get(
        "/api/v1/open-data/products.json", headers={"if-none-match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.usefixtures("closed")
async def test_indicators_are_typed_and_a_target_for_stars_is_withdrawn(
    client: httpx.AsyncClient, cast: Cast
) -> None:
    await sign_in(client, cast.thu)
    csrf = await token(client, "/bao-cao/chi-so")
    day = clock.today().isoformat()
    typed = {"csrf": csrf, "code": "visits", "day": day, "value": "nhiều", "target_percent": "125,6"}
    wrong = await client.post("/bao-cao/chi-so", data=typed, headers=HTML)
    assert wrong.status_code == 422
    assert 'value="nhiều"' in wrong.text
    done = await client.post("/bao-cao/chi-so", data=typed | {"value": "12.340,5"}, headers=HTML)
    assert done.status_code == 303
    page = (await client.get("/bao-cao/chi-so", headers=HTML)).text
    assert "12.340,5" in page
    assert "125,6%" in page
    behind = (await client.get("/bao-cao/chi-so/certified", headers=HTML)).text
    assert "Trà &lt;hoa&gt; vàng" in behind
    assert (await client.get("/bao-cao/chi-so/bang.xlsx")).content.startswith(b"PK")
    target = {"csrf": csrf, "part": "stars:4", "share": "90", "due_on": day}
    assert (await client.post("/bao-cao/chi-tieu", data=target, headers=HTML)).status_code == 303
    page = (await client.get("/bao-cao/chi-tieu", headers=HTML)).text
    assert '<th scope="row">4 sao' in page
    way = page.split('/rut"', 1)[0].rsplit('"', 1)[1] + "/rut"
    assert (await client.post(way, data={"csrf": csrf}, headers=HTML)).status_code == 303
    assert (await client.post(way, data={"csrf": csrf}, headers=HTML)).status_code == 404
    wrong = await client.post("/bao-cao/chi-tieu", data=target | {"part": "stars:9"}, headers=HTML)
    assert wrong.status_code == 422
