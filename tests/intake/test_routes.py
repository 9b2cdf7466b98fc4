"""Spreadsheets over the API."""

from __future__ import annotations

from pathlib import Path

import httpx
from tests.builders import Cast, sign_in

NAME = "upload_sample_lao_cai.xlsx"


class TestImports:
    async def test_look_first_then_store(self, client: httpx.AsyncClient, cast: Cast, samples: Path) -> None:
        await sign_in(client, cast.thu)
        files = {"file": (NAME, (samples / NAME).read_bytes())}
        looked = await client.post("/api/v1/imports", files=files, data={"dry_run": "true"})
        assert (looked.status_code, looked.json()["state"]) == (201, "checked"), looked.text
        assert looked.json()["counts"]["created"] == 39
        assert (await client.get("/api/v1/products")).json()["items"] == []
        path = f"/api/v1/imports/{looked.json()['id']}"
        stored = await client.post(f"{path}/store", data={"policy": "good_rows"})
        assert (stored.status_code, stored.json()["state"]) == (200, "stored"), stored.text
        assert (await client.post(f"{path}/store")).status_code == 409
        assert (await client.get(path)).json()["counts"]["certificates"] == 22
        refused = await client.post("/api/v1/imports", files=files, data={"policy": "refuse_all"})
        assert (refused.json()["state"], refused.json()["counts"]["unchanged"]) == ("refused", 39)

    async def test_no_spreadsheet(self, client: httpx.AsyncClient, cast: Cast) -> None:
        await sign_in(client, cast.thu)
        refused = await client.post("/api/v1/imports", files={"file": ("a.xlsx", b"\x89PNG\r\n\x1a\n")})
        assert refused.status_code == 422
        assert refused.json()["type"] == "urn:ocop-hub:error:file-unreadable"
