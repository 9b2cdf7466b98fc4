"""The scan path over real HTTP semantics and a real database."""

from __future__ import annotations

import asyncio
import gzip
import html
import re
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import httpx
import uvicorn
from fastapi import FastAPI
from tests.traceability.builders import BROWSER, GTIN, OLD_LOT, House

from ocop_hub.db import SYSTEM
from ocop_hub.kit import clock
from ocop_hub.settings import Settings
from ocop_hub.traceability import service
from ocop_hub.traceability.models import EventKind
from ocop_hub.traceability.scans.batch import LOST
from ocop_hub.traceability.scans.path import mount_scan
from ocop_hub.traceability.schemas import EventIn, LotIn
from ocop_hub.traceability.service import ShopLink
from ocop_hub.web.trace.page import render_fault, render_serial, render_story

LOT_PATH = f"/01/{GTIN}/10/{OLD_LOT}"


class TestThePage:
    async def test_a_browser_gets_it_at_once(self, house: House) -> None:
        answer = await house.client.get(LOT_PATH)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "text/html; charset=utf-8"
        assert answer.headers["content-language"] == "vi"
        assert answer.headers["cache-control"] == "no-store"
        assert {"Accept", "Accept-Language"} <= set(answer.headers["vary"].split(", "))
        for text in ("Chả mực Hạ Long", "Hợp tác xã Thoan Hạ Long", "Xưởng Bến Đoan", OLD_LOT, "đạt 4 sao"):
            assert text in answer.text
        # One block of data for search engines, nothing that runs.
        assert answer.text.count("<script") == 2
        assert '<script type="application/ld+json">' in answer.text
        assert '<script type="module" src="/static/share.js' in answer.text
        assert "set-cookie" not in answer.headers

    async def test_in_english(self, house: House) -> None:
        answer = await house.client.get(LOT_PATH, headers={"Accept-Language": "en"})
        assert answer.headers["content-language"] == "en"
        assert "Packing" in answer.text
        assert (await house.client.get(f"/p/en{LOT_PATH}")).text == answer.text

    async def test_is_sent_compressed_only_to_those_who_take_it(self, house: House) -> None:
        packed = await house.client.get(LOT_PATH, headers={"Accept-Encoding": "gzip"})
        plain = await house.client.get(LOT_PATH, headers={"Accept-Encoding": "identity"})
        refused = await house.client.get(LOT_PATH, headers={"Accept-Encoding": "gzip;q=0"})
        assert packed.headers["content-encoding"] == "gzip"
        assert "content-encoding" not in plain.headers
        assert "content-encoding" not in refused.headers
        assert packed.content == plain.content == refused.content

    async def test_of_a_product_without_gtin(self, house: House) -> None:
        product = await house.client.get(f"/t/{house.tea_code.lower()}/")
        lot = await house.client.get(f"/t/{house.tea_lot_code}")
        assert "Trà hoa vàng" in product.text
        assert "TRA/01" in lot.text
        assert "TRA/01" not in product.text

    async def test_a_lot_unknown_of_a_known_product_says_so(self, house: House) -> None:
        answer = await house.client.get(f"/01/{GTIN}/10/NEVER-MADE")
        assert answer.status_code == 200
        assert "Chưa có thông tin về lô" in answer.text
        assert "Chả mực Hạ Long" in answer.text

    async def test_a_draft_is_not_shown(self, house: House) -> None:
        async with house.database.session(SYSTEM) as session:
            lot = await service.create_lot(session, house.cast.alice, house.cast.tea, LotIn(code="NHAP-1"))
            code = await service.ensure_code(session, house.cast.tea, lot)
        answer = await house.client.get(f"/t/{code}")
        assert "Chưa có thông tin về lô" in answer.text
        assert "NHAP-1" not in answer.text

    async def test_names_shops(self, house: House) -> None:
        async with house.database.session(SYSTEM) as session:
            await service.set_shop_links(
                session, house.cast.squid, [ShopLink("https://shop/1", "Gian hàng một")]
            )
        answer = await house.client.get(LOT_PATH)
        assert 'href="https://shop/1"' in answer.text
        one = await house.client.get(LOT_PATH, params={"linkType": "gs1:hasRetailers", "a": "1"})
        assert (one.status_code, one.headers["location"]) == (307, "https://shop/1?a=1")

    async def test_a_merged_products_labels_lead_to_what_it_became(self, house: House) -> None:
        async with house.database.session(SYSTEM) as session:
            tea = await session.merge(house.cast.tea)
            tea.merged_into_id = house.cast.squid.id
        answer = await house.client.get(f"/t/{house.tea_lot_code}")
        assert "Chả mực Hạ Long" in answer.text
        assert "TRA/01" in answer.text


def _languages(page: str) -> dict[str, str]:
    """The switch of languages: language → address."""
    links = re.findall(r'<a href="([^"]+)" hreflang="(\w+)"', page)
    return {language: html.unescape(href) for href, language in links}


class TestTheWire:
    async def test_forgives(self, house: House) -> None:
        for path in (
            f"{LOT_PATH}/",
            f"/01/{GTIN}/10/{OLD_LOT.lower()}",
            f"/01/{GTIN[1:]}/10/{OLD_LOT}",
            f"{LOT_PATH}?utm_source=zalo&fbclid=x",
            f"{LOT_PATH}/21/ABC123",
            f"/01/{GTIN}/10/LO%2D2026%2D09",
        ):
            answer = await house.client.get(path)
            assert (path, answer.status_code) == (path, 200)
            assert OLD_LOT in answer.text
            assert f'<https://ocop.example.vn{LOT_PATH}>; rel="canonical"' in answer.headers["link"]

    async def test_a_fault_is_a_page_with_a_sentence(self, house: House) -> None:
        for path, status, text in (
            (f"/01/{GTIN[:-1]}9", 400, "Mã trên tem chưa đúng"),
            (f"/01/{GTIN}/10/L%C3%94-01", 400, "Mã trên tem chưa đúng"),
            ("/01/" + "9" * 2_000, 400, "Đường dẫn quá dài"),
            ("/01/09506000134376", 404, "Chưa có sản phẩm mang mã này"),
            ("/t/0000000000", 404, "Chưa có sản phẩm mang mã này"),
            ("/414/9506000134376", 404, "Loại mã này chưa có trang"),
        ):
            answer = await house.client.get(path)
            assert (path, answer.status_code, text in answer.text) == (path, status, True)
            program = await house.client.get(path, headers={"Accept": "*/*"})
            assert program.status_code == status
            assert program.headers["content-type"] == "application/problem+json"
        assert await house.scans() == 0

    async def test_a_fault_can_be_read_in_every_language(self, house: House) -> None:
        for path, status in (
            (f"/01/{GTIN[:-1]}9?17=261231&lang=vi", 400),
            (f"/p/vi/01/{GTIN}/10/L%C3%94-01", 400),
            ("/01/" + "9" * 2_000 + "?lang=vi", 400),
            ("/t/%22%3E%27%ff", 400),
            ("/01/09506000134376", 404),
            ("/p/zh/t/0000000000", 404),
            (f"/01/{GTIN}?linkType=gs1:instructions", 404),
            ("/p/epcis/t/0000000000", 404),
        ):
            first = await house.client.get(path, headers={"Accept-Language": "en"})
            assert (path, first.status_code) == (path, status)
            own, links = first.headers["content-language"], _languages(first.text)
            assert {own, *links} == {"vi", "en", "zh"}
            for language, href in links.items():
                answer = await house.client.get(href, headers={"Accept-Language": "fr"})
                assert (answer.status_code, answer.headers["content-language"]) == (status, language)
                back = await house.client.get(_languages(answer.text)[own])
                assert back.text.partition("<h1>")[2] == first.text.partition("<h1>")[2]

    async def test_what_is_asked_is_never_markup(self, house: House) -> None:
        answer = await house.client.get("/t/%3Cscript%3Ealert(1)%3C/script%3E")
        assert answer.status_code == 400
        assert "<script" not in answer.text

    async def test_programs_are_sent_on_with_their_query(self, house: House) -> None:
        answer = await house.client.get(f"{LOT_PATH}?a=1&b", headers={"Accept": "*/*"})
        assert answer.status_code == 307
        assert answer.headers["location"] == f"/p/vi{LOT_PATH}?a=1&b"
        assert 'rel="linkset"' in answer.headers["link"]
        assert (await house.client.get(answer.headers["location"])).status_code == 200
        assert await house.scans() == 1

    async def test_no_accept_at_all(self, house: House) -> None:
        request = httpx.Request("GET", f"https://ocop.example.vn{LOT_PATH}")
        assert (await house.client.send(request)).status_code == 307

    async def test_head_says_as_much_without_a_body(self, house: House) -> None:
        answer = await house.client.head(LOT_PATH)
        assert (answer.status_code, answer.content) == (200, b"")
        assert int(answer.headers["content-length"]) > 1_000
        assert await house.scans() == 0

    async def test_options_and_other_methods(self, house: House) -> None:
        options = await house.client.options(LOT_PATH)
        assert (options.status_code, options.headers["allow"]) == (204, "GET, HEAD, OPTIONS")
        assert options.headers["access-control-allow-origin"] == "*"
        assert (await house.client.post(LOT_PATH)).status_code == 405


class TestLinkset:
    async def test_holds_every_level(self, house: House) -> None:
        answer = await house.client.get(LOT_PATH, headers={"Accept": "application/linkset+json"})
        asked = await house.client.get(f"{LOT_PATH}?linkType=linkset")
        assert asked.json() == answer.json()
        assert answer.status_code == 200
        assert answer.headers["content-type"] == "application/linkset+json"
        contexts: list[dict[str, Any]] = answer.json()["linkset"]
        assert [each["anchor"] for each in contexts] == [
            f"https://ocop.example.vn{LOT_PATH}",
            f"https://ocop.example.vn/01/{GTIN}",
        ]
        for each in contexts:
            (default,) = each["https://gs1.org/voc/defaultLink"]
            assert set(default) == {"href", "title"}
        assert await house.scans() == 0

    async def test_an_absent_link_type_is_404(self, house: House) -> None:
        for path in (LOT_PATH, f"/01/{GTIN}"):
            answer = await house.client.get(path, params={"linkType": "gs1:jws"}, headers={"Accept": "*/*"})
            assert answer.status_code == 404
            person = await house.client.get(path, params={"linkType": "gs1:jws"})
            assert f'href="/p/vi{path}"' in person.text

    async def test_several_equally_good_links_are_300(self, house: House) -> None:
        async with house.database.session(SYSTEM) as session:
            links = [ShopLink("https://shop/1", "Một"), ShopLink("https://shop/2", "Hai")]
            await service.set_shop_links(session, house.cast.squid, links)
        answer = await house.client.get(LOT_PATH, params={"linkType": "gs1:hasRetailers"})
        assert answer.status_code == 300
        assert len(answer.json()["linkset"][0]["https://gs1.org/voc/hasRetailers"]) == 2

    async def test_the_resolver_describes_itself(self, house: House) -> None:
        described = (await house.client.get("/.well-known/gs1resolver")).json()
        assert described["resolverRoot"] == "https://ocop.example.vn"
        assert described["supportedPrimaryKeys"] == ["01"]


class TestTheCache:
    async def test_a_recall_is_seen_on_a_cached_page(self, house: House) -> None:
        paths = (LOT_PATH, f"/p/en{LOT_PATH}", f"{LOT_PATH}/21/X1")
        for path in paths:
            assert "Sai hạn sử dụng" not in (await house.client.get(path)).text
        async with house.database.session(SYSTEM) as session:
            lot = await service.find_lot(session, house.cast.alice, house.lot.id)
            await service.recall_lot(session, house.cast.alice, lot, reason="Sai hạn sử dụng")
        for path in paths:
            answer = await house.client.get(path)
            assert 'class="notice bad"' in answer.text
            assert "Sai hạn sử dụng" in answer.text

    async def test_a_recall_is_seen_in_every_process_that_keeps_the_page(
        self, house: House, house_settings: Settings
    ) -> None:
        """A second process is a second handler: its own batches, connection and kept pages, the same database."""
        app = FastAPI()
        second = mount_scan(app, house.database, house_settings, render_story, render_fault, render_serial)
        transport = httpx.ASGITransport(app)
        try:
            async with httpx.AsyncClient(
                transport=transport, base_url="https://ocop.example.vn", headers=BROWSER
            ) as there:
                for asker in (house.client, there, house.client, there):
                    assert "Sai hạn sử dụng" not in (await asker.get(LOT_PATH)).text
                async with house.database.session(SYSTEM) as session:
                    lot = await service.find_lot(session, house.cast.alice, house.lot.id)
                    await service.recall_lot(session, house.cast.alice, lot, reason="Sai hạn sử dụng")
                for asker in (there, house.client):
                    assert "Sai hạn sử dụng" in (await asker.get(LOT_PATH)).text
        finally:
            await second.close()

    async def test_a_new_event_is_seen_too(self, house: House) -> None:
        assert "Kho lạnh" not in (await house.client.get(LOT_PATH)).text
        event = EventIn(
            kind=EventKind.SHIPPING, occurred_at=clock.now() - timedelta(hours=1), place_text="Kho lạnh"
        )
        async with house.database.session(SYSTEM) as session:
            lot = await service.find_lot(session, house.cast.alice, house.lot.id)
            await service.record_event(session, house.cast.alice, lot, event)
        assert "Kho lạnh" in (await house.client.get(LOT_PATH)).text


class TestScans:
    async def test_as_many_are_stored_as_were_acknowledged(self, house: House) -> None:
        async def look(number: int) -> int:
            path = LOT_PATH if number % 2 else f"/t/{house.tea_lot_code}"
            return (await house.client.get(path)).status_code

        statuses = await asyncio.gather(*(look(number) for number in range(300)))
        assert set(statuses) == {200}
        assert await house.scans() == 300

    async def test_machines_are_not_counted(self, house: House) -> None:
        for headers in (
            {"User-Agent": "facebookexternalhit/1.1"},
            {"User-Agent": "kube-probe/1.30"},
            {"Sec-Purpose": "prefetch;prerender"},
            {"Purpose": "prefetch"},
        ):
            assert (await house.client.get(LOT_PATH, headers=headers)).status_code == 200
        assert await house.scans() == 0

    async def test_keep_nothing_of_the_person(self, house: House) -> None:
        await house.client.get(f"{LOT_PATH}/21/ABC123", headers={"Accept-Language": "en"})
        connection = await house.database.connect_raw()
        try:
            await connection.execute("SELECT set_config('app.scope', 'all', false)")
            row = await connection.fetchrow("SELECT * FROM scans")
        finally:
            await connection.close()
        assert row is not None
        assert set(row.keys()) == {
            "id", "scanned_at", "product_id", "producer_id", "lot_id", "serial", "language", "place", "stray",
        }  # fmt: skip
        assert row["place"] == ""  # no proxy is trusted to name one unless the operator says so
        assert (row["lot_id"], row["serial"], row["language"]) == (house.lot.id, "ABC123", "en")


class TestDatabaseAway:
    async def test_a_known_page_is_served_with_a_notice_and_the_loss_counted(self, house: House) -> None:
        await house.client.get(LOT_PATH)
        blocker = await house.database.connect_raw()
        lost = LOST._value.get()
        try:
            # The insert waits here, as it would while the server is stopped in the middle of a batch.
            await blocker.execute("BEGIN; SET LOCAL app.scope = 'all'; LOCK TABLE scans IN SHARE MODE")
            answer = await house.client.get(LOT_PATH)
            again = await house.client.get(LOT_PATH)
        finally:
            await blocker.close()
        assert (answer.status_code, again.status_code) == (200, 200)
        assert "Hệ thống đang gián đoạn" in answer.text
        assert "Chả mực Hạ Long" in answer.text
        assert LOST._value.get() - lost == 2
        async with asyncio.timeout(30):
            while "Hệ thống đang gián đoạn" in (await house.client.get(LOT_PATH)).text:
                await asyncio.sleep(0.1)

    async def test_a_page_never_seen_says_when_to_come_back(self, house: House, cluster: Any) -> None:
        name = house.database.engine.url.database
        await house.client.get(LOT_PATH)
        await cluster.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS false')
        await cluster.execute(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'"
        )
        known = await house.client.get(LOT_PATH)
        new = await house.client.get(f"/t/{house.tea_code}")
        await cluster.execute(f'ALTER DATABASE "{name}" WITH ALLOW_CONNECTIONS true')
        assert (known.status_code, new.status_code) == (200, 503)
        assert "Hệ thống đang gián đoạn" in known.text
        assert new.headers["retry-after"] == "30"


@asynccontextmanager
async def serving(app: FastAPI) -> AsyncIterator[str]:
    """uvicorn in this loop, because the app's connections belong to it."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, ws="none"))
        task = asyncio.create_task(server.serve(sockets=[listening]))
        while not server.started:
            await asyncio.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            await task


class TestARealServer:
    async def test_answers_as_the_app_does(self, house: House) -> None:
        async with serving(house.app) as base, httpx.AsyncClient(base_url=base, headers=BROWSER) as client:
            slash = await client.get(f"/t/{house.tea_lot_code}/")
            coded = await client.get(f"/01/{GTIN}/10/%4C%4F-2026-09", headers={"Accept-Encoding": "gzip"})
            head = await client.head(LOT_PATH)
            refused = await client.get(f"/01/{GTIN}/10/A%2FB%2FC%20")
            sent_on = await client.get(LOT_PATH, headers={"Accept": "*/*"})
        assert "TRA/01" in slash.text
        assert (coded.status_code, OLD_LOT in coded.text) == (200, True)
        assert (head.status_code, head.content) == (200, b"")
        assert refused.status_code == 400
        assert sent_on.headers["location"] == f"/p/vi{LOT_PATH}"
        assert len(gzip.compress(coded.content)) < 20_000
        assert await house.scans() == 3
