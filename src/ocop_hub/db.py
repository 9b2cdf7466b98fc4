"""The one way to PostgreSQL: engine, sessions, and the scope that row-level security reads.

A session is a transaction. It starts seeing no tenant row at all; :func:`apply_scope` tells the database for
whom it acts, with ``SET LOCAL``, so nothing outlives the transaction (decision 0003). Application code never
commits: the request's dependency, or :meth:`Database.session`, does, before the answer leaves. What waits for
something outside, such as a file in a bucket, waits :func:`aside`, with no connection of the pool in its hands.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Any, Protocol
from uuid import UUID

import asyncpg
from fastapi import Depends, Request
from sqlalchemy import (
    BigInteger,
    Cast,
    ColumnElement,
    Date,
    DateTime,
    Enum,
    MetaData,
    String,
    Table,
    TableValuedAlias,
    Uuid,
    any_,
    cast,
    column,
    func,
    literal,
    select,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, Insert, insert
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, InstrumentedAttribute
from sqlalchemy.types import TypeEngine

from ocop_hub.settings import Settings

#: Owns nothing; every web and worker connection acts as this role.
APP_ROLE = "ocop_hub_app"
#: Owns the tables; only migrations act as this role.
OWNER_ROLE = "ocop_hub_owner"


class Base(DeclarativeBase):
    """Base of every table, with names for constraints that stay the same in every database."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {
        UUID: Uuid(),
        datetime: DateTime(timezone=True),
        date: Date(),
        int: BigInteger(),
        str: String(),
        dict[str, Any]: JSONB(),
    }


def text_enum(kind: type[StrEnum]) -> Enum:
    """A column type that stores an enum's value as text under a check constraint."""
    return Enum(
        kind,
        name=kind.__name__.lower(),
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [member.value for member in members],
    )


class ScopeKind(StrEnum):
    """How far a transaction may see, as row-level security understands it."""

    ALL = "all"
    OWN = "own"
    UNIT = "unit"
    PUBLIC = "public"


@dataclass(frozen=True, slots=True)
class Scope:
    """For whom a transaction acts. ``producers`` counts under OWN, ``unit_id`` (a commune today) under UNIT."""

    kind: ScopeKind
    producers: frozenset[UUID] = frozenset()
    unit_id: str = ""


SYSTEM = Scope(ScopeKind.ALL)
PUBLIC = Scope(ScopeKind.PUBLIC)


_SCOPED = (
    "SELECT set_config('app.scope', :kind, true), set_config('app.producers', :producers, true),"
    " set_config('app.unit', :unit, true)"
)
#: In the same round trip, and as local as the scope.
_SCOPED_AND_QUICK = f"{_SCOPED}, set_config('synchronous_commit', 'off', true)"


#: Under these names a session remembers its scope, and what it claimed, from one transaction to the next.
_SCOPE, _CLAIM = "scope", "claim"


async def apply_scope(session: AsyncSession, scope: Scope, *, durable: bool = True) -> None:
    """Tell row-level security for whom this transaction acts, until it ends."""
    session.info[_SCOPE] = (scope, durable)
    await session.execute(
        text(_SCOPED if durable else _SCOPED_AND_QUICK),
        {
            "kind": scope.kind.value,
            "producers": ",".join(sorted(str(each) for each in scope.producers)),
            "unit": scope.unit_id,
        },
    )


class Claimed(Protocol):
    """Something a transaction holds by a row that nobody else sees yet, such as the key of an idempotent POST."""

    async def put_down(self, session: AsyncSession) -> None:
        """Take the row back: the change it stands for is still to come."""
        ...

    async def take_up(self, session: AsyncSession) -> None:
        """Claim it again; raises when somebody else has done so meanwhile."""
        ...


def hold(session: AsyncSession, claimed: Claimed) -> None:
    """Let :func:`aside` put ``claimed`` down and take it up again."""
    session.info[_CLAIM] = claimed


@asynccontextmanager
async def aside(session: AsyncSession) -> AsyncIterator[None]:
    """Wait for something outside the database in this block, with no transaction and no connection held.

    For routes and jobs, between looking and changing: what was read before may have changed after it, so what
    must still hold is asked again. Before the first change of the request, never within a savepoint. The
    transaction that follows acts for the same scope.
    """
    claimed: Claimed | None = session.info.get(_CLAIM)
    if claimed is not None:
        await claimed.put_down(session)
    await session.commit()
    try:
        yield
    finally:
        if _SCOPE in session.info:
            scope, durable = session.info[_SCOPE]
            await apply_scope(session, scope, durable=durable)
    if claimed is not None:
        await claimed.take_up(session)


@dataclass(frozen=True, slots=True)
class DatabaseAddress:
    """Where the database is and under which role to act.

    ``act_as`` is set when the login is not the application role itself; it becomes the connection's default
    role, so that ``RESET ROLE`` comes back to it. ``pooled``: a PgBouncer in transaction mode answers there, whose
    connections keep no setting from one transaction to the next; then ``act_as`` cannot be had.
    """

    url: str = field(repr=False)
    act_as: str = ""
    pooled: bool = False

    @property
    def sqlalchemy_url(self) -> URL:
        """The address for SQLAlchemy's asyncpg dialect."""
        return make_url(self.url).set(drivername="postgresql+asyncpg")

    @property
    def server_settings(self) -> dict[str, str]:
        """Start-up settings of each connection."""
        settings = {"application_name": "ocop_hub", "TimeZone": "UTC"}
        if self.act_as:
            settings["role"] = self.act_as
        return settings

    async def connect(self, settings: Mapping[str, str] | None = None) -> asyncpg.Connection[Any]:
        """A plain asyncpg connection under this role, with start-up ``settings`` of its own; the caller closes it."""
        return await asyncpg.connect(
            plain_url(self.url), server_settings=self.server_settings | dict(settings or {})
        )


class Database:
    """An engine and its sessions, made once per process."""

    def __init__(self, address: DatabaseAddress, *, pool_size: int = 10) -> None:
        self.address = address
        self.engine: AsyncEngine = create_async_engine(
            address.sqlalchemy_url,
            pool_size=pool_size,
            # What the operator set is what the server is asked for: beyond it requests wait.
            max_overflow=0,
            # After a restart of the server each pooled connection would cost somebody one failed request.
            pool_pre_ping=True,
            connect_args={"server_settings": address.server_settings},
        )
        # Rows are read after the commit too, when the answer is written from them.
        self.sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def session(self, scope: Scope, *, durable: bool = True) -> AsyncIterator[AsyncSession]:
        """One transaction under ``scope``: commits when the block ends, rolls back when it raises.

        One that is not ``durable`` may be forgotten, whole, when PostgreSQL itself crashes within the next
        half second; it does not wait for the disk.
        """
        async with self.sessions() as session:
            await apply_scope(session, scope, durable=durable)
            yield session
            await session.commit()

    async def connect_raw(self, settings: Mapping[str, str] | None = None) -> asyncpg.Connection[Any]:
        """A plain asyncpg connection under the same role, for the queue, for COPY and for scans."""
        return await self.address.connect(settings)

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def plain_url(url: str) -> str:
    """The address as libpq and asyncpg write it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def database_of(request: Request) -> Database:
    """The process's database, as the application was wired."""
    database: Database = request.app.state.database
    return database


async def get_session(request: Request) -> AsyncIterator[AsyncSession]:
    """One request, one transaction; committed before the answer is sent (the dependency's scope is "function")."""
    async with database_of(request).sessions() as session:
        yield session
        await session.commit()


SessionDep = Annotated[AsyncSession, Depends(get_session, scope="function")]


def settings_of(request: Request) -> Settings:
    """The process's settings, as the application was wired."""
    settings: Settings = request.app.state.settings
    return settings


SettingsDep = Annotated[Settings, Depends(settings_of)]


def table_of(model: type[Base]) -> Table:
    """The table behind a model class."""
    table = model.__table__
    if not isinstance(table, Table):  # pragma: no cover - every model of ours is a plain table
        raise TypeError(f"{model.__name__} is not mapped to a table")
    return table


class _Sent(Cast[Any]):
    """An array that a statement is made for. The cache of compiled statements would keep it, and all its rows."""

    inherit_cache = False

    @classmethod
    def of(cls, kind: TypeEngine[Any], values: Iterable[Any]) -> _Sent:
        """The values of one type. One dimension: a JSON value may itself be a list."""
        array = ARRAY(kind, dimensions=1)
        return cls(literal(list(values), array), array)


def among(attribute: InstrumentedAttribute[Any], choices: Collection[Any]) -> ColumnElement[bool]:
    """Whether a column's value is one of any number of ``choices``, sent as one array."""
    return attribute == any_(_Sent.of(attribute.type, choices))


def sent_rows(given: Mapping[str, tuple[TypeEngine[Any], list[Any]]]) -> TableValuedAlias:
    """Rows to select from, sent as one array for each column: its type and values by its name."""
    arrays = [_Sent.of(kind, values) for kind, values in given.values()]
    columns = [column(name, kind) for name, (kind, _) in given.items()]
    return func.unnest(*arrays).table_valued(*columns).render_derived()


def insert_rows(model: type[Base], rows: Iterable[Mapping[str, Any]]) -> Insert:
    """One ``INSERT … SELECT FROM unnest`` for any number of rows, open to ``ON CONFLICT`` and ``RETURNING``.

    One array per column, so neither the number of statements nor that of bound parameters grows with the
    rows; a column in which all rows hold the very same object is sent once. Rows may be made one by one: none is
    kept. There must be one at least, and every row gives the columns of the first; defaults made in Python are
    not applied.
    """
    table = table_of(model)
    given = _by_column(rows)
    several = [name for name, values in given.items() if any(value is not values[0] for value in values)]
    # How many rows there are is told by an array.
    several = several or [next(iter(given))]
    sent = sent_rows({name: (table.c[name].type, given[name]) for name in several})
    chosen = [
        sent.c[name] if name in sent.c else cast(literal(values[0], table.c[name].type), table.c[name].type)
        for name, values in given.items()
    ]
    return insert(table).from_select(list(given), select(*chosen))


def _by_column(rows: Iterable[Mapping[str, Any]]) -> dict[str, list[Any]]:
    each = iter(rows)
    given = {name: [value] for name, value in next(each).items()}
    for row in each:
        for name, values in given.items():
            values.append(row[name])
    return given


def upsert_rows(model: type[Base], rows: Iterable[Mapping[str, Any]], changing: Sequence[str]) -> Insert:
    """:func:`insert_rows`, where a row whose ``id`` is there already gets the columns ``changing`` instead."""
    adding = insert_rows(model, rows)
    return adding.on_conflict_do_update(
        index_elements=["id"], set_={name: adding.excluded[name] for name in changing}
    )
