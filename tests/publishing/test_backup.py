"""Backup and restore as an operator does them: what was printed still answers, what was listed is not listed twice."""

from __future__ import annotations

import asyncio
import json
import os
import secrets
import sys
import tarfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncSession
from tests import builders

from ocop_hub.app import create_app
from ocop_hub.audit import AuditEntry
from ocop_hub.catalogue.models import Product
from ocop_hub.cli.backup import bring_back
from ocop_hub.cli.backup_archive import DamagedBackup, check
from ocop_hub.cli.backup_database import NotEmpty
from ocop_hub.cli.runtime import Runtime, open_runtime
from ocop_hub.db import APP_ROLE, SYSTEM, Database, plain_url
from ocop_hub.errors import Conflict
from ocop_hub.media import open_media
from ocop_hub.producers.actor import SYSTEM_ACTOR
from ocop_hub.publishing.models import AccountState, Listing, MarketplaceAccount
from ocop_hub.publishing.stalls import service as stalls
from ocop_hub.settings import Settings
from ocop_hub.traceability.labels.activation import Part, activate, block
from ocop_hub.traceability.labels.lot_keys import sealer_of
from ocop_hub.traceability.labels.print_runs import RunPlan, maker_of, plan_run
from ocop_hub.traceability.models import RunKind

from .conftest import World
from .test_controller import until_live

SECRET = "một-khóa-bí-mật-dài-của-bản-cài-đặt-thử"
LABEL = "K7M2P9QXAB"

#: Owner, rights and row-level security of every table, and the policies themselves. The right to maintain (m) is
#: unknown before PostgreSQL 17 and every owner's after it.
WALLS = """
    SELECT c.relname, pg_get_userbyid(c.relowner), c.relrowsecurity,
           replace(coalesce(
             c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)
           )::text, 'm/', '/'),
           (SELECT string_agg(p.polname || p.polcmd::text || coalesce(pg_get_expr(p.polqual, p.polrelid), '')
                              || coalesce(pg_get_expr(p.polwithcheck, p.polrelid), ''), '|' ORDER BY p.polname)
            FROM pg_policy p WHERE p.polrelid = c.oid)
    FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
     AND c.relname !~ '^scans_20'
    ORDER BY 1"""
FUTURE = (
    "SELECT pg_get_userbyid(defaclrole), defaclobjtype::text, defaclacl::text FROM pg_default_acl ORDER BY 2"
)


async def command(environment: dict[str, str], *words: str) -> tuple[int, str]:
    """``ocop-hub`` in a process of its own; exit status and everything it said."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("OCOP_HUB_")}
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "ocop_hub.cli", *words),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        env={**clean, "COLUMNS": "200", **environment},
    )
    said, _ = await process.communicate()
    return process.returncode or 0, said.decode()


@dataclass
class House:
    """An installation with a label, a picture and a stall, and its backup."""

    world: World
    settings: Settings
    file: Path
    said: str
    account_id: UUID
    listings: list[UUID]
    picture_key: str
    #: Paths of an active and of a blocked label with a serial each.
    serial: str
    blocked: str

    def fresh(self, folder: Path) -> Settings:
        return Settings(_env_file=None, data_dir=folder, public_url="https://ocop.example", demo=False)


async def print_serials(session: AsyncSession, product: Product, settings: Settings) -> tuple[str, str]:
    """The paths of two labels of a run, the first active, the second blocked."""
    lot = await builders.make_lot(session, product)
    # The keys are sealed under the secret that the backup carries.
    sealer = sealer_of(settings.model_copy(update={"secret_key": SecretStr("")}))
    run = await plan_run(
        session,
        SYSTEM_ACTOR,
        lot,
        RunPlan(RunKind.SERIAL, 2),
        public_url="https://ocop.example",
        sealer=sealer,
    )
    await activate(session, SYSTEM_ACTOR, run, Part(1, 1), sealer=sealer)
    await block(session, SYSTEM_ACTOR, run, Part(2, 2), sealer=sealer, reason="Mất")
    maker = await maker_of(session, run, sealer=sealer)
    first, second = (f"/t/{run.subject}/21/{each}" for each in maker.series(1, 2))
    return first, second


@pytest.fixture
async def house(world: World, settings: Settings, tmp_path: Path) -> House:
    """Backed up when one listing was up and another only asked for."""
    stored = await open_media(settings).put_file(b"anh", "pictures")
    (settings.data_dir / "secret.key").write_text(SECRET)
    async with world.database.session(SYSTEM) as session:
        product = await session.get_one(Product, world.products[0])
        await builders.make_trace_code(session, product, code=LABEL)
        serial, blocked = await print_serials(session, product, settings)
    account = await world.connect()
    listings = await world.request(account, *world.products[:1])
    await until_live(world, listings[0])
    listings += await world.request(account, world.products[1])
    file = tmp_path / "ocop.tar"
    environment = {
        "OCOP_HUB_DATABASE_URL": plain_url(world.database.address.url),
        "OCOP_HUB_DATA_DIR": str(settings.data_dir),
    }
    status, said = await command(environment, "backup", str(file))
    assert status == 0, said
    return House(world, settings, file, said, account, listings, stored, serial, blocked)


async def everything(database: Database) -> dict[str, Any]:
    """The walls as the database has them."""
    async with database.session(SYSTEM) as session:
        return {
            "walls": [tuple(row) for row in await session.execute(text(WALLS))],
            "future": [tuple(row) for row in await session.execute(text(FUTURE))],
        }


@asynccontextmanager
async def phone(runtime: Runtime) -> AsyncIterator[httpx.AsyncClient]:
    """A buyer's phone before the restored installation."""
    app = create_app(runtime.settings, runtime.database, media=runtime.media)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="https://ocop.example") as client,
    ):
        yield client


async def test_the_whole_way(house: House, tmp_path: Path) -> None:
    assert (house.file.stat().st_mode & 0o777, list(tmp_path.glob(".*"))) == (0o600, [])
    assert "khóa bí mật" in house.said
    # After the backup the stall goes on: the database that comes back knows nothing of this listing.
    late = await until_live(house.world, house.listings[1])

    target = house.fresh(tmp_path / "new")
    status, said = await command({"OCOP_HUB_DATA_DIR": str(target.data_dir)}, "restore", str(house.file))
    assert status == 0, said
    assert "1 gian hàng sẽ được đọc lại" in said
    assert "1 tin đăng sẽ được tìm trước" in said
    assert (target.data_dir / "secret.key").read_text() == SECRET
    assert [path.name for path in target.data_dir.glob(".restore*")] == []

    async with open_runtime(target) as runtime:
        assert await runtime.media.read(house.picture_key) == b"anh"
        before, after = await everything(house.world.database), await everything(runtime.database)
        assert [row for row in after["walls"] if row not in before["walls"]] == []
        assert (len(after["walls"]), after["future"]) == (len(before["walls"]), before["future"])
        async with phone(runtime) as client:
            page = await client.get(f"/t/{LABEL}", follow_redirects=True)
            assert (page.status_code, "Trứng vịt biển Đồng Rui" in page.text) == (200, True)
            asked = {"Accept": "text/html", "Accept-Language": "vi", "User-Agent": "Mozilla/5.0 (Android 13)"}
            known = await client.get(house.serial, headers=asked)
            assert "lượt quét đầu tiên" in known.text
            assert "đã được khóa" in (await client.get(house.blocked, headers=asked)).text
            made_up = await client.get(f"{house.serial[:-16]}{'0' * 16}", headers=asked)
            assert "không có trong đợt in tem nào" in made_up.text
        restored = replace(house.world, database=runtime.database)
        assert (await restored.listing(house.listings[1])).remote_id == ""
        await nothing_is_doubled(restored, house, late)
        async with runtime.database.session(SYSTEM) as session:
            assert await session.scalar(
                select(func.count()).where(AuditEntry.action == "installation.restore")
            )
        with pytest.raises(NotEmpty, match="không ghi đè"):
            await bring_back(target, house.file)


async def nothing_is_doubled(restored: World, house: House, late: Listing) -> None:
    """Nothing moves before the stall was read; then what stands there is found, and no create is sent."""
    assert await restored.drain() == 0
    async with restored.database.session(SYSTEM) as session:
        account = await session.get_one(MarketplaceAccount, house.account_id)
        assert (account.state, account.items_read_at) == (AccountState.NEEDS_ANSWERS, None)
    await stalls.read_shop(restored.database, restored.outside, house.account_id)
    async with restored.database.session(SYSTEM) as session:
        account = await session.get_one(MarketplaceAccount, house.account_id)
        assert account.state is AccountState.CONNECTED, "our own items are nobody's question"
    found = await until_live(restored, house.listings[1])
    assert found.remote_id == late.remote_id
    assert sorted(row["sku"] for row in await restored.history()) == sorted(
        [late.seller_sku, (await restored.listing(house.listings[0])).seller_sku]
    )


async def test_into_a_server_of_ones_own(
    small: Path, cluster: Any, database: Database, tmp_path: Path
) -> None:
    name = f"hub_restored_{secrets.token_hex(4)}"
    await cluster.execute(f'CREATE DATABASE "{name}"')
    try:
        address = cluster.address(name, "")
        environment = {
            "OCOP_HUB_DATABASE_URL": plain_url(address.url),
            "OCOP_HUB_DATA_DIR": str(tmp_path / "new"),
        }
        status, said = await command(environment, "restore", str(small))
        assert status == 0, said
        restored = Database(cluster.address(name, APP_ROLE), pool_size=1)
        try:
            before, after = await everything(database), await everything(restored)
        finally:
            await restored.close()
        # Owned by whoever restored; every wall stands.
        assert [(row[0], *row[2::2]) for row in after["walls"]] == [
            (row[0], *row[2::2]) for row in before["walls"]
        ]
    finally:
        await cluster.drop(name)


async def test_a_product_listed_after_the_backup_is_asked_about(house: House, tmp_path: Path) -> None:
    """The product is in the backup, its listing is not: the stall tells, and a person answers."""
    (since,) = await house.world.request(house.account_id, house.world.products[2])
    await until_live(house.world, since)
    target = house.fresh(tmp_path / "new")
    await bring_back(target, house.file)
    async with open_runtime(target) as runtime:
        restored = replace(house.world, database=runtime.database)
        await stalls.read_shop(runtime.database, restored.outside, house.account_id)
        async with runtime.database.session(SYSTEM) as session:
            account = await session.get_one(MarketplaceAccount, house.account_id)
        assert account.state is AccountState.NEEDS_ANSWERS
        await restored.hurry()
        assert await restored.drain() == 0


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-20_000])


def flip(file: Path) -> None:
    content = bytearray(file.read_bytes())
    content[5_000] ^= 1
    file.write_bytes(content)


def other(file: Path) -> None:
    file.write_text("không phải tệp sao lưu")


def grown(file: Path) -> None:
    with tarfile.open(file, "a") as tar:
        extra = file.with_name("thêm")
        extra.write_text("x")
        tar.add(extra, "media/thêm")


def escaping(file: Path) -> None:
    with tarfile.open(file, "a") as tar:
        extra = file.with_name("thêm")
        extra.write_text("x")
        tar.add(extra, "media/../../thêm")


class TestRefusals:
    @pytest.mark.parametrize("harm", [cut, flip, other, grown, escaping])
    async def test_a_damaged_file_touches_nothing(
        self, small: Path, harm: Callable[[Path], None], tmp_path: Path
    ) -> None:
        harm(small)
        target = Settings(_env_file=None, data_dir=tmp_path / "new")
        with pytest.raises(DamagedBackup) as refused:
            await bring_back(target, small)
        assert refused.value.detail.endswith(".")
        assert not target.data_dir.exists()

    async def test_another_secret_is_refused(self, small: Path, tmp_path: Path) -> None:
        target = Settings(_env_file=None, data_dir=tmp_path / "new", secret_key="y" * 40)
        with pytest.raises(Conflict, match="OCOP_HUB_SECRET_KEY"):
            await bring_back(target, small)
        assert not target.data_dir.exists()

    async def test_an_unfinished_backup_leaves_the_last_one(
        self, small: Path, settings: Settings, cluster: Any, tmp_path: Path
    ) -> None:
        before = small.read_bytes()
        environment = {"OCOP_HUB_DATABASE_URL": cluster.url, "OCOP_HUB_DATA_DIR": str(settings.data_dir)}
        status, said = await command(environment, "backup", str(small))
        assert (status, "còn trống" in said) == (1, True), said
        assert small.read_bytes() == before
        assert list(tmp_path.glob(".*")) == []


@pytest.fixture
async def small(settings: Settings, database: Database, tmp_path: Path) -> Path:
    """The backup of an installation that has just begun."""
    from ocop_hub.cli.backup import make_backup

    settings.data_dir.mkdir()
    (settings.data_dir / "secret.key").write_text(SECRET)
    own = settings.model_copy(update={"database_url": plain_url(database.address.url)})
    file = tmp_path / "ocop.tar"
    manifest = await make_backup(own, file)
    assert json.dumps(dict(check(file).rows)) == json.dumps(dict(manifest.rows))
    return file
