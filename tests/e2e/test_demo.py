"""``ocop-hub demo`` as a command: it starts everything, and Ctrl-C stops everything."""

from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path

from .conftest import free_pair, start_demo, stop_demo


def listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_ctrl_c_stops_all_of_it_and_a_second_start_finds_what_was_there(tmp_path: Path) -> None:
    port = free_pair()
    first = start_demo(tmp_path, port)
    assert listens(port)
    assert listens(port + 1)

    assert stop_demo(first) == 0

    assert not listens(port)
    assert not listens(port + 1)
    assert not (tmp_path / "postgresql" / "cluster" / "postmaster.pid").exists()
    second = start_demo(tmp_path, port)
    try:
        assert "Đang nạp dữ liệu mẫu …" in first.said
        assert "Đang nạp dữ liệu mẫu …" not in second.said
    finally:
        assert stop_demo(second) == 0


def test_a_taken_port_is_named_before_anything_starts(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        ran = subprocess.run(
            [sys.executable, "-m", "ocop_hub.cli", "demo", "--port", str(port), "--data-dir", str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
        )
    assert ran.returncode == 1
    assert str(port) in ran.stderr
    assert "Traceback" not in ran.stderr
    assert list(tmp_path.iterdir()) == []
