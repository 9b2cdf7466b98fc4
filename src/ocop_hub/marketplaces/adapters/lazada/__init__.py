"""Lazada, mode ``api``: Open Platform with the seller's grant. What is assumed: docs/marketplaces/lazada.md."""

from ocop_hub.marketplaces.adapters.lazada.adapter import Lazada

__all__ = ["Lazada"]
