"""Google Merchant Center, mode ``api``: natural-key upserts. What is assumed: docs/marketplaces/google_merchant.md."""

from ocop_hub.marketplaces.adapters.google_merchant.adapter import GoogleMerchant

__all__ = ["GoogleMerchant"]
