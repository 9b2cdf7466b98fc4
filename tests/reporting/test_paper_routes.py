"""Monthly reports and own papers as JSON: made now, listed, fetched; a template sent, filled, taken out of use."""

from __future__ import annotations

import io
from datetime import timedelta

import httpx
import pytest
from python_calamine import CalamineWorkbook
from tests.builders import Cast, make_product, sign_in
from tests.printed_templates import docx_template, xlsx_template

from ocop_hub.db import SYSTEM, Database
from ocop_hub.kit import clock

MONTHS, PAPERS = "/api/v1/monthly-reports", "/api/v1/report-templates"


@pytest.fixture
async def office(client: httpx.AsyncClient, database: Database, cast: Cast) -> httpx.AsyncClient:
    """Signed in for the province, which has one product."""
    async with database.session(SYSTEM) as session:
        await make_product(session, cast.hers, "Trà hoa vàng", stars=4)
    await sign_in(client, cast.thu)
    return client


async def test_last_month_is_made_once_and_its_files_are_fetched(office: httpx.AsyncClient) -> None:
    last = clock.today().replace(day=1) - timedelta(days=1)
    made = await office.post(MONTHS, json={})
    assert made.status_code == 201
    report = made.json()
    assert (report["as_of"], report["document_number"]) == (last.isoformat(), "")
    again = await office.post(MONTHS, json={"month": last.replace(day=1).isoformat()})
    assert again.json() == report
    assert (await office.get(MONTHS)).json() == [report]
    kinds = {file["name"].rpartition(".")[2]: file for file in report["files"]}
    assert set(kinds) == {"xlsx", "docx", "pdf", "csv", "json"}
    for file in report["files"]:
        answer = await office.get(file["href"])
        assert answer.headers["content-type"] == file["media_type"]
        assert answer.content


async def test_earlier_months_that_are_due_are_made_with_it(office: httpx.AsyncClient) -> None:
    last = clock.today().replace(day=1) - timedelta(days=1)
    third = last.replace(day=1) - timedelta(days=40)
    await office.post(MONTHS, json={"month": third.isoformat()})
    await office.post(MONTHS, json={})
    assert len((await office.get(MONTHS)).json()) == 3


async def test_a_month_that_is_not_over_waits(office: httpx.AsyncClient) -> None:
    answer = await office.post(MONTHS, json={"month": clock.today().isoformat()})
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("period-not-over")
    assert "chưa hết" in answer.json()["detail"]


async def test_a_month_before_any_rule_has_none(office: httpx.AsyncClient) -> None:
    answer = await office.post(MONTHS, json={"month": "2019-05-01"})
    assert answer.status_code == 409
    assert answer.json()["type"].endswith("no-rule-yet")


async def test_a_template_is_sent_filled_and_retired(office: httpx.AsyncClient) -> None:
    sent = await office.post(PAPERS, data={"name": "Biểu 01"}, files={"file": ("bieu.xlsx", xlsx_template())})
    assert sent.status_code == 201
    template = sent.json()
    assert (template["name"], template["kind"]) == ("Biểu 01", "xlsx")
    assert (await office.get(PAPERS)).json() == [template]
    filled = await office.get(f"{PAPERS}/{template['id']}/filled", params={"by": "stars"})
    assert 'filename="bao-cao-theo-mau-' in filled.headers["content-disposition"]
    rows = CalamineWorkbook.from_filelike(io.BytesIO(filled.content)).get_sheet_by_index(0).to_python()
    assert [str(value) for value in rows[3][:3]] == ["1.0", "4 sao", "0.0"]
    assert not any("{{" in str(value) for row in rows for value in row)
    assert (await office.delete(f"{PAPERS}/{template['id']}")).status_code == 204
    assert (await office.get(PAPERS)).json() == []
    assert (await office.get(f"{PAPERS}/{template['id']}/filled")).status_code == 404


async def test_what_is_no_template_is_refused(office: httpx.AsyncClient) -> None:
    answer = await office.post(PAPERS, files={"file": ("bieu.pdf", docx_template())})
    assert answer.status_code == 422
    assert answer.json()["type"].endswith("template-invalid")


async def test_a_communes_officer_reads_and_makes_nothing(client: httpx.AsyncClient, cast: Cast) -> None:
    await sign_in(client, cast.minh)
    assert (await client.get(MONTHS)).status_code == 200
    assert (await client.post(MONTHS, json={})).status_code == 403
    assert (await client.post(PAPERS, files={"file": ("a.docx", docx_template())})).status_code == 403
