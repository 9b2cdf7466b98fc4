"""``serve``, ``worker`` and ``sandbox``: the processes of an installation."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path
from socket import socket
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from ocop_hub.cli.ports import take

if TYPE_CHECKING:
    from fastapi import FastAPI
    from uvicorn import Server

#: Set for processes that belong to a demo: they end when its end of the pipe on standard input closes.
WITH_PARENT = "OCOP_HUB_WITH_PARENT"
STANDARD_INPUT = 0


def end_with_parent() -> None:
    """End this process when the one that started it is gone, however it went."""
    if os.environ.get(WITH_PARENT) != "1":
        return

    def watch() -> None:
        # Not through sys.stdin: its lock, held here, would break the interpreter's own end.
        while os.read(STANDARD_INPUT, 1):
            continue
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="end-with-parent", daemon=True).start()


def serve(
    host: Annotated[str | None, typer.Option(help="Address to listen on (OCOP_HUB_HOST).")] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on (OCOP_HUB_PORT).")] = None,
) -> None:
    """Serve the pages, the API and the scans.

    Example: ocop-hub serve --host 0.0.0.0 --port 8000
    """
    import asyncio

    from ocop_hub.settings import get_settings

    end_with_parent()
    settings = get_settings()
    with take(host or settings.host, port or settings.port, command="serve") as taken:
        asyncio.run(_serve(taken))


async def _serve(taken: socket) -> None:
    from ocop_hub.app import create_app
    from ocop_hub.cli.runtime import open_runtime

    async with open_runtime() as runtime:
        shown: Sequence[dict[str, str]] = ()
        if runtime.settings.demo:
            from ocop_hub.cli.demo_people import sign_ins

            shown = sign_ins()
        application = create_app(runtime.settings, runtime.database, media=runtime.media, demo_accounts=shown)
        await listen(application, taken)


def _ignore(number: int, frame: FrameType | None) -> None:
    """A signal that was acted on already."""


async def listen(application: FastAPI, taken: socket) -> None:
    """Serve on a bound socket until SIGTERM or SIGINT; requests under way are answered first."""
    import asyncio

    import uvicorn

    for name in (signal.SIGTERM, signal.SIGINT):
        # Uvicorn raises the signal again when it is done, which would end us before the database is let go.
        signal.signal(name, _ignore)
    config = uvicorn.Config(
        application,
        log_config=None,
        access_log=False,
        server_header=False,
        ws="none",
        timeout_graceful_shutdown=10,
    )
    server = uvicorn.Server(config)
    telling = asyncio.create_task(_tell_when_open(server, taken))
    try:
        await server.serve(sockets=[taken])
    finally:
        telling.cancel()


async def _tell_when_open(server: Server, taken: socket) -> None:
    """Say where it is and how to stop it once the port answers, to whoever started it by hand."""
    import asyncio

    if os.environ.get(WITH_PARENT) == "1":
        return
    while not server.started:  # noqa: ASYNC110 - uvicorn sets a flag, no event
        await asyncio.sleep(0.1)
    host, port = taken.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    typer.echo(f"Đang chạy: http://{shown}:{port}   Dừng: Ctrl-C")


def worker() -> None:
    """Run the background jobs: publishing, looks at listings, link checks.

    Example: ocop-hub worker
    """
    import asyncio

    end_with_parent()
    asyncio.run(_work())


async def _work() -> None:
    from ocop_hub import worker as engine
    from ocop_hub.audit import jobs as audit_jobs
    from ocop_hub.catalogue.jobs import PHOTO_SOURCES, PhotoSources
    from ocop_hub.cli.runtime import open_runtime
    from ocop_hub.cli.walls import refuse_pooler
    from ocop_hub.jobs import JobContext
    from ocop_hub.outbound import Outbound, OutboundLimits
    from ocop_hub.publishing.jobs import OUTSIDE
    from ocop_hub.publishing.wiring import marketplace_client, open_outside
    from ocop_hub.reporting.papers.monthly import MONTHLY, MonthlyMaking
    from ocop_hub.settings import get_settings
    from ocop_hub.traceability.jobs import OWNER

    refuse_pooler(get_settings())
    async with open_runtime() as runtime, marketplace_client() as client:
        outside = open_outside(runtime.settings, runtime.database, client, runtime.media)
        # It keeps no connection between fetches, so there is nothing to close.
        outbound = Outbound(OutboundLimits(allow_loopback=runtime.settings.allow_private_fetch))
        resources = {
            OUTSIDE: outside,
            PHOTO_SOURCES: PhotoSources(outbound, runtime.media),
            MONTHLY: MonthlyMaking(runtime.settings, runtime.media),
            OWNER: runtime.addresses.owner,
            audit_jobs.OWNER: runtime.addresses.owner,
        }
        await engine.run(JobContext(runtime.database, resources))


def sandbox(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="Port to listen on.")] = 8001,
    data_dir: Annotated[Path, typer.Option(help="Folder that keeps what the marketplaces accepted.")] = Path(
        "var/sandbox"
    ),
    public_base: Annotated[str, typer.Option(help="Address in the links it gives out.")] = "",
) -> None:
    """Run the simulated marketplaces: storefronts to look at, interfaces that check what they are given.

    Example: ocop-hub sandbox --port 8001
    """
    import asyncio

    from ocop_hub.sandbox import create_sandbox

    end_with_parent()
    data_dir.mkdir(parents=True, exist_ok=True)
    with take(host, port, command="sandbox") as taken:
        asyncio.run(listen(create_sandbox(data_dir, public_base or f"http://{host}:{port}"), taken))
