"""A port that is taken, or is not ours to take: a sentence, and nothing started."""

from __future__ import annotations

import asyncio
import os
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ocop_hub.cli.ports import CannotListen, PortTaken, take

HERE = "127.0.0.1"


@pytest.fixture
def busy() -> Iterator[int]:
    """A port that another program answers on."""
    with socket.create_server((HERE, 0)) as server:
        yield server.getsockname()[1]


def test_a_free_port_is_held_without_answering() -> None:
    with take(HERE, 0, command="serve") as taken:
        port = taken.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HERE, port), timeout=5)
        with pytest.raises(PortTaken), socket.create_server((HERE, 0)) as other:
            take(HERE, other.getsockname()[1], command="serve")


async def test_answers_do_not_wait_for_each_other() -> None:
    accepted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def note(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        at_once = writer.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        accepted.set_result(bool(at_once))
        writer.close()

    with take(HERE, 0, command="serve") as taken:
        async with await asyncio.start_server(note, sock=taken):
            _, writer = await asyncio.open_connection(*taken.getsockname())
            assert await accepted
            writer.close()
            await writer.wait_closed()


def test_a_taken_port_names_the_command_for_another(busy: int) -> None:
    with pytest.raises(PortTaken, match=f"ocop-hub sandbox --port {busy + 100}"):
        take(HERE, busy, command="sandbox")


@pytest.mark.parametrize("host", ["192.0.2.1", "no host"])
def test_an_address_of_another_machine(host: str) -> None:
    with pytest.raises(CannotListen, match="không phải địa chỉ của máy này"):
        take(host, 0, command="serve")


@pytest.mark.parametrize("command", ["serve", "sandbox", "demo"])
def test_the_command_ends_with_one_sentence(busy: int, command: str, tmp_path: Path) -> None:
    told = {"OCOP_HUB_DATA_DIR": str(tmp_path / "var"), "OCOP_HUB_HOST": HERE}
    ended = subprocess.run(
        [sys.executable, "-m", "ocop_hub.cli", command, "--port", str(busy)],
        cwd=tmp_path,
        env={**os.environ, **told},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert ended.stderr == (
        f"Cổng {busy} đang có chương trình khác dùng. Hãy dừng chương trình đó, hoặc chọn cổng khác: "
        f"ocop-hub {command} --port {busy + 100}.\n"
    )
    assert not (tmp_path / "var" / "postgres").exists()
