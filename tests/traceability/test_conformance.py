"""GS1-conformant resolver 1.2, line by line, and the faults seen in a peer: each one test."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx
from tests.traceability.builders import GTIN, OLD_LOT, House

from ocop_hub.db import SYSTEM
from ocop_hub.kit import clock
from ocop_hub.settings import Settings
from ocop_hub.traceability import service
from ocop_hub.traceability.models import Lot
from ocop_hub.traceability.scans.path import mount_scan
from ocop_hub.traceability.service import ShopLink
from ocop_hub.web.trace.page import render_fault, render_serial, render_story

VOC = "https://gs1.org/voc/"
LOT_PATH = f"/01/{GTIN}/10/{OLD_LOT}"
PROGRAM = {"Accept": "*/*", "Accept-Language": ""}


async def ask(house: House, path: str, link_type: str = "", **headers: str) -> httpx.Response:
    params = {"linkType": link_type} if link_type else None
    given = {**PROGRAM, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return await house.client.get(path, params=params, headers=given)


async def contexts(house: House, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await ask(house, path, "linkset")).json()["linkset"]
    return found


async def sell(house: House, *names: str) -> None:
    async with house.database.session(SYSTEM) as session:
        links = [ShopLink(f"https://shop/{name}", name) for name in names]
        await service.set_shop_links(session, house.cast.squid, links)


class TestConformance:
    async def test_get_head_options(self, house: House) -> None:
        for method in ("GET", "HEAD"):
            answer = await house.client.request(method, LOT_PATH, headers=PROGRAM)
            assert (method, answer.status_code) == (method, 307)
        assert (await house.client.options(LOT_PATH)).status_code == 204

    async def test_cors(self, house: House) -> None:
        answer = await ask(house, LOT_PATH)
        assert answer.headers["access-control-allow-origin"] == "*"
        assert "Link" in answer.headers["access-control-expose-headers"]

    async def test_a_fault_of_syntax_is_400(self, house: House) -> None:
        assert (await ask(house, f"/01/{GTIN}/10/A%20B")).status_code == 400

    async def test_an_error_is_never_200(self, house: House) -> None:
        for path in (
            f"/01/{GTIN[:-1]}3",
            "/01/09506000134376",
            "/414/9506000134376",
            f"/01/{GTIN}/21/a/10/b",
        ):
            for form in ("", "?linkType=linkset", "?linkType=gs1:dpp"):
                assert (await ask(house, path + form)).status_code in (400, 404)

    async def test_a_known_key_without_the_link_type_is_404(self, house: House) -> None:
        for level in (f"/01/{GTIN}", LOT_PATH, f"{LOT_PATH}/21/ABC"):
            assert (await ask(house, level, "gs1:tutorial")).status_code == 404

    async def test_equally_good_links_are_300_and_say_where_the_linkset_is(self, house: House) -> None:
        await sell(house, "mot", "hai")
        answer = await ask(house, LOT_PATH, "gs1:hasRetailers")
        assert answer.status_code == 300
        assert len(answer.json()["linkset"][0][f"{VOC}hasRetailers"]) == 2
        assert 'rel="linkset"' in answer.headers["link"]

    async def test_else_it_redirects(self, house: House) -> None:
        assert (await ask(house, LOT_PATH)).headers["location"] == f"/p/vi{LOT_PATH}"

    async def test_linkset_by_parameter_and_by_accept(self, house: House) -> None:
        asked = await ask(house, LOT_PATH, "linkset")
        accepted = await ask(house, LOT_PATH, Accept="application/linkset+json")
        every = await ask(house, LOT_PATH, "all")
        assert asked.status_code == accepted.status_code == every.status_code == 200
        assert asked.content == accepted.content == every.content
        assert asked.headers["content-type"] == "application/linkset+json"

    async def test_the_linkset_holds_every_level_with_anchor_href_and_title(self, house: House) -> None:
        found = await contexts(house, f"{LOT_PATH}/21/ABC")
        assert [each["anchor"] for each in found] == [
            f"https://ocop.example.vn{LOT_PATH}",
            f"https://ocop.example.vn/01/{GTIN}",
        ]
        for context in found:
            links = [link for name, each in context.items() if name.startswith(VOC) for link in each]
            assert all(link["href"] and link["title"] for link in links)

    async def test_one_default_link_with_href_and_title_only(self, house: House) -> None:
        for context in await contexts(house, LOT_PATH):
            (default,) = context[f"{VOC}defaultLink"]
            assert set(default) == {"href", "title"}
            spoken = {each["hreflang"][0] for each in context[f"{VOC}defaultLinkMulti"] if "hreflang" in each}
            assert spoken >= {"vi", "en", "zh"}

    async def test_the_redirect_points_to_the_linkset_and_lists_no_other_link(self, house: House) -> None:
        links = (await ask(house, LOT_PATH)).headers.get_list("link")
        assert links == [
            f"<https://ocop.example.vn{LOT_PATH}?linkType=linkset>; "
            'rel="linkset"; type="application/linkset+json"'
        ]

    async def test_the_linkset_points_to_its_context(self, house: House) -> None:
        answer = await ask(house, LOT_PATH, "linkset")
        assert 'rel="http://www.w3.org/ns/json-ld#context"' in answer.headers["link"]

    async def test_the_query_is_passed_on(self, house: House) -> None:
        await sell(house, "mot?id=7#hang")
        answer = await ask(house, f"{LOT_PATH}?utm=zalo&17=270930&linkType=gs1:hasRetailers")
        assert answer.headers["location"] == "https://shop/mot?id=7&utm=zalo&17=270930#hang"

    async def test_the_description(self, house: House) -> None:
        described = (await house.client.get("/.well-known/gs1resolver")).json()
        assert (described["resolverRoot"], described["supportedPrimaryKeys"]) == (
            "https://ocop.example.vn",
            ["01"],
        )

    async def test_an_unknown_lot_or_serial_is_not_404(self, house: House) -> None:
        for below in ("/10/NEVER-MADE", f"/10/{OLD_LOT}/21/NEVER", "/21/NEVER"):
            assert (await ask(house, f"/01/{GTIN}{below}")).status_code == 307
            assert (await ask(house, f"/01/{GTIN}{below}", "gs1:pip")).status_code == 307

    async def test_links_of_the_product_are_found_from_below(self, house: House) -> None:
        await sell(house, "mot")
        for below in ("", f"/10/{OLD_LOT}", f"/10/{OLD_LOT}/21/ABC", "/10/NEVER-MADE"):
            answer = await ask(house, f"/01/{GTIN}{below}", "gs1:hasRetailers")
            assert answer.headers["location"] == "https://shop/mot"

    async def test_every_link_type_leads_somewhere(self, house: House) -> None:
        for link_type, leads_to in (
            ("gs1:pip", f"/p/vi{LOT_PATH}"),
            ("gs1:traceability", f"/p/vi{LOT_PATH}"),
            ("gs1:certificationInfo", f"/p/vi{LOT_PATH}#giay-chung-nhan"),
            ("gs1:dpp", f"/p/dpp{LOT_PATH}"),
            ("gs1:productPassport", f"/p/dpp{LOT_PATH}"),
            ("gs1:recallStatus", f"/p/vi{LOT_PATH}#thu-hoi"),
            ("gs1:verificationService", f"/p/vi{LOT_PATH}"),
            ("https://gs1.org/voc/dpp", f"/p/dpp{LOT_PATH}"),
        ):
            answer = await ask(house, LOT_PATH, link_type)
            assert (link_type, answer.status_code) == (link_type, 307)
            assert answer.headers["location"].removeprefix("https://ocop.example.vn") == leads_to
            assert (await house.client.get(leads_to.partition("#")[0])).status_code == 200


class TestNegotiation:
    async def test_language_by_weight(self, house: House) -> None:
        for languages, form in (
            ("", "vi"),
            ("fr", "vi"),
            ("en", "en"),
            ("vi;q=0.3, en;q=0.9", "en"),
            ("en;q=0.2,vi;q=0.8", "vi"),
            ("en-GB,fr;q=0.5", "en"),
        ):
            for link_type in ("", "gs1:recallStatus"):
                answer = await ask(house, LOT_PATH, link_type, Accept_Language=languages)
                assert f"/p/{form}/01/" in answer.headers["location"], (languages, link_type)

    async def test_media_type_by_weight(self, house: House) -> None:
        for accept, form in (
            ("*/*", "vi"),
            ("application/ld+json", "dpp"),
            ("text/html;q=0.4, application/ld+json;q=0.6", "dpp"),
            ("application/ld+json;q=0.6, */*;q=0.7", "vi"),
            ("image/png", "vi"),
        ):
            answer = await ask(house, LOT_PATH, Accept=accept)
            assert answer.headers["location"].startswith(f"/p/{form}/"), accept


class TestFaultsOfAPeer:
    async def test_no_accept_header(self, house: House) -> None:
        request = httpx.Request("GET", f"https://ocop.example.vn{LOT_PATH}")
        assert (await house.client.send(request)).status_code == 307

    async def test_health_is_told_without_an_accept_header(self, client: httpx.AsyncClient) -> None:
        for path, status in (("/healthz", 200), ("/heartbeat", 404)):
            request = httpx.Request("GET", f"{client.base_url}{path}")
            assert (path, (await client.send(request)).status_code) == (path, status)

    async def test_a_missing_link_type_on_a_lot_is_not_200(self, house: House) -> None:
        assert (await ask(house, LOT_PATH, "gs1:jws")).status_code == 404

    async def test_no_second_question_mark(self, house: House) -> None:
        await sell(house, "mot?id=7")
        location = (await ask(house, f"{LOT_PATH}?a=1&linkType=gs1:hasRetailers")).headers["location"]
        assert location.count("?") == 1

    async def test_language_variants_without_a_wish_give_the_default(self, house: House) -> None:
        answer = await ask(house, LOT_PATH, "gs1:certificationInfo")
        assert answer.status_code == 307
        assert "/p/vi/" in answer.headers["location"]

    async def test_weights_are_sorted_not_dropped(self, house: House) -> None:
        answer = await ask(house, LOT_PATH, "gs1:pip", Accept="text/html;q=0.1, application/ld+json;q=0.2")
        assert "/p/dpp/" in answer.headers["location"]


class TestFormerHosts:
    async def test_stay_answered_below_their_stems(self, house: House) -> None:
        settings = Settings(
            _env_file=None,
            public_url="https://truyxuat.example.vn",
            old_public_urls=["https://cu.example.vn", "https://cu.example.vn/ocop/qn"],
        )
        handler = mount_scan(house.app, house.database, settings, render_story, render_fault, render_serial)
        try:
            for path in (LOT_PATH, f"/ocop/qn{LOT_PATH}", f"/ocop/qn/t/{house.tea_lot_code}"):
                answer = await house.client.get(f"https://cu.example.vn{path}")
                assert (path, answer.status_code) == (path, 200)
                assert "<https://truyxuat.example.vn/" in answer.headers["link"]
            described = await house.client.get("https://cu.example.vn/ocop/qn/.well-known/gs1resolver")
            assert described.json()["resolverRoot"] == "https://truyxuat.example.vn"
            assert (await house.client.get(f"https://cu.example.vn/khac{LOT_PATH}")).status_code == 404
        finally:
            await handler.close()


class TestPassport:
    async def test_holds_the_fields_of_the_decree(self, house: House) -> None:
        answer = await house.client.get(f"/p/dpp{LOT_PATH}")
        assert answer.headers["content-type"] == "application/ld+json"
        told = answer.json()
        assert told["@id"] == f"https://ocop.example.vn{LOT_PATH}"
        assert (told["name"][0]["@value"], told["gtin"]) == ("Chả mực Hạ Long", GTIN)
        assert told["manufacturer"]["name"] == "Hợp tác xã Thoan Hạ Long"
        assert told["ocop:lastCompletedAt"] == "Xưởng Bến Đoan"
        assert len(told["ocop:traceability"]["ocop:events"]) == 4
        assert told["certification"][0]["certificationValue"] == "4"
        assert told["ocop:missing"] == ["expirationDate", "manufacturer.identifier", "productionDate"]
        assert await house.scans() == 0

    async def test_a_lot_past_its_shelf_life_is_red_on_the_page_and_warned_of(self, house: House) -> None:
        assert "quá hạn sử dụng" not in (await house.client.get(LOT_PATH)).text
        async with house.database.session(SYSTEM) as session:
            lot = await session.get_one(Lot, house.lot.id)
            lot.best_before = clock.today() - timedelta(days=1)
            lot.page_version += 1
        page = (await house.client.get(LOT_PATH)).text
        assert page.index("quá hạn sử dụng") < page.index("<h1")
        told = (await house.client.get(f"/p/dpp{LOT_PATH}")).json()
        assert told["ocop:warnings"] == [{"ocop:kind": "expired"}]

    async def test_the_page_carries_its_data_and_cannot_be_broken_out_of(self, house: House) -> None:
        async with house.database.session(SYSTEM) as session:
            squid = await session.merge(house.cast.squid)
            squid.description = "</script><b>&"
            squid.revision += 1
        page = (await house.client.get(LOT_PATH)).text
        block = page.partition('<script type="application/ld+json">')[2].partition("</script>")[0]
        data = json.loads(block)
        assert (data["gtin14"], data["description"]) == (GTIN, "</script><b>&")
        assert f'href="/p/dpp{LOT_PATH}"' in page
