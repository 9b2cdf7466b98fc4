"""The database's part of a backup: a dump in one snapshot with its counts, and the way back."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncpg
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy.engine import make_url

from ocop_hub import embedded
from ocop_hub.db import DatabaseAddress, plain_url
from ocop_hub.embedded.programs import MAJOR
from ocop_hub.errors import Conflict, Unavailable
from ocop_hub.schema import alembic_config, ensure_app_role, grant_future_tables

#: The oldest server that is supported; from the second on one knows every setting that our pg_restore sends.
OLDEST_TARGET, KNOWS_ALL = 16, 17
#: What pg_restore 18 sets first whatever the server is, and PostgreSQL 16 has never heard of.
_UNHEARD_OF = b"SET transaction_timeout = 0;"

if TYPE_CHECKING:
    Connection = asyncpg.Connection[Any]


class BackupFailed(Unavailable):
    code = "backup-failed"
    title = "Chưa sao lưu hoặc khôi phục được"


class NotEmpty(Conflict):
    code = "database-not-empty"
    title = "Nơi khôi phục đã có dữ liệu"


class NothingToBackUp(Conflict):
    code = "nothing-to-back-up"
    title = "Chưa có dữ liệu để sao lưu"


@dataclass(frozen=True, slots=True)
class Dumped:
    """What a dump holds: the schema's revision, the server's major version, rows per table."""

    revision: str
    server_major: int
    rows: Mapping[str, int]


@asynccontextmanager
async def connected(owner: DatabaseAddress) -> AsyncIterator[Connection]:
    """A connection under the role that owns the tables; row-level security hides nothing from it."""
    connection: Connection = await owner.connect()
    try:
        yield connection
    finally:
        await connection.close()


async def dump(owner: DatabaseAddress, target: Path) -> Dumped:
    """Write the whole database to ``target`` in pg_dump's custom format; it can go on being used meanwhile.

    Raises :class:`NothingToBackUp`, :class:`BackupFailed`.
    """
    async with connected(owner) as connection:
        major = await _major(connection)
        if major > MAJOR:
            raise BackupFailed(
                f"Máy chủ chạy PostgreSQL {major}, mới hơn pg_dump {MAJOR} đi kèm. "
                "Hãy dùng pg_dump của chính máy chủ, hoặc cập nhật ocop-hub."
            )
        if not await has_tables(connection):
            raise NothingToBackUp(
                "Cơ sở dữ liệu còn trống. Hãy xem OCOP_HUB_DATA_DIR và OCOP_HUB_DATABASE_URL."
            )
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            snapshot = await connection.fetchval("SELECT pg_export_snapshot()")
            revision = str(await connection.fetchval("SELECT version_num FROM alembic_version"))
            rows = await count_rows(connection)
            await _run(owner, "pg_dump", "--format=custom", f"--snapshot={snapshot}", f"--file={target}")
    return Dumped(revision, major, rows)


async def check_target(owner: DatabaseAddress, revision: str) -> None:
    """Raises :class:`NotEmpty`, or :class:`BackupFailed` where this program or server is too old for it."""
    try:
        ScriptDirectory.from_config(alembic_config()).get_revision(revision)
    except CommandError as error:
        raise BackupFailed(
            f"Bản sao lưu có cấu trúc {revision}, mới hơn phiên bản đang chạy. Hãy cập nhật ocop-hub trước."
        ) from error
    async with connected(owner) as connection:
        if await has_tables(connection):
            raise NotEmpty(
                "Cơ sở dữ liệu đích đã có bảng; khôi phục không ghi đè lên dữ liệu. "
                "Hãy chọn OCOP_HUB_DATA_DIR mới, hoặc một cơ sở dữ liệu trống."
            )
        major = await _major(connection)
        if major < OLDEST_TARGET:
            raise BackupFailed(
                f"Máy chủ đích chạy PostgreSQL {major}; khôi phục cần từ {OLDEST_TARGET} trở lên."
            )


async def restore(owner: DatabaseAddress, source: Path, rows: Mapping[str, int]) -> None:
    """Bring the dump into the empty database in one transaction, owned by ``owner``, and count the rows.

    Raises :class:`BackupFailed`.
    """
    with tempfile.NamedTemporaryFile("w", suffix=".list") as chosen:
        listed = await _run(owner, "pg_restore", "--list", str(source), database=False)
        # Rights on future tables name the former owner's role, which need not exist here: given anew below.
        chosen.writelines(line for line in listed.splitlines(keepends=True) if " DEFAULT ACL " not in line)
        chosen.flush()
        async with connected(owner) as connection:
            await ensure_app_role(connection)
            major = await _major(connection)
        what = ("--no-owner", f"--use-list={chosen.name}", str(source))
        if major < KNOWS_ALL:
            await _restore_by_script(owner, what)
        else:
            await _run(owner, "pg_restore", "--single-transaction", "--exit-on-error", *what)
    async with connected(owner) as connection:
        await grant_future_tables(connection)
        found = await count_rows(connection)
    if found != rows:
        wrong = sorted(name for name in found.keys() | rows.keys() if found.get(name) != rows.get(name))
        raise BackupFailed(
            f"Số dòng sau khi khôi phục khác bản kê ở bảng {wrong[0]}. Không dùng dữ liệu này."
        )


async def _restore_by_script(owner: DatabaseAddress, what: Sequence[str]) -> None:
    """The same restore in one transaction by psql, without the setting that an older server refuses."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "restore.sql"
        role = (f"--role={owner.act_as}",) if owner.act_as else ()
        await _run(owner, "pg_restore", *role, f"--file={script}", *what, database=False)
        await asyncio.to_thread(_blank_out, script, _UNHEARD_OF)
        await _run(
            owner,
            *("psql", "--no-psqlrc", "--quiet", "--single-transaction", "--set=ON_ERROR_STOP=1"),
            f"--file={script}",
            role=False,
        )


def _blank_out(script: Path, statement: bytes) -> None:
    """Overwrite the statement with blanks; it stands at the head of the script, before any data."""
    with script.open("r+b") as file:
        at = file.read(4_096).find(statement)
        if at >= 0:
            file.seek(at)
            file.write(b" " * len(statement))


async def has_tables(connection: Connection) -> bool:
    """Whether anything was ever made in the database."""
    return bool(
        await connection.fetchval("SELECT EXISTS (SELECT FROM pg_tables WHERE schemaname = 'public')")
    )


async def count_rows(connection: Connection) -> dict[str, int]:
    """Rows of every table; a partitioned one counts for its parts."""
    names = await connection.fetch(
        """SELECT c.oid::regclass::text AS name FROM pg_class c
           WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
           ORDER BY 1"""
    )
    return {
        row["name"]: await connection.fetchval(f"SELECT count(*) FROM {row['name']}")  # noqa: S608 - quoted by regclass
        for row in names
    }


async def _major(connection: Connection) -> int:
    return int(await connection.fetchval("SELECT current_setting('server_version_num')::int / 10000"))


async def _run(
    owner: DatabaseAddress, program: str, *arguments: str, database: bool = True, role: bool = True
) -> str:
    """Run one of PostgreSQL's programs; a password goes by the environment, where other users do not see it.

    ``role``: the program takes the role to act as; psql does not, its script says it.
    """
    url = make_url(plain_url(owner.url))
    command: list[str] = [str(embedded.tool(program)), *arguments]
    if database:
        where = url.set(password=None).render_as_string()
        command += ["--no-password", f"--dbname={where}"]
        if owner.act_as and role:
            command.append(f"--role={owner.act_as}")
    done = await asyncio.to_thread(_call, command, str(url.password or ""))
    if done.returncode != 0:
        said = (done.stderr.strip().splitlines() or ["không rõ lý do"])[0]
        raise BackupFailed(
            f"{program} dừng với mã {done.returncode}: {said}. Cần đăng nhập bằng vai sở hữu các bảng "
            "(OCOP_HUB_DATABASE_OWNER_URL)."
        )
    return done.stdout


def _call(command: Sequence[str], password: str) -> subprocess.CompletedProcess[str]:
    kept = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "HOME", "PGSSLROOTCERT")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    if password:
        environment["PGPASSWORD"] = password
    return subprocess.run(  # noqa: S603 - fixed programs, no shell
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        errors="replace",
        env={**environment, "LC_ALL": "C"},
        check=False,
    )
