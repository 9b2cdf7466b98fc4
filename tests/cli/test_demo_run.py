"""What the demo's processes are told."""

from __future__ import annotations

from pathlib import Path

from ocop_hub.cli.demo import environment
from ocop_hub.cli.demo_run import WAY_BACK
from ocop_hub.web.selling.consent import BACK


def test_consents_lead_back_to_the_page_of_the_desk() -> None:
    assert WAY_BACK == BACK


def test_every_marketplace_of_the_demo_is_a_simulated_one(tmp_path: Path) -> None:
    """A stall of the demo must never knock at a real marketplace."""
    told = environment("127.0.0.1", 8150, tmp_path)
    prefix = "OCOP_HUB_MARKETPLACES__"
    keys = {name.removeprefix(prefix).split("__")[0] for name in told if name.startswith(prefix)}
    assert keys >= {"SHOPEE", "TIKI", "LAZADA", "TIKTOK_SHOP", "POSTMART", "VOSO"}
    for key in keys:
        bases = {name: told.get(f"{prefix}{key}__{name}", "") for name in ("API_BASE", "PUBLIC_BASE")}
        assert all(base == f"http://127.0.0.1:8151/{key.lower()}" for base in bases.values()), key
