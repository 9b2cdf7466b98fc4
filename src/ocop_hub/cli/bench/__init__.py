"""``ocop-hub bench``: the promises of the design, measured on this machine."""

from __future__ import annotations

from ocop_hub.cli.bench.app import app

__all__ = ["app"]
