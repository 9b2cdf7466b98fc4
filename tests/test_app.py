"""What every answer has: headers, refusals that say what is wrong, health, the document."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import insert, text
from sqlalchemy.exc import DBAPIError
from tests.builders import Cast, sign_in
from tests.conftest import Cluster

from ocop_hub.app import create_app, openapi_document
from ocop_hub.db import OWNER_ROLE, Database, DatabaseAddress, SessionDep
from ocop_hub.idempotency import IdempotencyKey
from ocop_hub.media import Media
from ocop_hub.settings import Settings

HTML = {"Accept": "text/html"}


class TestHeaders:
    @pytest.mark.parametrize(
        "path", ["/healthz", "/api/v1/me", "/khong-co", "/static/core.css", "/dang-nhap"]
    )
    async def test_on_every_answer(self, client: httpx.AsyncClient, path: str) -> None:
        headers = (await client.get(path)).headers
        policy = headers["content-security-policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["x-request-id"]
        assert headers.get_list("content-security-policy") == [policy]

    async def test_a_given_request_id_is_kept_when_harmless(self, client: httpx.AsyncClient) -> None:
        kept = await client.get("/healthz", headers={"X-Request-Id": "abc-123"})
        assert kept.headers["x-request-id"] == "abc-123"
        odd = await client.get("/healthz", headers={"X-Request-Id": "a b\tc"})
        assert odd.headers["x-request-id"] != "a b\tc"

    async def test_static_files_with_a_mark_are_kept_for_ever(self, client: httpx.AsyncClient) -> None:
        assert "immutable" in (await client.get("/static/core.css?v=1")).headers["cache-control"]
        assert "3600" in (await client.get("/static/core.css")).headers["cache-control"]


class TestRefusals:
    async def test_a_program_reads_a_problem(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/api/v1/khong-co")
        assert answer.status_code == 404
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"] == "urn:ocop-hub:error:not-found"

    async def test_a_person_reads_a_page(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/khong-co", headers=HTML)
        assert answer.status_code == 404
        assert answer.headers["content-type"].startswith("text/html")
        assert "Không tìm thấy" in answer.text

    async def test_the_api_never_answers_a_page(self, client: httpx.AsyncClient) -> None:
        answer = await client.get("/api/v1/me", headers=HTML)
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["www-authenticate"] == "Bearer"

    async def test_wrong_fields_are_named_in_vietnamese(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/api/v1/session", json={"login": 5})
        body = answer.json()
        assert answer.status_code == 422
        assert {(each["field"], each["problem"]) for each in body["errors"]} == {
            ("login", "Phải là chữ."),
            ("passphrase", "Thiếu mục này."),
        }

    async def test_what_was_typed_is_not_said_again(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(
            "/api/v1/session", json={"login": "a", "passphrase": {"bi": "mat-khau-that"}}
        )
        assert "mat-khau-that" not in answer.text

    async def test_broken_json(self, client: httpx.AsyncClient) -> None:
        answer = await client.post(
            "/api/v1/session", content=b"{", headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["problem"] == "Nội dung không phải JSON đúng."

    async def test_a_wrong_method(self, client: httpx.AsyncClient) -> None:
        answer = await client.put("/api/v1/me")
        assert answer.status_code == 405
        assert "GET" in answer.headers["allow"]

    @pytest.mark.parametrize("cursor", ["x", "e30", "WyJhIl0", "%F0%9F%8C%B1", "AAAA"])
    async def test_a_cursor_of_ones_own_making(self, client: httpx.AsyncClient, cursor: str) -> None:
        answer = await client.get("/api/v1/producers", params={"cursor": cursor})
        assert answer.status_code == 422
        assert answer.json()["errors"][0]["code"] == "bad-cursor"


class TestBodyCap:
    async def test_a_body_that_says_it_is_too_large(self, client: httpx.AsyncClient) -> None:
        answer = await client.post("/api/v1/session", content=b"x", headers={"Content-Length": "25000000"})
        assert answer.status_code == 413
        assert "20 MB" in answer.json()["detail"]

    async def test_a_body_that_does_not_say(self, client: httpx.AsyncClient) -> None:
        async def endless() -> AsyncIterator[bytes]:
            while True:
                yield b" " * 1_000_000

        answer = await client.post(
            "/api/v1/session", content=endless(), headers={"Content-Type": "application/json"}
        )
        assert answer.status_code == 413
        assert "20 MB" in answer.json()["detail"]


class TestUnexpected:
    @pytest.fixture
    async def answer(self, app: FastAPI, request: pytest.FixtureRequest) -> AsyncIterator[httpx.Response]:
        @app.get("/api/v1/vo")
        async def breaks() -> None:
            raise RuntimeError("mat-khau-trong-loi")

        transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            yield await client.get("/api/v1/vo")

    async def test_says_nothing_of_the_inside_and_gives_an_id(self, answer: httpx.Response) -> None:
        body = answer.json()
        assert answer.status_code == 500
        assert "mat-khau-trong-loi" not in answer.text
        assert body["request_id"] == answer.headers["x-request-id"]
        assert body["request_id"] in body["detail"]
        assert answer.headers["x-content-type-options"] == "nosniff"


class TestDatabaseErrors:
    async def test_who_came_second_is_told_so(self, app: FastAPI, client: httpx.AsyncClient) -> None:
        @app.post("/api/v1/hai-lan")
        async def twice(session: SessionDep) -> None:
            for _ in range(2):
                await session.execute(insert(IdempotencyKey).values(actor="a", key="k", request_hash=b""))

        answer = await client.post("/api/v1/hai-lan")
        assert (answer.status_code, answer.json()["type"]) == (409, "urn:ocop-hub:error:overtaken")

    async def test_a_file_that_is_missing_is_no_database(
        self, app: FastAPI, client: httpx.AsyncClient
    ) -> None:
        @app.get("/api/v1/tep")
        async def missing() -> None:
            Path("khong-co").read_bytes()

        with pytest.raises(FileNotFoundError):
            await client.get("/api/v1/tep")

    async def test_any_other_refusal_of_the_database_is_a_fault_of_ours(
        self, app: FastAPI, client: httpx.AsyncClient
    ) -> None:
        @app.get("/api/v1/sai")
        async def wrong(session: SessionDep) -> None:
            await session.execute(text("SELECT 1/0"))

        with pytest.raises(DBAPIError, match="division by zero"):
            await client.get("/api/v1/sai")

    @pytest.mark.parametrize("headers", [{}, HTML])
    async def test_without_a_database_it_says_when_to_come_back(
        self, settings: Settings, headers: dict[str, str]
    ) -> None:
        nowhere = Database(DatabaseAddress("postgresql://x@127.0.0.1:9/x"))
        transport = httpx.ASGITransport(app=create_app(settings, nowhere, media=Media.in_memory()))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            answer = await client.get("/san-pham", headers=headers)
        await nowhere.close()
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
        assert "không trả lời" in answer.text


class TestHealth:
    async def test_alive_and_ready(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/healthz")).json() == {"status": "ok"}
        assert (await client.get("/readyz")).json()["status"] == "ready"
        assert "python_info" in (await client.get("/metrics")).text

    async def test_not_ready_when_the_shape_is_another(
        self, client: httpx.AsyncClient, database: Database, cluster: Cluster
    ) -> None:
        name = database.address.sqlalchemy_url.database
        assert name is not None
        owner = Database(cluster.address(name, OWNER_ROLE), pool_size=1)
        async with owner.engine.begin() as connection:
            await connection.execute(text("UPDATE alembic_version SET version_num = '0000'"))
        await owner.close()
        answer = await client.get("/readyz")
        assert answer.status_code == 503
        assert "ocop-hub migrate" in answer.json()["detail"]

    async def test_not_ready_without_a_database(self, settings: Settings) -> None:
        nowhere = Database(DatabaseAddress("postgresql://x@127.0.0.1:9/x"))
        app = create_app(settings, nowhere, media=Media.in_memory())
        transport = httpx.ASGITransport(app=app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
            assert (await client.get("/healthz")).status_code == 200
            assert (await client.get("/readyz")).status_code == 503
        await nowhere.close()


class TestDocument:
    def test_names_its_refusals_and_nothing_of_the_frameworks(self) -> None:
        document = openapi_document()
        assert document["info"]["title"] == "ocop_hub"
        assert "Problem" in document["components"]["schemas"]
        assert "HTTPValidationError" not in document["components"]["schemas"]
        for item in document["paths"].values():
            for operation in item.values():
                assert "default" in operation["responses"]
                assert "422" not in operation["responses"]

    def test_is_the_same_each_time(self) -> None:
        assert json.dumps(openapi_document()) == json.dumps(openapi_document())

    async def test_is_served(self, client: httpx.AsyncClient) -> None:
        assert (await client.get("/openapi.json")).json()["paths"].keys() == openapi_document()[
            "paths"
        ].keys()


class TestProducers:
    async def test_pages_by_cursor_in_vietnamese_order(self, client: httpx.AsyncClient, cast: Cast) -> None:
        first = (await client.get("/api/v1/producers", params={"limit": 1})).json()
        second = (
            await client.get("/api/v1/producers", params={"limit": 1, "cursor": first["next_cursor"]})
        ).json()
        assert [each["name"] for each in first["items"] + second["items"]] == [
            "Hộ kinh doanh Trần Văn Bình",
            "HTX Dược liệu Ba Chẽ",
        ]
        assert second["next_cursor"] is None

    async def test_a_households_tax_number_is_nowhere(self, client: httpx.AsyncClient, cast: Cast) -> None:
        for user in (cast.quan, cast.binh):
            await sign_in(client, user)
            for path in ("/api/v1/producers", f"/api/v1/producers/{cast.his.id}"):
                answer = await client.get(path)
                assert answer.status_code == 200
                assert "022012345678" not in answer.text
            client.cookies.clear()
