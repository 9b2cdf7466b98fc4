"""One key, one change: over HTTP, with real commits."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, FastAPI
from pydantic import BaseModel
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession
from tests.builders import Cast, sign_in

from ocop_hub import audit
from ocop_hub.accounts.models import ApiToken
from ocop_hub.audit import AuditEntry
from ocop_hub.db import SYSTEM, Database, SessionDep
from ocop_hub.errors import Conflict
from ocop_hub.idempotency import HubRoute, IdempotencyKey, forget_old
from ocop_hub.kit import clock
from ocop_hub.kit.ids import new_id
from ocop_hub.producers.access import ActorDep

router = APIRouter(prefix="/api/v1/made", route_class=HubRoute)


class Thing(BaseModel):
    name: str
    refuse: bool = False


@router.post("", status_code=201)
async def make(session: SessionDep, actor: ActorDep, data: Thing) -> dict[str, Any]:
    """Leaves one audit row, so that what was done can be counted."""
    mark = str(new_id())
    audit.record(session, actor=actor.label, action="test.made", subject=mark, name=data.name)
    await session.flush()
    await asyncio.sleep(0.05)
    if data.refuse:
        raise Conflict("Không được.")
    return {"mark": mark, "name": data.name}


@router.post("/nothing", status_code=204)
async def nothing(session: SessionDep, actor: ActorDep) -> None:
    audit.record(session, actor=actor.label, action="test.made", subject="nothing")


@pytest.fixture
def app(app: FastAPI) -> FastAPI:
    app.include_router(router)
    return app


async def made(database: Database) -> int:
    async with database.session(SYSTEM) as session:
        query = select(func.count()).where(AuditEntry.action == "test.made")
        return (await session.execute(query)).scalar_one()


KEY = {"Idempotency-Key": "don-hang-1"}


async def test_without_a_key_twice_is_two(client: httpx.AsyncClient, cast: Cast, database: Database) -> None:
    await sign_in(client, cast.hoa)
    for _ in range(2):
        assert (await client.post("/api/v1/made", json={"name": "chè"})).status_code == 201
    assert await made(database) == 2


async def test_the_same_key_gets_the_first_answer(
    client: httpx.AsyncClient, cast: Cast, database: Database
) -> None:
    await sign_in(client, cast.hoa)
    first = await client.post("/api/v1/made", json={"name": "chè"}, headers=KEY)
    second = await client.post("/api/v1/made", json={"name": "chè"}, headers=KEY)
    assert (second.status_code, second.json()) == (201, first.json())
    assert second.headers["idempotency-replayed"] == "true"
    assert await made(database) == 1


async def test_at_the_same_moment_one_thing_is_made(
    client: httpx.AsyncClient, cast: Cast, database: Database
) -> None:
    await sign_in(client, cast.hoa)
    answers = await asyncio.gather(
        *(client.post("/api/v1/made", json={"name": "chè"}, headers=KEY) for _ in range(4))
    )
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.json()["mark"] for answer in answers}) == 1
    assert await made(database) == 1


async def test_another_body_under_the_same_key_is_refused(
    client: httpx.AsyncClient, cast: Cast, database: Database
) -> None:
    await sign_in(client, cast.hoa)
    await client.post("/api/v1/made", json={"name": "chè"}, headers=KEY)
    answer = await client.post("/api/v1/made", json={"name": "mật ong"}, headers=KEY)
    assert answer.status_code == 409
    assert answer.json()["type"] == "urn:ocop-hub:error:idempotency-key-reused"
    assert await made(database) == 1


async def test_a_refusal_leaves_the_key_free(
    client: httpx.AsyncClient, cast: Cast, database: Database
) -> None:
    await sign_in(client, cast.hoa)
    refused = await client.post("/api/v1/made", json={"name": "chè", "refuse": True}, headers=KEY)
    assert refused.status_code == 409
    assert (await client.post("/api/v1/made", json={"name": "chè"}, headers=KEY)).status_code == 201
    assert await made(database) == 1


async def test_another_person_has_other_keys(
    client: httpx.AsyncClient, cast: Cast, database: Database
) -> None:
    for user in (cast.hoa, cast.binh):
        client.cookies.clear()
        await sign_in(client, user)
        assert (await client.post("/api/v1/made", json={"name": "chè"}, headers=KEY)).status_code == 201
    assert await made(database) == 2


async def test_an_empty_answer_is_kept_too(client: httpx.AsyncClient, cast: Cast, database: Database) -> None:
    await sign_in(client, cast.hoa)
    for _ in range(2):
        answer = await client.post("/api/v1/made/nothing", headers=KEY)
        assert (answer.status_code, answer.content) == (204, b"")
    assert await made(database) == 1


@pytest.mark.parametrize("key", ["", "x" * 201])
async def test_a_key_of_odd_length(client: httpx.AsyncClient, cast: Cast, key: str) -> None:
    await sign_in(client, cast.hoa)
    answer = await client.post("/api/v1/made", json={"name": "chè"}, headers={"Idempotency-Key": key})
    assert answer.status_code == 422


async def test_a_token_is_made_once(client: httpx.AsyncClient, cast: Cast, database: Database) -> None:
    await sign_in(client, cast.hoa)
    for _ in range(2):
        await client.post("/api/v1/tokens", json={"name": "kho"}, headers=KEY)
    async with database.session(SYSTEM) as session:
        assert (await session.execute(select(func.count(ApiToken.id)))).scalar_one() == 1


async def test_old_keys_are_forgotten(session: AsyncSession) -> None:
    for age, key in ((5, "cu"), (1, "moi")):
        session.add(
            IdempotencyKey(
                actor="user:a", key=key, request_hash=b"", created_at=clock.now() - timedelta(days=age)
            )
        )
    await session.flush()
    assert await forget_old(session, before=clock.now() - timedelta(days=3)) == 1
