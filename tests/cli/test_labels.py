"""``ocop-hub labels``: a sheet and a print house's file from the command line."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select
from tests import builders
from typer.testing import CliRunner

from ocop_hub.cli.labels import app
from ocop_hub.db import SYSTEM, Database, plain_url
from ocop_hub.settings import get_settings
from ocop_hub.traceability.errors import LotNotFound
from ocop_hub.traceability.models import LotState, PrintRun


@pytest.fixture
def own_database(database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Database]:
    """The command's environment says where the test's database is; it holds one released lot."""
    monkeypatch.setenv("OCOP_HUB_DATABASE_URL", plain_url(database.address.url))
    monkeypatch.setenv("OCOP_HUB_DATA_DIR", str(tmp_path))
    get_settings.cache_clear()
    yield database
    get_settings.cache_clear()


async def released_lot(database: Database, code: str) -> None:
    async with database.session(SYSTEM) as session:
        cast = await builders.make_cast(session)
        product = await builders.make_product(session, cast.hers)
        lot = await builders.make_lot(session, product, state=LotState.RELEASED)
        lot.code = code


async def test_sheet_then_csv_of_its_run(own_database: Database, tmp_path: Path) -> None:
    await released_lot(own_database, "LO-CLI")
    sheet = tmp_path / "tem.pdf"
    options = ["--count", "3", "--serial", "--out", str(sheet)]
    done = await asyncio.to_thread(CliRunner().invoke, app, ["sheet", "lo-cli", *options])
    assert done.exception is None, done.output
    assert "3 tem" in done.stdout
    assert sheet.read_bytes().startswith(b"%PDF-")
    async with own_database.session(SYSTEM) as session:
        run = (await session.scalars(select(PrintRun))).one()
    assert (run.count, run.printed) == (3, 1)

    out = tmp_path / "dot-1.csv"
    done = await asyncio.to_thread(CliRunner().invoke, app, ["csv", str(run.id), "--out", str(out)])
    assert done.exception is None, done.output
    manifest = json.loads((tmp_path / "dot-1.manifest.json").read_text())
    assert manifest["sha256"] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert len(out.read_bytes().splitlines()) == 4


async def test_a_lot_that_is_not_there_is_a_sentence(own_database: Database, tmp_path: Path) -> None:
    arguments = ["sheet", "LO-0", "--out", str(tmp_path / "tem.pdf")]
    done = await asyncio.to_thread(CliRunner().invoke, app, arguments)
    assert isinstance(done.exception, LotNotFound)
    assert not (tmp_path / "tem.pdf").exists()


def test_layouts_are_listed() -> None:
    assert "a4-3x8" in CliRunner().invoke(app, ["layouts"]).stdout
