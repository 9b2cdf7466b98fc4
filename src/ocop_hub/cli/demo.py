"""``demo``: everything on real products, in one command; Ctrl-C stops all of it, the database too."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ocop_hub.errors import Unavailable

if TYPE_CHECKING:
    from ocop_hub.settings import Settings

#: TEST-NET-1 (RFC 5737): asking the way there sends nothing and tells our own address on the network.
SOMEWHERE = ("192.0.2.1", 9)
STOP_SECONDS = 20


class PortTaken(Unavailable):
    code = "port-taken"
    title = "Cổng đang có chương trình khác dùng"


def demo(
    lan: Annotated[
        bool,
        typer.Option("--lan", envvar="LAN", help="Use an address that phones on the same network reach."),
    ] = False,
    port: Annotated[
        int, typer.Option(help="Port of the pages; the simulated marketplaces take the next.")
    ] = 8000,
    data_dir: Annotated[Path, typer.Option(help="Folder of the demo's database and pictures.")] = Path(
        "var/demo"
    ),
) -> None:
    """Start database, pages, worker and simulated marketplaces on real OCOP products.

    Example: ocop-hub demo --port 8080
    """
    import asyncio
    import contextlib

    from ocop_hub.settings import DEMO_FILE

    host = own_address() if lan else "127.0.0.1"
    for each in (port, port + 1):
        refuse_taken(each, host)
    chosen = environment(host, port, data_dir.absolute())
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / DEMO_FILE).write_text("".join(f"{name}={value}\n" for name, value in chosen.items()))
    os.environ.update(chosen)
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_demo(host, port, data_dir.absolute(), lan=lan))


def own_address() -> str:
    """This machine's address on its network; loopback when it is on none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE)
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address


def refuse_taken(port: int, host: str) -> None:
    """Say so before anything is started. Raises :class:`PortTaken`."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise PortTaken(
                f"Cổng {port} đang có chương trình khác dùng. Hãy dừng chương trình đó, hoặc chọn cổng khác: "
                f"ocop-hub demo --port {port + 100}."
            ) from error


def environment(host: str, port: int, data_dir: Path) -> dict[str, str]:
    """The settings of the demo's processes."""
    from ocop_hub.sandbox import PARTNER_ID, PARTNER_KEY

    sandbox = f"http://{host}:{port + 1}"
    shown = {
        "OCOP_HUB_DATA_DIR": str(data_dir),
        "OCOP_HUB_PUBLIC_URL": f"http://{host}:{port}",
        "OCOP_HUB_HOST": host,
        "OCOP_HUB_PORT": str(port),
        "OCOP_HUB_DEMO": "true",
        "OCOP_HUB_ALLOW_PRIVATE_FETCH": "true",
        "OCOP_HUB_MARKETPLACES__SHOPEE__PARTNER_ID": PARTNER_ID,
        "OCOP_HUB_MARKETPLACES__SHOPEE__PARTNER_KEY": PARTNER_KEY,
    }
    for key in ("SHOPEE", "POSTMART", "VOSO", "SAN_QUANG_NINH", "SAN_LAO_CAI", "TIKI"):
        for base in ("API_BASE", "PUBLIC_BASE"):
            shown[f"OCOP_HUB_MARKETPLACES__{key}__{base}"] = f"{sandbox}/{key.lower()}"
    return shown


def start_part(*arguments: str) -> subprocess.Popen[bytes]:
    """Start one of our own processes; it ends when its standard input closes, so it never outlives us."""
    from ocop_hub.cli.serving import WITH_PARENT

    return subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-m", "ocop_hub.cli", *arguments],
        stdin=subprocess.PIPE,
        env={**os.environ, WITH_PARENT: "1"},
        start_new_session=True,  # Ctrl-C reaches us alone; we stop the parts in order
    )


async def _demo(host: str, port: int, data_dir: Path, *, lan: bool) -> None:
    import asyncio
    import signal

    import httpx

    from ocop_hub.cli import demo_world
    from ocop_hub.cli.runtime import open_runtime
    from ocop_hub.settings import Settings

    settings = Settings()
    stopping = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, stopping.set)
    sandbox_base = f"http://{host}:{port + 1}"
    parts: list[subprocess.Popen[bytes]] = []
    async with httpx.AsyncClient() as client:
        try:
            parts.append(
                start_part(
                    "sandbox",
                    "--host",
                    host,
                    "--port",
                    str(port + 1),
                    "--data-dir",
                    str(data_dir / "sandbox"),
                )
            )
            async with open_runtime(settings) as runtime:
                if not await demo_world.is_loaded(runtime):
                    await _load(settings, runtime, client, sandbox_base)
                parts += [start_part("serve"), start_part("worker")]
                await demo_world.wait_until_up(client, f"{settings.public_url}/readyz")
                _say_ready(settings, sandbox_base, lan=lan)
                await _until_stopped(stopping, parts)
                await asyncio.to_thread(_stop, parts)
        finally:
            await asyncio.to_thread(_stop, parts)


async def _load(settings: Settings, runtime: object, client: object, sandbox_base: str) -> None:
    import httpx

    from ocop_hub.cli import demo_world
    from ocop_hub.cli.runtime import Runtime
    from ocop_hub.publishing.wiring import open_outside

    assert isinstance(runtime, Runtime)  # noqa: S101 - imported late; tells the type checker
    assert isinstance(client, httpx.AsyncClient)  # noqa: S101 - likewise
    typer.echo("Đang nạp dữ liệu mẫu …")
    await demo_world.load_products(runtime)
    await demo_world.wait_until_up(client, f"{sandbox_base}/healthz")
    outside = open_outside(settings, runtime.database, client, runtime.media)
    await demo_world.load_stalls(runtime, outside, client, sandbox_base)
    await demo_world.load_people(runtime)


async def _until_stopped(stopping: object, parts: list[subprocess.Popen[bytes]]) -> None:
    import asyncio

    assert isinstance(stopping, asyncio.Event)  # noqa: S101 - imported late; tells the type checker
    while not stopping.is_set():
        for part in parts:
            if part.poll() is not None:
                typer.echo(f"Tiến trình {part.args} đã dừng với mã {part.returncode}; dừng tất cả.", err=True)
                return
        try:
            async with asyncio.timeout(0.5):
                await stopping.wait()
        except TimeoutError:
            continue


def _stop(parts: list[subprocess.Popen[bytes]]) -> None:
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
    from ocop_hub.cli.demo_world import ACCOUNTS, PASSPHRASE

    typer.echo("")
    typer.echo(f"Ready: {settings.public_url}")
    typer.echo(f"Sàn mô phỏng: {sandbox_base}")
    typer.echo(f"Đăng nhập thử (mật khẩu chung: {PASSPHRASE}):")
    for account in ACCOUNTS:
        typer.echo(f"  {account.role:<16} {account.login:<24} {account.note}")
    if not lan:
        typer.echo("Quét tem bằng điện thoại cùng mạng: LAN=1 make demo")
    typer.echo("Dừng: Ctrl-C")
    sys.stdout.flush()
