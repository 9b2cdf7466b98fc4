"""Simulated marketplaces over real HTTP, written from the published facts and apart from the adapters.

They check what they are given, keep what they accepted, and misbehave on order. Everything here is made up:
the partner key and the tokens open nothing outside this process.
"""

from ocop_hub.sandbox.app import create_sandbox
from ocop_hub.sandbox.credentials import PARTNER_ID, PARTNER_KEY, SERVICE_ID, access_token_for
from ocop_hub.sandbox.seed import ItemSeed, SandboxSeed, ShopSeed, default_seed

__all__ = [
    "PARTNER_ID",
    "PARTNER_KEY",
    "SERVICE_ID",
    "ItemSeed",
    "SandboxSeed",
    "ShopSeed",
    "access_token_for",
    "create_sandbox",
    "default_seed",
]
