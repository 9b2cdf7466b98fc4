"""The chain over the audit: what was sealed cannot change unseen, and only the owner seals."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from tests.conftest import Cluster

from ocop_hub import audit
from ocop_hub.audit import chain
from ocop_hub.audit.chain import FIRST, Fault, Verdict
from ocop_hub.audit.jobs import OWNER, seal
from ocop_hub.db import APP_ROLE, OWNER_ROLE, SYSTEM, Database, DatabaseAddress
from ocop_hub.jobs import JobContext
from ocop_hub.kit.ids import new_id

#: Rows sealed by ``sealed``, three under a seal.
ROWS = 7


@pytest.fixture(scope="module")
async def name(cluster: Cluster, template: str) -> AsyncIterator[str]:
    name = await cluster.clone(template)
    yield name
    await cluster.drop(name)


@pytest.fixture(scope="module")
async def app(cluster: Cluster, name: str) -> AsyncIterator[Database]:
    database = Database(cluster.address(name, APP_ROLE), pool_size=3)
    yield database
    await database.close()


@pytest.fixture
def owner(cluster: Cluster, name: str) -> DatabaseAddress:
    return cluster.address(name, OWNER_ROLE)


async def write(app: Database, *actions: str) -> None:
    async with app.session(SYSTEM) as session:
        for action in actions:
            audit.record(
                session,
                actor="user:thu",
                action=action,
                subject="product:mật ong",
                producer_id=new_id(),
                amount=1.50,
                fields=["tên", "giá"],
            )


@asynccontextmanager
async def tampering(owner: DatabaseAddress) -> AsyncIterator[Any]:
    """A connection of the owner's, whom no right holds back; what it does is undone."""
    connection = await owner.connect()
    transaction = connection.transaction(isolation="repeatable_read")
    await transaction.start()
    try:
        yield connection
    finally:
        await transaction.rollback()
        await connection.close()


async def verdict(owner: DatabaseAddress, *statements: str, known: str = "") -> Verdict:
    """What the walk says after ``statements``, which are undone."""
    async with tampering(owner) as connection:
        for statement in statements:
            assert not (await connection.execute(statement)).endswith(" 0"), statement
        return await chain.verify(connection, known=known)


@pytest.fixture
async def sealed(app: Database, owner: DatabaseAddress) -> list[int]:
    """The ids of the first seals: three rows, three, one."""
    async with app.sessions() as session:
        seals = await session.scalars(text("SELECT id FROM audit_seals ORDER BY id LIMIT 3"))
        found = list(seals)
    if not found:
        await write(app, *(f"test.act{number}" for number in range(ROWS)))
        assert await chain.seal(owner, batch=3) == ROWS
        return await _seals(app)
    return found


async def _seals(app: Database) -> list[int]:
    async with app.sessions() as session:
        return list(await session.scalars(text("SELECT id FROM audit_seals ORDER BY id")))


def row_of(seal_id: int) -> str:
    return f"(SELECT min(id) FROM audit_entries WHERE seal_id = {seal_id})"


async def test_an_untouched_chain_agrees(app: Database, owner: DatabaseAddress, sealed: list[int]) -> None:
    found = await verdict(owner)
    assert (found.fault, found.seals, found.sealed, found.waiting) == (None, 3, ROWS, 0)
    assert found.head != FIRST
    assert len(found.head) == 64
    connection: Any = await app.connect_raw()
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            assert await chain.verify(connection) == found, "whoever may read can check"
    finally:
        await connection.close()


class TestPlanted:
    @pytest.mark.parametrize(
        "change",
        [
            "actor = 'user:khac'",
            "acting_for = 'producer:x'",
            "action = 'test.other'",
            "subject = 'product:khác'",
            "at = at + interval '1 microsecond'",
            "producer_id = NULL",
            """details = details || '{"fields": []}'""",
            """details = details || '{"amount": 1.5000000000000000000001}'""",
        ],
    )
    async def test_a_changed_row(self, owner: DatabaseAddress, sealed: list[int], change: str) -> None:
        found = await verdict(owner, f"UPDATE audit_entries SET {change} WHERE id = {row_of(sealed[1])}")
        assert (found.fault, found.seal_id, found.seals) == (Fault.CONTENT, sealed[1], 1)

    async def test_a_removed_row(self, owner: DatabaseAddress, sealed: list[int]) -> None:
        found = await verdict(owner, f"DELETE FROM audit_entries WHERE id = {row_of(sealed[1])}")
        assert (found.fault, found.seal_id) == (Fault.COUNT, sealed[1])

    async def test_all_rows_of_a_seal_removed(self, owner: DatabaseAddress, sealed: list[int]) -> None:
        removed = f"DELETE FROM audit_entries WHERE seal_id = {sealed[0]}"
        assert (await verdict(owner, removed)).fault is Fault.COUNT
        hidden = await verdict(owner, removed, f"UPDATE audit_seals SET count = 0 WHERE id = {sealed[0]}")
        assert hidden.fault is Fault.CONTENT

    async def test_an_inserted_row(self, owner: DatabaseAddress, sealed: list[int]) -> None:
        inserted = (
            "INSERT INTO audit_entries (actor, acting_for, action, subject, details, seal_id)"
            f" VALUES ('user:khac', '', 'test.made_up', 'x', '{{}}', {sealed[1]})"
        )
        assert (await verdict(owner, inserted)).fault is Fault.COUNT
        counted = f"UPDATE audit_seals SET count = count + 1 WHERE id = {sealed[1]}"
        assert (await verdict(owner, inserted, counted)).fault is Fault.CONTENT

    async def test_a_row_moved_to_another_seal(self, owner: DatabaseAddress, sealed: list[int]) -> None:
        moved = f"UPDATE audit_entries SET seal_id = {sealed[2]} WHERE id = {row_of(sealed[1])}"
        assert (await verdict(owner, moved)).fault is Fault.COUNT

    @pytest.mark.parametrize(
        ("change", "fault"),
        [
            ("hash = repeat('a', 64)", Fault.CONTENT),
            ("sealed_at = sealed_at - interval '1 day'", Fault.CONTENT),
            ("previous = repeat('a', 64)", Fault.ORDER),
        ],
    )
    async def test_a_changed_seal(
        self, owner: DatabaseAddress, sealed: list[int], change: str, fault: Fault
    ) -> None:
        found = await verdict(owner, f"UPDATE audit_seals SET {change} WHERE id = {sealed[1]}")
        assert (found.fault, found.seal_id) == (fault, sealed[1])

    async def test_a_removed_seal(self, owner: DatabaseAddress, sealed: list[int]) -> None:
        found = await verdict(
            owner,
            f"DELETE FROM audit_entries WHERE seal_id = {sealed[0]}",
            f"DELETE FROM audit_seals WHERE id = {sealed[0]}",
        )
        assert (found.fault, found.seal_id, found.head) == (Fault.ORDER, sealed[1], FIRST)

    async def test_an_end_cut_off_is_seen_by_the_hash_written_down(
        self, owner: DatabaseAddress, sealed: list[int]
    ) -> None:
        head = (await verdict(owner)).head
        cut = (
            f"DELETE FROM audit_entries WHERE seal_id = {sealed[2]}",
            f"DELETE FROM audit_seals WHERE id = {sealed[2]}",
        )
        assert (await verdict(owner, known=head)).fault is None
        assert (await verdict(owner, *cut)).fault is None
        assert (await verdict(owner, *cut, known=head)).fault is Fault.HEAD


class TestRights:
    @pytest.mark.parametrize(
        "statement",
        [
            "UPDATE audit_entries SET seal_id = NULL",
            "UPDATE audit_seals SET count = 0",
            "DELETE FROM audit_seals",
            "INSERT INTO audit_seals (previous, hash, count, sealed_at) VALUES ('', '', 0, now())",
            "INSERT INTO audit_entries (actor, acting_for, action, subject, details, seal_id)"
            " VALUES ('', '', '', '', '{}', NULL)",
        ],
    )
    async def test_the_application_seals_nothing(self, app: Database, statement: str) -> None:
        with pytest.raises(DBAPIError, match="permission denied"):
            async with app.session(SYSTEM) as session:
                await session.execute(text(statement))

    async def test_a_worker_without_the_owners_login_leaves_it_alone(
        self, app: Database, sealed: list[int]
    ) -> None:
        await seal(JobContext(app, {}))
        await seal(JobContext(app, {OWNER: app.address}))
        assert (await _seals(app))[:3] == sealed


class TestSealing:
    """After the tests above, which count the seals there are."""

    async def test_what_commits_late_gets_the_next_seal(self, app: Database, owner: DatabaseAddress) -> None:
        context = JobContext(app, {OWNER: owner})
        async with app.session(SYSTEM) as early:
            audit.record(early, actor="user:thu", action="test.early", subject="x")
            await early.flush()
            await write(app, "test.late")
            await seal(context)
        assert (await verdict(owner)).waiting == 1
        await seal(context)
        async with app.sessions() as session:
            order = await session.scalars(
                text(
                    "SELECT action FROM audit_entries WHERE action IN ('test.early', 'test.late') ORDER BY seal_id"
                )
            )
            assert list(order) == ["test.late", "test.early"]
            by_id = await session.scalars(
                text(
                    "SELECT action FROM audit_entries WHERE action IN ('test.early', 'test.late') ORDER BY id"
                )
            )
            assert list(by_id) == ["test.early", "test.late"]
        found = await verdict(owner)
        assert (found.fault, found.waiting) == (None, 0)

    async def test_one_sealer_at_a_time(self, app: Database, owner: DatabaseAddress) -> None:
        await write(app, "test.waits")
        connection = await owner.connect()
        try:
            async with connection.transaction():
                await connection.execute("SELECT pg_advisory_xact_lock($1)", chain.LOCK)
                assert await chain.seal(owner) == 0
        finally:
            await connection.close()
        assert await chain.seal(owner) == 1

    async def test_several_at_once_make_one_chain(self, app: Database, owner: DatabaseAddress) -> None:
        before = await verdict(owner)
        await write(app, *("test.many" for _ in range(20)))
        assert sum(await asyncio.gather(*(chain.seal(owner, batch=2) for _ in range(4)))) == 20
        found = await verdict(owner, known=before.head)
        assert (found.fault, found.sealed - before.sealed, found.seals - before.seals) == (None, 20, 10)
