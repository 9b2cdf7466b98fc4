"""Shopee, mode ``api``: Open Platform v2 with the seller's grant. What is assumed: docs/marketplaces/shopee.md."""

from ocop_hub.marketplaces.adapters.shopee.adapter import Shopee

__all__ = ["Shopee"]
