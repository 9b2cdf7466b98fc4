"""Webhooks out to a real HTTP server, whose check of the signature is written from the specification."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI, Request, Response
from sqlalchemy import select, update
from tests.builders import make_producer
from tests.served import served

from ocop_hub.db import SYSTEM
from ocop_hub.errors import NotFound
from ocop_hub.kit import clock
from ocop_hub.outbound import Outbound, OutboundLimits, OutboundRefused
from ocop_hub.producers.actor import SYSTEM_ACTOR, Actor, Role
from ocop_hub.publishing.errors import UnsafeHook
from ocop_hub.publishing.hooks import delivery as hook_delivery
from ocop_hub.publishing.hooks import service as hooks
from ocop_hub.publishing.hooks.models import HookState, MessageState, WebhookEndpoint, WebhookMessage

from .conftest import SEALING_KEY, World
from .test_controller import until_live


def verified(secret: str, headers: dict[str, str], body: bytes) -> bool:
    """As a receiver checks it: the key is the base64 behind ``whsec_``, any of the signatures may hold."""
    key = base64.b64decode(secret.split("_", 1)[1])
    signed = headers["webhook-id"].encode() + b"." + headers["webhook-timestamp"].encode() + b"." + body
    digest = base64.standard_b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
    said = [each.split(",", 1) for each in headers["webhook-signature"].split(" ")]
    return any(version == "v1" and hmac.compare_digest(given, digest) for version, given in said)


@dataclass
class Receiver:
    """What came in, and what is answered."""

    base: str = ""
    status: int = 204
    calls: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    def app(self, base: str) -> FastAPI:
        self.base = base
        app = FastAPI()

        @app.post("/hook")
        async def hook(request: Request) -> Response:
            self.calls.append((dict(request.headers), await request.body()))
            return Response(status_code=self.status)

        return app


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    held = Receiver()
    with served(held.app):
        yield held


@pytest.fixture
async def world_out(world: World) -> AsyncIterator[World]:
    """The world with a way out to this machine."""
    async with Outbound(OutboundLimits(allow_loopback=True, deadline=5)) as outbound:
        world.outside = replace(world.outside, post=outbound.post)
        yield world


async def opened(world: World, receiver: Receiver) -> hooks.Opened:
    async with world.database.session(SYSTEM) as session:
        return await hooks.add(
            session,
            SYSTEM_ACTOR,
            producer_id=world.producer_id,
            url=receiver.base + "/hook",
            sealing_key=SEALING_KEY,
            allow_http=True,
        )


async def messages(world: World) -> list[WebhookMessage]:
    async with world.database.session(SYSTEM) as session:
        return list(await session.scalars(select(WebhookMessage).order_by(WebhookMessage.created_at)))


async def later(world: World) -> None:
    async with world.database.session(SYSTEM) as session:
        await session.execute(update(WebhookMessage).values(next_at=clock.now()))


def test_the_vector_of_the_specification() -> None:
    at = datetime.fromtimestamp(1_614_265_330, UTC)
    said = hooks.signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        at,
        b'{"test": 2432232314}',
    )
    assert said == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_the_check_in_the_guide_takes_ours_and_nothing_else() -> None:
    guide = Path(__file__).parents[2] / "docs/how-to/webhooks.md"
    code = guide.read_text("utf-8").partition("```python\n")[2].partition("```")[0]
    taught: dict[str, Any] = {}
    exec(code, taught)  # the guide's own words
    secret, body, at = "whsec_" + base64.b64encode(b"k" * 32).decode(), '{"a": "Mực"}'.encode(), clock.now()
    headers = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": "v1,AAAA " + hooks.signature(secret, "msg_1", at, body),
    }
    assert taught["genuine"](secret, headers, body)
    assert not taught["genuine"](secret, headers, body + b" ")
    assert not taught["genuine"](secret, {**headers, "webhook-id": "msg_2"}, body)
    assert not taught["genuine"](secret, headers, body, now=at.timestamp() + 3_600)


async def test_every_state_is_told_once_signed(world_out: World, receiver: Receiver) -> None:
    hook = await opened(world_out, receiver)
    account = await world_out.connect()
    (listing_id,) = await world_out.request(account, world_out.products[1])
    await until_live(world_out, listing_id)
    await hook_delivery.deliver(world_out.database, world_out.outside)
    assert all(verified(hook.secret, headers, body) for headers, body in receiver.calls)
    assert not verified(hook.secret, receiver.calls[0][0], receiver.calls[0][1] + b" ")
    told = [json.loads(body)["data"] for _, body in receiver.calls]
    by_time = sorted(told, key=lambda each: [row["state"] for row in told].index(each["state"]))
    assert {each["state"] for each in told} >= {"preparing", "live"}
    assert by_time[-1]["listing_id"] == str(listing_id)
    assert len({headers["webhook-id"] for headers, _ in receiver.calls}) == len(receiver.calls)
    assert {each.state for each in await messages(world_out)} == {MessageState.DELIVERED}
    assert await hook_delivery.deliver(world_out.database, world_out.outside) == 0


async def test_what_is_not_taken_comes_again_under_the_same_id_and_is_given_up_visibly(
    world_out: World, receiver: Receiver
) -> None:
    hook = await opened(world_out, receiver)
    receiver.status = 500
    account = await world_out.connect()
    await world_out.request(account, world_out.products[1])
    await hook_delivery.deliver(world_out.database, world_out.outside)
    (waiting,) = await messages(world_out)
    assert (waiting.state, waiting.attempts, waiting.status) == (MessageState.WAITING, 1, 500)
    assert waiting.next_at - clock.now() > timedelta(seconds=2)
    assert await hook_delivery.deliver(world_out.database, world_out.outside) == 0
    for _ in hook_delivery.WAITS:
        await later(world_out)
        await hook_delivery.deliver(world_out.database, world_out.outside)
    (given_up,) = await messages(world_out)
    assert (given_up.state, given_up.attempts) == (MessageState.DEAD, len(hook_delivery.WAITS) + 1)
    assert len({headers["webhook-id"] for headers, _ in receiver.calls}) == 1
    async with world_out.database.session(SYSTEM) as session:
        assert (await session.get_one(WebhookEndpoint, hook.endpoint.id)).state is HookState.DEAD


async def test_one_that_is_gone_is_written_to_no_more(world_out: World, receiver: Receiver) -> None:
    hook = await opened(world_out, receiver)
    receiver.status = 410
    account = await world_out.connect()
    await world_out.request(account, world_out.products[1])
    await hook_delivery.deliver(world_out.database, world_out.outside)
    async with world_out.database.session(SYSTEM) as session:
        assert (await session.get_one(WebhookEndpoint, hook.endpoint.id)).state is HookState.DEAD
    await world_out.request(account, world_out.products[2])
    assert len(await messages(world_out)) == 1


async def test_a_changed_secret_lets_the_old_one_sign_for_a_day(world_out: World, receiver: Receiver) -> None:
    hook = await opened(world_out, receiver)
    async with world_out.database.session(SYSTEM) as session:
        newer = await hooks.rotate(
            session, SYSTEM_ACTOR, endpoint_id=hook.endpoint.id, sealing_key=SEALING_KEY
        )
    account = await world_out.connect()
    await world_out.request(account, world_out.products[1])
    await hook_delivery.deliver(world_out.database, world_out.outside)
    ((headers, body),) = receiver.calls
    assert verified(hook.secret, headers, body)
    assert verified(newer.secret, headers, body)
    async with world_out.database.session(SYSTEM) as session:
        kept = await session.get_one(WebhookEndpoint, hook.endpoint.id)
        assert hooks.secrets_of(kept, SEALING_KEY, clock.now() + hooks.BOTH_SIGN) == [newer.secret]
        assert newer.secret.encode() not in kept.secret_sealed


async def test_paused_messages_wait(world_out: World, receiver: Receiver) -> None:
    hook = await opened(world_out, receiver)
    async with world_out.database.session(SYSTEM) as session:
        await hooks.set_active(session, SYSTEM_ACTOR, endpoint_id=hook.endpoint.id, active=False)
    account = await world_out.connect()
    await world_out.request(account, world_out.products[1])
    assert await hook_delivery.deliver(world_out.database, world_out.outside) == 0
    async with world_out.database.session(SYSTEM) as session:
        await hooks.set_active(session, SYSTEM_ACTOR, endpoint_id=hook.endpoint.id, active=True)
    assert await hook_delivery.deliver(world_out.database, world_out.outside) == 1


async def test_only_global_addresses_are_asked(world: World, receiver: Receiver) -> None:
    async with Outbound() as outbound:
        with pytest.raises(OutboundRefused):
            await outbound.post(receiver.base + "/hook", b"{}", {})
        with pytest.raises(OutboundRefused):
            await outbound.post("http://169.254.169.254/latest", b"{}", {})
    assert receiver.calls == []


async def test_an_address_is_the_producers_own_and_https(world: World) -> None:
    async with world.database.session(SYSTEM) as session:
        other = await make_producer(session)
        stranger = Actor(Role.PRODUCER, producers=frozenset({other.id}))
        wanted: Any = {"producer_id": world.producer_id, "sealing_key": SEALING_KEY, "allow_http": False}
        with pytest.raises(NotFound):
            await hooks.add(session, stranger, url="https://vidu.vn/hook", **wanted)
        with pytest.raises(UnsafeHook):
            await hooks.add(session, SYSTEM_ACTOR, url="http://vidu.vn/hook", **wanted)
