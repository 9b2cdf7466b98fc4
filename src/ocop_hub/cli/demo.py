"""``demo``: everything on real products, in one command; Ctrl-C stops all of it, the database too."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Annotated

import typer

from ocop_hub.cli.ports import take

#: TEST-NET-1 (RFC 5737): asking the way there sends nothing and tells our own address on the network.
SOMEWHERE = ("192.0.2.1", 9)


def demo(
    lan: Annotated[
        bool,
        typer.Option("--lan", envvar="LAN", help="Use an address that phones on the same network reach."),
    ] = False,
    port: Annotated[
        int, typer.Option(help="Port of the pages; the simulated marketplaces take the next.")
    ] = 8000,
    data_dir: Annotated[
        Path, typer.Option(envvar="OCOP_HUB_DATA_DIR", help="Folder of the demo's database and pictures.")
    ] = Path("var"),
) -> None:
    """Start database, pages, worker and simulated marketplaces on real OCOP products.

    Example: ocop-hub demo --port 8080
    """
    from ocop_hub.cli.demo_run import run
    from ocop_hub.settings import DEMO_FILE

    host = own_address() if lan else "127.0.0.1"
    for each in (port, port + 1):
        take(host, each, command="demo").close()
    chosen = environment(host, port, data_dir.absolute())
    data_dir.mkdir(parents=True, exist_ok=True)
    (data_dir / DEMO_FILE).write_text("".join(f"{name}={value}\n" for name, value in chosen.items()))
    os.environ.update(chosen)
    run(host, port, data_dir.absolute(), lan=lan)


def own_address() -> str:
    """This machine's address on its network; loopback when it is on none."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(SOMEWHERE)
        except OSError:
            return "127.0.0.1"
        address: str = probe.getsockname()[0]
        return address


def environment(host: str, port: int, data_dir: Path) -> dict[str, str]:
    """The settings of the demo's processes."""
    from ocop_hub.sandbox import PARTNER_ID, PARTNER_KEY, SERVICE_ID

    sandbox = f"http://{host}:{port + 1}"
    shown = {
        "OCOP_HUB_DATA_DIR": str(data_dir),
        "OCOP_HUB_PUBLIC_URL": f"http://{host}:{port}",
        "OCOP_HUB_HOST": host,
        "OCOP_HUB_PORT": str(port),
        "OCOP_HUB_DEMO": "true",
        "OCOP_HUB_ALLOW_PRIVATE_FETCH": "true",
    }
    for key in ("SHOPEE", "TIKI", "LAZADA", "TIKTOK_SHOP"):
        shown[f"OCOP_HUB_MARKETPLACES__{key}__PARTNER_ID"] = PARTNER_ID
        shown[f"OCOP_HUB_MARKETPLACES__{key}__PARTNER_KEY"] = PARTNER_KEY
        shown[f"OCOP_HUB_MARKETPLACES__{key}__AUTH_BASE"] = f"{sandbox}/{key.lower()}"
    shown["OCOP_HUB_MARKETPLACES__TIKTOK_SHOP__SERVICE_ID"] = SERVICE_ID
    by_hand = ("POSTMART", "VOSO", "SAN_QUANG_NINH", "SAN_LAO_CAI")
    for key in ("SHOPEE", "TIKI", "LAZADA", "TIKTOK_SHOP", *by_hand):
        for base in ("API_BASE", "PUBLIC_BASE"):
            shown[f"OCOP_HUB_MARKETPLACES__{key}__{base}"] = f"{sandbox}/{key.lower()}"
    return shown
