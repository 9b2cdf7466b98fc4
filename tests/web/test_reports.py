"""The officer's pages over HTTP: number, list, chart, files."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import httpx
import pytest
from python_calamine import CalamineWorkbook
from tests.builders import BA_CHE, Cast, make_account, make_listing, make_product, sign_in
from tests.printed_templates import xlsx_template

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock
from ocop_hub.marketplaces.contract import Grade


@pytest.fixture
async def goods(database: Database, cast: Cast) -> None:
    """Hoa has two certified products, one of them live since last year; Bình one with a wicked name."""
    begun = clock.now() - timedelta(days=300)
    async with database.session(SYSTEM) as session:
        listed = await make_product(session, cast.hers, "Trà hoa vàng", stars=4)
        await make_product(session, cast.hers, "Miến dong", stars=3)
        await make_product(session, cast.his, "=1+1 <b>", stars=3)
        account = await make_account(session, cast.hers)
        await make_listing(session, listed, account, grade=Grade.API, since=begun)


@pytest.mark.usefixtures("goods")
class TestDashboard:
    async def test_shows_number_fraction_rule_and_sentence(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.thu)
        page = (await client.get("/bao-cao", headers={"accept": "text/html"})).text
        today = clock.today()
        assert "33,3%" in page
        assert "1/3" in page
        assert "Cách tính số 1" in page
        assert (
            f"Tính đến ngày {today.day}/{today.month}/{today.year}, có 1/3 sản phẩm OCOP còn hạn giấy "
            "chứng nhận của thành phố Quảng Ninh đã lên sàn TMĐT, đạt 33,3%." in page
        )
        assert "/bao-cao/bieu-do.svg?" in page
        assert '<p class="soft">Thành phố Quảng Ninh</p>' in page

    async def test_units_without_products_stand_apart_from_0_percent(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.thu)
        page = (await client.get("/bao-cao", headers={"accept": "text/html"})).text
        table, apart = page.split('<table class="units">')[1].split("đơn vị chưa có sản phẩm</summary>")
        assert "Phường Bãi Cháy" in table
        assert ">0%<" in table
        assert "Đặc khu Cô Tô" not in table
        assert "Đặc khu Cô Tô" in apart

    async def test_a_communes_officer_reads_about_her_commune(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.minh)
        page = (await client.get("/bao-cao?lang=en", headers={"accept": "text/html"})).text
        assert "50%" in page
        assert "1/2 OCOP products of xã Ba Chẽ" in page
        assert "Bãi Cháy" not in page

    async def test_a_day_that_has_not_come_is_refused_with_a_sentence(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.thu)
        answer = await client.get("/bao-cao?as_of=2999-01-01&stars=4", headers={"accept": "text/html"})
        assert answer.status_code == 422
        assert 'id="e-as_of">Ngày 01/01/2999 chưa đến' in answer.text
        assert 'value="2999-01-01"' in answer.text
        assert '<option value="4" selected>' in answer.text

    @pytest.mark.parametrize(
        ("query", "field", "problem"),
        [
            ("as_of=2019-01-01", "as_of", "No rule applies on 01/01/2019."),
            ("live_days=0&listing_rule=live_days", "live_days", ""),
            ("on=nowhere", "on", "There is no counting marketplace with the key “nowhere”."),
            ("as_of=abc", "as_of", "“abc” is not a day."),
            ("stars=9", "stars", "There is no star rating with the key “9”. Keys that can be used: 3, 4, 5."),
            ("group=x", "group", "There is no product group with the key “x”."),
            ("kind=x", "kind", "There is no kind of producer with the key “x”."),
            ("district=x", "district", "There is no former district with the code “x”."),
            ("geo=x", "geo", "There is no geography with the key “x”. Keys that can be used: current,"),
            ("denominator=x", "denominator", "There is no total to count with the key “x”."),
            ("listing_rule=x", "listing_rule", "There is no test of being listed with the key “x”."),
            ("evidence=x", "evidence", "There is no grade of evidence with the key “x”."),
            ("unit=99999", "unit", "There is no unit with the code “99999”."),
            (f"unit={BA_CHE}&geo=as_certified&as_of=2024-12-31", "unit", "exists since"),
        ],
    )
    async def test_what_cannot_be_answered_is_said_at_its_field(
        self, client: httpx.AsyncClient, cast: Cast, query: str, field: str, problem: str
    ) -> None:
        await sign_in(client, cast.thu)
        answer = await client.get(f"/bao-cao?{query}&lang=en", headers={"accept": "text/html"})
        assert answer.status_code == 422
        said = answer.text.split(f'id="e-{field}">')[1].split("</p>")[0]
        assert problem in said
        assert '<form class="filters"' in answer.text

    async def test_the_list_of_a_part_that_there_is_not(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        for page in ("danh-sach", "danh-sach.csv", "so-sanh"):
            answer = await client.get(f"/bao-cao/{page}?stars=9", headers={"accept": "text/html"})
            assert answer.status_code == 422
            assert answer.text.count("Không có hạng sao mã “9”. Các mã dùng được: 3, 4, 5.") == 1

    async def test_the_list_in_english_says_the_next_step(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.thu)
        page = await client.get("/bao-cao/danh-sach?lang=en", headers={"accept": "text/html"})
        assert "A helper helps to open the first shop." in page.text

    async def test_nothing_counted_yet(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        page = await client.get("/bao-cao?as_of=2021-01-01", headers={"accept": "text/html"})
        assert page.status_code == 200
        assert "chưa có sản phẩm nào được tính tỷ lệ" in page.text


@pytest.mark.usefixtures("goods")
class TestList:
    async def test_says_why_and_keeps_the_question_in_the_form(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.thu)
        today = clock.today().isoformat()
        page = (
            await client.get(
                f"/bao-cao/danh-sach?as_of={today}&unit={BA_CHE}&reason=&q=", headers={"accept": "text/html"}
            )
        ).text
        assert "Miến dong" in page
        assert "chưa được đưa lên sàn" in page
        assert "Trà hoa vàng" not in page
        assert f'<input type="hidden" name="as_of" value="{today}">' in page

    async def test_every_part_opens(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        for part in ("listed", "not_listed", "not_counted"):
            answer = await client.get(f"/bao-cao/danh-sach?part={part}&geo=as_certified&lang=en")
            assert answer.status_code == 200

    async def test_a_false_cursor_is_refused(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        assert (await client.get("/bao-cao/danh-sach?sau=xxxx")).status_code == 422


@pytest.mark.usefixtures("goods")
class TestFiles:
    async def test_no_cell_is_a_formula(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        answer = await client.get("/bao-cao/danh-sach.csv")
        assert answer.content.startswith(b"\xef\xbb\xbf")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [row[0] for row in rows if "1+1" in row[0]] == ["'=1+1 <b>"]

    async def test_rows_and_total(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        answer = await client.get("/bao-cao/bang.csv?by=unit")
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
        assert [row[2:5] for row in rows if row and row[0] == BA_CHE] == [["1", "2", "50%"]]
        assert [row[2:5] for row in rows if row and row[1:2] == ["Tổng số"]] == [["1", "3", "33,3%"]]

    @pytest.mark.parametrize("by", ["month", "unit", "marketplace"])
    async def test_chart_is_a_picture_without_script(
        self, client: httpx.AsyncClient, cast: Cast, by: str
    ) -> None:
        await sign_in(client, cast.thu)
        answer = await client.get(f"/bao-cao/bieu-do.svg?by={by}")
        assert answer.headers["content-type"].startswith("image/svg+xml")
        assert answer.text.startswith("<svg")
        assert "<script" not in answer.text
        assert "33,3%" in answer.text or by == "unit"


@pytest.mark.usefixtures("goods")
class TestCharts:
    async def test_the_map_is_drawn_and_links_to_each_communes_list(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.thu)
        page = (await client.get("/bao-cao?stars=4", headers={"accept": "text/html"})).text
        figure = page.split('<figure class="chart section" id="map">')[1].split("</figure>")[0]
        assert f'href="/bao-cao/danh-sach?stars=4&amp;unit={BA_CHE}"' in figure
        assert "chưa có sản phẩm" in figure
        alone = await client.get("/bao-cao/bieu-do.svg?kieu=ban-do")
        assert "<a " not in alone.text
        assert "Cách tính" in alone.text or "cách tính" in alone.text

    async def test_png_for_documents(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        answer = await client.get("/bao-cao/bieu-do.png?by=stars")
        assert answer.headers["content-type"] == "image/png"
        assert answer.content.startswith(b"\x89PNG")

    async def test_every_chart_has_its_table_and_downloads(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.thu)
        page = (await client.get("/bao-cao", headers={"accept": "text/html"})).text
        asked = (await client.get("/bao-cao?bang=marketplace", headers={"accept": "text/html"})).text
        assert "<table" in asked.split('id="marketplace">')[1].split("</figure>")[0]
        for figure in page.split("<figure")[1:]:
            assert "<table" in figure or "Xem bảng số liệu" in figure
            assert figure.split("</figure>")[0].count(" download>") == 3

    async def test_filters_stand_in_the_address_and_in_the_form(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.thu)
        page = (
            await client.get(
                "/bao-cao?as_of=&stars=4&kind=&evidence=&live_days=&denominator=certified_ever&sap=ty-le",
                headers={"accept": "text/html"},
            )
        ).text
        assert "100%" in page
        assert "Hạng sao: 4" in page
        assert "Số liệu thử" in page
        assert '<option value="certified_ever" selected>' in page


@pytest.mark.usefixtures("goods")
class TestCompare:
    async def test_page_csv_and_api_name_who_joined(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        since = (clock.today() - timedelta(days=330)).isoformat()
        page = (await client.get(f"/bao-cao/so-sanh?since={since}", headers={"accept": "text/html"})).text
        assert "Mới lên sàn: 1" in page
        assert "Trà hoa vàng" in page
        lines = (await client.get(f"/bao-cao/so-sanh.csv?since={since}")).content.decode("utf-8-sig")
        assert "Mới lên sàn,Trà hoa vàng" in lines
        body = (await client.get(f"/api/v1/reports/coverage/compare?since={since}&by=unit")).json()
        assert (body["newly_listed"], body["before"]["numerator"], body["after"]["numerator"]) == (1, 0, 1)
        assert [one["way"] for one in body["moved"]] == ["newly_listed"]
        assert {row["key"] for row in body["rows"]} >= {BA_CHE}

    async def test_days_out_of_order_are_refused(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        answer = await client.get(f"/bao-cao/so-sanh?since={clock.today().isoformat()}")
        assert answer.status_code == 422


@pytest.mark.usefixtures("goods")
class TestPapers:
    async def test_an_own_paper_is_sent_filled_and_taken_out_of_use(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.thu)
        token = {"csrf": client.headers["X-CSRF-Token"], "name": "Biểu của Sở"}
        wrong = await client.post(
            "/bao-cao/mau", data=token, files={"file": ("a.xlsx", xlsx_template(unknown="abc"))}
        )
        assert (wrong.status_code, "{{abc}}" in wrong.text) == (422, True)
        sent = await client.post("/bao-cao/mau", data=token, files={"file": ("a.xlsx", xlsx_template())})
        assert sent.status_code == 303
        page = (await client.get("/bao-cao/thang", headers={"accept": "text/html"})).text
        assert "Biểu của Sở" in page
        address = page.split('href="/bao-cao/mau/')[1].split('"')[0]
        filled = await client.get(f"/bao-cao/mau/{address}?stars=4")
        rows = CalamineWorkbook.from_filelike(io.BytesIO(filled.content)).get_sheet_by_index(0).to_python()
        assert ["", "Cộng", 1, 1] in rows
        template_id = address.partition("/")[0]
        assert (await client.post(f"/bao-cao/mau/{template_id}/bo", data=token)).status_code == 303
        assert (await client.get(f"/bao-cao/mau/{address}")).status_code == 404


@pytest.mark.usefixtures("goods")
class TestApi:
    async def test_the_object_is_the_documented_one(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        body = (await client.get("/api/v1/reports/coverage?by=unit")).json()
        assert set(body) == {"as_of", "by", "geo", "province", "figure", "rows", "rule"}
        assert body["figure"] | {"numerator": 1, "denominator": 3, "percent": 33.3} == body["figure"]
        assert body["figure"]["grades"] == {"api": 1, "link": 0, "seen": 0, "declared": 0}
        assert body["rule"]["official"] is True
        assert sum(row["denominator"] for row in body["rows"]) == 3

    async def test_taking_the_marketplace_out_is_a_trial_until_it_is_decided(
        self, client: httpx.AsyncClient, cast: Cast
    ) -> None:
        await sign_in(client, cast.thu)
        trial = (await client.get("/api/v1/reports/coverage?marketplace=postmart")).json()
        assert (trial["figure"]["numerator"], trial["rule"]["official"]) == (0, False)
        assert (await client.get("/api/v1/reports/coverage")).json()["figure"]["numerator"] == 1
        decided = {
            "valid_from": clock.today().isoformat(),
            "name": "Chỉ Postmart",
            "marketplaces": ["postmart"],
        }
        answer = await client.post("/api/v1/coverage-rules", json=decided)
        assert (answer.status_code, answer.json()["number"]) == (201, 2)
        body = (await client.get("/api/v1/reports/coverage")).json()
        assert (body["figure"]["numerator"], body["figure"]["rule_number"]) == (0, 2)
        assert [rule["number"] for rule in (await client.get("/api/v1/coverage-rules")).json()] == [2, 1]

    @pytest.mark.parametrize(
        ("path", "query", "kind", "field"),
        [
            ("coverage", "as_of=abc", "day-unreadable", "as_of"),
            ("coverage", "stars=9", "unknown-part", "stars"),
            ("coverage", "province=99", "unknown-part", "province"),
            ("coverage", "geo=now", "unknown-part", "geo"),
            ("coverage", "denominator=certifed", "unknown-part", "denominator"),
            ("coverage", "listing_rule=live", "unknown-part", "listing_rule"),
            ("coverage", "evidence=photo", "unknown-part", "evidence"),
            ("coverage/products", "group=x", "unknown-part", "group"),
            ("coverage/compare", "since=2026-01-31&on=x", "unknown-part", "on"),
        ],
    )
    async def test_what_there_is_not_is_named(
        self, client: httpx.AsyncClient, cast: Cast, path: str, query: str, kind: str, field: str
    ) -> None:
        await sign_in(client, cast.thu)
        answer = await client.get(f"/api/v1/reports/{path}?{query}")
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json")
        body = answer.json()
        assert body["type"] == f"urn:ocop-hub:error:{kind}"
        assert body["errors"] == [{"field": field, "code": kind, "problem": body["detail"]}]

    async def test_the_list_pages_by_cursor(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        first = (await client.get("/api/v1/reports/coverage/products?limit=1")).json()
        assert (first["total"], len(first["items"])) == (2, 1)
        second = (
            await client.get(
                "/api/v1/reports/coverage/products", params={"limit": 1, "cursor": first["next_cursor"]}
            )
        ).json()
        assert second["next_cursor"] is None
        assert {one["why"]["code"] for one in first["items"] + second["items"]} == {
            "not_published",
            "no_stall",
        }
