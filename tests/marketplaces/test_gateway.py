"""The way out: what it tells apart, what it keeps, how long it waits."""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import httpx
import pytest

from ocop_hub.marketplaces.contract import (
    BadAnswer,
    Call,
    MarketplaceError,
    Misconfigured,
    TransportFailed,
    WaitUntil,
)
from ocop_hub.marketplaces.gateway import MAX_BODY_BYTES, Gateway, Outgoing, Upload, within
from ocop_hub.marketplaces.limits import ProcessLimiter
from ocop_hub.marketplaces.redaction import redact, redact_body, redact_url

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DEADLINE = timedelta(seconds=5)
SECOND = timedelta(seconds=1)


@asynccontextmanager
async def answering(raw: bytes, *, delay: float = 0.0) -> AsyncGenerator[str]:
    """A server that says exactly these bytes to whoever connects."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = re.search(rb"content-length: ([0-9]+)", head)
        await reader.readexactly(int(length[1]) if length else 0)
        await asyncio.sleep(delay)
        writer.write(raw)
        writer.close()

    async with listening(serve) as url:
        yield url


@asynccontextmanager
async def listening(
    serve: Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncGenerator[str]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"


def http(status: str, body: bytes = b"", headers: str = "") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n{headers}\r\n".encode() + body


@pytest.fixture
def gateway(client: httpx.AsyncClient) -> Gateway:
    return Gateway(client, "shopee", now=lambda: NOW)


async def failed(gateway: Gateway, url: str, *, timeout: timedelta = 5 * SECOND) -> MarketplaceError:
    with pytest.raises(MarketplaceError) as caught:
        await gateway.send(Call.STATUS, "1", Outgoing("GET", url), timeout=timeout)
    return caught.value


class TestWhatWasSent:
    async def test_an_answer_cut_short_was_sent(self, gateway: Gateway) -> None:
        async with answering(b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhalf") as url:
            error = await failed(gateway, url)
        assert type(error) is TransportFailed
        assert error.sent
        assert error.exchange["answer"] == "half"

    async def test_a_connection_closed_without_a_word_was_sent(self, gateway: Gateway) -> None:
        async with answering(b"") as url:
            assert (await failed(gateway, url)).sent

    async def test_silence_ends_at_the_deadline_and_was_sent(self, gateway: Gateway) -> None:
        async with answering(http("200 OK"), delay=2) as url:
            error = await failed(gateway, url, timeout=SECOND / 10)
        assert type(error) is TransportFailed
        assert error.sent

    async def test_a_closed_port_was_not(self, gateway: Gateway) -> None:
        error = await failed(gateway, "http://127.0.0.1:9/")
        assert type(error) is TransportFailed
        assert not error.sent

    @pytest.mark.parametrize("url", ["shopee.vn/api", "gopher://x/", "http://a:b/", ""])
    async def test_an_address_that_is_none_is_the_operators(self, gateway: Gateway, url: str) -> None:
        error = await failed(gateway, url)
        assert type(error) is Misconfigured
        assert not error.sent

    async def test_a_body_beyond_the_cap_is_no_answer(self, gateway: Gateway) -> None:
        async with answering(http("200 OK", b"x" * (MAX_BODY_BYTES + 1))) as url:
            error = await failed(gateway, url)
        assert type(error) is BadAnswer
        assert error.exchange["answer"] == "x" * 20_000

    async def test_a_body_that_cannot_be_unpacked_is_no_answer(self, gateway: Gateway) -> None:
        async with answering(http("200 OK", b"not gzip", "Content-Encoding: gzip\r\n")) as url:
            assert type(await failed(gateway, url)) is BadAnswer

    async def test_an_address_too_long_to_be_one_is_not_sent(self, gateway: Gateway) -> None:
        request = Outgoing("GET", "http://127.0.0.1:9/", params={"handle": "x" * 70_000})
        with pytest.raises(Misconfigured) as caught:
            await gateway.send(Call.STATUS, "1", request, timeout=SECOND)
        assert not caught.value.sent

    @pytest.mark.parametrize(
        ("status", "body", "nothing"),
        [
            ("302 Found", b"", True),
            ("404 Not Found", b"<h1>Not Found</h1>", True),
            ("404 Not Found", b'{"error": "no such product"}', False),
            ("404 Not Found", b"", False),
            ("403 Forbidden", b"<h1>Blocked</h1>", False),
            ("200 OK", b"<h1>OK</h1>", False),
        ],
    )
    async def test_a_page_for_people_tells_nothing_of_an_item(
        self, gateway: Gateway, status: str, body: bytes, nothing: bool
    ) -> None:
        async with answering(http(status, body)) as url:
            answer = await gateway.send(Call.STATUS, "1", Outgoing("GET", url), timeout=SECOND)
        assert answer.says_nothing is nothing

    async def test_a_redirect_is_answered_as_it_is(self, gateway: Gateway) -> None:
        async with answering(http("302 Found", b"", "Location: http://127.0.0.1:9/\r\n")) as url:
            answer = await gateway.send(Call.STATUS, "1", Outgoing("GET", url), timeout=SECOND)
        assert answer.status == 302


class TestWaiting:
    @pytest.mark.parametrize(
        ("header", "waited"),
        [
            ("Retry-After: 7\r\n", 7 * SECOND),
            ("Retry-After: Sun, 22 Nov 2026 03:02:00 GMT\r\n", 120 * SECOND),
            ("Retry-After: Sun, 22 Nov 2020 03:02:00 GMT\r\n", 0 * SECOND),
            ("Retry-After: soon\r\n", 60 * SECOND),
            ("Retry-After: 99999999999999\r\n", timedelta(days=1)),
            ("", 60 * SECOND),
        ],
    )
    async def test_as_long_as_said(self, gateway: Gateway, header: str, waited: timedelta) -> None:
        async with answering(http("429 Too Many Requests", b"", header)) as url:
            error = await failed(gateway, url)
        assert isinstance(error, WaitUntil)
        assert error.until - NOW == waited

    async def test_no_place_in_time_is_nothing_sent(self, client: httpx.AsyncClient) -> None:
        gateway = Gateway(client, "shopee", limiter=ProcessLimiter(concurrency=1), now=lambda: NOW)
        asked, go_on = asyncio.Event(), asyncio.Event()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.readuntil(b"\r\n\r\n")
            asked.set()
            await go_on.wait()
            writer.write(http("200 OK"))
            writer.close()

        async with listening(serve) as url:
            first = asyncio.create_task(
                gateway.send(Call.STATUS, "1", Outgoing("GET", url), timeout=30 * SECOND)
            )
            await asked.wait()
            error = await failed(gateway, url, timeout=SECOND / 10)
            go_on.set()
            await first
        assert isinstance(error, WaitUntil)

    async def test_one_stall_does_not_wait_for_another(self) -> None:
        limiter = ProcessLimiter(concurrency=1, spacing=timedelta(0))
        async with (
            asyncio.timeout(5),
            limiter.slot("shopee", "1", deadline=DEADLINE),
            limiter.slot("shopee", "2", deadline=DEADLINE),
        ):
            pass

    async def test_calls_of_a_stall_are_spaced(self) -> None:
        limiter = ProcessLimiter(spacing=timedelta(milliseconds=40), concurrency=9)
        loop = asyncio.get_running_loop()
        started: list[float] = []

        async def call() -> None:
            async with limiter.slot("shopee", "1", deadline=DEADLINE):
                started.append(loop.time())

        await asyncio.gather(*(call() for _ in range(4)))
        # 1 ms of grace: the loop's clock is coarser than the sleep.
        assert all(b - a >= 0.039 for a, b in itertools.pairwise(started))

    async def test_what_is_left_of_an_outer_deadline_counts(self, gateway: Gateway) -> None:
        with within(timedelta(0)):
            error = await failed(gateway, "http://127.0.0.1:9/")
        assert type(error) is TransportFailed
        assert not error.sent
        assert "Hết thời hạn" in error.message


class TestWhatIsKept:
    async def test_the_exchange_without_secrets(self, gateway: Gateway) -> None:
        body = json.dumps({"access_token": "tok-123456", "note": "key tok-123456", "name": "Mực ống"})
        request = Outgoing(
            "POST",
            "",
            params={"sign": "abc", "partner_id": "7", "access_token": "tok-123456"},
            json={"name": "Mực", "refresh_token": "ref-987654"},
            secrets=("tok-123456",),
        )
        async with answering(http("200 OK", body.encode())) as url:
            sent = Outgoing("POST", url, params=request.params, json=request.json, secrets=request.secrets)
            answer = await gateway.send(Call.PUBLISH, "1", sent, timeout=SECOND)
        kept = answer.exchange
        assert kept["url"] == f"{url}?sign=***&partner_id=7&access_token=***"
        assert kept["request"] == {"name": "Mực", "refresh_token": "***"}
        assert kept["answer"] == {"access_token": "***", "note": "key ***", "name": "Mực ống"}
        assert (kept["status"], kept["call"], kept["method"]) == (200, "publish", "POST")
        json.dumps(kept)

    async def test_a_file_is_kept_as_its_digest(self, gateway: Gateway) -> None:
        upload = Upload("image", "a.jpg", "image/jpeg", b"12345")
        async with answering(http("200 OK", b"{}")) as url:
            request = Outgoing("POST", url, form={"scene": "normal"}, upload=upload)
            answer = await gateway.send(Call.UPLOAD_PICTURE, "1", request, timeout=SECOND)
        assert answer.exchange["file"]["bytes"] == 5
        assert len(answer.exchange["file"]["sha256"]) == 64

    def test_addresses_lose_secrets_and_user(self) -> None:
        assert redact_url("https://u:p@h/x?a=1&code=2#f") == "https://h/x?a=1&code=***"

    def test_only_strings_are_hidden_by_name(self) -> None:
        # Postmart's envelope has a business code under the name "code"; it is a number.
        assert redact({"code": 200, "list": [{"token": "t"}]}) == {"code": 200, "list": [{"token": "***"}]}

    def test_long_text_is_capped(self) -> None:
        assert len(redact_body(b"x" * 50_000)) == 20_000
