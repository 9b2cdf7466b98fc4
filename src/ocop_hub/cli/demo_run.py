"""The demo's processes: started in order, watched, and stopped in order. Light to import: a second start is quick."""

from __future__ import annotations

import json
import os
import shlex
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

import typer

from ocop_hub.cli.demo_people import ACCOUNTS, PASSPHRASE
from ocop_hub.cli.serving import WITH_PARENT

#: Stands in the data folder once the sample is loaded.
LOADED = "demo.loaded"
STOP_SECONDS = 20
UP_SECONDS = 120
WATCH_SECONDS = 0.3
#: ``web.selling.consent.BACK``; importing it here would load the whole room at every start.
WAY_BACK = "/ban-lam-viec/gian-hang/ve"

Part = subprocess.Popen[bytes]


class Stopped(BaseException):
    """Ctrl-C or SIGTERM: leave whatever is under way, and take everything down."""


def run(host: str, port: int, data_dir: Path, *, lan: bool) -> None:
    """Everything up, then wait for Ctrl-C or for a part that ends by itself; then everything down."""
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, _stop_asked)
    pages, sandbox = f"http://{host}:{port}", f"http://{host}:{port + 1}"
    parts: list[Part] = []
    try:
        parts.append(_sandbox(host, port + 1, data_dir))
        if not (data_dir / LOADED).exists():
            typer.echo("Đang nạp dữ liệu mẫu …")
            wait_until_up(f"{sandbox}/healthz", parts)
            _load(sandbox)
            (data_dir / LOADED).touch()
        parts += [start_part("serve"), start_part("worker")]
        wait_until_up(f"{pages}/readyz", parts)
        wait_until_up(f"{sandbox}/healthz", parts)
        _declare_way_back(sandbox, pages)
        _say_ready(pages, sandbox, lan=lan)
        while not _ended(parts):
            time.sleep(WATCH_SECONDS)
    except Stopped:
        pass
    finally:
        _stop(parts)


def _stop_asked(number: int, frame: FrameType | None) -> None:
    raise Stopped


def start_part(*arguments: str) -> Part:
    """Start one of our own processes; it ends when its standard input closes, so it never outlives us."""
    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "ocop_hub.cli", *arguments],
        stdin=subprocess.PIPE,
        env={**os.environ, WITH_PARENT: "1"},
        start_new_session=True,  # Ctrl-C reaches us alone; we stop the parts in order
    )


def _sandbox(host: str, port: int, data_dir: Path) -> Part:
    return start_part("sandbox", "--host", host, "--port", str(port), "--data-dir", str(data_dir / "sandbox"))


def _load(sandbox: str) -> None:
    """Heavy, and only at the first start."""
    import asyncio

    from ocop_hub.cli.demo_world import load_world

    asyncio.run(load_world(sandbox))


def _declare_way_back(sandbox: str, pages: str) -> None:
    """TikTok Shop wants the address consents lead back to with the application, not with the link."""
    said = json.dumps({"market": "tiktok_shop", "url": pages + WAY_BACK}).encode()
    request = urllib.request.Request(  # noqa: S310 - our own sandbox
        f"{sandbox}/_sandbox/redirect", said, {"Content-Type": "application/json"}, method="PUT"
    )
    urllib.request.urlopen(request, timeout=UP_SECONDS).close()  # noqa: S310 - as above


def wait_until_up(address: str, parts: Sequence[Part]) -> None:
    """Wait until ``address`` answers 200; gives up when a part ended or after two minutes (TimeoutError)."""
    ends = time.monotonic() + UP_SECONDS
    while time.monotonic() < ends:
        try:
            with urllib.request.urlopen(address, timeout=5) as answer:  # noqa: S310 - our own address
                if answer.status == 200:
                    return
        except OSError:  # not listening yet, or answering that it is not ready
            pass
        if _ended(parts):
            raise Stopped
        time.sleep(0.05)
    raise TimeoutError(address)


def _ended(parts: Sequence[Part]) -> bool:
    """Whether a part ended by itself; says which."""
    for part in parts:
        if part.poll() is not None:
            words = part.args if isinstance(part.args, list) else []
            what = shlex.join(str(word) for word in words[2:])
            typer.echo(f"Tiến trình «{what}» đã dừng với mã {part.returncode}; dừng tất cả.", err=True)
            return True
    return False


def _stop(parts: Sequence[Part]) -> None:
    """Ask every part to end, and wait; one that does not is killed."""
    for part in parts:
        if part.poll() is None:
            part.terminate()
    for part in parts:
        try:
            part.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            part.kill()
            part.wait()
        if part.stdin:
            part.stdin.close()


def _say_ready(pages: str, sandbox: str, *, lan: bool) -> None:
    typer.echo("")
    typer.echo(f"Ready: {pages}")
    typer.echo(f"Sàn mô phỏng: {sandbox}")
    typer.echo(f"Đăng nhập thử (mật khẩu chung: {PASSPHRASE}):")
    for account in ACCOUNTS:
        typer.echo(f"  {account.role:<16} {account.login:<24} {account.note}")
    if not lan:
        typer.echo("Quét tem bằng điện thoại cùng mạng: LAN=1 make demo")
    typer.echo("Dừng: Ctrl-C")
    sys.stdout.flush()
