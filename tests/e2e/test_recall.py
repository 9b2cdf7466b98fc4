"""A recall in an installation with several processes: what one is told, the other's kept pages say at once."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import httpx
import pytest

from ocop_hub.kit import clock

from .conftest import Demo, free_pair

PRODUCER = "chuthe@ocop.example"
RED = 'id="thu-hoi"'
BUYER = {"Accept": "text/html", "User-Agent": "Mozilla/5.0 (Linux; Android 9)"}


@pytest.fixture(scope="module")
def second(demo: Demo) -> Iterator[str]:
    """The address of another ``ocop-hub serve`` beside the demo's own, over the same database."""
    port = free_pair()
    process = subprocess.Popen(
        [sys.executable, "-m", "ocop_hub.cli", "serve", "--port", str(port)],
        env={**os.environ, "OCOP_HUB_DATA_DIR": str(demo.data_dir)},
        start_new_session=True,
    )
    base = f"http://127.0.0.1:{port}"
    try:
        _wait_until_up(process, base)
        yield base
    finally:
        process.terminate()
        process.wait(30)


def _wait_until_up(process: subprocess.Popen[bytes], base: str) -> None:
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        assert process.poll() is None, "the second process ended"
        try:
            if httpx.get(f"{base}/readyz").is_success:
                return
        except httpx.TransportError:
            time.sleep(0.2)
    raise AssertionError("the second process never answered")


@pytest.fixture
def clerk(demo: Demo) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=demo.base) as client:
        signed = client.post("/api/v1/session", json={"login": PRODUCER, "passphrase": demo.passphrase})
        assert signed.status_code == 201, signed.text
        client.headers["X-CSRF-Token"] = signed.json()["csrf_token"]
        yield client


def made(client: httpx.Client, path: str, **given: Any) -> Any:
    answer = client.post(f"/api/v1{path}", json=given)
    assert answer.is_success, answer.text
    return answer.json()


def published_lot(clerk: httpx.Client, code: str) -> tuple[str, str]:
    """A new lot's id and the path on its label."""
    product = clerk.get("/api/v1/products", params={"q": "Chả hải sản"}).json()["items"][0]["id"]
    lot: str = made(clerk, f"/products/{product}/lots", code=code)["id"]
    step = {"at": (clock.now() - timedelta(hours=2)).isoformat()}
    facts = {"harvest": step, "first_processing": step, "packing": step, "place": {"text": "Xưởng Tân Tiến"}}
    made(clerk, f"/lots/{lot}/four-facts", **facts)
    made(clerk, f"/lots/{lot}/release")
    uri: str = clerk.get(f"/api/v1/lots/{lot}").json()["trace_uri"]
    return lot, httpx.URL(uri).path


def test_a_page_kept_by_another_process_is_red_with_the_next_look(
    demo: Demo, second: str, clerk: httpx.Client
) -> None:
    lot, path = published_lot(clerk, "THU-HOI-2")
    every = [f"{base}{form}{path}" for base in (demo.base, second) for form in ("", "/p/en", "/p/zh")]
    with httpx.Client(headers=BUYER) as buyer:
        for _ in range(2):  # the second look is answered from what the process keeps
            for address in every:
                page = buyer.get(address)
                assert (page.status_code, RED in page.text) == (200, False)
        made(clerk, f"/lots/{lot}/recall", reason="Nhiễm khuẩn")
        # The process that was told nothing first: nothing but its next batch can have said so.
        for address in reversed(every):
            page = buyer.get(address)
            assert RED in page.text, address
            assert "Nhiễm khuẩn" in page.text
