"""Tiki: requests that are reviewed, then products. Facts and open points: docs/marketplaces/tiki.md."""

from ocop_hub.marketplaces.adapters.tiki.adapter import Tiki

__all__ = ["Tiki"]
