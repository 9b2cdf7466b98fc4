"""TikTok Shop, mode ``api``: Partner API with the seller's grant. What is assumed: docs/marketplaces/tiktok_shop.md."""

from ocop_hub.marketplaces.adapters.tiktok_shop.adapter import TikTokShop

__all__ = ["TikTokShop"]
