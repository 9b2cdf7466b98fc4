from __future__ import annotations

from pathlib import Path

import pytest
from tests.conftest import Cluster

from ocop_hub.cli.backup import make_backup
from ocop_hub.cli.runtime import open_runtime
from ocop_hub.cli.walls import PoolerInTheWay, SeesEverything, check_wall
from ocop_hub.db import OWNER_ROLE, Database
from ocop_hub.settings import Settings


async def test_a_login_that_owns_the_tables_is_refused(database: Database, cluster: Cluster) -> None:
    await check_wall(database)
    owner = Database(cluster.address(database.engine.url.database or "", OWNER_ROLE), pool_size=1)
    with pytest.raises(SeesEverything, match="mo-rong"):
        await check_wall(owner)
    await owner.close()


async def test_what_holds_a_session_does_not_start_behind_a_pooler(tmp_path: Path) -> None:
    settings = Settings(
        _env_file=None, database_url="postgresql://nobody@127.0.0.1:1/x", database_pooler=True
    )
    with pytest.raises(PoolerInTheWay, match="OCOP_HUB_DATABASE_POOLER"):
        await make_backup(settings, tmp_path / "backup.tar")


async def test_serve_migrates_nothing_through_a_pooler(cluster: Cluster, tmp_path: Path) -> None:
    """The server's own database has no tables of ours."""
    settings = Settings(
        _env_file=None,
        data_dir=tmp_path,
        database_url=cluster.url,
        database_pooler=True,
        log_format="console",
    )
    with pytest.raises(PoolerInTheWay):
        async with open_runtime(settings):
            pass
