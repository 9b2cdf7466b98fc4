"""``ocop-hub audit``: the chain proved and gone on with from the command line."""

from __future__ import annotations

import asyncio
import json
import re
import secrets
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import asyncpg
import pytest
import typer
from sqlalchemy.engine import make_url
from tests.conftest import Cluster
from typer.testing import CliRunner, Result

from ocop_hub.audit import AuditEntry
from ocop_hub.cli.audit import NotTheOwner
from ocop_hub.cli.audit import app as audit_app
from ocop_hub.cli.upkeep import doctor
from ocop_hub.db import APP_ROLE, OWNER_ROLE, SYSTEM, Database, plain_url
from ocop_hub.kit import clock
from ocop_hub.settings import get_settings

doctor_app = typer.Typer()
doctor_app.command()(doctor)


@pytest.fixture(autouse=True)
def own_database(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """The command's environment says where the test's database is."""
    monkeypatch.setenv("OCOP_HUB_DATABASE_URL", plain_url(database.address.url))
    monkeypatch.setenv("OCOP_HUB_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield
    get_settings.cache_clear()


async def written(database: Database) -> None:
    async with database.session(SYSTEM) as session:
        at = clock.now() - timedelta(hours=2)
        session.add(AuditEntry(at=at, actor="user:thu", action="test.made", subject="x"))
    # Of the fixture's loop no connection may stay behind: the commands run loops of their own.
    await database.close()


async def planted(database: Database, statement: str) -> None:
    connection = await asyncpg.connect(plain_url(database.address.url), server_settings={"role": OWNER_ROLE})
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def run(*words: str) -> Result:
    return await asyncio.to_thread(CliRunner().invoke, audit_app, list(words))


async def test_sealed_proved_and_tampered_with(database: Database) -> None:
    await written(database)
    advice = (await asyncio.to_thread(CliRunner().invoke, doctor_app, [])).output
    assert "1 dòng nhật ký thao tác chờ niêm phong" in advice
    assert "Chưa có niêm phong nào; 1 dòng đang chờ." in (await run("verify")).output
    assert "Đã niêm phong thêm 1 dòng." in (await run("seal")).output
    assert "niêm phong" not in (await asyncio.to_thread(CliRunner().invoke, doctor_app, [])).output

    done = await run("verify")
    assert (done.exit_code, "1 dòng trong 1 niêm phong" in done.output) == (0, True), done.output
    (head,) = re.findall(r"\b[0-9a-f]{64}\b", done.output)
    told = json.loads((await run("verify", "--format", "json")).output)
    assert (told["sealed"], told["waiting"], told["head"], told["fault"]) == (1, 0, head, None)
    assert (await run("verify", "--head", head.upper())).exit_code == 0
    assert (await run("verify", "--head", "ab" * 32)).exit_code == 1

    await planted(database, "UPDATE audit_entries SET actor = 'user:khac'")
    done = await run("verify")
    assert (done.exit_code, "Niêm phong 1 không khớp: có dòng" in done.output) == (1, True), done.output
    done = await run("verify", "--format", "json")
    assert (done.exit_code, json.loads(done.output)["fault"]) == (1, "content")


async def test_another_login_than_the_owners_is_told_so(
    database: Database, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    login, secret = f"hub_test_{secrets.token_hex(6)}", secrets.token_hex(8)
    await cluster.execute(f"CREATE ROLE {login} LOGIN PASSWORD '{secret}' IN ROLE {APP_ROLE}")
    try:
        address = make_url(plain_url(database.address.url)).set(username=login, password=secret)
        monkeypatch.setenv("OCOP_HUB_DATABASE_URL", address.render_as_string(hide_password=False))
        monkeypatch.setenv("OCOP_HUB_DATABASE_OWNER_URL", address.render_as_string(hide_password=False))
        get_settings.cache_clear()
        assert "0 dòng đang chờ" in (await run("verify")).output
        assert isinstance((await run("seal")).exception, NotTheOwner)
    finally:
        await cluster.execute(f"DROP ROLE {login}")
