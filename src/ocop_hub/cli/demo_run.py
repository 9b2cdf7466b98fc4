"""The demo's processes: started in order, watched, and stopped in order."""

from __future__ import annotations

import asyncio
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path

import httpx
import typer

from ocop_hub.cli import demo_world
from ocop_hub.cli.runtime import Runtime, open_runtime
from ocop_hub.cli.serving import WITH_PARENT
from ocop_hub.publishing.wiring import open_outside
from ocop_hub.settings import Settings

STOP_SECONDS = 20
WATCH_SECONDS = 0.5

Part = subprocess.Popen[bytes]


async def run(host: str, port: int, data_dir: Path, *, lan: bool) -> None:
    """Everything up, then wait for Ctrl-C or for a part that ends by itself; then everything down."""
    settings = Settings()
    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    sandbox_base = f"http://{host}:{port + 1}"
    parts: list[Part] = []
    async with httpx.AsyncClient() as client:
        try:
            parts.append(_sandbox(host, port + 1, data_dir))
            async with open_runtime(settings) as runtime:
                if not await demo_world.is_loaded(runtime):
                    await _load(runtime, client, sandbox_base)
                parts += [start_part("serve"), start_part("worker")]
                await demo_world.wait_until_up(client, f"{settings.public_url}/readyz")
                _say_ready(settings, sandbox_base, lan=lan)
                await _until_stopped(stopping, parts)
                await asyncio.to_thread(_stop, parts)  # before the database they use
        finally:
            await asyncio.to_thread(_stop, parts)


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


async def _load(runtime: Runtime, client: httpx.AsyncClient, sandbox_base: str) -> None:
    typer.echo("Đang nạp dữ liệu mẫu …")
    await demo_world.load_products(runtime)
    await demo_world.wait_until_up(client, f"{sandbox_base}/healthz")
    outside = open_outside(runtime.settings, runtime.database, client, runtime.media)
    await demo_world.load_stalls(runtime, outside, client, sandbox_base)
    await demo_world.load_people(runtime)


async def _until_stopped(stopping: asyncio.Event, parts: list[Part]) -> None:
    while not stopping.is_set():
        for part in parts:
            if part.poll() is not None:
                what = shlex.join(str(word) for word in list(part.args)[2:])  # type: ignore[arg-type]  # a list of ours
                typer.echo(f"Tiến trình «{what}» đã dừng với mã {part.returncode}; dừng tất cả.", err=True)
                return
        try:
            async with asyncio.timeout(WATCH_SECONDS):
                await stopping.wait()
        except TimeoutError:
            continue


def _stop(parts: list[Part]) -> None:
    """Ask every part to end, and wait; one that does not is killed. Harmless twice."""
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


def _say_ready(settings: Settings, sandbox_base: str, *, lan: bool) -> None:
    typer.echo("")
    typer.echo(f"Ready: {settings.public_url}")
    typer.echo(f"Sàn mô phỏng: {sandbox_base}")
    typer.echo(f"Đăng nhập thử (mật khẩu chung: {demo_world.PASSPHRASE}):")
    for account in demo_world.ACCOUNTS:
        typer.echo(f"  {account.role:<16} {account.login:<24} {account.note}")
    if not lan:
        typer.echo("Quét tem bằng điện thoại cùng mạng: LAN=1 make demo")
    typer.echo("Dừng: Ctrl-C")
    sys.stdout.flush()
