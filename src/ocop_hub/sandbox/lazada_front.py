"""What of the Lazada-like marketplace buyers see, and under which address."""

from __future__ import annotations

import re

from ocop_hub.sandbox import html
from ocop_hub.sandbox.by_hand import slug
from ocop_hub.sandbox.plain_storefront import Front
from ocop_hub.sandbox.store import StoredItem

MARKET = "lazada"
LOOK = html.Look("Sàn mô phỏng kiểu Lazada", "#0f1470", "/lazada/")


def is_shown(item: StoredItem) -> bool:
    """Approved, not refused, and put up."""
    return item.word == "NORMAL" and not item.data.get("refusal") and item.data.get("active", True)


def product_path(item: StoredItem) -> str:
    return f"/products/{slug(item.data['item_name'])}-i{item.id}-s{item.id}.html"


FRONT = Front(
    MARKET,
    LOOK,
    "/products/{name}",
    re.compile(r"(?:.*-)?i(\d+)(?:-s\d+)?\.html"),
    product_path,
    is_shown,
)
