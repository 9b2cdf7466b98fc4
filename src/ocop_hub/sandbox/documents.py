"""The OpenAPI documents of the simulated marketplaces that have an interface."""

from __future__ import annotations

from typing import Any

from ocop_hub.sandbox.calls import Interface, document
from ocop_hub.sandbox.catalogue_calls import GOOGLE_MERCHANT, META_CATALOGUE
from ocop_hub.sandbox.lazada_calls import LAZADA
from ocop_hub.sandbox.partner_calls import POSTMART, VOSO
from ocop_hub.sandbox.shopee_calls import SHOPEE
from ocop_hub.sandbox.tiki_calls import TIKI
from ocop_hub.sandbox.tiktok_calls import TIKTOK_SHOP

INTERFACES: tuple[Interface, ...] = (
    SHOPEE,
    LAZADA,
    TIKTOK_SHOP,
    TIKI,
    META_CATALOGUE,
    GOOGLE_MERCHANT,
    POSTMART,
    VOSO,
)


def documents() -> dict[str, dict[str, Any]]:
    """One OpenAPI document for each, by the marketplace's key."""
    return {interface.key: document(interface) for interface in INTERFACES}
