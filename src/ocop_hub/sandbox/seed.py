"""What stands in the simulated shops before anybody publishes: items with SKUs that are not ours."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class ItemSeed:
    """One item. Price in đồng, weight in grams."""

    sku: str
    title: str
    price_vnd: int
    description: str = ""
    weight_g: int = 500
    stock: int = 20


@dataclass(frozen=True, slots=True)
class ShopSeed:
    """One stall of one simulated marketplace ("shopee", "postmart", …)."""

    market: str
    shop_id: str
    name: str
    items: tuple[ItemSeed, ...] = ()


@dataclass(frozen=True, slots=True)
class SandboxSeed:
    """Known stalls, and what a stall with an interface that nobody described starts with."""

    shops: tuple[ShopSeed, ...] = ()
    default_items: tuple[ItemSeed, ...] = ()

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> SandboxSeed:
        """Read ``{"shops": [{market, shop_id, name, items}], "default_items": [...]}``.

        Raises ``KeyError`` or ``TypeError`` when a field is missing or unknown.
        """
        return cls(
            tuple(
                ShopSeed(shop["market"], shop["shop_id"], shop["name"], _items(shop.get("items", [])))
                for shop in data.get("shops", [])
            ),
            _items(data.get("default_items", [])),
        )


def _items(entries: list[dict[str, Any]]) -> tuple[ItemSeed, ...]:
    return tuple(ItemSeed(**entry) for entry in entries)


def default_seed() -> SandboxSeed:
    """The seed that ships with the package: stalls of producers of the sample data."""
    text = resources.files("ocop_hub.sandbox").joinpath("seed.json").read_text("utf-8")
    return SandboxSeed.from_json(json.loads(text))
