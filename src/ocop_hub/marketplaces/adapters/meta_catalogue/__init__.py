"""Meta's product catalogue, mode ``api``: a batch in, a handle back. What is assumed: docs/marketplaces/meta_catalogue.md."""

from ocop_hub.marketplaces.adapters.meta_catalogue.adapter import MetaCatalogue

__all__ = ["MetaCatalogue"]
